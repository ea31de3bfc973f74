"""The people, the channels and the messages of one workspace, in memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.refusals import Json, NotSeen

GONE = "This message was deleted."
OTHER_TEAM_ID = "T0OTHERTM1"  # where strangers come from; it is none of the sandbox's workspaces


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace's name and ids. `number` is in every id that the sandbox makes up for it."""

    number: int
    name: str

    @property
    def id(self) -> str:
        return f"T0SANDBOX{self.number}"

    @property
    def bot_id(self) -> str:
        return f"B0SANDBOX{self.number}"

    @property
    def bot_user_id(self) -> str:
        return f"U0SANDBOT{self.number}"

    @property
    def domain(self) -> str:
        return re.sub(r"\W+", "-", self.name.lower()).strip("-")

    def numbered(self, letter: str, given: int) -> str:
        """The id of a person or a channel; no two workspaces make the same."""
        return f"{letter}{self.number - 1:02d}{given:08d}"


FIRST = Team(1, "Sandbox")
TEAM_ID, BOT_ID, BOT_USER_ID = FIRST.id, FIRST.bot_id, FIRST.bot_user_id


@dataclass(slots=True)
class User:
    id: str
    name: str
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    tz: str = "Europe/London"
    team_id: str = TEAM_ID

    @property
    def handle(self) -> str:
        return re.sub(r"\W+", ".", self.name.lower()).strip(".")


@dataclass(slots=True)
class Message:
    """`seen_by` names the only person who sees an ephemeral message; None: everybody in the channel.

    `inviter`: it says that its author joined, and who let them in; Slack writes those itself.
    `deleted`: what is left of a deleted message that was answered, so that its thread has a beginning.
    """

    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    seen_by: str | None = None
    edited: bool = False
    deleted: bool = False
    inviter: str | None = None
    pings: list[str] = field(default_factory=list)
    previews: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    @property
    def in_channel(self) -> bool:
        """Stands in the channel itself, not only in a thread."""
        return self.thread_ts is None or self.thread_ts == self.ts or self.broadcast


@dataclass(slots=True)
class Channel:
    """`kind` is public, private or im (then `members` are the person and the bot).

    `host`: the workspace of another company that shares this channel with ours (Slack Connect).
    """

    id: str
    name: str
    kind: str = "public"
    members: dict[str, None] = field(default_factory=dict)
    archived: bool = False
    host: str | None = None
    created: int = 0
    messages: dict[str, Message] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)

    def sees(self, user: User) -> bool:
        if user.id in self.members:
            return True
        return self.kind == "public" and not (user.is_restricted or user.is_stranger)

    def newest_first(self, user_id: str | None) -> Iterator[Message]:
        """Messages in the channel itself that this person sees; None: what everybody sees."""
        for message in reversed(self.messages.values()):
            if message.in_channel and message.seen_by in (None, user_id):
                yield message


class Workspace:
    """`approval`: only admins install apps. `tells_joins`: channels say who joined, as Slack's do; off, because stories
    count what stands in a channel. The bot is among the users once the app is installed."""

    def __init__(self, clock: Clock, bot_name: str, team: Team = FIRST) -> None:
        self.clock = clock
        self.team = team
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.bot = User(team.bot_user_id, bot_name, is_bot=True, team_id=team.id)
        self.approval = False
        self.tells_joins = False
        self._last_ts = 0
        self._channels_made = 0

    def admit_bot(self) -> None:
        self.users[self.bot.id] = self.bot

    def add_user(self, name: str, *, id: str | None = None, tz: str = "Europe/London", **flags: bool) -> User:
        """Flags: is_admin, is_owner, is_bot, is_restricted (guest), is_stranger (of another company)."""
        team_id = OTHER_TEAM_ID if flags.get("is_stranger") else self.team.id
        user = User(id or self.team.numbered("U", len(self.users)), name, tz=tz, team_id=team_id, **flags)
        self.users[user.id] = user
        return user

    def add_channel(
        self, name: str, *, id: str | None = None, private: bool = False, members: Iterable[str] = ()
    ) -> Channel:
        channel = Channel(id or self._channel_id("C"), name.removeprefix("#"), "private" if private else "public")
        channel.members = {self.user(each).id: None for each in members}
        return self._add(channel)

    def direct(self, user: User) -> Channel:
        """The conversation of the bot with one person, made when first used."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        channel = Channel(self._channel_id("D"), self.bot.name, "im")
        channel.members = {user.id: None, self.bot.id: None}
        return self._add(channel)

    def _channel_id(self, letter: str) -> str:
        """One that no channel has or had."""
        return self.team.numbered(letter, self._channels_made + 1)

    def _add(self, channel: Channel) -> Channel:
        self._channels_made += 1
        channel.created = int(self.clock.now())
        self.channels[channel.id] = channel
        return channel

    def is_shared(self, channel: Channel) -> bool:
        """Whether people of another company are in it, or it is theirs."""
        strangers = (self.users[each].is_stranger for each in channel.members if each in self.users)
        return channel.host is not None or any(strangers)

    def people(self) -> Iterator[User]:
        return (user for user in self.users.values() if not (user.is_bot or user.deleted))

    def user(self, user_id: object) -> User:
        """Somebody who can act. Raises NotSeen."""
        if str(user_id) not in self.users:
            raise NotSeen(f"There is no user {user_id}.")
        user = self.users[str(user_id)]
        if user.deleted:
            raise NotSeen(f"The account of {user.name} is deactivated.")
        return user

    def channel(self, channel_id: object) -> Channel:
        if str(channel_id) not in self.channels:
            raise NotSeen(f"There is no channel {channel_id}.")
        return self.channels[str(channel_id)]

    def next_ts(self) -> str:
        """A timestamp of now, later than every other of this workspace even when the clock was set back."""
        self._last_ts = max(round(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, channel: Channel, message: Message) -> Message:
        channel.messages[message.ts] = message
        parent = channel.messages.get(message.thread_ts or "")
        if parent and parent is not message and message.seen_by is None:
            parent.replies.append(message.ts)
        return message

    def remove(self, channel: Channel, message: Message) -> None:
        if message.replies:
            message.text, message.blocks, message.metadata, message.deleted = GONE, [], None, True
            return
        del channel.messages[message.ts]
        parent = channel.messages.get(message.thread_ts or "")
        if parent and message.ts in parent.replies:
            parent.replies.remove(message.ts)
