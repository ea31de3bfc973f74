"""Workspaces install the app themselves (OAuth 2.0), their tokens are refreshed before they expire, and are deleted.

https://docs.slack.dev/authentication/installing-with-oauth and https://docs.slack.dev/authentication/using-token-rotation
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.oauth import AuthorizeUrlGenerator
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, identity
from bot.errors import AssayError, CannotDeliver
from bot.slack_calls import answered
from bot.vault import NoKey, Vault
from bot.workspaces import Clients
from storage.engine import Sessions
from storage.errors import DatabaseAway
from storage.models import Installation, Workspace
from storage.queries import answers, channels, deliveries, installations, people, seen, webhooks
from storage.words import AuditAct

STATE_LASTS = timedelta(minutes=10)  # as long as Slack's code
# A token lives for 12 hours; two replicas never refresh at once, for a refresh token is good for one use.
REFRESH_BEFORE = timedelta(hours=2)
ONE_TRY = timedelta(minutes=1)
AGAIN = timedelta(minutes=5)

log = structlog.get_logger()


class NotInstalled(AssayError):
    """The installation was not finished; the message says why and what to do."""


@dataclass(frozen=True)
class App:
    """What Slack knows the app by, and where it sends people back to."""

    client_id: str
    client_secret: str
    redirect: str
    scopes: Sequence[str]

    @property
    def proof(self) -> str:
        """Basic authentication."""
        return f"Basic {base64.b64encode(f'{self.client_id}:{self.client_secret}'.encode()).decode()}"


class States:
    """Signed words that go to Slack and come back: whoever comes back with one was sent by us, not long ago."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"install:" + key).digest()

    def new(self, now: datetime) -> str:
        return self._signed(f"{int(now.timestamp())}.{secrets.token_urlsafe(24)}")

    def is_good(self, state: str, now: datetime) -> bool:
        """Ours, and not too old."""
        body, _, _ = state.rpartition(".")
        if not hmac.compare_digest(self._signed(body).encode(), state.encode()):
            return False
        age = now.timestamp() - int(body.split(".")[0])
        return -ONE_TRY.total_seconds() <= age <= STATE_LASTS.total_seconds()

    def _signed(self, body: str) -> str:
        return f"{body}.{hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()}"


@dataclass(frozen=True)
class Installer:
    """Takes in workspaces that install the app, and keeps their tokens fresh."""

    sessions: Sessions
    slack: Clients
    vault: Vault
    app: App
    states: States
    now: Callable[[], datetime]
    # What Slack gave for a refresh token and is not stored yet, with what it was given for.
    _given: list[tuple[Installation, Installation]] = field(default_factory=list, init=False)

    def address(self, state: str) -> str:
        """Where a person lets the app into their workspace."""
        page = self.slack.bare.base_url.removesuffix("api/") + "oauth/v2/authorize"
        generator = AuthorizeUrlGenerator(
            client_id=self.app.client_id,
            redirect_uri=self.app.redirect,
            scopes=self.app.scopes,
            authorization_url=page,
        )
        return generator.generate(state)

    async def install(self, state: str, code: str) -> Workspace:
        """Change the code that a person came back with for a token, and keep it. Raises NotInstalled."""
        async with self.sessions.writing() as session:
            first = await seen.first_time(session, f"install:{hashlib.sha256(state.encode()).hexdigest()}", self.now())
        if not first:
            raise NotInstalled("This installation was finished before.")
        try:
            given = await self._asked(code=code, redirect_uri=self.app.redirect)
            workspace = await identity.ask(self.slack.with_token(str(given["access_token"])), self.now())
        except AssayError as error:
            raise NotInstalled(f"Slack did not finish it ({error}).") from error
        if given.get("is_enterprise_install"):
            raise NotInstalled("Assay is installed into one workspace at a time, not into a whole organisation.")
        somebody = (given.get("authed_user") or {}).get("id")
        async with self.sessions.writing() as session:
            workspace.installed_by = await _responsible(session, workspace.team, somebody)
            await channels.install_workspace(session, workspace)
            if somebody is not None:
                await people.forget_person(session, workspace.team, somebody)
            await installations.keep(session, self._kept(workspace.team, given))
            who = audit.person(somebody) if somebody else audit.ITSELF
            await audit.note(session, AuditAct.INSTALLED, workspace.team, who=who, now=self.now())
            await deliveries.wake(session, workspace.team, None, self.now())
        log.info("installed", team=workspace.team)
        return workspace

    async def refresh_due(self) -> int:
        """Change tokens that expire soon for new ones, one replica each; how many were tried. Raises DatabaseAway."""
        while self._given:
            await self._store(*self._given.pop())
        tried = 0
        while (expiring := await self._claimed()) is not None:
            await self._refresh(expiring)
            tried += 1
        return tried

    async def _claimed(self) -> Installation | None:
        now = self.now()
        async with self.sessions.writing() as session:
            return await installations.claim_expiring(
                session, before=now + REFRESH_BEFORE, now=now, until=now + ONE_TRY
            )

    async def _refresh(self, old: Installation) -> None:
        assert old.refresh_token is not None
        try:
            given = await self._asked(grant_type="refresh_token", refresh_token=self.vault.opened(old.refresh_token))
        except AssayError as error:
            level = log.error if isinstance(error, CannotDeliver) else log.warning
            level("a token could not be refreshed", team=old.team, error=str(error))
            async with self.sessions.writing() as session:
                await installations.let_go(session, old.team, self.now() + AGAIN)
            return
        await self._store(old, self._kept(old.team, given))

    async def _store(self, old: Installation, new: Installation) -> None:
        """Write down what Slack gave. It gives it once, so where the database is away the next tick writes it down."""
        assert new.refresh_token is not None
        assert new.expires_at is not None
        try:
            async with self.sessions.writing() as session:
                await channels.held_workspace(session, old.team)  # first, as by an installation
                stored = await installations.refreshed(
                    session, old, token=new.token, refresh_token=new.refresh_token, expires_at=new.expires_at
                )
                if stored:
                    await channels.take_back_in(session, old.team)
                await deliveries.wake(session, old.team, None, self.now())  # what Slack refused the old token
        except DatabaseAway:
            self._given.append((old, new))
            raise
        if not stored:
            log.warning("a refreshed token was dropped, the app was installed anew or taken out", team=old.team)

    async def _asked(self, **arguments: str) -> Any:
        """Slack's answer at oauth.v2.access. Raises what `answered` raises."""
        # The SDK's own method for it uses what aiohttp is about to remove.
        call = self.slack.bare.api_call("oauth.v2.access", data=arguments, headers={"Authorization": self.app.proof})
        return await answered(call, name="oauth.v2.access")

    def _kept(self, team: str, given: Any) -> Installation:
        """What is stored of Slack's answer."""
        now = self.now()
        refresh, lasts = given.get("refresh_token"), given.get("expires_in")
        return Installation(
            team=team,
            token=self.vault.locked(str(given["access_token"])),
            refresh_token=self.vault.locked(str(refresh)) if refresh else None,
            expires_at=now + timedelta(seconds=int(lasts)) if refresh and lasts else None,
            scopes=sorted(str(given.get("scope") or "").split(",")),
            installed_at=now,
        )


async def _responsible(session: AsyncSession, team: str, somebody: str | None) -> str | None:
    """Who is an admin there for letting the app in: the first one, or else any member could become one."""
    known = await channels.held_workspace(session, team)
    if known is None or known.removed_at is not None or await installations.of(session, team) is None:
        return somebody
    return known.installed_by


async def relock(session: AsyncSession, vault: Vault, *, now: datetime) -> tuple[int, int]:
    """Lock every secret of workspaces and webhooks under the first key; how many there are of each. Raises NoKey."""
    vault.check()  # or nothing is locked, and the trail would tell that it was
    every = await installations.held(session)  # or what a refresh stores meanwhile would be written over
    hooks = await webhooks.page(session, None, channel_id=None)
    for hook in hooks:
        hook.secret = vault.locked(vault.given_back(hook.secret))
        session.add(hook)
    for answer in await answers.every(session):
        answer.body = vault.locked(vault.given_back(answer.body))
        session.add(answer)
    for one in every:
        one.token = vault.relocked(one.token)
        one.refresh_token = vault.relocked(one.refresh_token) if one.refresh_token else None
        session.add(one)
    # Every workspace reads it, so it does not say how many there are.
    await audit.note(session, AuditAct.KEYS_ROTATED, None, who=audit.OPERATOR, now=now)
    return len(every), len(hooks)


async def unopened(session: AsyncSession, vault: Vault) -> tuple[int, int]:
    """How many secrets of workspaces and webhooks no key opens, and how many there are."""
    kept = [one.token for one in await installations.every(session)]
    kept += [one.secret for one in await webhooks.page(session, None, channel_id=None)]
    return sum(not _opens(vault, one) for one in kept), len(kept)


async def take_out(session: AsyncSession, team: str, *, uninstalled: bool, since: datetime, now: datetime) -> None:
    """Nothing can be posted in the workspace any more: its tokens are deleted at once, unless they are newer.

    `uninstalled`: Slack told so in an event; what else is stored of it is erased later (bot/retention).
    """
    await channels.held_workspace(session, team)  # first, as by an installation: they may happen at once
    if await installations.made_after(session, team, since):
        return
    await channels.remove_workspace(session, team, now)
    if await installations.of(session, team) is not None:
        await channels.presume_no_more(session, team)  # with its token goes the way to ask Slack; what it tells counts
    if uninstalled and await channels.mark_uninstalled(session, team, now):
        await audit.note(session, AuditAct.UNINSTALLED, team, who=audit.ITSELF, now=now)
    await installations.forget(session, team)


def _opens(vault: Vault, stored: str) -> bool:
    try:
        vault.given_back(stored)
    except NoKey:
        return False
    return True
