"""What a digest is computed from: read from the tables for one channel and one window, whatever came before it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import figures, outbox, routing
from bot.figures import Counts, Evidence, agreeing, weeks
from bot.figures.agreeing import Past
from bot.figures.rows import Window
from bot.instructive import Contested, Said, most_instructive
from bot.measures.estimates import Estimate
from bot.surfaces.digest import Dispute, Made
from storage.models import Channel
from storage.queries import digests, disputes, drafts
from storage.queries import figures as rows

ROLLING = timedelta(days=28)
READ_THESE, LOOKED_AT = 3, 30  # disputes


@dataclass(frozen=True)
class Gathered:
    """All that was read for one window; `compute` needs no database any more."""

    evidence: Evidence
    window: Window
    seed: int
    disputes: Sequence[Dispute] = ()
    before: Sequence[Past] = ()

    async def compute(self, *, late: bool = False) -> Made:
        """The digest, `late` where its day is over.

        In a thread: long texts are compared for seconds, and clicks are not to wait for that.
        """
        made = await asyncio.to_thread(figures.compute, self.evidence, self.window, seed=self.seed)
        return Made(made, self.disputes, self.before, late)


async def of_digest(session: AsyncSession, channel: Channel, on: date, *, live: bool) -> Gathered:
    """What a digest says. `live`: of now; else of a past day, whose queue is known only where it was kept."""
    assert channel.id is not None
    window = await _since_the_last(session, channel, on)
    counts = await (_counts_now if live else _counts_then)(session, channel.id, window)
    found = await _gathered(session, channel, window, counts)
    named = await _disputes(session, channel) if live else []
    return replace(found, disputes=named, before=await _before(session, channel.id, on))


async def of_days(session: AsyncSession, channel: Channel, first: date, last: date) -> Gathered:
    """What a digest of the day after would say of any days, both included."""
    assert channel.id is not None
    until = last + timedelta(days=1)
    window = Window(until, _midnight(channel, first), _midnight(channel, first), _midnight(channel, until))
    return await _gathered(session, channel, window, await _counts_then(session, channel.id, window))


async def _gathered(session: AsyncSession, channel: Channel, window: Window, counts: Counts) -> Gathered:
    assert channel.id is not None
    said = await rows.said(session, channel.id, since=window.since, until=window.until)
    last = weeks.ended(window.date)
    ends = [_midnight(channel, last - timedelta(weeks=back)) for back in range(weeks.WEEKS, -1, -1)]
    evidence = Evidence(
        said=said,
        counts=counts,
        sampled=await rows.sampled(session, channel.id, since=window.since, until=window.until),
        share=await _share(session, channel),
        texts=await rows.texts(session, agreeing.edits_to_compare(said, window.since)),
        tallies=await rows.tallies(session, channel.id, ends),
        settled=await rows.settled_by_period(session, channel.id, ends),
        targets=channel.targets,
    )
    return Gathered(evidence, window, _seed(channel.id, window.date))


async def _counts_now(session: AsyncSession, channel: int, window: Window) -> Counts:
    return Counts(
        gold=await rows.settled(session, channel, since=window.day, until=window.until),
        waiting=await drafts.waiting(session, channel),
        disputed=await rows.disputed(session, channel),
        imported=await rows.imported(session, channel, since=window.since, until=window.until),
    )


async def _counts_then(session: AsyncSession, channel: int, window: Window) -> Counts:
    """Of what waited then only the digest that was made then knows."""
    kept = await digests.on(session, channel, window.date)
    told = kept.figures.get("counts", {}) if kept else {}
    return Counts(
        gold=await rows.settled(session, channel, since=window.day, until=window.until),
        waiting=told.get("waiting"),
        disputed=told.get("disputed"),
        imported=await rows.imported(session, channel, since=window.since, until=window.until),
    )


async def _share(session: AsyncSession, channel: Channel) -> float:
    """Of the drafts that come in now, the share that two people review."""
    assert channel.id is not None
    if channel.overlap_share is not None:
        return channel.overlap_share
    so_far = await drafts.shared_so_far(session, channel.id, enough=routing.EARLY_DRAFTS)
    return routing.share_by_itself(shared_so_far=so_far)


async def _since_the_last(session: AsyncSession, channel: Channel, on: date) -> Window:
    """28 days to the midnight before the digest; activity since the last digest before it."""
    assert channel.id is not None
    last = await digests.newest(session, channel.id, before=on)
    since = max(last.date, on - ROLLING) if last else on - timedelta(days=1)
    return Window(on, _midnight(channel, on - ROLLING), _midnight(channel, since), _midnight(channel, on))


def _midnight(channel: Channel, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(channel.time_zone)).astimezone(UTC)


async def _before(session: AsyncSession, channel: int, on: date) -> list[Past]:
    """What the digests of the 28 days before said of agreement, the oldest first."""
    kept = await digests.between(session, channel, on - ROLLING, on)
    return [Past(one.date, _kept(one.figures, "verdict"), _kept(one.figures, "escalation")) for one in kept]


def _kept(told: dict[str, Any], question: str) -> Estimate | None:
    kept = told.get(question)
    return Estimate(**kept["alpha"]) if kept else None


async def _disputes(session: AsyncSession, channel: Channel) -> list[Dispute]:
    """Those that teach most, of the newest ones."""
    assert channel.id is not None
    held = await disputes.newest(session, channel.id, limit=LOOKED_AT)
    contested = [
        Contested(draft, topic, [Said(one.verdict, one.text, one.escalation) for one in answers])
        for (draft, topic), answers in groupby(held, key=lambda one: (one.draft, one.topic))
    ]
    found: list[Dispute] = []
    for draft_id in most_instructive(contested, most=READ_THESE):
        draft = await drafts.get(session, draft_id)
        if draft is not None:  # it may have been erased since
            found.append(Dispute(draft, await outbox.card_link(session, channel, draft_id)))
    return found


def _seed(channel: int, on: date) -> int:
    """The same digest is drawn the same way again."""
    # 31 bits: PostgreSQL's integers have a sign.
    return int.from_bytes(hashlib.sha256(f"{channel}:{on.isoformat()}".encode()).digest()[:4], "big") >> 1
