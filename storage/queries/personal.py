"""Every place in which somebody of a workspace is named."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, Update, cast, delete, false, func, or_, update
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import (
    Actor,
    Channel,
    Delivery,
    Draft,
    Exposure,
    Gold,
    Guideline,
    Label,
    Member,
    Pace,
    Person,
    Revision,
    Seen,
    Slot,
    Unsaved,
    Workspace,
)
from storage.queries import audits, deliveries
from storage.queries._core import begins
from storage.words import NOBODY, SOMEBODY

# Whoever answers in Slack. Who answered elsewhere (imported) is known by any name, and in no message and no key.
_OF_SLACK = re.compile(r"[UW][A-Z0-9]{4,}")


async def count(session: AsyncSession, team: str, user: str) -> int:
    """How many rows name them."""
    found = 0
    for model, where in _named(team, user):
        found += (await session.exec(select(func.count()).select_from(model).where(where))).one()
    listed = [one for one in await _channels(session, team) if user in (*one.leads, *one.reviewers)]
    return found + len(listed) + len(await _messages(session, team, user))


async def answered(session: AsyncSession, team: str, user: str) -> Sequence[int]:
    """Drafts that they answered, undone or not, or settled."""
    said, ruled = (
        select(Label.draft_id).where(Label.agent == user),
        select(Gold.draft_id).where(Gold.settled_by == user),
    )
    theirs = or_(col(Draft.id).in_(said), col(Draft.id).in_(ruled))
    query = select(col(Draft.id)).where(theirs, _in_channel(Draft.channel_id, team)).order_by(col(Draft.id))
    return [number or 0 for number in (await session.exec(query)).all()]


async def forget(session: AsyncSession, team: str, user: str, *, alias: str) -> Sequence[Delivery]:
    """Name them nowhere any more: their answers and decisions are those of the alias, all else goes.

    What names them since this began may be left, and is `count`ed. What was written to them alone and stands in Slack,
    or may, is returned: emptied, and kept by nobody's name until it is taken out there.
    """
    # Held in the order of whoever closes a channel or takes an answer back: then comes what was posted.
    channels = await _held_channels(session, team)
    known = select(Member).where(Member.user == user, _in_channel(Member.channel_id, team))
    await session.exec(known.order_by(col(Member.channel_id)).with_for_update())  # as whoever vouches for answers
    mine = select(Label.id).where(Label.agent == user, _of_draft(Label.draft_id, team)).order_by(col(Label.id))
    await session.exec(mine.with_for_update(key_share=True))
    written = await _reword(session, team, user, alias)
    # An answer that came in since may be held by who erases its draft, and who waits for the messages held here.
    held = mine.with_for_update(key_share=True, skip_locked=True)
    await session.exec(update(Revision).where(col(Revision.label_id).in_(held)).values(note=None))
    await session.exec(update(Label).where(col(Label.id).in_(held)).values(agent=alias))
    for change in _changes(team, user, alias):
        await session.exec(change)
    for model, where in _only_theirs(team, user):
        await session.exec(delete(model).where(where))
    for channel in channels:
        channel.leads = [one for one in channel.leads if one != user]
        channel.reviewers = [one for one in channel.reviewers if one != user]
        session.add(channel)
    await audits.forget_person(session, team, user)
    return written


async def _reword(session: AsyncSession, team: str, user: str, alias: str) -> Sequence[Delivery]:
    """What went to them alone goes, in Slack as well; messages that name them say that it was somebody."""
    here = _in_channel(Delivery.channel_id, team)
    theirs = select(Delivery.id).where(Delivery.to == user, here)
    hang_on_them = col(Delivery.parent).in_(theirs)
    touched = await deliveries.held(session, here, or_(col(Delivery.to) == user, hang_on_them, _may_name(user)))
    await session.exec(update(Delivery).where(hang_on_them).values(parent=None))
    written = [row for row in touched if row.to == user and row.state in deliveries.ON_SCREEN]
    written = [row for row in written if row.kind not in deliveries.CHANGES]
    for row in written:
        # By another name than their answers': of a direct message Slack tells whose it was.
        row.to, row.key, row.body, row.draft_id, row.error = NOBODY, f"{NOBODY}:{row.id}", None, None, None
        session.add(row)
    await session.flush()
    await session.exec(delete(Delivery).where(col(Delivery.to) == user, here))
    for row in _that_name(touched, user):
        row.key, row.body = _renamed(row.key, user, alias), _without(row.body, _naming(user))
        session.add(row)
    await session.flush()
    return written


async def _messages(session: AsyncSession, team: str, user: str) -> list[Delivery]:
    """Messages to others that name them, or whose key does."""
    query = select(Delivery).where(_may_name(user), _in_channel(Delivery.channel_id, team))
    return _that_name((await session.exec(query)).all(), user)


def _may_name(user: str) -> ColumnElement[bool]:
    if not _OF_SLACK.fullmatch(user):
        return false()
    return or_(cast(Delivery.body, Text).contains(user), col(Delivery.key).contains(user))


def _that_name(rows: Sequence[Delivery], user: str) -> list[Delivery]:
    """Those of some messages that name them, or whose key does, and that went to others."""
    named = _naming(user)
    others = [row for row in rows if row.to != user]
    return [row for row in others if user in row.key.split(":") or _without(row.body, named) != row.body]


def _renamed(key: str, user: str, alias: str) -> str:
    return ":".join(alias if part == user else part for part in key.split(":"))


def _naming(user: str) -> re.Pattern[str]:
    """A mention, or the id alone; not a longer word that holds it."""
    return re.compile(rf"<@{user}(?:\|[^<>]*)?>|(?<![A-Za-z0-9]){user}(?![A-Za-z0-9])")


def _without(value: Any, named: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return named.sub(SOMEBODY, value)
    if isinstance(value, dict):
        return {name: _without(inner, named) for name, inner in value.items()}
    return [_without(inner, named) for inner in value] if isinstance(value, list) else value


def _changes(team: str, user: str, alias: str) -> list[Update]:
    lease = {"leased_by": None, "leased_until": None}
    return [
        update(Exposure).where(col(Exposure.agent) == user, _of_draft(Exposure.draft_id, team)).values(agent=alias),
        update(Exposure).where(col(Exposure.source) == user, _of_draft(Exposure.draft_id, team)).values(source=alias),
        update(Gold)
        .where(col(Gold.settled_by) == user, _of_draft(Gold.draft_id, team))
        .values(settled_by=alias, note=None),
        update(Slot).where(col(Slot.leased_by) == user, _of_draft(Slot.draft_id, team)).values(**lease),
        update(Guideline)
        .where(col(Guideline.created_by) == user, _in_channel(Guideline.channel_id, team))
        .values(created_by=alias),
        update(Channel).where(col(Channel.invited_by) == user, col(Channel.team) == team).values(invited_by=None),
        update(Workspace)
        .where(col(Workspace.installed_by) == user, col(Workspace.team) == team)
        .values(installed_by=None),
    ]


def _only_theirs(team: str, user: str) -> list[tuple[type[SQLModel], ColumnElement[bool]]]:
    key = col(Seen.key)
    pressed = [begins(key, f"{kind}:{team}:{user}:") for kind in ("press", "form")]
    set_up = begins(key, f"setup:{team}:") & (func.substr(key, func.length(key) - len(user)) == f":{user}")
    return [
        (Unsaved, (col(Unsaved.agent) == user) & _of_draft(Unsaved.draft_id, team)),
        (Member, (col(Member.user) == user) & _in_channel(Member.channel_id, team)),
        (Person, (col(Person.user) == user) & (col(Person.team) == team)),
        (Pace, (col(Pace.place) == user) & (col(Pace.team) == team)),  # of whoever was written to directly
        (Seen, or_(*pressed, set_up)),
    ]


def _named(team: str, user: str) -> list[tuple[type[SQLModel], ColumnElement[bool]]]:
    return [
        (Label, (col(Label.agent) == user) & _of_draft(Label.draft_id, team)),
        (Gold, (col(Gold.settled_by) == user) & _of_draft(Gold.draft_id, team)),
        (Slot, (col(Slot.leased_by) == user) & _of_draft(Slot.draft_id, team)),
        *_only_theirs(team, user),
        (Guideline, (col(Guideline.created_by) == user) & _in_channel(Guideline.channel_id, team)),
        (Delivery, (col(Delivery.to) == user) & _in_channel(Delivery.channel_id, team)),
        (Exposure, (col(Exposure.agent) == user) & _of_draft(Exposure.draft_id, team)),
        (Exposure, (col(Exposure.source) == user) & _of_draft(Exposure.draft_id, team)),
        (Channel, (col(Channel.invited_by) == user) & (col(Channel.team) == team)),
        (Workspace, (col(Workspace.installed_by) == user) & (col(Workspace.team) == team)),
        (Actor, (col(Actor.user) == user) & (col(Actor.team) == team)),
    ]


def _in_channel(column: Any, team: str) -> ColumnElement[bool]:
    return col(column).in_(select(Channel.id).where(Channel.team == team))


def _of_draft(column: Any, team: str) -> ColumnElement[bool]:
    theirs = select(Draft.id).join(Channel, col(Channel.id) == Draft.channel_id).where(Channel.team == team)
    return col(column).in_(theirs)


async def _channels(session: AsyncSession, team: str) -> list[Channel]:
    return list((await session.exec(select(Channel).where(Channel.team == team))).all())


async def _held_channels(session: AsyncSession, team: str) -> Sequence[Channel]:
    """As they are now: settings that are saved meanwhile wait. What is stored in a channel does not."""
    query = select(Channel).where(Channel.team == team).order_by(col(Channel.id)).with_for_update(key_share=True)
    return (await session.exec(query.execution_options(populate_existing=True))).all()
