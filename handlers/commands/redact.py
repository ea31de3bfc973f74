"""`assay redact`: what redaction makes of a text."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import redaction
from bot.errors import NotFound
from handlers.file_errors import why
from handlers.screen import check_open


def redact(
    file: Annotated[Path | None, typer.Argument(help="File to read; standard input without it.")] = None,
) -> None:
    """Write a text with its personal data replaced by placeholders."""
    check_open()
    try:
        text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{file or 'The input'} cannot be read as text: {why(error)}.") from error
    # One run is one ticket: nothing is kept, so any key does.
    sys.stdout.write(redaction.Redactor(b"one run", {}).redact(text))
