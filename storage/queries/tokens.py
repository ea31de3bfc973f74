"""Bearer tokens of the HTTP API."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Token


async def valid(session: AsyncSession, hashed: str) -> Token | None:
    """The token with this hash, unless it was revoked."""
    query = select(Token).where(Token.hash == hashed, col(Token.revoked_at).is_(None))
    return (await session.exec(query)).first()


async def holds(session: AsyncSession, token_id: int) -> bool:
    """Whether there is such a token, and it was not revoked."""
    query = select(Token.id).where(Token.id == token_id, col(Token.revoked_at).is_(None))
    return (await session.exec(query)).first() is not None


async def add(session: AsyncSession, token: Token) -> None:
    session.add(token)
    await session.flush()


async def bind(session: AsyncSession, team: str) -> None:
    """Those that are good for no workspace are this one's."""
    await session.exec(update(Token).where(col(Token.team).is_(None)).values(team=team))


async def every(session: AsyncSession) -> Sequence[tuple[Token, Channel | None]]:
    """All of them, with the channel that each is bound to."""
    query = select(Token, Channel).outerjoin(Channel, col(Channel.id) == Token.channel_id).order_by(col(Token.id))
    return (await session.exec(query)).all()


async def of_workspace(session: AsyncSession, team: str) -> Sequence[tuple[Token, Channel | None]]:
    """Tokens in use that are this workspace's, the oldest first."""
    query = (
        select(Token, Channel)
        .outerjoin(Channel, col(Channel.id) == Token.channel_id)
        .where(col(Token.revoked_at).is_(None), Token.team == team)
        .order_by(col(Token.id))
    )
    return (await session.exec(query)).all()


async def with_channel(session: AsyncSession, token_id: int) -> tuple[Token, Channel | None]:
    """A token, which must exist, and the channel that it is bound to."""
    query = select(Token, Channel).outerjoin(Channel, col(Channel.id) == Token.channel_id)
    return (await session.exec(query.where(Token.id == token_id))).one()


async def revoke(session: AsyncSession, token_id: int, now: datetime) -> bool:
    """End a token; false where there is none to end."""
    result = await session.exec(
        update(Token).where(col(Token.id) == token_id, col(Token.revoked_at).is_(None)).values(revoked_at=now)
    )
    return bool(result.rowcount)
