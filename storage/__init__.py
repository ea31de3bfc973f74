"""What Assay remembers: tables, sessions, questions, schema changes. Imports nothing of ours."""
