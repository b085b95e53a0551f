"""From the tree to the graph: lets, defs, repeats, branches and labels become nodes and edges."""
