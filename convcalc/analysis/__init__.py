"""graph → report: parameters, cost, memory, notes, expectations."""
