"""What to do about a database that the bot cannot work with yet."""

from storage import migrate


def remedy(url: str) -> str:
    """A sentence for one that `is_current` says no of."""
    if (file := migrate.missing_file(url)) is not None:
        return f"There is no database {file.absolute()}. Run assay migrate to make it, or set ASSAY_DATABASE_URL."
    return "The database has no current schema. Run: assay migrate"
