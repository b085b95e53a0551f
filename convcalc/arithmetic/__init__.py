"""Numbers, and every formula once."""
