"""Personal data that no rule recognised: an agent names the words, and they are struck out wherever they stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, outbox
from bot.alike import as_read
from bot.labelling import Act
from bot.redaction import Redactor
from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries, drafts, seen, texts
from storage.words import AuditAct

TOLD = ("text", "note", "topic", "url", "model", "source", "conversation", "context", "body")
WORDLESS = {"body": ("type", "style", "block_id", "action_id")}  # what Slack asks for there is nobody's words


@dataclass(frozen=True)
class Struck:
    """What became of a report: how many places were changed, and the words that stand nowhere in the draft."""

    draft: Draft
    places: int
    missing: Sequence[str]


async def strike(
    session: AsyncSession, channel: Channel, act: Act, words: Sequence[str], *, key: bytes
) -> Struck | None:
    """Replace the words in the draft, its answers and what waits to be posted; None where there is no draft.

    Nothing is changed while one of the words is missing. Only their keyed hashes are kept, as for other finds.
    """
    draft = await drafts.locked(session, act.draft)
    if draft is None:
        return None
    rows = await texts.held(session, draft)
    missing = _missing(words, rows)
    if missing or not await seen.first_time(session, act.key, act.now):
        return Struck(draft, 0, missing)
    redactor = Redactor(key, draft.placeholders)
    places = sum(_strike_in(session, row, redactor, words) for row in rows)
    draft.placeholders = redactor.known
    await outbox.redraw(session, channel, draft, now=act.now)
    await session.flush()
    for posted in rows:
        if isinstance(posted, Delivery) and posted.body is not None and posted.state in deliveries.ON_SCREEN:
            await outbox.reword(session, channel, posted, now=act.now)
    who, told = audit.person(act.agent), {"words": len(words), "places": places}
    about = audit.draft(act.draft)
    await audit.note(session, AuditAct.REPORTED, channel, who=who, now=act.now, about=about, after=told)
    return Struck(draft, places, [])


def _missing(words: Sequence[str], rows: Sequence[SQLModel]) -> list[str]:
    """Those that stand in none of the rows, however they are written."""
    said = [
        as_read(text)
        for row in rows
        for name in TOLD
        for text in _strings(getattr(row, name, None), WORDLESS.get(name, ()))
    ]
    return [word for word in words if not any((read := as_read(word)) and read in text for text in said)]


def _strike_in(session: AsyncSession, row: SQLModel, redactor: Redactor, words: Sequence[str]) -> int:
    places = 0
    for name in TOLD:
        before = getattr(row, name, None)
        after, here = redactor.strike_all(before, words, WORDLESS.get(name, ()))
        if here:
            setattr(row, name, after)
            places += here
    if places:
        session.add(row)
    return places


def _strings(value: Any, besides: Collection[str]) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, inner in value.items() if name not in besides for text in _strings(inner, besides)]
    return [text for inner in value for text in _strings(inner, besides)] if isinstance(value, list) else []
