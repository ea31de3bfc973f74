"""The audit trail as somebody reads it: an admin in Slack, the operator, a program with a token."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.surfaces import audit as surface
from bot.surfaces.audit import EVERYWHERE, PAGE, Place
from bot.surfaces.blocks import View
from storage.models import Audit
from storage.queries import audits, channels
from storage.words import SOMEBODY


async def window(session: AsyncSession, team: str, place: Place) -> View:
    """A page of a workspace's trail."""
    only = None if place.channel == EVERYWHERE else place.channel
    rows = await audits.newest(session, team, channel=only, below=place.below, limit=PAGE + 1)
    name = await names(session, rows, lambda user: f"<@{user}>")
    return surface.window(rows, place, await channels.every(session, team=team), name)


async def newer(session: AsyncSession, team: str, place: Place, first: int) -> Place:
    """The page before the one that begins with this entry."""
    only = None if place.channel == EVERYWHERE else place.channel
    rows = await audits.above(session, team, channel=only, after=first, limit=PAGE)
    return Place(place.channel, rows[-1].id + 1 if len(rows) == PAGE and rows[-1].id else None)


async def names(session: AsyncSession, rows: Sequence[Audit], shown: Callable[[str], str]) -> Callable[[str], str]:
    """What to call each person whom the entries name."""
    known = await audits.people(session, {number for row in rows for number in audit.numbers_in(row)})

    def name(who: str) -> str:
        number = who.removeprefix(audits.PERSON)
        user = known.get(int(number)) if number.isdecimal() else None
        return shown(user) if user else SOMEBODY

    return name


async def documents(session: AsyncSession, rows: Sequence[Audit]) -> list[dict[str, Any]]:
    """The entries as JSON; a person is their id in Slack, or null where they were erased."""
    known = await audits.people(session, {number for row in rows for number in audit.numbers_in(row)})
    return [_document(row, known) for row in rows]


def _document(row: Audit, known: Any) -> dict[str, Any]:
    kind, _, number = row.who.partition(":")
    by_number = {f"{audits.PERSON}{one}": user for one, user in known.items()}
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "act": row.act,
        "by": kind,
        "who": by_number.get(row.who) if kind == "person" else number or None,
        "team": row.team,
        "channel": row.channel,
        "about": row.about,
        "before": _named(row.before, by_number),
        "after": _named(row.after, by_number),
    }


def _named(value: Any, by_number: dict[str, str | None]) -> Any:
    if isinstance(value, dict):
        return {name: _named(inner, by_number) for name, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, by_number) for inner in value]
    return by_number.get(value) if isinstance(value, str) and value.startswith(audits.PERSON) else value
