"""Assay beside the least code that could do the same, on one machine in one run: `make bench`. No test."""
