"""`assay audit`: what was done with what is stored."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from bot import trail
from bot.surfaces.audit import sentence
from handlers.commands import Database, channel_named, run
from storage.engine import Sessions
from storage.queries import audits, channels

app = typer.Typer()
PAGE = 500
_CHANNEL = re.compile(r"<#(\w+)>")


@app.command("audit")
def print_trail(
    channel: Annotated[str | None, typer.Option(help="Only what was done in this channel.")] = None,
    since: Annotated[str, typer.Option(help="Only from this day on: 2026-11-20 (UTC).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Print the audit trail: who did what, and when; the oldest first."""
    first = _day(since)

    async def work() -> None:
        async with Database() as sessions:
            found = await channel_named(sessions, channel) if channel else None
            team, only = (found.team, found.slack_id) if found else (None, None)
            after = 0
            while lines := await _page(sessions, team, only, after, first, as_json=as_json):
                print("\n".join(line for _, line in lines))
                after = lines[-1][0]

    run(work())


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
            else [f"{row.at:%Y-%m-%d %H:%M}  {_plain(sentence(row, name), called)}" for row in rows]
        )
    return [(row.id or 0, line) for row, line in zip(rows, told, strict=True)]


def _plain(marked: str, channels: Mapping[str, str]) -> str:
    """A sentence without Slack's marks."""
    return html.unescape(_CHANNEL.sub(lambda found: f"#{channels.get(found[1], found[1])}", marked))


def _day(written: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(written), time(), UTC) if written else None
    except ValueError as error:
        raise typer.BadParameter("write it as 2026-11-20", param_hint="--since") from error
