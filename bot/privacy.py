"""Personal data that no rule recognised: an agent names the words, and they are struck out wherever they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, notices, outbox
from bot.alike import as_read
from bot.labelling import Act
from bot.redaction import Redactor
from storage.models import Channel, Draft
from storage.queries import drafts, seen, texts
from storage.words import AuditAct

TOLD = ("text", "note", "topic", "url", "model", "source", "conversation", "context")
WORDLESS = ("type", "style", "block_id", "action_id")  # what Slack asks for there is nobody's words


@dataclass(frozen=True)
class Struck:
    """What became of a report: how many places were changed in the draft and its answers, and the words that stand
    nowhere there."""

    draft: Draft
    places: int
    missing: Sequence[str]


async def strike(
    session: AsyncSession, channel: Channel, act: Act, words: Sequence[str], *, key: bytes
) -> Struck | None:
    """Replace the words in the draft and its answers, and make anew what quotes it; None where there is no draft.

    Nothing is changed while one of the words is missing. Only their keyed hashes are kept, as for other finds.
    """
    draft = await drafts.locked(session, act.draft)
    if draft is None:
        return None
    messages = await texts.quoting(session, draft)
    rows = await texts.held(session, draft)
    missing = _missing(words, rows)
    if missing or not await seen.first_time(session, act.key, act.now):
        return Struck(draft, 0, missing)
    redactor = Redactor(key, draft.placeholders)
    places = sum(_strike_in(session, row, redactor, words) for row in rows)
    await outbox.redraw(session, channel, draft, now=act.now)
    await session.flush()
    for message in messages:
        body = message.body or {}
        left = await notices.made_anew(session, channel, draft, body) or redactor.strike_all(body, words, WORDLESS)[0]
        await outbox.say(session, channel, message, left, now=act.now)
    draft.placeholders = redactor.known
    who, told = audit.person(act.agent), {"words": len(words), "places": places}
    about = audit.draft(act.draft)
    await audit.note(session, AuditAct.REPORTED, channel, who=who, now=act.now, about=about, after=told)
    return Struck(draft, places, [])


def _missing(words: Sequence[str], rows: Sequence[SQLModel]) -> list[str]:
    """Those that stand in none of the rows, however they are written."""
    said = [as_read(text) for row in rows for name in TOLD for text in _strings(getattr(row, name, None))]
    return [word for word in words if not any((read := as_read(word)) and read in text for text in said)]


def _strike_in(session: AsyncSession, row: SQLModel, redactor: Redactor, words: Sequence[str]) -> int:
    places = 0
    for name in TOLD:
        before = getattr(row, name, None)
        after, here = redactor.strike_all(before, words)
        if here:
            setattr(row, name, after)
            places += here
    if places:
        session.add(row)
    return places


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for inner in inside for text in _strings(inner)]
