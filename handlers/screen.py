"""The screen: nothing that others wrote steers it, and it may take no more: a full disk, a closed pipe, letters."""

import errno
import os
import re
import sys

from bot.errors import AssayError
from handlers.file_errors import why

_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # controls, line ends, turns
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class NotShown(AssayError):
    """What is shown once could not be; the message says why."""


def on_screen(words: str) -> str:
    """One line, in which nothing steers the terminal."""
    return _STEERS.sub("�", words)


def check_open() -> None:
    """Raises NotShown where there is no standard output."""
    if sys.stdout is None:
        raise NotShown("It could not be shown: standard output is closed. Nothing was made.")


def show_once(secret: str) -> None:
    """Print what nobody can read again, before it is stored. Raises NotShown."""
    check_open()
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
