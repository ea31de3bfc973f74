"""What was done, by whom and when, written in the transaction that does it.

No entry holds personal data or a text: people are numbers that an erasure empties, texts are told by their lengths.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Audit, Channel
from storage.queries import audits
from storage.queries.audits import PERSON
from storage.words import AuditAct

OPERATOR = "operator"  # whoever runs commands on the server; who that is, its own logs tell
ITSELF = "assay"

Told = Mapping[str, Any]


def person(user: str) -> str:
    """Somebody in the workspace; in the trail a number stands for them."""
    return f"{PERSON}{user}"


def token(number: int) -> str:
    return f"token:{number}"


def webhook(number: int) -> str:
    return f"webhook:{number}"


def draft(number: int) -> str:
    return f"draft:{number}"


async def note(
    session: AsyncSession,
    act: AuditAct,
    where: Channel | str | None,
    *,
    who: str,
    now: datetime,
    about: str | None = None,
    before: Told | None = None,
    after: Told | None = None,
) -> None:
    """Add an entry about a channel, a workspace, or (None) the whole of Assay."""
    team = where.team if isinstance(where, Channel) else where
    users = {one.removeprefix(PERSON) for one in _strings([who, before, after]) if one.startswith(PERSON)}
    numbers = await audits.numbers_of(session, team, users) if team is not None else {}
    row = Audit(
        at=now,
        team=team,
        channel=where.slack_id if isinstance(where, Channel) else None,
        act=act,
        who=_numbered(who, numbers),
        about=about,
        before=_numbered(before, numbers),
        after=_numbered(after, numbers),
    )
    await audits.add(session, row)


def numbers_in(row: Audit) -> set[int]:
    """The numbers of the people that an entry names."""
    told = (one.removeprefix(PERSON) for one in _strings([row.who, row.before, row.after]) if one.startswith(PERSON))
    return {int(number) for number in told if number.isdecimal()}


def _numbered(value: Any, numbers: Mapping[str, int]) -> Any:
    """The value with a number in place of each person."""
    if isinstance(value, str) and value.startswith(PERSON):
        return f"{PERSON}{numbers[value.removeprefix(PERSON)]}"
    if isinstance(value, Mapping):
        return {name: _numbered(inner, numbers) for name, inner in value.items()}
    return [_numbered(inner, numbers) for inner in value] if isinstance(value, list) else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
