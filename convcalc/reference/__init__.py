"""The NumPy-free reference: every layer executed from its definition.

It walks windows until one no longer fits, pads, multiplies, scatters and counts what it does. It
imports no formula and asks no layer for its size, so that it can prove the arithmetic wrong.
"""
