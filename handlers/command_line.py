"""The command `assay`: its door, and what is behind it; a command is imported when somebody calls it."""

import errno
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from bot import texts
from bot.errors import AssayError
from handlers import screen
from handlers.commands import plain
from handlers.file_errors import why
from storage.errors import DatabaseAway, WrongVersion

COMMANDS = {
    "serve": "serve:serve",
    "migrate": "migrate:migrate",
    "move": "move:move_database",
    "restored": "restored:restored",
    "manifest": "manifest:print_manifest",
    "doctor": "doctor:examine",
    "export": "export:export",
    "import": "import_file:import_file",
    "digest": "digest:digest",
    "agreement": "agreement:agreement",
    "redact": "redact:redact",
    "demo": "demo:demo",
    "audit": "privacy:print_trail",
    "erase": "privacy:erase",
    "tokens": "secrets:tokens",
    "keys": "secrets:keys",
    "webhooks": "webhooks:app",
}
# A byte that is no UTF-8 comes as half of a pair; a file that is so named has to be renamed.
_HALF = re.compile("[\ud800-\udfff]")
_OPTION = re.compile(r"(--[\w-]+)(?:=(.*))?", re.DOTALL)


class Behind(Mapping[str, Any]):
    """The commands by their names."""

    def __getitem__(self, name: str) -> Any:
        found = resolve_name(f"handlers.commands.{COMMANDS[name]}")
        group = found if isinstance(found, typer.Typer) else plain()
        if group is not found:
            group.command(name)(found)
        made = get_command(group)
        made.name = name
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Door(TyperGroup):
    """What stands before every command: a word that is no text is refused, and so is one without anything in it.

    An empty one is a variable of the shell that is not set; read as "not given" it would widen what the others say.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": Behind()})

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        before: str | None = None
        for word in args:
            if not word.isascii() and _HALF.search(word):
                raise typer.BadParameter(f"“{_HALF.sub('�', word)}” is not UTF-8. Nothing was done.", ctx)
            option = _OPTION.fullmatch(word)
            value = word if option is None else option[2]
            if value is not None and not texts.visible(value):
                named = option[1] if option else before
                raise typer.BadParameter(f"{named or 'what it is called with'} is empty. Nothing was done.", ctx)
            before = option[1] if option and option[2] is None else None
        return super().parse_args(ctx, args)


app = plain(
    cls=Door,
    no_args_is_help=True,
    help="Draft replies become cards in Slack, corrections become training data, the days become an agreement digest.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"assay {version('assay')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is, and stop.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options that go without a command."""


def main() -> None:
    """Run a command; what goes wrong is one sentence on standard error, and exit code 1."""
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except (AssayError, WrongVersion) as error:
        _end(str(error))
    except DatabaseAway as error:
        _end(f"The database is away: {' '.join(str(error).split())}")  # drivers say it in several lines
    except UnicodeEncodeError as error:
        if "utf" in sys.stdout.encoding.lower():
            raise
        _end(screen.no_letter(error))
    except OSError as error:
        _end(_unusable(error))


def _unusable(error: OSError) -> str | None:
    """What to say of it; None of a pipe whose reader has gone. Raises the error where it is none of a file."""
    if error.filename is not None:
        return f"{error.filename} cannot be used: {why(error)}. Nothing was finished."
    if error.errno not in {errno.EPIPE, *screen.FULL}:
        raise error
    screen.give_up()
    return None if error.errno == errno.EPIPE else screen.not_written(error)


def _end(sentence: str | None) -> NoReturn:
    if sentence is not None:
        print(screen.on_screen(sentence), file=sys.stderr)
    sys.exit(1)
