"""Bearer tokens of the HTTP API: made once, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Token
from storage.queries import tokens


class Scope(StrEnum):
    """What a token may be used for."""

    DRAFTS_WRITE = "drafts:write"


async def create(
    session: AsyncSession, name: str, *, scopes: list[Scope], now: datetime, channel_id: int | None = None
) -> str:
    """A new token; it cannot be read again. `channel_id` binds it to one channel."""
    secret = f"assay_{secrets.token_urlsafe(32)}"
    row = Token(name=name, hash=hashed(secret), scopes=list(scopes), channel_id=channel_id, created_at=now)
    await tokens.add(session, row)
    return secret


def hashed(secret: str) -> str:
    """What is kept of a token: it is random and long, so a plain hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()
