"""Focus mode: one draft after the other for one person, with the way back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import opening
from bot.redaction import Redactor
from bot.surfaces import focus as surface
from bot.surfaces.blocks import View
from bot.surfaces.focus import Progress, Sitting
from storage.models import Channel, Draft, Revision, Unsaved
from storage.queries import drafts, labels, queues, unsaved

USUAL = timedelta(days=14)
ARRIVALS = 500


@dataclass(frozen=True)
class Typed:
    """What stands in a window and differs from what it showed at first; None: nothing does."""

    text: str | None = None
    note: str | None = None
    chosen: Mapping[str, Any] | None = None  # in menus: values by the revision's columns


@dataclass(frozen=True)
class Desk:
    """Where somebody reviews: the channels whose drafts they may answer."""

    agent: str
    channels: Sequence[Channel]

    @property
    def ids(self) -> list[int]:
        return [channel.id for channel in self.channels if channel.id is not None]


async def begin(session: AsyncSession, desk: Desk, sitting: Sitting, now: datetime, *, said: str = "") -> View:
    """The window with the next draft of the queue, or with what is said when nothing waits."""
    found = await queues.next_for(session, desk.agent, channels=desk.ids, without=sitting.skipped, now=now)
    if found is None:
        return await _nothing_left(session, desk, sitting, now, said=said)
    return await show(session, desk, sitting.at_draft(found.draft, now), now, said=said, trigger=found.trigger)


async def back(session: AsyncSession, desk: Desk, sitting: Sitting, now: datetime, *, said: str = "") -> View:
    """The window with the draft before this one that can still be shown; the next one where there is none."""
    trail = list(sitting.trail)
    while trail:
        before = trail.pop()
        found = await drafts.find_with_channel(session, before)
        if found is not None and found[1].id in desk.ids:
            there = replace(sitting, draft=before, trail=tuple(trail), at=_stamp(now))
            return await show(session, desk, there, now, said=said)
    return await begin(session, desk, replace(sitting, trail=()), now, said=said)


async def show(
    session: AsyncSession, desk: Desk, sitting: Sitting, now: datetime, *, said: str = "", trigger: str | None = None
) -> View:
    """The window with this draft, as the agent left it."""
    draft, channel = await drafts.with_channel(session, sitting.draft)
    scene = await opening.scene(session, draft, channel, desk.agent, now)
    typed = _newer(await unsaved.get(session, sitting.draft, desk.agent), scene.mine)
    base = scene.mine.number if scene.mine and scene.mine.text is not None else 0
    so_far = await progress(session, desk, now)
    sitting = replace(sitting, base=base, kept=typed.edition if typed else 0)
    scene = replace(scene, mine=as_left(scene.mine, typed))
    return surface.window(scene, sitting, so_far, said=said, trigger=trigger, kept=typed)


async def put_aside(
    session: AsyncSession, draft_id: int, agent: str, typed: Typed, *, key: bytes, now: datetime
) -> bool:
    """Keep what was typed and not saved, without personal data; the draft is free for others. False where it is gone.

    What was kept before and not touched since is kept on.
    """
    draft = await drafts.locked(session, draft_id)
    if draft is None:
        return False
    await drafts.end_lease(session, draft_id, agent=agent, now=now)
    if typed == Typed():
        return True
    text, note = _redacted(session, draft, (typed.text, typed.note), key)
    mine = await labels.of(session, draft_id, agent)
    last = await unsaved.get(session, draft_id, agent)
    before = _newer(last, mine.revision if mine else None) or Unsaved(draft_id=draft_id, agent=agent, at=now)
    left = Unsaved(
        draft_id=draft_id,
        agent=agent,
        text=before.text if text is None else text,
        note=before.note if note is None else note,
        chosen={**(before.chosen or {}), **(typed.chosen or {})} or None,
        base=mine.revision.number if mine else 0,
        edition=last.edition + 1 if last else 1,
        at=now,
    )
    await unsaved.keep(session, left)
    return True


def _redacted(session: AsyncSession, draft: Draft, typed: Sequence[str | None], key: bytes) -> list[str | None]:
    """What was typed without personal data; the draft learns the placeholders that are new."""
    redactor = Redactor(key, draft.placeholders)
    texts = [one and redactor.redact(one, clean=draft.text or "") for one in typed]
    if redactor.known != draft.placeholders:
        draft.placeholders = redactor.known
        session.add(draft)
    return texts


async def kept(session: AsyncSession, sitting: Sitting, agent: str) -> Unsaved | None:
    """What the window showed that was typed before and not saved; None where it is not kept as it was shown."""
    found = await unsaved.get(session, sitting.draft, agent)
    return found if found and found.edition == sitting.kept else None


def as_left(mine: Revision | None, kept: Unsaved | None) -> Revision | None:
    """What menus and note say: an answer saved before, and over it what was said since and not saved."""
    if kept is None:
        return mine
    said = {**(kept.chosen or {}), **({} if kept.note is None else {"note": kept.note})}
    stood = mine.model_dump() if mine else {"label_id": 0, "number": 0, "channel_id": 0, "saved_at": kept.at}
    return Revision(**stood | said) if said else mine


def _newer(typed: Unsaved | None, mine: Revision | None) -> Unsaved | None:
    """What was typed, unless an answer was saved since that was not undone."""
    overtaken = typed is not None and mine is not None and not mine.withdrawn and mine.number > typed.base
    return None if overtaken else typed


async def progress(session: AsyncSession, desk: Desk, now: datetime) -> Progress:
    """What waits for somebody, and how many they have answered today."""
    needed, looks = await queues.waiting_for(session, desk.agent, channels=desk.ids)
    today = await queues.answered_since(session, desk.agent, channels=desk.ids, since=midnight(desk, now))
    return Progress(today=today, waiting=needed, second_looks=looks)


async def _nothing_left(session: AsyncSession, desk: Desk, sitting: Sitting, now: datetime, *, said: str) -> View:
    so_far = await progress(session, desk, now)
    return surface.nothing_left(sitting, so_far, said=said, usual_hour=await usual_hour(session, desk, now))


async def usual_hour(session: AsyncSession, desk: Desk, now: datetime) -> int | None:
    """The local hour at which most drafts of the last days came in; None without any."""
    came = await queues.arrivals(session, channels=desk.ids, since=now - USUAL, limit=ARRIVALS)
    hours = Counter(moment.astimezone(_zone(desk)).hour for moment in came)
    return min(hours, key=lambda hour: (-hours[hour], hour)) if hours else None


def midnight(desk: Desk, now: datetime, *, days_ago: int = 0) -> datetime:
    """When the desk's day began, or one so many days before it."""
    zone = _zone(desk)
    day = now.astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def monday(desk: Desk, now: datetime) -> datetime:
    """When the desk's week began."""
    return midnight(desk, now, days_ago=now.astimezone(_zone(desk)).weekday())


def _zone(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.channels[0].time_zone if desk.channels else "UTC")


def _stamp(now: datetime) -> int:
    return int(now.timestamp())
