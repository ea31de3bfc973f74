"""Home is drawn for whoever opens it or acts in it, and for nobody else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot import by_workspace
from bot.errors import CannotDeliver, Paused, SlackBusy, SlackUnclear
from bot.focus import Desk
from bot.home import admin, agent, lead
from bot.home.names import Names
from bot.membership import Doorkeeper, Standings, unsure
from bot.pauses import PUBLISH, Pauses
from bot.slack_calls import answered
from bot.surfaces import home as surface
from bot.surfaces.blocks import View
from bot.surfaces.home import Stranger
from bot.surfaces.home_lead import Led
from bot.waits import Wait
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.errors import DatabaseAway

AGAIN = 5.0  # seconds, after Slack did not answer
TRIES = 5

log = structlog.get_logger()


@dataclass(frozen=True)
class Visit:
    """Somebody looks at their Home; `hash` is of what they see, `said` what became of what they pressed."""

    team: str
    user: str
    hash: str | None = None
    said: str = ""
    tries: int = 0


class Homes:
    """Draws Homes: one after the other for each person, so that an older one never covers a newer one."""

    def __init__(self, sessions: Sessions, slack: Clients, doorkeeper: Doorkeeper, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._slack = slack
        self._doorkeeper = doorkeeper
        self._now = now
        self._pauses = Pauses(sessions, slack, now)
        self._names = Names(slack, self._pauses, now)
        self._wanted: dict[tuple[str, str], Visit] = {}
        self._drawing: set[tuple[str, str]] = set()
        self._waiting: dict[tuple[str, str], tuple[Wait, Visit]] = {}  # for Slack

    async def draw(self, visit: Visit) -> None:
        """Draw somebody's Home; where it is being drawn already, once more after that."""
        who = (visit.team, visit.user)
        _, waiting = self._waiting.pop(who, (None, None))
        said = visit.said or (waiting.said if waiting else "")
        self._wanted[who] = replace(visit, said=said)
        if who in self._drawing:
            return
        self._drawing.add(who)
        try:
            drawn = None
            while who in self._wanted:
                wanted = self._wanted.pop(who)
                # What was opened before our own drawing is not what is seen any more.
                drawn = await self._draw(replace(wanted, hash=drawn or wanted.hash))
        finally:
            self._drawing.discard(who)

    async def draw_waiting(self) -> int:
        """Draw what Slack had asked to wait with, once the wait is over; how many."""
        now = self._now()
        due = [visit for wait, visit in self._waiting.values() if wait.over(now)]

        async def drawn(visit: Visit) -> bool:
            await self.draw(visit)
            return (visit.team, visit.user) not in self._waiting

        await by_workspace.one_by_one(due, lambda visit: visit.team, drawn)
        return len(due)

    async def people_in_order(self, team: str, led: Led) -> Led:
        """The people of a lead's part by name."""
        by_user = {one.user: one for one in led.people}
        ordered = await self._names.in_order(team, by_user)
        return replace(led, people=[replace(by_user[user], name=self._names.of(team, user)) for user in ordered])

    async def _draw(self, visit: Visit) -> str | None:
        """The hash of what was published, if it was."""
        try:
            view = await self._view(visit)
        except DatabaseAway:
            view = surface.away()
        try:
            client = await self._slack.of(visit.team)
            async with self._pauses.heeded(visit.team, PUBLISH):
                published = await answered(client.views_publish(user_id=visit.user, view=view, hash=visit.hash))
        except Paused as paused:
            self._later(replace(visit, tries=visit.tries - 1), paused.seconds)  # Slack was not asked
        except SlackBusy as busy:
            self._later(visit, busy.seconds)
        except SlackUnclear:
            self._later(visit, AGAIN)
        except CannotDeliver as refused:
            if visit.hash is None or "hash_conflict" not in str(refused):
                log.warning("home not drawn", error=str(refused))
            else:
                # Drawn meanwhile, from what may be older than what is known now.
                self._wanted.setdefault((visit.team, visit.user), replace(visit, hash=None))
        else:
            return str(published["view"]["hash"])
        return None

    def _later(self, visit: Visit, seconds: float) -> None:
        if visit.tries >= TRIES:
            log.warning("home not drawn", error="Slack did not take it")
            return
        again = replace(visit, hash=None, tries=visit.tries + 1)
        self._waiting[visit.team, visit.user] = (Wait.of(self._now(), timedelta(seconds=seconds)), again)

    async def _view(self, visit: Visit) -> View:
        standings = await self._doorkeeper.standings(visit.team, visit.user)
        reviewed = Desk(visit.user, [channel for channel, standing in standings if standing.agent])
        led = Desk(visit.user, [channel for channel, standing in standings if standing.lead])
        is_admin = await self._doorkeeper.is_admin(visit.team, visit.user)
        if not (reviewed.channels or led.channels or is_admin):
            return await self._strange(visit, standings)
        now = self._now()
        async with self._sessions.reading() as session:
            mine = await agent.mine(session, reviewed, team=visit.team, now=now) if reviewed.channels else None
            leads = await lead.led(session, led, team=visit.team, now=now) if led.channels else None
            admins = await admin.workspace(session, visit.team, now) if is_admin else None
        return surface.draw(
            mine=mine,
            led=await self.people_in_order(visit.team, leads) if leads else None,
            admin=admins,
            said=visit.said,
        )

    async def _strange(self, visit: Visit, standings: Standings) -> View:
        person = await self._doorkeeper.person(visit.team, visit.user)
        public = [one for one, _ in standings if not one.private]
        outsider = person is not None and person.outsider
        return surface.draw(stranger=Stranger(public, outsider, unsure(standings)), said=visit.said)
