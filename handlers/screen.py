"""Standard output that takes no more: a full disk, a closed pipe, letters that it has not."""

import errno
import os
import sys

from bot.errors import AssayError
from handlers.file_errors import why

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class NotShown(AssayError):
    """What is shown once could not be; the message says why."""


def show_once(secret: str) -> None:
    """Print what nobody can read again, before it is stored. Raises NotShown."""
    try:
        sys.stdout.write(f"{secret}\n")
        sys.stdout.flush()
    except OSError as error:
        give_up()
        raise NotShown(f"It could not be shown: {why(error)}. Nothing was made.") from error


def give_up() -> None:
    """Write nothing more: what is left would be tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def not_written(error: OSError) -> str:
    return f"Not all could be written: {why(error)}. Make room, see what is there, and run it again."


def no_letter(error: UnicodeEncodeError) -> str:
    letter = f"U+{ord(error.object[error.start]):04X}"
    return f"Not all could be shown: {error.encoding} has no {letter}. Set PYTHONIOENCODING=utf-8, and run it again."
