"""Twenty channels and two hundred people, in the sandbox and in the bot's database alike, with cards that are open."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import bindparam, insert, update
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import tokens
from bot.surfaces import card
from bot.tokens import Scope
from handlers.wall_clock import utc_now
from sandbox.app import AppConfig
from sandbox.server import Sandbox
from sandbox.workspace import TEAM_ID, Message
from storage.engine import Sessions, make_sessions
from storage.models import Channel, Delivery, Draft, Label, Member, Person
from storage.queries._core import table_of
from storage.words import DeliveryState
from tests.bench import prepared
from tests.bench.servers import SECRET, TOKEN

BEFORE = 1_700_000_000  # seconds: cards that are open from the beginning were posted then
DELIVERIES = table_of(Delivery).c


@dataclass(frozen=True)
class Size:
    """How many there are of what."""

    agents: int
    channels: int
    cards: int  # that are open in each channel from the beginning


@dataclass(frozen=True)
class Card:
    """A card in a channel, as its number and the place of its message."""

    draft: int
    channel: str
    ts: str


@dataclass
class Town:
    """A place to work in."""

    box: Sandbox
    url: str
    token: str
    agents: Sequence[str]
    channels: Sequence[str]
    open: deque[Card] = field(default_factory=deque)

    async def labels(self) -> int:
        sessions = make_sessions(self.url, patience=60)
        async with sessions.reading() as session:
            count = (await session.exec(select(func.count()).select_from(Label))).one()
        await sessions.close()
        return int(count)


@asynccontextmanager
async def town(url: str, size: Size) -> AsyncIterator[Town]:
    channels = [f"C0LOAD{number:04d}" for number in range(size.channels)]
    agents = [f"U0LOAD{number:04d}" for number in range(size.agents)]
    await prepared.queues(url, TEAM_ID, channels, each=size.cards)
    sessions = make_sessions(url, patience=120)
    token = await _furnish(sessions, agents)
    box = Sandbox(AppConfig(bot_token=TOKEN, signing_secret=SECRET))
    for agent in agents:
        box.workspace.add_user(agent, id=agent)
    for name in channels:
        box.workspace.add_channel(name, id=name, members=[box.workspace.bot.id, *agents])
    made = Town(box, url, token, agents, channels)
    async with sessions.reading() as session:
        made.open.extend(await _hung_up(session, box))
    await sessions.close()
    await box.start()
    try:
        yield made
    finally:
        await box.stop()


async def _furnish(sessions: Sessions, agents: Sequence[str]) -> str:
    """Everybody is in every channel, and all cards were posted."""
    now = utc_now()
    async with sessions.writing() as session:
        ids = (await session.exec(select(Channel.id))).all()
        everywhere = [{"channel_id": of, "user": agent, "present": True} for of in ids for agent in agents]
        known = {"verified": True, "checked_at": now}
        await session.exec(insert(table_of(Member)), params=[one | known for one in everywhere])
        people = {"team": TEAM_ID, "admin": False, "outsider": False, "checked_at": now}
        await session.exec(insert(table_of(Person)), params=[people | {"user": agent} for agent in agents])
        drafts = [one for one in (await session.exec(select(Delivery.draft_id))).all() if one is not None]
        sent = update(table_of(Delivery)).where(DELIVERIES.draft_id == bindparam("of")).values(state=DeliveryState.SENT)
        connection = await session.connection()
        await connection.execute(
            sent.values(ts=bindparam("at")), [{"of": one, "at": _posted_at(one)} for one in drafts]
        )
        return await tokens.create(session, "load", scopes=[Scope.DRAFTS_WRITE], now=now, team=TEAM_ID)


def _posted_at(draft: int) -> str:
    return f"{BEFORE}.{draft:06d}"


async def _hung_up(session: AsyncSession, box: Sandbox) -> Sequence[Card]:
    """Every card as it hangs in its channel; by turns of the channels."""
    places = {channel.id: channel.slack_id for channel in (await session.exec(select(Channel))).all()}
    drafts = (await session.exec(select(Draft))).all()
    turn: dict[int, int] = {}
    cards = list[tuple[int, Card]]()
    for draft in sorted(drafts, key=lambda one: one.id or 0):
        turn[draft.channel_id] = turn.get(draft.channel_id, 0) + 1
        cards.append((turn[draft.channel_id], _hang_up(draft, places[draft.channel_id], box)))
    return [one for _, one in sorted(cards, key=lambda each: each[0])]


def _hang_up(draft: Draft, channel: str, box: Sandbox) -> Card:
    drawn = card.draw(draft, guideline=1)
    made = Card(draft.id or 0, channel, _posted_at(draft.id or 0))
    message = Message(made.ts, box.workspace.bot.id, str(drawn["text"]), blocks=drawn["blocks"])
    box.workspace.post(box.workspace.channel(channel), message)
    return made


def told_saved(town: Town) -> int:
    """How many private notes say that an answer is saved."""
    messages = (one for name in town.channels for one in town.box.workspace.channel(name).messages.values())
    return sum(one.seen_by is not None and "Saved" in f"{one.text}{one.blocks}" for one in messages)


def cards_posted(town: Town, since: float) -> Iterator[tuple[Message, str]]:
    """Messages of the bot in the channels that came after a moment."""
    for name in town.channels:
        for message in reversed(town.box.workspace.channel(name).messages.values()):
            if float(message.ts) < since:
                break
            if message.seen_by is None and message.metadata:
                yield message, name
