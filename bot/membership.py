"""Who may do what: from our own tables, and where they do not know, from Slack within a second."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import channel_setup
from bot.errors import AssayError
from bot.slack_calls import answered
from storage.engine import Sessions
from storage.models import Channel, Member, Person
from storage.queries import channels, people

LOOK_UP = 0.9  # seconds that a click may wait for Slack to say who somebody is


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

    def _standing(self, channel: Channel, member: Member, person: Person) -> Standing:
        return Standing(
            agent=member.present and not person.outsider and _reviews(channel, person.user),
            lead=person.user in leads_of(channel) and not person.outsider,
            admin=(person.admin or person.user in self.admins) and not person.outsider,
            verified=member.verified,
        )

    async def verify(self) -> None:
        """Look up those who were let in while Slack was away."""
        async with self.sessions.reading() as session:
            waiting = [(row.channel_id, row.user) for row in await people.unverified(session)]
            found = [(await session.get_one(Channel, channel_id), user) for channel_id, user in waiting]
        for channel, user in found:
            await self._look_up(channel, user)

    async def learn_members(self, team: str, slack_id: str) -> None:
        """Read who is in a channel that will be told of escalations: they, and no others, will have seen them."""
        described = await channel_setup.describe(self.slack, slack_id)
        members = [user async for user in self._members(slack_id)]
        now = self.now()
        async with self.sessions.writing() as session:
            channel = await channel_setup.meet(
                session, team=team, slack_id=slack_id, described=described, invited_by=None, now=now
            )
            assert channel.id is not None
            for user in members:
                await people.put_member(session, Member(channel_id=channel.id, user=user, present=True, checked_at=now))
            channel.private, channel.members_known = described.private, True
            session.add(channel)

    async def _look_up(self, channel: Channel, user: str) -> tuple[Member, Person]:
        assert channel.id is not None
        try:
            present, found = await asyncio.gather(
                self._is_member(channel.slack_id, user),
                answered(self.slack.users_info(user=user), patience=LOOK_UP),
            )
        except AssayError:
            # Slack is away: accept the click, mark it, ask again later. A click in a channel is itself a sign.
            member = Member(channel_id=channel.id, user=user, present=True, verified=False, checked_at=self.now())
            person = Person(team=channel.team, user=user, admin=False, outsider=False, checked_at=self.now())
            return await self._keep(member, None), person
        info = found["user"]
        member = Member(channel_id=channel.id, user=user, present=present, checked_at=self.now())
        person = Person(
            team=channel.team,
            user=user,
            admin=bool(info.get("is_admin") or info.get("is_owner")),
            outsider=_is_outsider(info, channel.team),
            checked_at=self.now(),
        )
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
            page = await answered(
                self.slack.conversations_members(channel=channel, cursor=cursor, limit=1_000), patience=LOOK_UP
            )
            for user in page["members"]:
                yield user
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return


def leads_of(channel: Channel) -> list[str]:
    """Who settles the channel's disputes and reads its digest."""
    return channel.led_by


def _reviews(channel: Channel, user: str) -> bool:
    """Whether setup lets this person label: everybody in the channel, unless it names some."""
    return not channel.reviewers or user in channel.reviewers


def _is_outsider(info: dict[str, object], team: str) -> bool:
    """Guests, bots, strangers of Slack Connect and people who left do not label."""
    flags = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    elsewhere = info.get("team_id") not in (None, team)
    return elsewhere or any(bool(info.get(flag)) for flag in flags)
