"""Erasure: the only deed that removes. A draft goes with every word that hangs on it; what is left is a tombstone.

Each batch is one transaction: rows, tombstones, orders to take messages out of Slack, and the entry of the audit trail.
What it cannot reach stands in docs/privacy.md.
"""

import asyncio
import re
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import alike, audit, naming, outbox, texts
from bot.errors import AssayError
from bot.personal_data.shadow import PLACEHOLDER
from bot.redaction import Redactor
from bot.surfaces import card, digest
from storage import compacting
from storage.engine import Sessions
from storage.models import Channel, Draft, Tombstone
from storage.queries import channels, erasing, personal, tombstones, wordings
from storage.queries.numbers import take_numbers
from storage.queries.wordings import Wording
from storage.words import NOBODY, AuditAct, ErasedBecause

BATCH = 50  # drafts of one transaction
PAGE = 50  # drafts that are read at once: others are answered between two of them
BETWEEN = "\0"  # two texts: no name is found that begins in one and ends in the other
# What stands in place of personal data names nobody: others have such a sign as well.
IN_PLACE = re.compile(rf"{PLACEHOLDER.pattern}|{naming.OPAQUE.pattern}")
SHORTEST, LONGEST = 2, 500  # of what a customer is known by: whole names have two signs in some scripts
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Order:
    """Why drafts are erased, who said so, and the key under which their external ids are known again."""

    why: ErasedBecause
    by: str
    key: bytes
    now: datetime


@dataclass(frozen=True)
class Gone:
    """How much was erased."""

    drafts: int = 0
    labels: int = 0
    messages: int = 0  # that are taken out of Slack

    def __add__(self, other: "Gone") -> "Gone":
        return Gone(self.drafts + other.drafts, self.labels + other.labels, self.messages + other.messages)


NOTHING = Gone()
Ended = Callable[[AsyncSession, Gone], Awaitable[None]]  # does more in the transaction of the last batch


async def erase(session: AsyncSession, numbers: Sequence[int], order: Order) -> Gone:
    """Erase these drafts; those that are gone already are left out.

    Somebody asked for them, so one that is being answered just then is waited for. What is only too old comes with
    the next tick.
    """
    by_channel: dict[int, list[Draft]] = defaultdict(list)
    for draft in await erasing.locked(session, numbers, skip=order.why == ErasedBecause.RETENTION):
        by_channel[draft.channel_id].append(draft)
    gone = NOTHING
    for channel_id, drafts in sorted(by_channel.items()):  # digests are held in one order
        gone += await _erase(session, await channels.get(session, channel_id), drafts, order)
    return gone


class NobodyNamed(AssayError):
    """An empty value stands in every text, and names nobody: nothing is found by it, and nothing erased."""


class OnlyReviewer(AssayError):
    """Without them everybody could review; the message says where, and what to do."""


async def forget_person(session: AsyncSession, team: str, user: str, *, now: datetime) -> None:
    """Their answers stay useful and become nobody's: under a random name that is kept nowhere beside theirs.

    Their notes go, and what they typed and did not save. Raises OnlyReviewer, NobodyNamed.
    """
    check_named(user)
    await _check_reviewers(session, team, user)
    await _forget(session, team, user, now)
    after = {"why": "agent"}
    await audit.note(session, AuditAct.ERASED, team, who=audit.OPERATOR, now=now, after=after)


async def _forget(session: AsyncSession, team: str, user: str, now: datetime) -> None:
    for written in await personal.forget(session, team, user, alias=f"{NOBODY}{secrets.token_hex(8)}"):
        await outbox.take_out(session, await channels.get(session, written.channel_id), written, now=now)


def check_customer(value: str) -> None:
    """Whether a customer can be looked for by this. Raises NobodyNamed."""
    check_named(value)
    if PLACEHOLDER.search(value):
        raise NobodyNamed("A placeholder names nobody: ask by the address or the name itself. Nothing was erased.")
    if len(alike.as_read(value)) < SHORTEST:
        raise NobodyNamed(f"{SHORTEST} characters at least: less stands in every text. Nothing was erased.")
    if len(value) > LONGEST:
        raise NobodyNamed(f"{LONGEST} characters at most: nobody is called more. Nothing was erased.")


def check_named(value: str) -> None:
    """Whether a value can name anybody or anything. Raises NobodyNamed."""
    if not texts.visible(value):
        raise NobodyNamed("An empty value names nobody. Nothing was erased.")
    if BETWEEN in value:
        raise NobodyNamed("A value with a zero byte names nobody: no text holds one. Nothing was erased.")


async def _check_reviewers(session: AsyncSession, team: str, user: str) -> None:
    for channel in await channels.every(session, team=team):
        if channel.reviewers == [user]:
            raise OnlyReviewer(f"{user} is the only reviewer of #{channel.name}. Name others in its setup first.")


@dataclass(frozen=True)
class Eraser:
    """Finds what somebody asks to be erased, and erases it batch by batch."""

    sessions: Sessions
    key: bytes
    now: Callable[[], datetime]

    async def of_ticket(self, channel: Channel, ticket: str) -> Sequence[int]:
        """The drafts of a ticket: of what drafts called their group. Raises NobodyNamed."""
        check_named(ticket)
        assert channel.id is not None
        async with self.sessions.reading() as session:
            return await erasing.of_ticket(session, channel.id, naming.opaque(self.key, ticket))

    async def of_customer(self, team: str, value: str, channel: Channel | None = None) -> Sequence[int]:
        """The drafts that know a customer by this value, and all others of their tickets.

        An e-mail address or a number was replaced before it was stored, and is found by its keyed hash; a name or an
        id of your own that no rule recognised is found where it is written, however that is typed. Every draft is read.
        Raises NobodyNamed.
        """
        check_customer(value)
        hashes = {one for form in _written(value) for one in Redactor(self.key).hashes_of(form)}
        hashes |= {value, naming.opaque(self.key, value)}  # a ticket's own, as an export shows it
        found: set[int] = set()
        after, only = 0, channel.id if channel else None
        while True:
            async with self.sessions.reading() as session:
                some = await wordings.page(session, team, channel_id=only, after=after, limit=PAGE)
            if told := await _naming(some, hashes, alike.as_read(value)):
                async with self.sessions.reading() as session:
                    found |= {*(await erasing.with_their_tickets(session, told))}
            if len(some) < PAGE:
                return sorted(found)
            after = some[-1].draft

    async def count(self, numbers: Sequence[int]) -> Gone:
        """What erasing these drafts would remove."""
        gone = NOTHING
        for some in _batches(numbers):
            async with self.sessions.reading() as session:
                labels = await erasing.count_labels(session, some)
                gone += Gone(len(some), labels, len(await erasing.posts_of(session, some)))
        return gone

    async def erase(self, numbers: Sequence[int], *, why: ErasedBecause, by: str, ended: Ended | None = None) -> Gone:
        """Erase them, a transaction a batch; begun anew after a failure it goes on with what is left."""
        gone, batches = NOTHING, _batches(numbers)
        for place, some in enumerate(batches, 1):
            async with self.sessions.writing() as session:
                gone += await erase(session, some, Order(why, by, self.key, self.now()))
                if ended is not None and place == len(batches):
                    await ended(session, gone)
        if gone != NOTHING:
            await compacting.forget_log(self.sessions)
        return gone

    async def known_of(self, team: str, user: str) -> int:
        """In how many rows somebody of the workspace is named. Raises NobodyNamed."""
        async with self.sessions.reading() as session:
            return await personal.count(session, team, self._as_stored(user))

    async def forgettable(self, team: str, user: str) -> None:
        """Whether somebody can be taken out, before anything is. Raises OnlyReviewer, NobodyNamed."""
        async with self.sessions.reading() as session:
            await _check_reviewers(session, team, self._as_stored(user))

    async def answered_by(self, team: str, user: str) -> Sequence[int]:
        """The drafts that somebody answered or settled: what they wrote is in no other place. Raises NobodyNamed."""
        async with self.sessions.reading() as session:
            return await personal.answered(session, team, self._as_stored(user))

    async def forget_person(self, team: str, user: str) -> None:
        """Take somebody out of all that is stored. Raises OnlyReviewer, NobodyNamed."""
        stored = self._as_stored(user)
        async with self.sessions.writing() as session:
            await forget_person(session, team, stored, now=self.now())
        if await self.known_of(team, stored):  # whoever read their name before this was over has written it since
            async with self.sessions.writing() as session:
                await _forget(session, team, stored, self.now())
        await compacting.forget_log(self.sessions)

    def _as_stored(self, user: str) -> str:
        """An annotator of elsewhere may be an e-mail address, of which a hash is kept. Raises NobodyNamed."""
        check_named(user)
        return user if naming.OPAQUE.fullmatch(user) else naming.opaque(self.key, user)


def _written(value: str) -> set[str]:
    """The ways to write a value of which only hashes are known: also in a link, and with either prefix of a number."""
    forms = texts.spellings(value)
    forms = {*forms, *(" ".join(one.split()) for one in forms)}
    forms |= {
        new + one.removeprefix(old) for old, new in (("00", "+"), ("+", "00")) for one in forms if one.startswith(old)
    }
    return {*forms, *(in_link(one) for one in forms for in_link in (quote, quote_plus))}


async def _naming(some: Sequence[Wording], hashes: set[str], read: str) -> list[int]:
    """Those of the drafts that name somebody. Each may be long, so clicks are let in between two of them."""
    told = []
    for wording in some:
        told += [wording.draft] if _names(wording, hashes, read) else []
        await asyncio.sleep(0)
    return told


def _names(wording: Wording, hashes: set[str], read: str) -> bool:
    """Whether a draft names somebody: by one of the hashes, or in its words as they are read."""
    if not hashes.isdisjoint([*wording.hashes, *wording.words]):
        return True
    said = IN_PLACE.sub(BETWEEN, BETWEEN.join(wording.words))
    ways = {said, card.unjoined(said)}  # a topic's words are shown with blanks between them
    return any(read in alike.as_read(one) for one in ways)


async def _erase(session: AsyncSession, channel: Channel, drafts: Sequence[Draft], order: Order) -> Gone:
    numbers = [draft.id for draft in drafts if draft.id is not None]
    posts = await erasing.held_posts_of(session, numbers)
    for posted in posts:
        await outbox.take_out(session, channel, posted, now=order.now)
    await _out_of_digests(session, channel, drafts, order.now)
    await tombstones.add(session, await _tombstones(session, drafts, order))
    rows = await erasing.delete_drafts(session, numbers)
    told = {"why": order.why, "draft": len(numbers), "label": rows["label"]}
    await audit.note(session, AuditAct.ERASED, channel, who=order.by, now=order.now, after=told)
    return Gone(len(numbers), rows["label"], len(posts))


async def _out_of_digests(session: AsyncSession, channel: Channel, drafts: Sequence[Draft], now: datetime) -> None:
    """A digest quotes how the disputes begin that it asks to read."""
    assert channel.id is not None
    first = min(draft.created_at for draft in drafts).date() - A_DAY  # dates are local
    for posted in await erasing.digests_since(session, channel.id, first):
        rest = digest.without(posted.body or {}, drafts)
        if rest == posted.body:
            continue
        posted.body = rest
        session.add(posted)
        if posted.state in erasing.IN_SLACK:
            await outbox.take_out(session, channel, posted, now=now, in_part=True)
    await session.flush()


async def _tombstones(session: AsyncSession, drafts: Sequence[Draft], order: Order) -> list[Tombstone]:
    numbers = await take_numbers(session, len(drafts))
    return [
        Tombstone(
            draft_id=draft.id or 0,
            channel_id=draft.channel_id,
            external_hash=_hash(order.key, draft),
            number=number,
            why=order.why,
            at=order.now,
        )
        for number, draft in zip(numbers, drafts, strict=True)
    ]


def _hash(key: bytes, draft: Draft) -> str | None:
    return None if draft.external_id is None else naming.erased_hash(key, draft.channel_id, draft.external_id)


def _batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    """At least one, though it be empty: what ends an erasure is done all the same."""
    return [numbers[place : place + BATCH] for place in range(0, len(numbers) or 1, BATCH)]
