"""The outbox of webhooks: each announcement is sent by one process at a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, literal_column, update
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Announcement, Draft, Webhook
from storage.queries._core import LONG_AGO, table_of
from storage.queries._core import add as add_rows
from storage.words import DeliveryState, DraftState, WebhookEvent

AT_A_TIME = 5_000  # of a month's hundreds of thousands: PostgreSQL ends a statement after 1.5 s, SQLite has one writer
AT_ONCE = 2  # of one webhook: a slow one must not keep the others waiting


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Ask for announcements, rows with the same columns."""
    await add_rows(session, Announcement, [dict(row) for row in rows])


async def due(
    session: AsyncSession, *, now: datetime, stuck_since: datetime, most: int, full: Collection[str] = ()
) -> int:
    """To how many webhooks something can be sent now, counted no further than `most`; workspaces that are `full` are
    left out."""
    found = await session.exec(_DUE.limit(most), params=_given(now, stuck_since, full))
    return len(found.all())


async def claim_next(
    session: AsyncSession,
    *,
    now: datetime,
    stuck_since: datetime,
    full: Collection[str] = (),
    served: Collection[str] = (),
) -> Announcement | None:
    """Take the next that is due, or that was taken by a process which came to nothing; None where there is none.

    Workspaces that are `full` are left out; those that were `served` come behind the others, as does whoever has more
    under way. Losing it to another process is normal: look again.
    """
    claimed = (await session.exec(_CLAIM, params=_given(now, stuck_since, full, served))).mappings().first()
    return Announcement(**claimed) if claimed else None


async def finish(session: AsyncSession, claimed: Announcement, values: Mapping[str, Any]) -> bool:
    """Write down what came of a claim; false when it was claimed again or finished meanwhile."""
    mine = {"claimed": claimed.number, "told": claimed.id, "claim": claimed.attempts}
    return bool((await session.exec(_FINISH, params={**mine, **values})).rowcount)


async def hasten(session: AsyncSession, latest: datetime) -> None:
    """What waits longer than that is due then, and no webhook rests longer."""
    await session.exec(_HASTEN, params={"latest": latest})
    await session.exec(_WAKE, params={"latest": latest})


async def page(
    session: AsyncSession, webhook_id: int, *, before: int | None, limit: int, state: DeliveryState | None = None
) -> Sequence[Announcement]:
    """What a webhook was told or is to be told, the newest first, numbered below `before`."""
    query = select(Announcement).where(Announcement.webhook_id == webhook_id)
    query = query if before is None else query.where(col(Announcement.number) < before)
    query = query if state is None else query.where(Announcement.state == state)
    return (await session.exec(query.order_by(col(Announcement.number).desc()).limit(limit))).all()


async def again(session: AsyncSession, webhook_id: int, ids: Sequence[str], *, now: datetime) -> int:
    """Send again what has one of these ids; how many. What is under way is left alone."""
    return await _begin_anew(session, webhook_id, now, col(Announcement.id).in_(ids))


async def again_since(
    session: AsyncSession, webhook_id: int, since: datetime, *, now: datetime, after: int, last: int
) -> tuple[int, int | None]:
    """Send again what happened since then, of some above a number; how many, and up to which. None: no more are there.

    What is under way is left alone, as is what has come since the one with the number `last`.
    """
    end = await _end_of_some(session, webhook_id, after=after, last=last)
    if end is None:
        return 0, None
    some = (col(Announcement.number).between(after + 1, end), col(Announcement.at) >= since)
    return await _begin_anew(session, webhook_id, now, *some), end


async def last_of(session: AsyncSession, webhook_id: int) -> int:
    """The number of the last that a webhook was told or is to be told; 0 where there is none."""
    return (
        await session.exec(select(func.max(Announcement.number)).where(Announcement.webhook_id == webhook_id))
    ).one() or 0


async def _begin_anew(session: AsyncSession, webhook_id: int, now: datetime, *which: Any) -> int:
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "due_at": now, "error": None, "finished_at": None}
    mine = (col(Announcement.webhook_id) == webhook_id, col(Announcement.state) != DeliveryState.SENDING)
    return int((await session.exec(update(Announcement).where(*mine, *which).values(fresh))).rowcount)


async def _end_of_some(session: AsyncSession, webhook_id: int, *, after: int, last: int) -> int | None:
    """The number of the last of some announcements between two numbers; None where there are none."""
    between = (col(Announcement.number) > after, col(Announcement.number) <= last)
    some = select(Announcement.number).where(Announcement.webhook_id == webhook_id, *between)
    found = some.order_by(col(Announcement.number)).limit(AT_A_TIME).subquery()
    end: int | None = (await session.exec(select(func.max(found.c.number)))).one()
    return end


async def known(session: AsyncSession, webhook_id: int, ids: Sequence[str]) -> set[str]:
    """Which of these ids are announcements of the webhook."""
    query = select(Announcement.id).where(Announcement.webhook_id == webhook_id, col(Announcement.id).in_(ids))
    return set((await session.exec(query)).all())


async def forget(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget some of what happened before that, sent or not; how many."""
    old = select(Announcement.number).where(col(Announcement.at) < before).order_by(col(Announcement.at)).limit(limit)
    return (await session.exec(delete(Announcement).where(col(Announcement.number).in_(old)))).rowcount


async def delete_some(session: AsyncSession, webhook_id: int) -> bool:
    """Delete some of what a webhook was told or is to be told; whether there may be more."""
    mine = select(Announcement.number).where(Announcement.webhook_id == webhook_id)
    some = mine.order_by(col(Announcement.number)).limit(AT_A_TIME)
    gone = (await session.exec(delete(Announcement).where(col(Announcement.number).in_(some)))).rowcount
    return bool(gone == AT_A_TIME)


async def waiting(session: AsyncSession, webhook_ids: Sequence[int]) -> Mapping[int, int]:
    """How many announcements of webhooks wait to be sent; webhooks without any are left out."""
    query = (
        select(Announcement.webhook_id, func.count())
        # By these two SQLite finds the index of unfinished rows.
        .where(col(Announcement.state).in_(UNFINISHED), col(Announcement.due_at) >= LONG_AGO)
        .where(col(Announcement.webhook_id).in_(webhook_ids), Announcement.state == DeliveryState.PENDING)
        .group_by(col(Announcement.webhook_id))
    )
    return dict((await session.exec(query)).all())


_TABLE = table_of(Announcement)
_ROW = _TABLE.c
_HOOKS = table_of(Webhook)
_HOOK = _HOOKS.c
_DRAFTS = table_of(Draft)
_OTHER = _TABLE.alias("other")
_FIRST = _TABLE.alias("first")
# As words of the statement: SQLite finds the index of unfinished rows by no value that comes later.
UNFINISHED: Any = [literal_column(f"'{state}'") for state in (DeliveryState.PENDING, DeliveryState.SENDING)]


def _given(
    now: datetime, stuck_since: datetime, full: Collection[str], served: Collection[str] = ()
) -> Mapping[str, Any]:
    ahead = now + (now - stuck_since)
    return {"now": now, "stuck": stuck_since, "ahead": ahead, "full": list(full), "served": list(served)}


def _ready(row: Any) -> Any:
    """Due, or taken by a process that came to nothing; or as far ahead of now, so that the clock was set back since."""
    return row.state.in_(UNFINISHED) & or_(
        (row.state == DeliveryState.PENDING) & (row.due_at <= bindparam("now")),
        (row.state == DeliveryState.SENDING) & (row.started_at <= bindparam("stuck")),
        (row.state == DeliveryState.SENDING) & (row.started_at > bindparam("ahead")),
    )


def _first_of_each() -> Any:
    """The announcement that each webhook is told next, with how many are under way to it, and from its workspace."""
    under_way = (
        select(func.count())
        .select_from(_OTHER)
        .where(
            _OTHER.c.webhook_id == _HOOK.id,
            # By both of these SQLite finds the index of unfinished rows.
            _OTHER.c.state.in_(UNFINISHED),
            _OTHER.c.due_at <= bindparam("now"),
            _OTHER.c.state == DeliveryState.SENDING,
            _OTHER.c.started_at > bindparam("stuck"),
            _OTHER.c.started_at <= bindparam("ahead"),
        )
        .correlate(_HOOKS)
        .scalar_subquery()
    )
    # A label of a draft that still waits for an answer is not announced before the draft is fully answered.
    told = or_(_FIRST.c.event != WebhookEvent.LABEL_CREATED, _DRAFTS.c.state != DraftState.OPEN)
    first = (
        select(_FIRST.c.number)
        .join(_DRAFTS, _DRAFTS.c.id == _FIRST.c.draft_id)
        .where(_FIRST.c.webhook_id == _HOOK.id, _ready(_FIRST.c), told)
        .order_by(_FIRST.c.due_at, _FIRST.c.number)
        .limit(1)
        .correlate(_HOOKS)
        .scalar_subquery()
    )
    awake = or_(_HOOK.rests_until.is_(None), _HOOK.rests_until <= bindparam("now"))
    each: Any = select(_HOOK.team, first.label("number"), under_way.label("under_way")).select_from(_HOOKS)
    found = each.where(_HOOK.disabled_at.is_(None), awake).subquery()
    of_team = func.sum(found.c.under_way).over(partition_by=found.c.team)
    return select(found, of_team.label("of_team")).subquery()


_EACH = _first_of_each().c
_DUE: Any = (
    select(_EACH.number)
    .where(
        _EACH.number.is_not(None),
        _EACH.under_way < AT_ONCE,
        _EACH.team.not_in(bindparam("full", expanding=True)),
    )
    .order_by(
        case((_EACH.team.in_(bindparam("served", expanding=True)), 1), else_=0),
        _EACH.of_team,
        _EACH.under_way,
        _EACH.number,
    )
)
_CLAIM = (
    update(_TABLE)
    .where(_ROW.number == _DUE.limit(1).scalar_subquery(), _ready(_ROW))
    .values(state=DeliveryState.SENDING, started_at=bindparam("now"), attempts=_ROW.attempts + 1)
    .returning(_TABLE)
)
_FINISH = update(_TABLE).where(
    _ROW.number == bindparam("claimed"),
    # SQLite gives the number of one that was deleted with its webhook, or its draft, to the next.
    _ROW.id == bindparam("told"),
    _ROW.state == DeliveryState.SENDING,
    _ROW.attempts == bindparam("claim"),
)
_HASTEN = (
    update(_TABLE)
    .where(
        _ROW.number.in_(
            select(_ROW.number)
            .where(_ROW.state == DeliveryState.PENDING, _ROW.due_at > bindparam("latest"))
            .order_by(_ROW.number)
            .with_for_update(skip_locked=True)
        )
    )
    .values(due_at=bindparam("latest"))
)
_WAKE = update(_HOOKS).where(_HOOK.rests_until > bindparam("latest")).values(rests_until=bindparam("latest"))
