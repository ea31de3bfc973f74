"""`assay manifest`: what Slack is told of the app."""

import re
from typing import Annotated

import typer

from handlers import manifest


def print_manifest(
    url: Annotated[str | None, typer.Option(help="Where Slack reaches the bot: https://…")] = None,
    socket: Annotated[bool, typer.Option("--socket", help="Slack cannot reach the bot: Socket Mode.")] = False,
) -> None:
    """Print the manifest of the Slack app.

    With your address filled in, or for Socket Mode.
    """
    if (url is None) is not socket:
        raise typer.BadParameter("give one of them", param_hint="--url or --socket")
    if url is not None and not url.startswith("https://"):
        raise typer.BadParameter("Slack calls addresses that begin with https://", param_hint="--url")
    if url is not None and re.search(r"[^!-~]|[\"'<>\\]", url):
        raise typer.BadParameter("an address holds no blanks, line ends or quotation marks", param_hint="--url")
    print(manifest.filled_in(url) if url else manifest.for_socket(), end="")
