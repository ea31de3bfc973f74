"""Who may do what: from our own tables, and where they do not know, from Slack within a second."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import channel_setup, slack_channels
from bot.errors import AssayError
from bot.slack_calls import answered
from storage.engine import Sessions
from storage.models import Channel, Member, Person
from storage.queries import channels, people

LOOK_UP = 0.9  # seconds that a click may wait for Slack to say who somebody is, however many pages that takes
AT_LEISURE = 60.0  # seconds, where nobody waits for it


@dataclass(frozen=True)
class Standing:
    """What a person may do in a channel. Unverified: Slack was away, so they were let in for now."""

    agent: bool
    lead: bool
    admin: bool
    verified: bool


@dataclass(frozen=True)
class Doorkeeper:
    """Answers who may act; looks people up in Slack when the tables do not know them."""

    sessions: Sessions
    slack: AsyncWebClient
    admins: frozenset[str]
    now: Callable[[], datetime]

    async def standing(self, channel: Channel, user: str) -> Standing:
        """What this person may do in the channel."""
        async with self.sessions.reading() as session:
            known = await self.known(session, channel, user)
        return known or await self.look_up(channel, user)

    async def known(self, session: AsyncSession, channel: Channel, user: str) -> Standing | None:
        """What our tables say this person may do; None where they do not know them."""
        found = await people.known(session, channel, user)
        return self._standing(channel, *found) if found else None

    async def look_up(self, channel: Channel, user: str) -> Standing:
        """What Slack says this person may do."""
        return self._standing(channel, *await self._look_up(channel, user))

    async def standings(self, team: str, user: str) -> list[tuple[Channel, Standing]]:
        """What this person may do in each active channel of a workspace; unknown ones are asked of Slack at once."""
        async with self.sessions.reading() as session:
            working = [channel for channel in await channels.active(session) if channel.team == team]
            known = [await self.known(session, channel, user) for channel in working]
        asked = [self.look_up(channel, user) for channel, one in zip(working, known, strict=True) if one is None]
        found = iter(await asyncio.gather(*asked))
        return [(channel, one or next(found)) for channel, one in zip(working, known, strict=True)]

    async def is_admin(self, team: str, user: str) -> bool:
        """Whether this person is an admin of the workspace; nobody is one while Slack cannot tell."""
        person = await self.person(team, user)
        return person is not None and self._is_admin(person)

    async def person(self, team: str, user: str) -> Person | None:
        """What decides somebody's role; None while Slack cannot tell."""
        async with self.sessions.reading() as session:
            known = await people.person(session, team, user)
        if known is not None:
            return known
        try:
            found = await answered(self.slack.users_info(user=user), patience=LOOK_UP)
        except AssayError:
            return None
        person = _person(found["user"], team, user, self.now())
        async with self.sessions.writing() as session:
            await people.put_person(session, person)
        return person

    def _is_admin(self, person: Person) -> bool:
        return (person.admin or person.user in self.admins) and not person.outsider

    def _standing(self, channel: Channel, member: Member, person: Person) -> Standing:
        return Standing(
            agent=member.present and not person.outsider and _reviews(channel, person.user),
            lead=person.user in leads_of(channel) and not person.outsider,
            admin=self._is_admin(person),
            verified=member.verified,
        )

    async def learn_person(self, team: str, user: str) -> None:
        """Look up somebody's role again: they may have left Slack, or be an admin no longer."""
        try:
            info = (await answered(self.slack.users_info(user=user), patience=LOOK_UP))["user"]
        except AssayError:
            return  # what is known stays
        async with self.sessions.writing() as session:
            await people.put_person(session, _person(info, team, user, self.now()))

    async def verify(self) -> None:
        """Look up those who were let in while Slack was away."""
        async with self.sessions.reading() as session:
            waiting = [(row.channel_id, row.user) for row in await people.unverified(session)]
            found = [(await session.get_one(Channel, channel_id), user) for channel_id, user in waiting]
        for channel, user in found:
            await self._look_up(channel, user, patience=AT_LEISURE)

    async def learn_members(self, team: str, slack_id: str) -> None:
        """Read who is in a channel that will be told of escalations: they, and no others, will have seen them."""
        seen = await slack_channels.look(self.slack, slack_id)
        members = [user async for user in self._members(slack_id)]
        now = self.now()
        async with self.sessions.writing() as session:
            channel = await channel_setup.meet(
                session, team=team, slack_id=slack_id, seen_as=seen, invited_by=None, now=now
            )
            assert channel.id is not None
            for user in members:
                await people.put_member(session, Member(channel_id=channel.id, user=user, present=True, checked_at=now))
            channel.private, channel.members_known = bool(seen and seen.private), True
            session.add(channel)

    async def _look_up(self, channel: Channel, user: str, *, patience: float = LOOK_UP) -> tuple[Member, Person]:
        assert channel.id is not None
        asked = asyncio.gather(self._is_member(channel.slack_id, user), answered(self.slack.users_info(user=user)))
        try:
            present, found = await answered(asked, patience=patience)
        except AssayError:
            # Slack is away: accept the click, mark it, ask again later. A click in a channel is itself a sign.
            member = Member(channel_id=channel.id, user=user, present=True, verified=False, checked_at=self.now())
            person = Person(team=channel.team, user=user, admin=False, outsider=False, checked_at=self.now())
            return await self._keep(member, None), person
        info = found["user"]
        member = Member(channel_id=channel.id, user=user, present=present, checked_at=self.now())
        person = _person(info, channel.team, user, self.now())
        return await self._keep(member, person), person

    async def _keep(self, member: Member, person: Person | None) -> Member:
        async with self.sessions.writing() as session:
            await people.put_member(session, member)
            if person is not None:
                await people.put_person(session, person)
        return member

    async def _is_member(self, channel: str, user: str) -> bool:
        async for member in self._members(channel):
            if member == user:
                return True
        return False

    async def _members(self, channel: str) -> AsyncIterator[str]:
        cursor = ""
        while True:
            page = await answered(self.slack.conversations_members(channel=channel, cursor=cursor, limit=1_000))
            for user in page["members"]:
                yield user
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return


def _person(info: dict[str, object], team: str, user: str, now: datetime) -> Person:
    return Person(
        team=team,
        user=user,
        admin=bool(info.get("is_admin") or info.get("is_owner")),
        outsider=_is_outsider(info, team),
        checked_at=now,
    )


def leads_of(channel: Channel) -> list[str]:
    """The channel's leads; until setup names some, whoever invited the bot."""
    return channel.leads or ([channel.invited_by] if channel.invited_by else [])


def _reviews(channel: Channel, user: str) -> bool:
    """Whether setup lets this person label: everybody in the channel, unless it names some."""
    return not channel.reviewers or user in channel.reviewers


def _is_outsider(info: dict[str, object], team: str) -> bool:
    """Guests, bots, strangers of Slack Connect and people who left do not label."""
    flags = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    elsewhere = info.get("team_id") not in (None, team)
    return elsewhere or any(bool(info.get(flag)) for flag in flags)
