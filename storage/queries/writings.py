"""Drafts for which the model is asked: a queue of which each is taken by one process at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, exists, or_, union_all, update
from sqlalchemy import select as core_select
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import LARGEST_NUMBER, Channel, Draft, Writing
from storage.queries._core import add as add_rows
from storage.queries._core import table_of
from storage.words import WritingState


async def add_all(session: AsyncSession, drafts: Mapping[int, str], *, now: datetime) -> None:
    """Ask for drafts to be written: each draft's number comes with the model that is asked."""
    rows = [
        {"draft_id": number, "model": model, "state": WritingState.WAITING, "attempts": 0, "due_at": now}
        for number, model in drafts.items()
    ]
    if rows:
        await add_rows(session, Writing, rows)


async def get(session: AsyncSession, draft_id: int) -> Writing | None:
    return (await session.exec(_ONE, params={"draft": draft_id})).first()


async def failed(session: AsyncSession, draft_id: int) -> bool:
    """Whether the model was asked for this draft in vain."""
    found = await get(session, draft_id)
    return found is not None and found.state == WritingState.FAILED


async def due(session: AsyncSession, *, now: datetime, stuck_since: datetime, most: int) -> int:
    """How many can be claimed, counted no further than `most`."""
    found = await session.exec(_ALL_DUE.limit(most), params=_given(now, stuck_since))
    return len(found.all())


async def claim_next(session: AsyncSession, *, now: datetime, stuck_since: datetime) -> Writing | None:
    """Take the next that is due, or that was taken by a process which came to nothing; None where there is none.

    So it is with what was taken as far ahead of now: the clock was set back since. Losing it to another process is
    normal: look again.
    """
    claimed = (await session.exec(_CLAIM, params=_given(now, stuck_since))).mappings().first()
    return Writing(**claimed) if claimed else None


async def hasten(session: AsyncSession, latest: datetime) -> None:
    """What waits longer than that is due then."""
    await session.exec(_HASTEN, params={"latest": latest})


async def held(session: AsyncSession, claimed: Writing) -> bool:
    """Whether the claim still stands; the row is held against others until the transaction ends."""
    row = (await session.exec(_ONE_LOCKED, params={"draft": claimed.draft_id})).first()
    return row is not None and row.state == WritingState.ASKING and row.attempts == claimed.attempts


async def finish(session: AsyncSession, claimed: Writing, values: Mapping[str, Any]) -> bool:
    """Write down what came of a claim; false when it was claimed again or finished meanwhile."""
    mine = {"draft": claimed.draft_id, "claim": claimed.attempts}
    return bool((await session.exec(_FINISH, params={**mine, **values})).rowcount)


async def spend(
    session: AsyncSession, draft_id: int, *, prompt: int, completion: int, cost: float | None, remark: str | None = None
) -> None:
    """Add what an answer took, whatever becomes of it; a remark is added to the error.

    Tokens are counted up to what a column holds.
    """
    row = (await session.exec(_ONE_LOCKED, params={"draft": draft_id})).first()
    if row is None:
        return  # erased meanwhile
    row.prompt_tokens = min((row.prompt_tokens or 0) + prompt, LARGEST_NUMBER)
    row.completion_tokens = min((row.completion_tokens or 0) + completion, LARGEST_NUMBER)
    if cost is not None:
        row.cost = (row.cost or 0.0) + cost
    if remark is not None:
        row.error = f"{row.error} {remark}" if row.error else remark
    session.add(row)


async def tokens_since(session: AsyncSession, since: datetime) -> int:
    """The tokens of everything that was finished since then."""
    return int((await session.exec(_TOKENS, params={"since": since})).one())


async def spent(
    session: AsyncSession, team: str, *, since: datetime
) -> tuple[int, int, float | None, int, float | None]:
    """What the model did for a workspace since then: replies, failures, seconds a reply, tokens, cost."""
    written, failed, milliseconds, prompt, completion, cost = (
        await session.exec(_SPENT, params={"team": team, "since": since})
    ).one()
    seconds = None if milliseconds is None else float(milliseconds) / 1_000
    return written or 0, failed or 0, seconds, int(prompt or 0) + int(completion or 0), cost


def _given(now: datetime, stuck_since: datetime) -> Mapping[str, datetime]:
    return {"now": now, "stuck": stuck_since, "ahead": now + (now - stuck_since)}


def _first() -> Any:
    """The first that is due. Two looks, each along the index: for one with OR, SQLite sorts everything that waits."""
    turn = (_ROW.due_at, _ROW.draft_id)
    first = [core_select(*turn).where(way).order_by(*turn).limit(1).subquery() for way in (_WAITS, _STUCK)]
    either = union_all(*(core_select(one) for one in first)).subquery().c
    return core_select(either.draft_id).order_by(either.due_at, either.draft_id).limit(1).scalar_subquery()


_TABLE = table_of(Writing)
_ROW = _TABLE.c
_WAITS = (_ROW.state == WritingState.WAITING) & (_ROW.due_at <= bindparam("now"))
_STUCK = (_ROW.state == WritingState.ASKING) & (
    (_ROW.started_at <= bindparam("stuck")) | (_ROW.started_at > bindparam("ahead"))
)
_DUE = or_(_WAITS, _STUCK)
_ONE = select(Writing).where(col(Writing.draft_id) == bindparam("draft"))
_ONE_LOCKED = _ONE.with_for_update()
_ALL_DUE = select(_ROW.draft_id).where(_DUE)
_CLAIM = (
    update(_TABLE)
    .where(_ROW.draft_id == _first(), _DUE)
    .values(state=WritingState.ASKING, started_at=bindparam("now"), attempts=_ROW.attempts + 1)
    .returning(_TABLE)
)
_FINISH = update(_TABLE).where(
    _ROW.draft_id == bindparam("draft"),
    _ROW.state == WritingState.ASKING,
    _ROW.attempts == bindparam("claim"),
)
_HASTEN = (
    update(_TABLE)
    .where(
        _ROW.draft_id.in_(
            select(_ROW.draft_id)
            .where(_ROW.state == WritingState.WAITING, _ROW.due_at > bindparam("latest"))
            .order_by(_ROW.draft_id)
            .with_for_update(skip_locked=True)
        )
    )
    .values(due_at=bindparam("latest"))
)
_SPENT: Any = (
    select(  # type: ignore[call-overload]  # it knows of four columns
        func.sum(case((_ROW.state == WritingState.WRITTEN, 1), else_=0)),
        func.sum(case((_ROW.state == WritingState.FAILED, 1), else_=0)),
        func.avg(_ROW.milliseconds),
        func.sum(_ROW.prompt_tokens),
        func.sum(_ROW.completion_tokens),
        func.sum(_ROW.cost),
    )
    .where(_ROW.finished_at >= bindparam("since"))
    # Asked of each that was finished since: joined, SQLite begins with every draft of the workspace.
    .where(
        exists().where(
            col(Draft.id) == _ROW.draft_id,
            col(Channel.id) == Draft.channel_id,
            col(Channel.team) == bindparam("team"),
        )
    )
)
_TOKENS = select(
    # Each column for itself: two numbers of one row can be more than a column holds.
    func.coalesce(func.sum(_ROW.prompt_tokens), 0) + func.coalesce(func.sum(_ROW.completion_tokens), 0)
).where(_ROW.finished_at >= bindparam("since"))
