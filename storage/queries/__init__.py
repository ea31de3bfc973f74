"""The questions asked of the tables, a file for each noun. None of them commits."""
