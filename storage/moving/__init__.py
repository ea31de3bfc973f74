"""From a SQLite file to PostgreSQL: every row of every table that the models know, counted and compared."""
