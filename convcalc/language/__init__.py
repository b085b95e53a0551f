"""The language: text to syntax tree (`parser`), and back (`unparse`)."""
