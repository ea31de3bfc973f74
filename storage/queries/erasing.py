"""What is deleted for good: drafts with all that hangs on them, what is known of a person, a whole workspace.

What hangs on a draft or a channel is found by foreign keys, so that a table which comes later is erased as well.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    func,
    or_,
    tuple_,
    update,
)
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Digest, Draft, Label, Seen
from storage.queries import audits, deliveries
from storage.queries._core import begins, table_of
from storage.words import NOBODY, DeliveryKind, DeliveryState

IN_SLACK = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS)
APART = frozenset({"delivery"})  # what was posted has to be taken out of Slack before its row can go
BY_CHANNEL = frozenset({"delivery"})  # it is of its channel's workspace, and found by that along an index
KEPT_BY_TEAM = frozenset({"audit", "erasing", "workspace"})  # the trail has a door of its own; the last goes last


async def locked(session: AsyncSession, numbers: Collection[int], *, skip: bool) -> Sequence[Draft]:
    """These drafts, held until the transaction ends, without those that are erased by then.

    What another process holds is waited for, or left out with `skip`.
    """
    query = select(Draft).where(col(Draft.id).in_(numbers)).order_by(col(Draft.id))
    return (await session.exec(query.with_for_update(skip_locked=skip))).all()


async def posts_of(session: AsyncSession, numbers: Collection[int]) -> Sequence[Delivery]:
    """What stands in Slack of these drafts, or may yet."""
    query = select(Delivery).where(_of_drafts(numbers))
    return [one for one in (await session.exec(query)).all() if _is_posted(one)]


async def held_posts_of(session: AsyncSession, numbers: Collection[int]) -> Sequence[Delivery]:
    """The same, held with all else that is to be posted of these drafts, which the transaction holds already.

    Nobody takes any of it until the transaction ends. The drafts' answers are held before, as by whoever gives one.
    """
    answered = select(Label.id).where(col(Label.draft_id).in_(numbers)).order_by(col(Label.id))
    await session.exec(answered.with_for_update())
    return [one for one in await deliveries.held(session, _of_drafts(numbers)) if _is_posted(one)]


def _of_drafts(numbers: Collection[int]) -> ColumnElement[bool]:
    return col(Delivery.draft_id).in_(numbers)


def _is_posted(one: Delivery) -> bool:
    return one.state in IN_SLACK and one.kind != DeliveryKind.REDRAW


async def delete_drafts(session: AsyncSession, numbers: Collection[int]) -> Mapping[str, int]:
    """Delete drafts and all that hangs on them, which are held; how many rows of which table.

    What stands in Slack is emptied.
    """
    table = table_of(Delivery)
    mine, posted = table.c.draft_id.in_(numbers), table.c.state.in_(IN_SLACK) & (table.c.kind != DeliveryKind.REDRAW)
    await session.exec(update(table).where(mine, posted).values(body=None, draft_id=None, error=None, takes_room=False))
    await session.exec(update(table).where(mine).values(parent=None))
    await session.exec(delete(table).where(mine))
    gone: dict[str, int] = {}
    for table, ways in _hanging_on("draft"):
        if table.name not in APART:
            # One statement for each way: for one with OR, PostgreSQL reads the whole table.
            steps = [delete(table).where(way) for way in ways(_these(numbers))]
            gone[table.name] = sum([(await session.exec(step)).rowcount for step in steps])
    drafts = table_of(Draft)
    gone["draft"] = (await session.exec(delete(drafts).where(drafts.c.id.in_(numbers)))).rowcount
    return gone


async def of_ticket(session: AsyncSession, channel_id: int, ticket: str) -> Sequence[int]:
    """The drafts of a ticket."""
    query = select(col(Draft.id)).where(Draft.channel_id == channel_id, Draft.ticket == ticket)
    return [number or 0 for number in (await session.exec(query.order_by(col(Draft.id)))).all()]


async def count_labels(session: AsyncSession, numbers: Collection[int]) -> int:
    """How many labels these drafts have."""
    return (await session.exec(select(func.count()).select_from(Label).where(col(Label.draft_id).in_(numbers)))).one()


async def with_their_tickets(session: AsyncSession, numbers: Collection[int]) -> Sequence[int]:
    """These drafts, which are few, and all others of their tickets."""
    mine = select(Draft.channel_id, Draft.ticket).where(col(Draft.id).in_(numbers), col(Draft.ticket).is_not(None))
    theirs = mine.distinct().subquery()
    # Two looks: for one with OR, PostgreSQL reads every draft.
    same = (col(Draft.channel_id) == theirs.c.channel_id) & (col(Draft.ticket) == theirs.c.ticket)
    found = (await session.exec(select(col(Draft.id)).join(theirs, same))).all()
    return sorted({*numbers, *(number or 0 for number in found)})


async def digests_since(session: AsyncSession, channel_id: int, first: date) -> Sequence[Delivery]:
    """What was posted, or is to be, of a channel's digests from a date on; nobody takes it before this is over."""
    made = select(Digest).where(Digest.channel_id == channel_id, col(Digest.date) >= first)
    keys = [f"digest:{channel_id}:{one.date.isoformat()}" for one in (await session.exec(made)).all()]
    query = select(Delivery).where(col(Delivery.key).in_(keys), col(Delivery.body).is_not(None))
    return (await session.exec(query.order_by(col(Delivery.id)).with_for_update())).all()


async def older(session: AsyncSession, channel_id: int, *, before: datetime, limit: int) -> Sequence[int]:
    """Drafts of a channel that came in before that, the oldest first."""
    query = select(col(Draft.id)).where(Draft.channel_id == channel_id, Draft.created_at < before)
    found = (await session.exec(query.order_by(col(Draft.created_at), col(Draft.id)).limit(limit))).all()
    return [number or 0 for number in found]


async def count_older(session: AsyncSession, channel_id: int, *, before: datetime) -> int:
    """How many drafts of a channel came in before that."""
    query = select(func.count()).select_from(Draft).where(Draft.channel_id == channel_id, Draft.created_at < before)
    return (await session.exec(query)).one()


async def to_sweep(session: AsyncSession) -> bool:
    """Whether there are orders to take messages out of Slack, done or not."""
    query = select(Delivery.id).where(Delivery.kind == DeliveryKind.ERASURE).limit(1)
    return (await session.exec(query)).first() is not None


async def sweep(session: AsyncSession) -> None:
    """Orders for messages that are out of Slack now, or never came to stand there, and rows of nobody's messages."""
    done = (DeliveryState.SENT, DeliveryState.CANCELLED)
    parent = aliased(Delivery)
    # Asked of each order, which are few: of what was never posted there are years. For EXISTS PostgreSQL reads those.
    unposted = select(parent.state).where(col(parent.id) == Delivery.parent, col(parent.ts).is_(None))
    never = unposted.scalar_subquery().in_([DeliveryState.CANCELLED, DeliveryState.FAILED])
    ended = or_(col(Delivery.state).in_(done), never)
    over = delete(Delivery).where(col(Delivery.kind) == DeliveryKind.ERASURE, ended).returning(col(Delivery.parent))
    of = (await session.exec(over)).scalars().all()
    order = aliased(Delivery)
    ordered = select(order.id).where(order.parent == Delivery.id).exists()
    await session.exec(delete(Delivery).where(col(Delivery.id).in_(of), col(Delivery.to) == NOBODY, ~ordered))


async def drafts_of(session: AsyncSession, team: str, *, limit: int) -> Sequence[int]:
    """Some drafts of a workspace."""
    query = select(col(Draft.id)).join(Channel, col(Channel.id) == Draft.channel_id).where(Channel.team == team)
    return [number or 0 for number in (await session.exec(query.limit(limit))).all()]


async def delete_of_workspace(session: AsyncSession, team: str, *, limit: int) -> int:
    """Delete some of what is stored of a workspace beside its drafts, the last things first; how many rows.

    0: only the row is left by which it is known.
    """
    posts, channels = table_of(Delivery), table_of(Channel)
    theirs = core_select(channels.c.id).where(channels.c.team == team)
    # A thread's message refers to its parent. Any parent is above "": so it is a bound of an index on both databases.
    tied = core_select(posts.c.id).where(posts.c.channel_id.in_(theirs), posts.c.parent > "")
    loose = update(posts).where(posts.c.id.in_(tied.limit(limit))).values(parent=None)
    unread = update(channels).where(channels.c.team == team, channels.c.members_known).values(members_known=False)
    acted = [begins(col(Seen.key), f"{kind}:{team}:") for kind in ("press", "form", "setup")]
    steps = [loose, unread, *(_some(table, condition, limit) for table, condition in _of_workspace(team))]
    for step in [*steps, _some(table_of(Seen), or_(*acted), limit)]:
        gone: int = (await session.exec(step)).rowcount
        if gone:
            return gone
    return await audits.delete_some(session, team, limit=limit)


def tables_of_a_workspace() -> set[str]:
    """The tables that hold rows of one workspace, as far as keys and columns tell."""
    beside_drafts, on_drafts = _of_workspace(""), _hanging_on("draft")
    return {table.name for table, _ in [*beside_drafts, *on_drafts]} | KEPT_BY_TEAM


Ways = Callable[[Any], list[ColumnElement[bool]]]  # from the numbers at the root to the rows that hang on them


def _of_workspace(team: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Each table with what of it is the workspace's, those that others refer to last; once for each way there.

    Nothing hangs on its drafts by then, for they are gone.
    """
    channel = table_of(Channel)
    root = core_select(channel.c.id).where(channel.c.team == team)
    by_channel = {table.name: ways(root) for table, ways in _hanging_on("channel", but="draft")}
    found = []
    for table in reversed(SQLModel.metadata.sorted_tables):
        mine = [*by_channel.get(table.name, [])]
        if "team" in table.c and table.name not in KEPT_BY_TEAM | BY_CHANNEL:
            mine.append(table.c.team == team)
        found += [(table, way) for way in mine]
    return found


@cache
def _hanging_on(root: str, *, but: str | None = None) -> list[tuple[Table, Ways]]:
    """Every table that refers to the root's rows, directly or through others, `but` for one of them; those that others
    refer to last."""
    known: dict[str, Ways] = {}
    for table in SQLModel.metadata.sorted_tables:
        keys = [
            (column, key.column)
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in {root, *known} - {but} and key.column.table is not table
        ]
        if keys:
            known[table.name] = _through(root, keys, known)
    ordered = reversed(SQLModel.metadata.sorted_tables)
    return [(table, known[table.name]) for table in ordered if table.name in known]


def _through(root: str, keys: Sequence[tuple[Any, Any]], above: Mapping[str, Ways]) -> Ways:
    known = dict(above)

    def ways(numbers: Any) -> list[ColumnElement[bool]]:
        def parents(target: Any) -> Any:
            if target.table.name == root:
                return numbers
            return core_select(target).where(or_(*known[target.table.name](numbers)))

        return [column.in_(parents(target)) for column, target in keys]

    return ways


def _these(numbers: Collection[int]) -> Select[tuple[int]]:
    drafts = table_of(Draft)
    return core_select(drafts.c.id).where(drafts.c.id.in_(numbers))


def _some(table: Table, condition: ColumnElement[bool], limit: int) -> Any:
    keys = list(table.primary_key.columns)
    key: Any = keys[0] if len(keys) == 1 else tuple_(*keys)
    return delete(table).where(key.in_(core_select(*keys).where(condition).limit(limit)))
