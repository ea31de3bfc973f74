"""Labels, their revisions, and who could have seen another's answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from storage.models import Channel, Draft, Exposure, Gold, Label, Member, Revision, Slot
from storage.queries._core import add as add_rows
from storage.queries._core import add_numbered, add_once, table_of, values_of
from storage.words import LabelKind


@dataclass(frozen=True)
class Current:
    """A label with its newest revision."""

    label: Label
    revision: Revision
    second_look: bool = False  # it holds a slot that the draft did not need


async def of(session: AsyncSession, draft_id: int, agent: str) -> Current | None:
    """What this agent says of this draft, withdrawn or not."""
    row = (await session.exec(_OF, params={"draft": draft_id, "by": agent})).first()
    return Current(*row) if row else None


async def held(session: AsyncSession, draft_id: int, agent: str) -> Current | None:
    """The same, held until the transaction ends: nobody is erased meanwhile."""
    row = (await session.exec(_HELD, params={"draft": draft_id, "by": agent})).first()
    return Current(*row) if row else None


async def revision(session: AsyncSession, draft_id: int, agent: str, number: int) -> Revision | None:
    """One revision of an agent's label."""
    query = select(Revision).join(Label, col(Label.id) == Revision.label_id)
    query = query.where(Label.draft_id == draft_id, Label.agent == agent, Revision.number == number)
    return (await session.exec(query)).first()


async def one_revision(session: AsyncSession, label_id: int, number: int) -> tuple[Label, Revision] | None:
    """A label with one revision of it, unless they are erased."""
    query = select(Label, Revision).join(Revision, col(Revision.label_id) == Label.id)
    return (await session.exec(query.where(Label.id == label_id, Revision.number == number))).first()


async def in_slots(session: AsyncSession, draft_id: int) -> list[Current]:
    """The labels that hold the draft's slots, in the order in which they first came."""
    return [Current(*row) for row in (await session.exec(_IN_SLOTS, params={"draft": draft_id})).all()]


async def last_of(
    session: AsyncSession, agent: str, *, team: str, limit: int
) -> Sequence[tuple[Label, Revision, Draft, Gold]]:
    """The agent's answers to the drafts they came to last, the newest first, undone ones too.

    Where a draft is not settled there is None in place of its gold.
    """
    # Chosen first: joined with all revisions, PostgreSQL reads those of others back to the agent's last answer.
    last = (
        select(Label.id)
        .join(Draft, col(Draft.id) == Label.draft_id)
        .join(Channel, col(Channel.id) == Draft.channel_id)
        .where(Label.agent == agent, Label.kind != LabelKind.IMPORTED, Channel.team == team)
        .order_by(col(Label.id).desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(Label, Revision, Draft, Gold)
        .join(last, last.c.id == col(Label.id))
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .join(Draft, col(Draft.id) == Label.draft_id)
        .outerjoin(Gold, col(Gold.draft_id) == Draft.id)
        .order_by(col(Label.id).desc())
    )
    return (await session.exec(query)).all()


async def others(session: AsyncSession, draft_id: int, agent: str) -> Sequence[str]:
    """Agents other than this one who hold a slot of the draft, the earliest first."""
    query = select(Label.agent).join(Slot, col(Slot.label_id) == Label.id)
    query = query.where(Slot.draft_id == draft_id, Label.agent != agent).order_by(col(Label.id))
    return (await session.exec(query)).all()


async def escalated(session: AsyncSession, draft_id: int) -> bool:
    """Whether an answer that stands says that a human must take over."""
    query = _CURRENT.where(
        col(Label.draft_id) == draft_id, col(Revision.withdrawn).is_(False), col(Revision.escalation).is_not(None)
    )
    return (await session.exec(query.limit(1))).first() is not None


async def add(session: AsyncSession, label: Label, revision: Revision) -> Current:
    """Store the agent's first answer to a draft. Raises IntegrityError where there is one."""
    label.id = revision.label_id = await add_numbered(session, Label, values_of(label))
    await add_rows(session, Revision, [values_of(revision)])
    return Current(label, revision)


async def revise(session: AsyncSession, label: Label, revision: Revision, *, kind: LabelKind | None = None) -> Current:
    """Add a revision to a label, which stays of its kind where none is named."""
    assert label.id is not None
    label.kind = kind or label.kind
    label.newest += 1
    revision.label_id, revision.number = label.id, label.newest
    session.add_all([label, revision])
    await session.flush()
    return Current(label, revision)


async def doubted(session: AsyncSession, channel_id: int, agent: str) -> Sequence[Label]:
    """The agent's labels whose newest revision came while nobody could tell who they are, in one order for all."""
    query = select(Label).join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
    query = query.where(Label.agent == agent, Revision.channel_id == channel_id, col(Revision.verified).is_(False))
    query = query.where(Label.kind != LabelKind.REFUSED)
    return (await session.exec(query.order_by(col(Label.draft_id)))).all()


async def confirm(session: AsyncSession, channel_id: int, agent: str) -> None:
    """Whatever the agent has said in the channel so far came from a reviewer."""
    await session.exec(_CONFIRM, params={"channel": channel_id, "by": agent})


async def refuse(session: AsyncSession, label_id: int) -> None:
    """The label did not come from a reviewer."""
    await session.exec(_REFUSE, params={"label": label_id})


async def drafts_in_doubt(session: AsyncSession, channel_id: int, among: Sequence[int]) -> frozenset[int]:
    """Those of a channel's drafts of which a slot is held by somebody of whom Slack has not said yet who they are."""
    query = (
        select(Label.draft_id)
        .join(Member, col(Member.user) == Label.agent)
        .join(Slot, col(Slot.label_id) == Label.id)
        .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
        .where(col(Label.draft_id).in_(among), col(Revision.verified).is_(False))
        .where(Member.channel_id == channel_id, col(Member.verified).is_(False))
    )
    return frozenset((await session.exec(query)).all())


async def is_exposed(session: AsyncSession, draft_id: int, agent: str) -> bool:
    """Whether the agent could by now have seen another's answer to the draft."""
    return (await session.exec(_EXPOSED, params={"draft": draft_id, "by": agent})).first() is not None


async def exposures(session: AsyncSession, draft_id: int) -> Sequence[Exposure]:
    """Who could have seen an answer of the draft, and since when."""
    return (await session.exec(select(Exposure).where(Exposure.draft_id == draft_id))).all()


async def expose(session: AsyncSession, exposure: Exposure) -> None:
    """From now on somebody may have seen an answer."""
    await add_once(session, Exposure, values_of(exposure))


def _exposed() -> SelectOfScalar[int | None]:
    agent: BindParameter[str] = bindparam("by")
    inside = select(Member.channel_id).where(col(Member.user) == agent, col(Member.present))
    by_channel = or_(col(Exposure.channel_id).is_(None), col(Exposure.channel_id).in_(inside))
    by_others = or_(col(Exposure.source).is_(None), col(Exposure.source) != agent)
    to_all = col(Exposure.agent).is_(None) & by_others & by_channel
    told = or_(col(Exposure.agent) == agent, to_all)
    return select(col(Exposure.id)).where(col(Exposure.draft_id) == bindparam("draft"), told).limit(1)


_CURRENT = select(Label, Revision).join(
    Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest)
)
_OF = _CURRENT.where(col(Label.draft_id) == bindparam("draft"), col(Label.agent) == bindparam("by"))
_HELD = _OF.with_for_update(of=Label, key_share=True).execution_options(populate_existing=True)
_IN_SLOTS = (
    select(Label, Revision, col(Slot.trigger).is_not(None))
    .join(Revision, (col(Revision.label_id) == Label.id) & (col(Revision.number) == Label.newest))
    .join(Slot, col(Slot.label_id) == Label.id)
    .where(col(Slot.draft_id) == bindparam("draft"))
    .order_by(col(Label.id))
)
_EXPOSED = _exposed()
_LABELS, _REVISIONS = table_of(Label), table_of(Revision)
_CONFIRM = (
    update(_REVISIONS)
    .where(
        _REVISIONS.c.label_id.in_(select(_LABELS.c.id).where(_LABELS.c.agent == bindparam("by"))),
        _REVISIONS.c.channel_id == bindparam("channel"),
        _REVISIONS.c.verified.is_(False),
    )
    .values(verified=True)
)
_REFUSE = update(_LABELS).where(_LABELS.c.id == bindparam("label")).values(kind=LabelKind.REFUSED)
