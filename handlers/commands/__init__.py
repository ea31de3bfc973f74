"""The commands of `assay`: a module for each, or for those that go together, imported when one is called."""

from typing import Any

import typer


def plain(**given: Any) -> typer.Typer:
    """Commands whose help is lines of text: it fits into a narrow terminal, a pipe and a search."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **given)
