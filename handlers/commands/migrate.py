"""`assay migrate`: the schema of this version."""

from bot.environment import read_storage_settings
from handlers.commands.shared import run
from handlers.wall_clock import utc_now
from storage import migrate as schema


def migrate() -> None:
    """Bring the database to the newest schema."""
    run(schema.upgrade(read_storage_settings().database_url, noted=utc_now()))
    print("The database has the newest schema.")
