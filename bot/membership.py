"""Who may do what: from our own tables, and where they do not know, from Slack within a second."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import by_workspace, channel_setup, slack_channels
from bot.errors import AssayError, CannotDeliver
from bot.pauses import MEMBERS, PERSON, Pauses
from bot.slack_calls import answered
from bot.vouching import vouch
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.models import Channel, Member, Person
from storage.queries import channels, people

LOOK_UP = 0.9  # seconds that a click may wait for Slack to say who somebody is, however many pages that takes
AT_LEISURE = 60.0  # seconds, where nobody waits for it
STALE = timedelta(hours=24)
NO_SUCH_PERSON = ("user_not_found", "user_not_visible", "users_not_found")


@dataclass(frozen=True)
class Standing:
    """What a person may do in a channel. Unverified: Slack was away, so they were let in for now."""

    agent: bool
    lead: bool
    admin: bool
    verified: bool


Standings = Sequence[tuple[Channel, Standing]]


@dataclass(frozen=True)
class Doorkeeper:
    """Answers who may act; looks people up in Slack when the tables do not know them."""

    sessions: Sessions
    slack: Clients
    admins: frozenset[str]
    now: Callable[[], datetime]

    @property
    def _pauses(self) -> Pauses:
        return Pauses(self.sessions, self.slack, self.now)

    async def standing(self, channel: Channel, user: str, *, seen: bool = False) -> Standing:
        """What this person may do in the channel; `seen`: they act in the channel itself, as who is in it does."""
        async with self.sessions.reading() as session:
            known = await self.known(session, channel, user)
        return known or await self.look_up(channel, user, seen=seen)

    async def known(self, session: AsyncSession, channel: Channel, user: str) -> Standing | None:
        """What our tables say this person may do; None where they do not know them, or not since yesterday."""
        found = await people.known(session, channel, user)
        if found is None or min(one.checked_at for one in found) <= self.now() - STALE:
            return None
        return self._standing(channel, *found)

    async def look_up(self, channel: Channel, user: str, *, seen: bool = False) -> Standing:
        """What Slack says this person may do."""
        return self._standing(channel, *await self._look_up(channel, user, seen=seen))

    async def standings(self, team: str, user: str, *, seen_in: str | None = None) -> Standings:
        """What this person may do in each active channel of a workspace; unknown ones are asked of Slack at once.

        While Slack is away they are let into the channel that they are seen in, and into no other one.
        """
        async with self.sessions.reading() as session:
            working = await channels.active_in(session, team)
            known = [await self.known(session, channel, user) for channel in working]
        unknown = [channel for channel, one in zip(working, known, strict=True) if one is None]
        asked = [self.look_up(channel, user, seen=channel.slack_id == seen_in) for channel in unknown]
        found = iter(await asyncio.gather(*asked))
        return [(channel, one or next(found)) for channel, one in zip(working, known, strict=True)]

    async def is_admin(self, team: str, user: str) -> bool:
        """Whether this person is an admin of the workspace; nobody is one while Slack cannot tell."""
        person = await self.person(team, user)
        return person is not None and self._is_admin(person)

    async def person(self, team: str, user: str) -> Person | None:
        """What decides somebody's role, asked again each day; None while Slack cannot tell of somebody unknown."""
        async with self.sessions.reading() as session:
            known = await people.person(session, team, user)
        if known is not None and known.checked_at > self.now() - STALE:
            return known
        try:
            return await self.ask_person(team, user)
        except AssayError:
            return known

    def _is_admin(self, person: Person) -> bool:
        return (person.admin or person.user in self.named_in(person.team)) and not person.outsider

    def named_in(self, team: str) -> frozenset[str]:
        """The admins of a workspace that the operator names, as USER or as TEAM/USER."""
        mine = ((of, user) for of, _, user in (one.rpartition("/") for one in self.admins))
        return frozenset(user for of, user in mine if of in ("", team))

    def _standing(self, channel: Channel, member: Member, person: Person) -> Standing:
        return Standing(
            agent=member.present and not person.outsider and _reviews(channel, person.user),
            lead=person.user in leads_of(channel) and not person.outsider,
            admin=self._is_admin(person),
            verified=member.verified,
        )

    async def learn_person(self, team: str, user: str) -> None:
        """Look up somebody's role again: they may have left Slack, or be an admin no longer."""
        with suppress(AssayError):  # what is known stays
            await self.ask_person(team, user)

    async def ask_person(self, team: str, user: str) -> Person:
        """What decides somebody's role, as Slack says now. Raises what `answered` raises."""
        since = self.now()  # what is heard while Slack is asked may be newer than its answer
        info = await self._info(team, user, patience=LOOK_UP)
        async with self.sessions.writing() as session:
            return await _put_person(session, described(info, team, since))

    async def verify(self) -> None:
        """Look up those who were let in while Slack was away."""
        async with self.sessions.reading() as session:
            found = await people.unverified(session)
        await by_workspace.one_by_one(found, lambda one: one[1].team, self._verified)

    async def _verified(self, one: tuple[Member, Channel]) -> bool:
        guessed, channel = one
        member, _ = await self._look_up(channel, guessed.user, patience=AT_LEISURE)
        return member.verified

    async def learn_places(self) -> None:
        """Read who is in channels that are told of escalations, where that is not known: of new ones, and where Slack
        did not say it the first time."""
        async with self.sessions.reading() as session:
            unknown = await channels.told_unknown(session)
        await by_workspace.one_by_one(unknown, lambda one: one[0], lambda one: self.learn_members(*one))

    async def learn_members(self, team: str, slack_id: str) -> bool:
        """Read who is in a channel that will be told of escalations: they, and no others, will have seen them. False
        where Slack does not answer."""
        try:
            return await self._read_members(team, slack_id)
        except CannotDeliver:
            return True  # it says no of this one
        except AssayError:
            return False

    async def _read_members(self, team: str, slack_id: str) -> bool:
        now = self.now()
        seen = await slack_channels.look(self.slack, team, slack_id)
        if seen is None:
            return False  # what is told there may be everybody's business, or its members' alone
        if seen.private is None:
            return True  # it is gone
        members = [user async for user in self._members(team, slack_id)]
        async with self.sessions.writing() as session:
            channel = await channel_setup.meet(
                session, team=team, slack_id=slack_id, seen_as=seen, invited_by=None, now=now
            )
            assert channel.id is not None
            for user in members:
                await people.put_member(session, Member(channel_id=channel.id, user=user, present=True, checked_at=now))
            channel.private, channel.members_known = seen.private, True
            session.add(channel)
        return True

    async def _look_up(
        self, channel: Channel, user: str, *, patience: float = LOOK_UP, seen: bool = False
    ) -> tuple[Member, Person]:
        assert channel.id is not None
        since = self.now()  # what is heard while Slack is asked may be newer than its answer
        asked = asyncio.gather(self._is_member(channel, user), self._role(channel.team, user, since))
        try:
            present, person = await answered(asked, patience=patience, name="look_up")
        except AssayError:
            return await self._without_slack(channel, user, seen=seen)
        member = Member(channel_id=channel.id, user=user, present=present, checked_at=since)
        return await self._keep(channel, member, person)

    async def _without_slack(self, channel: Channel, user: str, *, seen: bool) -> tuple[Member, Person]:
        """What was known last; of somebody unknown who is seen there the best, for a click in a channel is a sign."""
        assert channel.id is not None
        async with self.sessions.reading() as session:
            member = await people.member(session, channel.id, user)
            person = await people.person(session, channel.team, user)
        if member is None and not seen:  # nothing says that they may read what stands there
            member = Member(channel_id=channel.id, user=user, present=False, verified=False, checked_at=self.now())
        elif member is None or person is None:
            # Their answer is marked, and they are looked up later.
            async with self.sessions.writing() as session:
                member = await people.guess_member(session, channel.id, user, self.now())
        unknown = Person(team=channel.team, user=user, admin=False, outsider=False, checked_at=self.now())
        return member, person or unknown

    async def _keep(self, channel: Channel, member: Member, person: Person) -> tuple[Member, Person]:
        """Write down what Slack said, with what follows for answers that were taken before it could say it.

        What is stored then: something newer may have been.
        """
        async with self.sessions.writing() as session:
            before = await people.member(session, member.channel_id, member.user)
            was_verified, was_present = before is None or before.verified, before is None or before.present
            await people.put_member(session, member)
            stored = await people.member(session, member.channel_id, member.user)
            known = await _put_person(session, person)
            if not was_verified:
                # Who left since, as an event told, was there until then.
                was_there = member.model_copy(update={"present": member.present or not was_present})
                allowed = self._standing(channel, was_there, known).agent
                await vouch(session, channel, member.user, allowed=allowed, now=self.now())
        return stored or member, known

    async def _role(self, team: str, user: str, since: datetime) -> Person:
        """What decides somebody's role, asked `since` then. Whom Slack does not know is an outsider."""
        try:
            info = await self._info(team, user, patience=AT_LEISURE)
        except CannotDeliver as refused:
            if str(refused) not in NO_SUCH_PERSON:
                raise
            return Person(team=team, user=user, admin=False, outsider=True, checked_at=since)
        return described(info, team, since)

    async def _info(self, team: str, user: str, *, patience: float) -> Mapping[str, Any]:
        """What Slack tells of somebody. Raises what `answered` raises, and DatabaseAway."""
        slack = await self.slack.of(team)
        async with self._pauses.heeded(team, PERSON):
            told: Mapping[str, Any] = (await answered(slack.users_info(user=user), patience=patience))["user"]
        return told

    async def _is_member(self, channel: Channel, user: str) -> bool:
        try:
            return user in [member async for member in self._members(channel.team, channel.slack_id)]
        except CannotDeliver as refused:
            if str(refused) != "channel_not_found":
                raise
            return False

    async def _members(self, team: str, slack_id: str) -> AsyncIterator[str]:
        slack, cursor = await self.slack.of(team), ""
        while True:
            async with self._pauses.heeded(team, MEMBERS):
                page = await answered(slack.conversations_members(channel=slack_id, cursor=cursor, limit=1_000))
            for user in page["members"]:
                yield user
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return


def unsure(standings: Standings) -> bool:
    """Whether Slack did not say of some channel whether somebody is in it."""
    return any(not standing.verified for _, standing in standings)


async def _put_person(session: AsyncSession, person: Person) -> Person:
    """Write down somebody's role; what is stored then."""
    await people.put_person(session, person)
    return await people.held_person(session, person.team, person.user) or person


def leads_of(channel: Channel) -> list[str]:
    """Who settles the channel's disputes and reads its digest."""
    return channel.led_by


def _reviews(channel: Channel, user: str) -> bool:
    """Whether setup lets this person label: everybody in the channel, unless it names some."""
    return not channel.reviewers or user in channel.reviewers


def described(info: Mapping[str, Any], team: str, now: datetime) -> Person:
    """A person as Slack describes them."""
    admin = bool(info.get("is_admin") or info.get("is_owner"))
    return Person(team=team, user=info["id"], admin=admin, outsider=_is_outsider(info, team), checked_at=now)


def _is_outsider(info: Mapping[str, Any], team: str) -> bool:
    """Guests, bots, strangers of Slack Connect and people who left do not label."""
    flags = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    elsewhere = info.get("team_id") not in (None, team)
    return elsewhere or any(bool(info.get(flag)) for flag in flags)
