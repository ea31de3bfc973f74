"""Home: what each part shows is read from the tables, and drawn for whoever opens it."""
