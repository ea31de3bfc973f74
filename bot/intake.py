"""A draft comes in: redacted, recognised when it was here before, planned, stored with the order for its card.

One that came without a reply is stored with the order for its writing instead, where the channel has a model.
One that comes with a person's reply from elsewhere needs no review and gets no card.
"""

import asyncio
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import naming, outbox, past_replies, routing
from bot.cleaning import NOTHING_READY, Ready, in_turn
from bot.naming import Named, erased_hash
from bot.submissions import Submission
from storage.engine import Sessions
from storage.models import Channel
from storage.queries import drafts, tombstones, writings
from storage.words import DraftOrigin, Identity

Row = dict[str, Any]
OUTSIDE: Row = {"place": -1, "shared": False, "overlap_probability": 0.0, "reviews": 0}  # no part of the draw
LONG = 2_000  # characters: what takes longer to redact than a click may wait for its turn, a thread does
ALONE: Row = OUTSIDE | {"reviews": 1}  # a sample is not worth a second review


class Taken(StrEnum):
    """What became of a submission."""

    CREATED = "created"
    EXISTS = "exists"
    CONFLICT = "conflict"
    ERASED = "erased"  # it was here once, and somebody had it erased: it is not taken in again


@dataclass(frozen=True)
class Receipt:
    """The draft that a submission is, or was already."""

    taken: Taken
    draft_id: int


@dataclass(frozen=True)
class Arrival:
    """How submissions come in. `model` is the one that the environment sets up for drafts without a reply."""

    key: bytes
    now: datetime
    model: str | None = None
    origin: DraftOrigin = DraftOrigin.API


async def take_in(session: AsyncSession, channel: Channel, submission: Submission, arrival: Arrival) -> Receipt:
    """Store a submission once. The same external id with other content is a conflict; the first one stays."""
    (receipt,) = await store_all(session, channel, [naming.name(arrival.key, submission)], arrival)
    return receipt


async def repeats(
    session: AsyncSession, channel: Channel, named: Sequence[Named], *, key: bytes
) -> list[Receipt | None]:
    """For each submission the draft that it was already, if there is one."""
    assert channel.id is not None
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    erased = await _erased(session, channel.id, named, key)
    told = {identity: Receipt(Taken.ERASED, number) for identity, number in erased.items()}
    return [
        _repeat(*known[one.identity], one.body_hash) if one.identity in known else told.get(one.identity)
        for one in named
    ]


async def store_all(
    session: AsyncSession,
    channel: Channel,
    named: Sequence[Named],
    arrival: Arrival,
    ready: Mapping[Identity, Ready] = NOTHING_READY,
) -> list[Receipt]:
    """Store each submission that is not here yet, in their order, with as few statements as one takes.

    Nobody is asked about one that comes with a past reply. What is `ready` is not redacted again while the
    transaction is open.
    """
    assert channel.id is not None
    known = await drafts.identified(session, channel.id, [one.identity for one in named])
    erased = await _erased(session, channel.id, [one for one in named if one.identity not in known], arrival.key)
    fresh = _first_of_each(named, but=known.keys() | erased.keys())
    made = await _store(session, channel, list(fresh.values()), arrival, ready) if fresh else {}
    await _order(session, channel, _asked_about(fresh, made), arrival)
    if fresh.keys() - made.keys():
        # Another process stored them between our look and our insert.
        known |= await drafts.identified(session, channel.id, fresh.keys() - made.keys())
    known |= {identity: (number, fresh[identity].body_hash) for identity, number in made.items()}
    new = {id(one): Receipt(Taken.CREATED, made[one.identity]) for one in fresh.values() if one.identity in made}
    gone = {identity: Receipt(Taken.ERASED, number) for identity, number in erased.items()}
    return [new.get(id(one)) or gone.get(one.identity) or _repeat(*known[one.identity], one.body_hash) for one in named]


def _asked_about(fresh: Mapping[Identity, Named], made: Mapping[Identity, int]) -> dict[int, Submission]:
    """Of those that were added now, by their drafts' numbers."""
    return {made[one.identity]: one.submission for one in fresh.values() if one.past is None and one.identity in made}


async def _erased(session: AsyncSession, channel_id: int, named: Sequence[Named], key: bytes) -> Mapping[Identity, int]:
    """Those that were erased, by their external ids, with the numbers that they had."""
    with_id = [one.identity for one in named if one.identity[0] is not None]
    hashes = {erased_hash(key, channel_id, identity[0] or ""): identity for identity in with_id}
    found = await tombstones.known(session, channel_id, list(hashes))
    return {hashes[hashed]: number for hashed, number in found.items()}


def _first_of_each(named: Iterable[Named], *, but: Container[Identity]) -> dict[Identity, Named]:
    first: dict[Identity, Named] = {}
    for one in named:
        if one.identity not in but:
            first.setdefault(one.identity, one)
    return first


def _repeat(draft_id: int, stored: str, sent: str) -> Receipt:
    return Receipt(Taken.EXISTS if stored == sent else Taken.CONFLICT, draft_id)


async def _store(
    session: AsyncSession,
    channel: Channel,
    fresh: Sequence[Named],
    arrival: Arrival,
    ready: Mapping[Identity, Ready],
) -> Mapping[Identity, int]:
    """Redact, plan and add the drafts; the number of each that was added."""
    assert channel.id is not None
    clean = await _redacted(session, channel.id, fresh, key=arrival.key, ready=ready)
    rows = [clean[one.identity].row for one in fresh]
    plans = await _plans_for(session, channel, fresh, rows, arrival)
    stamp = {
        "channel_id": channel.id,
        "origin": arrival.origin,
        "created_at": arrival.now,
        "state_at": arrival.now,
    }
    made = await drafts.add_all(session, [row | plan | stamp for row, plan in zip(rows, plans, strict=True)])
    for one in fresh:
        said = clean[one.identity]
        if one.past is not None and said.reply is not None and one.identity in made:
            given = past_replies.Given(made[one.identity], channel.id, said.row["text"], said.reply)
            await past_replies.keep(session, given, agent=one.past.annotator, now=arrival.now)
    return made


async def _order(session: AsyncSession, channel: Channel, made: Mapping[int, Submission], arrival: Arrival) -> None:
    """Order what the new drafts, by their numbers, need next: their cards, or first a reply by the model."""
    writer = routing.model_for(channel, arrival.model)
    written = {number: writer for number, one in made.items() if writer is not None and one.draft is None}
    await writings.add_all(session, written, now=arrival.now)
    priorities = {number: one.priority for number, one in made.items() if number not in written}
    await outbox.cards(session, channel, priorities, now=arrival.now)


async def _plans_for(
    session: AsyncSession, channel: Channel, fresh: Sequence[Named], rows: Sequence[Row], arrival: Arrival
) -> list[Row]:
    """How each draft is reviewed; one with a past reply is not, and leaves the draw as it is, as a sample does."""
    if arrival.origin is DraftOrigin.SAMPLE:
        return [ALONE] * len(fresh)
    topics = [row["topic"] for one, row in zip(fresh, rows, strict=True) if one.past is None]
    plans = iter(await _plans(session, channel, topics, key=arrival.key) if topics else [])
    return [next(plans) if one.past is None else OUTSIDE for one in fresh]


async def _redacted(
    session: AsyncSession, channel: int, fresh: Sequence[Named], *, key: bytes, ready: Mapping[Identity, Ready]
) -> Mapping[Identity, Ready]:
    """What is kept of the submissions and of past replies. Placeholders go on where the ticket's last draft ended.

    Tickets are held until the transaction ends: what was made ready on a map that has grown since, by a draft that
    came at the same time, is redacted anew, so that no placeholder stands for two values.
    """
    tickets = _tickets(fresh)
    if tickets:
        await drafts.hold_tickets(session, channel, tickets)
    known = await drafts.placeholders_of_tickets(session, channel, tickets) if tickets else {}
    return in_turn(fresh, known, key=key, ready=ready)


async def make_ready(
    sessions: Sessions, channel: Channel, named: Sequence[Named], *, key: bytes
) -> Mapping[Identity, Ready]:
    """Redact what is not here yet before a transaction is opened to store it; others get their turn meanwhile."""
    assert channel.id is not None
    async with sessions.reading() as session:
        known = await drafts.identified(session, channel.id, [one.identity for one in named])
        fresh = _first_of_each(named, but=known)
        tickets = _tickets(fresh.values())
        known_before = await drafts.placeholders_of_tickets(session, channel.id, tickets) if tickets else {}
    ready, newest = dict[Identity, Ready](), dict(known_before)
    for one in fresh.values():
        if one.length > LONG:
            ready |= await asyncio.to_thread(in_turn, [one], newest, key=key)
        else:
            ready |= in_turn([one], newest, key=key)
        newest[one.submission.group] = ready[one.identity].row["placeholders"]
        await asyncio.sleep(0)
    return ready


def _tickets(fresh: Iterable[Named]) -> set[str]:
    return {one.submission.group for one in fresh if one.submission.group is not None}


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
