"""Which input sizes work, which give a wanted output, and what a hole may be."""
