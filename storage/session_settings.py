"""What each connection to PostgreSQL is set to, once it stands."""

from contextlib import closing
from typing import Any

from sqlalchemy import Engine, event


def set_up(engine: Engine, **settings: str) -> None:
    """Each new connection of the engine begins with these.

    By a statement, for startup options are refused by poolers (PgBouncer), or dropped without a word.
    """
    chosen = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())

    def begin(connection: Any, _record: object) -> None:
        connection.autocommit = True  # one trip to the server, and no later rollback takes it back
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"SELECT {chosen}")
        connection.autocommit = False

    event.listen(engine, "connect", begin)
