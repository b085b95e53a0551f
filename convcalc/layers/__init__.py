"""Layers: one class a kind, holding all its rules. `catalog.KINDS` lists them."""
