"""A session: lines typed one after another, and what each of them does to the network."""
