"""Labels in a file that anybody made, and how far they agree: what `assay agreement FILE` reads and says. Pure."""
