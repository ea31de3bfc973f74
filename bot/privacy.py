"""Personal data that no rule recognised: an agent names the words, and they are struck out wherever they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import alike, audit, notices, outbox
from bot.acts import Act
from bot.redaction import Kind, Redactor
from bot.striking import PLAIN, Reading, strike_all
from bot.surfaces import card, report
from storage.models import Channel, Draft
from storage.queries import drafts, seen, texts
from storage.words import AuditAct

TOLD = ("text", "note", "topic", "url", "model", "source", "conversation", "context")
READINGS = {
    "conversation": Reading(besides=("role",)),  # who speaks in a turn is nobody's word; a context may hold a role
    "context": Reading(named=True),  # whoever sends a draft may write a name where the name of a field stands
    "topic": Reading(shown=card.unjoined),  # whoever reports a name writes it as the card shows it
}
MESSAGE = Reading(besides=("type", "style", "block_id", "action_id"))  # what Slack asks for there is nobody's words


@dataclass(frozen=True)
class Struck:
    """What became of a report: how many places were changed in the draft and its answers (none where all was removed
    before), and the words that never stood there."""

    draft: Draft
    places: int
    missing: Sequence[str]


async def strike(
    session: AsyncSession, channel: Channel, act: Act, words: Sequence[str], *, key: bytes
) -> Struck | None:
    """Replace the words in the draft and its answers, and make anew what quotes it; None where there is no draft.

    Nothing is changed while one of the words is missing: one that was struck before is not, for a report may come
    twice. Only their keyed hashes are kept, as for other finds.
    """
    draft = await drafts.locked(session, act.draft)
    if draft is None:
        return None
    messages = await texts.quoting(session, draft)
    rows = await texts.held(session, draft)
    redactor = Redactor(key, draft.placeholders)
    changes = [change for row in rows for change in _changes(row, redactor, words)]
    missing = [word for word in words if not redactor.struck(word)]
    if missing or not changes or not await seen.first_time(session, act.key, act.now):
        return Struck(draft, 0, missing)
    for row, name, after in changes:
        setattr(row, name, after)
        session.add(row)
    places = redactor.counts[Kind.PRIVATE]
    await outbox.redraw(session, channel, draft, now=act.now)
    await session.flush()
    shown = _as_shown(words)
    for message in messages:
        body = message.body or {}
        left = await notices.made_anew(session, channel, draft, body) or strike_all(redactor, body, shown, MESSAGE)
        await outbox.say(session, channel, message, left, now=act.now)
    draft.placeholders = redactor.known
    who, told = audit.person(act.agent), {"words": len(words), "places": places}
    about = audit.draft(act.draft)
    await audit.note(session, AuditAct.REPORTED, channel, who=who, now=act.now, about=about, after=told)
    return Struck(draft, places, [])


def _as_shown(words: Sequence[str]) -> list[str]:
    """The words, and as a card shows them in a topic, but for what nobody could report: it stands in every text."""
    unjoined = map(card.unjoined, words)
    return [*words, *(one for one in unjoined if len(alike.as_read(one)) >= report.SHORTEST)]


def _changes(row: SQLModel, redactor: Redactor, words: Sequence[str]) -> Iterator[tuple[SQLModel, str, Any]]:
    """Which fields of the row hold the words, and what they hold without them."""
    for name in TOLD:
        before = getattr(row, name, None)
        after = strike_all(redactor, before, words, READINGS.get(name, PLAIN))
        if after != before:
            yield row, name, after
