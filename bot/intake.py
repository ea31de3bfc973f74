"""A draft comes in: redacted, recognised when it was here before, planned, stored with the order for its card."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, redaction, routing
from bot.redaction import NOTHING_KNOWN, Kind, Redactor
from bot.submissions import Submission
from storage.models import Channel
from storage.queries import drafts
from storage.queries.drafts import Identity
from storage.words import DraftOrigin, DraftState

Row = dict[str, Any]


class Taken(StrEnum):
    """What became of a submission."""

    CREATED = "created"
    EXISTS = "exists"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Receipt:
    """The draft that a submission is, or was already."""

    taken: Taken
    draft_id: int


@dataclass(frozen=True)
class _Named:
    """A submission by which it is known again; ids that hold personal data are hashed."""

    submission: Submission
    body_hash: str

    @property
    def identity(self) -> Identity:
        """Its external id, else its content."""
        external_id = self.submission.external_id
        return external_id, self.body_hash if external_id is None else None


async def take_in(
    session: AsyncSession, channel: Channel, submission: Submission, *, key: bytes, now: datetime
) -> Receipt:
    """Store a submission once. The same external id with other content is a conflict; the first one stays."""
    return (await take_in_all(session, channel, [submission], key=key, now=now))[0]


async def take_in_all(
    session: AsyncSession, channel: Channel, submissions: Sequence[Submission], *, key: bytes, now: datetime
) -> list[Receipt]:
    """Store each of many submissions as `take_in` does, in their order, with as few statements as one takes."""
    assert channel.id is not None
    named = [_named(key, one) for one in submissions]
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    fresh = _first_of_each(one for one in named if one.identity not in known)
    made = await _store(session, channel, list(fresh.values()), key=key, now=now) if fresh else {}
    if fresh.keys() - made.keys():
        # Another process stored them between our look and our insert.
        known |= await drafts.identified(session, channel.id, fresh.keys() - made.keys())
    known |= {identity: (number, fresh[identity].body_hash) for identity, number in made.items()}
    return [
        Receipt(Taken.CREATED, made[one.identity])
        if one.identity in made and one is fresh[one.identity]
        else _repeat(*known[one.identity], one.body_hash)
        for one in named
    ]


def _first_of_each(named: Iterable[_Named]) -> dict[Identity, _Named]:
    first: dict[Identity, _Named] = {}
    for one in named:
        first.setdefault(one.identity, one)
    return first


def _repeat(draft_id: int, stored: str, sent: str) -> Receipt:
    return Receipt(Taken.EXISTS if stored == sent else Taken.CONFLICT, draft_id)


def _named(key: bytes, submission: Submission) -> _Named:
    opaque = {"external_id": _opaque(key, submission.external_id), "group": _opaque(key, submission.group)}
    return _Named(submission.model_copy(update=opaque), _hash(key, submission))


async def _store(
    session: AsyncSession, channel: Channel, fresh: Sequence[_Named], *, key: bytes, now: datetime
) -> Mapping[Identity, int]:
    """Redact, plan and add the drafts with the orders for their cards; the number of each that was added."""
    assert channel.id is not None
    rows = await _redacted(session, channel.id, fresh, key=key)
    plans = await _plans(session, channel, [row["topic"] for row in rows], key=key)
    stamp = {"channel_id": channel.id, "state": DraftState.OPEN, "created_at": now, "state_at": now}
    made = await drafts.add_all(session, [row | plan | stamp for row, plan in zip(rows, plans, strict=True)])
    priorities = {made[one.identity]: one.submission.priority for one in fresh if one.identity in made}
    await outbox.cards(session, channel, priorities, now=now)
    return made


async def _redacted(session: AsyncSession, channel: int, fresh: Sequence[_Named], *, key: bytes) -> list[Row]:
    """What is kept of the submissions. Placeholders go on where the ticket's last draft ended."""
    tickets = {one.submission.group for one in fresh if one.submission.group is not None}
    known = dict(await drafts.placeholders_of_tickets(session, channel, tickets)) if tickets else {}
    rows = []
    for one in fresh:
        redactor = Redactor(key, known.get(one.submission.group, NOTHING_KNOWN))
        rows.append(_clean(one, redactor))
        if one.submission.group is not None:
            known[one.submission.group] = redactor.known
    return rows


def _clean(named: _Named, redactor: Redactor) -> Row:
    submission, clean = named.submission, redactor.redact
    external_id, content_hash = named.identity
    return {
        "external_id": external_id,
        "content_hash": content_hash,
        "body_hash": named.body_hash,
        "conversation": [{"role": turn["role"], "content": clean(turn["content"])} for turn in submission.turns],
        "text": clean(submission.draft) if submission.draft is not None else None,
        "model": clean(submission.model) if submission.model else None,
        "context": redactor.redact_all(submission.context),
        "topic": clean(submission.topic),
        "source": clean(submission.source) if submission.source else None,
        "ticket": submission.group,
        "url": clean(submission.url) if submission.url else None,
        "priority": submission.priority,
        "uncertainty": submission.uncertainty,
        "language": submission.language,
        "origin": DraftOrigin.API,
        "placeholders": redactor.known,
        "redacted": redactor.counts,
        "redactor": redaction.VERSION,
    }


async def _plans(session: AsyncSession, channel: Channel, topics: Sequence[str], *, key: bytes) -> list[Row]:
    """For a draft of each topic, one after the other: its place, and whether it is reviewed twice."""
    assert channel.id is not None
    places = Counter(await drafts.next_places(session, channel.id, topics))
    so_far, plans = 0, list[Row]()
    if channel.overlap_share is None:
        so_far = await drafts.shared_so_far(session, channel.id, enough=routing.EARLY_DRAFTS)
    for topic in topics:
        share = channel.overlap_share
        if share is None:
            share = routing.share_by_itself(shared_so_far=so_far)
        place = places[topic]
        shared = routing.is_shared(key, channel=channel.id, topic=topic, place=place, share=share)
        plans.append({"place": place, "shared": shared, "overlap_probability": share, "reviews": 2 if shared else 1})
        places[topic] += 1
        so_far += shared
    return plans


def _hash(key: bytes, submission: Submission) -> str:
    # Keyed, so that nobody who holds the database can try values against it.
    content = submission.model_dump_json(exclude={"channel"}).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _opaque(key: bytes, name: str | None) -> str | None:
    """An id as it is, or a keyed hash of one that holds personal data: ids are compared, never read."""
    if name is None or all(span.kind is Kind.URL for span in redaction.find(name)):
        return name
    return f"private-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]}"
