"""Bearer tokens of the HTTP API: made once, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.errors import AssayError
from storage.models import Channel, Token
from storage.queries import channels, tokens
from storage.words import AuditAct


class Scope(StrEnum):
    """What a token may be used for."""

    DRAFTS_WRITE = "drafts:write"
    LABELS_READ = "labels:read"
    GOLD_READ = "gold:read"
    ADMIN = "admin"  # everything


@dataclass(frozen=True)
class Bearer:
    """Who asks with a token: the one workspace that it is good for, and perhaps one channel in it."""

    token: int
    team: str
    scopes: frozenset[str]
    channel_id: int | None

    def allows(self, any_of: Sequence[Scope]) -> bool:
        """Whether one of these scopes was given, or all there are."""
        return any(scope in self.scopes for scope in (*any_of, Scope.ADMIN))

    def sees(self, channel: Channel) -> bool:
        """Whether the channel is in reach."""
        return channel.team == self.team and self.channel_id in (None, channel.id)


class NoWorkspace(AssayError):
    """A token was made before Assay was in a workspace, and is bound to none."""


NO_WORKSPACE = (
    "This token was made before Assay was in a workspace, so it is good for none. Make one now: "
    "assay tokens create NAME --workspace T…"
)


async def create(
    session: AsyncSession,
    name: str,
    *,
    scopes: list[Scope],
    now: datetime,
    team: str | None = None,
    channel: Channel | None = None,
    by: str = audit.OPERATOR,
) -> str:
    """A new token; it cannot be read again. It is good for one workspace, or one channel; unnamed for the only one."""
    secret = f"assay_{secrets.token_urlsafe(32)}"
    row = Token(name=name, hash=hashed(secret), scopes=list(scopes), created_at=now)
    row.team, row.channel_id = (channel.team, channel.id) if channel else (team or await _only_workspace(session), None)
    await tokens.add(session, row)
    assert row.id is not None
    made = {"name": name, "scopes": list(scopes)}
    await audit.note(
        session, AuditAct.TOKEN_MADE, channel or row.team, who=by, now=now, about=audit.token(row.id), after=made
    )
    return secret


async def revoke(
    session: AsyncSession, number: int, *, now: datetime, by: str = audit.OPERATOR, team: str | None = None
) -> bool:
    """End a token; false where there is none to end. `team`: who ends it is of that workspace."""
    if not await tokens.revoke(session, number, now):
        return False
    ended, channel = await tokens.with_channel(session, number)
    where, about = channel or ended.team or team, audit.token(number)
    told = {"name": ended.name, "scopes": ended.scopes}
    await audit.note(session, AuditAct.TOKEN_ENDED, where, who=by, now=now, about=about, before=told)
    return True


async def bearer(session: AsyncSession, secret: str) -> Bearer | None:
    """Who asks with this token; None where it is not known or was revoked. Raises NoWorkspace."""
    token = await tokens.valid(session, hashed(secret))
    if token is None or token.id is None:
        return None
    if token.team is None and await channels.workspaces(session):
        raise NoWorkspace(NO_WORKSPACE)  # whichever it followed might be somebody else's one day
    return Bearer(token.id, token.team or "", frozenset(token.scopes), token.channel_id)


async def bind(session: AsyncSession, team: str) -> None:
    """Tokens that were made before Assay was in a workspace are good for this one: it is the operator's own."""
    if await _only_workspace(session) == team:
        await tokens.bind(session, team)


async def _only_workspace(session: AsyncSession) -> str | None:
    known = [workspace.team for workspace in await channels.workspaces(session)]
    return known[0] if len(known) == 1 else None


def hashed(secret: str) -> str:
    """What is kept of a token: it is random and long, so a plain hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()
