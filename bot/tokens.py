"""Bearer tokens of the HTTP API: made once, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Token
from storage.queries import tokens


class Scope(StrEnum):
    """What a token may be used for."""

    DRAFTS_WRITE = "drafts:write"
    LABELS_READ = "labels:read"
    GOLD_READ = "gold:read"
    ADMIN = "admin"  # everything


async def create(
    session: AsyncSession, name: str, *, scopes: list[Scope], now: datetime, channel_id: int | None = None
) -> str:
    """A new token; it cannot be read again. `channel_id` binds it to one channel."""
    secret = f"assay_{secrets.token_urlsafe(32)}"
    row = Token(name=name, hash=hashed(secret), scopes=list(scopes), channel_id=channel_id, created_at=now)
    await tokens.add(session, row)
    return secret


def allows(token: Token, any_of: Sequence[Scope]) -> bool:
    """Whether the token has one of these scopes, or all there are."""
    return any(scope in token.scopes for scope in (*any_of, Scope.ADMIN))


def hashed(secret: str) -> str:
    """What is kept of a token: it is random and long, so a plain hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()
