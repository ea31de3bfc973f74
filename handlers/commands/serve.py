"""`assay serve`: the bot, until it is stopped."""

import errno
import socket

from bot.environment import read_settings
from bot.errors import NotFound
from handlers import logs
from handlers.commands.shared import check_schema, run
from handlers.serve import serve as run_bot


def serve() -> None:
    """Run the bot until it is stopped. The schema must be current: run `assay migrate` first."""
    settings = read_settings()
    logs.configure(settings.log, replica=settings.replica)

    async def work() -> None:
        await check_schema(settings.database_url)
        await run_bot(settings)

    try:
        run(work())
    except OSError as error:
        unknown = isinstance(error, socket.gaierror)
        if not unknown and error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        where = f"{settings.host}:{settings.port}"
        raise NotFound(f"Assay cannot listen on {where}: set ASSAY_HOST and ASSAY_PORT to a free address.") from error
