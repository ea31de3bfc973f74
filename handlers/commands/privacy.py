"""`assay audit` and `assay erase`: what was done with what is stored, and what of it goes."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import typer

from bot import harmless, trail
from bot.environment import read_settings
from bot.erasure import Eraser, NobodyNamed, check_customer
from bot.surfaces.audit import NOTHING, sentence
from handlers.commands import erasing
from handlers.commands.shared import Database, channel_named, run, say, since_when
from handlers.screen import on_screen
from handlers.wall_clock import utc_now
from storage.engine import Sessions
from storage.queries import audits, channels

PAGE = 500
NONE_OF_THAT = "Nothing of that was written down."
_CHANNEL = re.compile(r"<#(\w+)>")


def print_trail(
    channel: Annotated[str | None, typer.Option(help="Only what was done in this channel.")] = None,
    since: Annotated[str, typer.Option(help="Only from then on, in UTC: 2026-11-20, yesterday, last Friday.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Print who did what, and when; the oldest first."""
    first = since_when(since)

    async def work() -> None:
        async with Database() as sessions:
            found = await channel_named(sessions, channel) if channel is not None else None
            team, only = (found.team, found.slack_id) if found else (None, None)
            after = 0
            if not as_json and not await _page(sessions, team, only, after, first, as_json=False):
                print(NOTHING if first is None and channel is None else NONE_OF_THAT)
            while lines := await _page(sessions, team, only, after, first, as_json=as_json):
                print("\n".join(line for _, line in lines))
                after = lines[-1][0]

    run(work())


def erase(
    *,
    ticket: Annotated[str | None, typer.Option(help="A ticket: what its drafts called their group.")] = None,
    customer: Annotated[str | None, typer.Option(help="An e-mail address, a number, a name: all its tickets.")] = None,
    agent: Annotated[
        str | None, typer.Option(help="Somebody who answered: U…. Answers stay, nobody's, without --with-answers.")
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(help="Everything that is stored of a workspace: T…. With another one: only what is in it."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Where the ticket is; only there, for a customer.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without, it is only said what would go.")] = False,
    answers: Annotated[
        bool, typer.Option("--with-answers", help="With --agent: erase each draft that they answered, too.")
    ] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Also write the database's files anew; the bot waits meanwhile.")
    ] = False,
) -> None:
    """Erase what is stored, for good.

    Of a ticket, a customer, somebody who answered, or a workspace. It cannot be undone.
    """
    asked = erasing.Asked(ticket, customer, agent, workspace, channel, really=yes, compact=compact, answers=answers)
    _check(asked)
    key = read_settings().key

    async def work() -> list[str]:
        async with Database() as sessions:
            return await erasing.run(Eraser(sessions, key, utc_now), asked)

    say(*run(work()))


def _check(asked: erasing.Asked) -> None:
    named = sum(one is not None for one in (asked.ticket, asked.customer, asked.agent))
    if named > 1 or (not named and asked.workspace is None):
        raise typer.BadParameter("name one of them", param_hint="--ticket, --customer, --agent or --workspace")
    if asked.ticket is not None and asked.channel is None:
        raise typer.BadParameter("say which channel the ticket is in", param_hint="--channel")
    if asked.channel is not None and asked.ticket is None and asked.customer is None:
        whole = "somebody is taken out of" if asked.agent is not None else "what is erased is"
        raise typer.BadParameter(f"goes with --ticket or --customer: {whole} a whole workspace", param_hint="--channel")
    if asked.customer is not None:
        _check_named(asked.customer)
    if asked.answers and asked.agent is None:
        raise typer.BadParameter("goes with --agent only", param_hint="--with-answers")


def _check_named(customer: str) -> None:
    try:
        check_customer(customer)
    except NobodyNamed as error:
        raise typer.BadParameter(str(error), param_hint="--customer") from error


async def _page(
    sessions: Sessions, team: str | None, channel: str | None, after: int, since: datetime | None, *, as_json: bool
) -> list[tuple[int, str]]:
    async with sessions.reading() as session:
        rows = await audits.above(session, team, channel=channel, after=after, limit=PAGE, since=since)
        name = await trail.names(session, rows, lambda user: f"@{user}")
        called = {one.slack_id: one.name for one in await channels.every(session)}
        told: Iterable[str] = (
            [json.dumps(one) for one in await trail.documents(session, rows)]
            if as_json
            else [f"{row.at:%Y-%m-%d %H:%M} UTC  {on_screen(_plain(sentence(row, name), called))}" for row in rows]
        )
    return [(row.id or 0, line) for row, line in zip(rows, told, strict=True)]


def _plain(marked: str, channels: Mapping[str, str]) -> str:
    """A sentence without Slack's marks, and without what keeps Slack from making links of it."""
    named = _CHANNEL.sub(lambda found: f"#{channels.get(found[1], found[1])}", marked)
    return html.unescape(named).replace(harmless.JOINER, "")
