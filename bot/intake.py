"""A draft comes in: redacted, recognised when it was here before, planned, stored with the order for its card.

One that came without a reply is stored with the order for its writing instead, where the channel has a model.
One that comes with a person's reply from elsewhere needs no review and gets no card.
"""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, past_replies, redaction, routing
from bot.redaction import NOTHING_KNOWN, Kind, Redactor
from bot.submissions import PastReply, Submission
from storage.models import Channel
from storage.queries import drafts, writings
from storage.queries.drafts import Identity
from storage.words import DraftOrigin, DraftState

Row = dict[str, Any]
OUTSIDE: Row = {"place": -1, "shared": False, "overlap_probability": 0.0, "reviews": 0}  # no part of the draw
ALONE: Row = OUTSIDE | {"reviews": 1}  # a sample is not worth a second review


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
class Named:
    """A submission by which it is known again; ids that hold personal data are hashed."""

    submission: Submission
    body_hash: str
    past: PastReply | None = None

    @property
    def identity(self) -> Identity:
        """Its external id, else its content."""
        external_id = self.submission.external_id
        return external_id, self.body_hash if external_id is None else None


@dataclass(frozen=True)
class Ready:
    """A submission redacted, on the placeholders that its ticket had `before`."""

    before: Mapping[str, str]
    row: Row
    reply: str | None = None


NOTHING_READY: Mapping[Identity, Ready] = MappingProxyType({})


async def take_in(
    session: AsyncSession,
    channel: Channel,
    submission: Submission,
    *,
    key: bytes,
    now: datetime,
    model: str | None = None,
    origin: DraftOrigin = DraftOrigin.API,
) -> Receipt:
    """Store a submission once. The same external id with other content is a conflict; the first one stays.

    `model` is the one that the environment sets up for drafts without a reply.
    """
    return (await take_in_all(session, channel, [submission], key=key, now=now, model=model, origin=origin))[0]


async def take_in_all(
    session: AsyncSession,
    channel: Channel,
    submissions: Sequence[Submission],
    *,
    key: bytes,
    now: datetime,
    model: str | None = None,
    origin: DraftOrigin = DraftOrigin.API,
) -> list[Receipt]:
    """Store each of many submissions as `take_in` does, in their order, with as few statements as one takes."""
    named = [name(key, one) for one in submissions]
    return await store_all(session, channel, named, key=key, now=now, model=model, origin=origin)


def name(key: bytes, submission: Submission, past: PastReply | None = None) -> Named:
    """The submission as it is known again; `past` is what a person replied to it before."""
    opaque = {"external_id": _opaque(key, submission.external_id), "group": _opaque(key, submission.group)}
    if past is not None:
        body_hash = _hash(key, _canonical(submission) + past.model_dump_json())
        past = past.model_copy(update={"annotator": _opaque(key, past.annotator)})
    else:
        body_hash = _hash(key, _canonical(submission))
    return Named(submission.model_copy(update=opaque), body_hash, past)


def _canonical(submission: Submission) -> str:
    """The submission as text, the same for each way to write it: the order of keys, a prompt for one turn."""
    told = submission.model_dump(mode="json", exclude={"channel", "conversation", "prompt"})
    return json.dumps(told | {"turns": submission.turns}, sort_keys=True, ensure_ascii=False)


async def repeats(session: AsyncSession, channel: Channel, named: Sequence[Named]) -> list[Receipt | None]:
    """For each submission the draft that it was already, if there is one."""
    assert channel.id is not None
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    return [_repeat(*known[one.identity], one.body_hash) if one.identity in known else None for one in named]


async def store_all(
    session: AsyncSession,
    channel: Channel,
    named: Sequence[Named],
    *,
    key: bytes,
    now: datetime,
    model: str | None = None,
    origin: DraftOrigin = DraftOrigin.API,
    ready: Mapping[Identity, Ready] = NOTHING_READY,
) -> list[Receipt]:
    """Store each submission that is not here yet; nobody is asked about one that comes with a past reply.

    What `prepare` has made ready is not redacted again while the transaction is open.
    """
    assert channel.id is not None
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    fresh = _first_of_each(one for one in named if one.identity not in known)
    stamp = {"channel_id": channel.id, "origin": origin, "created_at": now, "state_at": now}
    stamp |= ALONE if origin is DraftOrigin.SAMPLE else {}
    made = await _store(session, channel, list(fresh.values()), stamp, key=key, ready=ready) if fresh else {}
    asked = {made[known_as]: one.submission for known_as, one in fresh.items() if _is_asked(one, made)}
    await _order(session, channel, asked, model, now)
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


def _first_of_each(named: Iterable[Named]) -> dict[Identity, Named]:
    first: dict[Identity, Named] = {}
    for one in named:
        first.setdefault(one.identity, one)
    return first


def _repeat(draft_id: int, stored: str, sent: str) -> Receipt:
    return Receipt(Taken.EXISTS if stored == sent else Taken.CONFLICT, draft_id)


async def _store(
    session: AsyncSession,
    channel: Channel,
    fresh: Sequence[Named],
    stamp: Row,
    *,
    key: bytes,
    ready: Mapping[Identity, Ready],
) -> Mapping[Identity, int]:
    """Redact, plan and add the drafts; the number of each that was added."""
    assert channel.id is not None
    rows, replies = await _redacted(session, channel.id, fresh, key=key, ready=ready)
    plans = await _plans_for(session, channel, fresh, rows, key=key)
    made = await drafts.add_all(session, [row | plan | stamp for row, plan in zip(rows, plans, strict=True)])
    now: datetime = stamp["created_at"]
    for one, row in zip(fresh, rows, strict=True):
        if one.past is not None and one.identity in made:
            given = past_replies.Given(made[one.identity], channel.id, row["text"], replies[one.identity])
            await past_replies.keep(session, given, agent=one.past.annotator, now=now)
    return made


async def _order(
    session: AsyncSession, channel: Channel, made: Mapping[int, Submission], model: str | None, now: datetime
) -> None:
    """Order what the new drafts, by their numbers, need next: their cards, or first a reply by the model."""
    writer = routing.model_for(channel, model)
    written = {number: writer for number, one in made.items() if writer is not None and one.draft is None}
    await writings.add_all(session, written, now=now)
    priorities = {number: one.priority for number, one in made.items() if number not in written}
    await outbox.cards(session, channel, priorities, now=now)


def _is_asked(one: Named, made: Mapping[Identity, int]) -> bool:
    return one.past is None and one.identity in made


async def _plans_for(
    session: AsyncSession, channel: Channel, fresh: Sequence[Named], rows: Sequence[Row], *, key: bytes
) -> list[Row]:
    """How each draft is reviewed; one with a past reply is not, and leaves the draw as it is."""
    topics = [row["topic"] for one, row in zip(fresh, rows, strict=True) if one.past is None]
    plans = iter(await _plans(session, channel, topics, key=key) if topics else [])
    return [next(plans) if one.past is None else OUTSIDE for one in fresh]


async def _redacted(
    session: AsyncSession, channel: int, fresh: Sequence[Named], *, key: bytes, ready: Mapping[Identity, Ready]
) -> tuple[list[Row], Mapping[Identity, str]]:
    """What is kept of the submissions and of past replies. Placeholders go on where the ticket's last draft ended.

    Tickets are held until the transaction ends: what was made ready on a map that has grown since, by a draft that
    came at the same time, is redacted anew, so that no placeholder stands for two values.
    """
    tickets = _tickets(fresh)
    if tickets:
        await drafts.hold_tickets(session, channel, tickets)
    known = await drafts.placeholders_of_tickets(session, channel, tickets) if tickets else {}
    made = _in_turn(fresh, known, key=key, ready=ready)
    replies = {one.identity: made[one.identity].reply for one in fresh}
    return [made[one.identity].row for one in fresh], {who: said for who, said in replies.items() if said is not None}


async def prepare(
    session: AsyncSession, channel: Channel, named: Sequence[Named]
) -> tuple[list[Named], Mapping[str | None, Mapping[str, str]]]:
    """The submissions that are not here yet, and the placeholders of their tickets, for `make_ready`."""
    assert channel.id is not None
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    fresh = list(_first_of_each(one for one in named if one.identity not in known).values())
    tickets = _tickets(fresh)
    return fresh, await drafts.placeholders_of_tickets(session, channel.id, tickets) if tickets else {}


async def make_ready(
    fresh: Sequence[Named], known: Mapping[str | None, Mapping[str, str]], *, key: bytes
) -> Mapping[Identity, Ready]:
    """Redact submissions before a transaction is opened to store them; others get their turn meanwhile."""
    ready: dict[Identity, Ready] = {}
    newest = dict(known)
    for one in fresh:
        ready |= _in_turn([one], newest, key=key, ready=NOTHING_READY)
        newest[one.submission.group] = ready[one.identity].row["placeholders"]
        await asyncio.sleep(0)
    return ready


def _tickets(fresh: Sequence[Named]) -> set[str]:
    return {one.submission.group for one in fresh if one.submission.group is not None}


def _in_turn(
    fresh: Sequence[Named],
    known: Mapping[str | None, Mapping[str, str]],
    *,
    key: bytes,
    ready: Mapping[Identity, Ready],
) -> Mapping[Identity, Ready]:
    """Each submission redacted, after the ones before it that belong to the same ticket."""
    newest, made = dict(known), dict[Identity, Ready]()
    for one in fresh:
        ticket = one.submission.group
        before = newest.get(ticket, NOTHING_KNOWN) if ticket is not None else NOTHING_KNOWN
        found = ready.get(one.identity)
        made[one.identity] = found if found and found.before == before else _ready(one, before, key)
        newest[ticket] = made[one.identity].row["placeholders"]
    return made


def _ready(one: Named, before: Mapping[str, str], key: bytes) -> Ready:
    redactor = Redactor(key, before)
    row = _clean(one, redactor)
    reply = redactor.redact(one.past.reply) if one.past is not None else None
    return Ready(dict(before), row | {"placeholders": redactor.known, "redacted": redactor.counts}, reply)


def _clean(named: Named, redactor: Redactor) -> Row:
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
        "state": DraftState.OPEN if named.past is None else DraftState.SETTLED,
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


def _hash(key: bytes, content: str) -> str:
    # Keyed, so that nobody who holds the database can try values against it.
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def _opaque(key: bytes, name: str | None) -> str | None:
    """An id as it is, or a keyed hash of one that holds personal data: ids are compared, never read."""
    if name is None or all(span.kind is Kind.URL for span in redaction.find(name)):
        return name
    return f"private-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]}"
