"""What one run has met, on disk: memory stays flat however long the run is."""

import sqlite3


class Scratch:
    """Names with a value each, gone when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a file of SQLite's own, without a name
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE met (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def first(self, name: str, value: str) -> str:
        """The value that came with this name first: this one, when the name is new."""
        self._database.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (name, value))
        found = self._database.execute("SELECT value FROM met WHERE name = ?", (name,)).fetchone()
        return str(found[0])

    def close(self) -> None:
        self._database.close()
