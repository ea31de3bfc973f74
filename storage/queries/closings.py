"""What waits for channels that are archived or gone: it goes elsewhere, or is told to leads directly."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Delivery, Draft
from storage.queries import deliveries
from storage.queries._core import along_indexes
from storage.queries.channels import CLOSED
from storage.words import ChannelState, DeliveryKind, DeliveryState


async def held_for(session: AsyncSession, place: Channel, kinds: Collection[DeliveryKind]) -> Sequence[Delivery]:
    """What other channels have still to post in this closed one, of some kinds, and what waits to follow it there.

    Held, what others hang on comes first. So is a notice of which nobody can see any more whether it stands there:
    rather twice than never.
    """
    post, redraw = (f"{place.team}/{place.slack_id}/{way}" for way in ("post", "redraw"))
    seen = [and_(col(Delivery.lane) == post, col(Delivery.body).is_not(None))]  # by its index
    if place.state == ChannelState.GONE:  # elsewhere SQLite would find no index for what can be found nowhere
        seen.append(_out_of_sight(place))
    turned = and_(*_from_others(place), col(Delivery.kind).in_(kinds), or_(*seen))
    # Their drafts first, as whoever changes a draft and what quotes it.
    theirs = select(Draft.id).where(col(Draft.id).in_(select(Delivery.draft_id).where(turned)))
    drafts = (await session.exec(theirs.order_by(col(Draft.id)).with_for_update(read=True, key_share=True))).all()
    there = col(Delivery.lane).in_((post, redraw))
    follows = and_(*_from_others(place), there, col(Delivery.parent).in_(select(Delivery.id).where(turned)))
    mine = or_(col(Delivery.draft_id).is_(None), col(Delivery.draft_id).in_(drafts))
    return await deliveries.held(session, or_(turned, follows), mine)


async def waited_for(session: AsyncSession, kinds: Collection[DeliveryKind]) -> Sequence[int]:
    """The closed channels for which `held_for` finds something."""
    await along_indexes(session)
    lane = col(Channel.team) + "/" + col(Channel.slack_id) + "/post"
    waits = select(Delivery.id).where(
        col(Delivery.lane) == lane,  # by its index
        *_from_others(Channel),
        col(Delivery.body).is_not(None),
        col(Delivery.kind).in_(kinds),
    )
    unclear = select(Delivery.id).where(*_from_others(Channel), _out_of_sight(Channel))
    query = select(col(Channel.id)).where(col(Channel.state).in_(CLOSED), or_(waits.exists(), unclear.exists()))
    return [number or 0 for number in (await session.exec(query.order_by(col(Channel.id)))).all()]


async def unheard(session: AsyncSession, *, only: str | None = None) -> Sequence[Delivery]:
    """Notices that wait for the closed channel of their own draft, and of which none of its leads was told directly.

    So does one of which nobody can see any more whether it stands there. `only` the one with this id, if it does.
    """
    await along_indexes(session)
    closed = aliased(Channel)
    lanes = select(col(closed.team) + "/" + col(closed.slack_id) + "/post").where(col(closed.state).in_(CLOSED))
    alarm = aliased(Delivery)
    told = select(alarm.id).where(
        alarm.draft_id == Delivery.draft_id,
        alarm.kind == DeliveryKind.ALARM,
        col(alarm.key).startswith("alarm:" + col(Delivery.key) + ":"),
    )
    query = select(Delivery, Channel).join(Channel, col(Channel.id) == Delivery.channel_id)
    query = query.where(
        col(Channel.state).in_(CLOSED),
        Delivery.to == Channel.slack_id,
        Delivery.kind == DeliveryKind.NOTICE,
        col(Delivery.draft_id).is_not(None),
        ~told.exists(),
    )
    query = query if only is None else query.where(Delivery.id == only)
    ways = (col(Delivery.lane).in_(lanes), _out_of_sight(Channel))  # each by its index
    found = [one for way in ways for one in (await session.exec(query.where(way))).all()]
    return [notice for notice, channel in found if channel.led_by and notice.body and "off" not in notice.body]


def _from_others(place: Any) -> tuple[ColumnElement[bool], ...]:
    """For a channel, or for the table of channels."""
    return (
        col(Delivery.team) == place.team,
        col(Delivery.to) == place.slack_id,
        col(Delivery.channel_id) != place.id,
    )


def _out_of_sight(place: Any) -> ColumnElement[bool]:
    """A notice that says something (that of an erased draft does not), where nobody can look for it any more."""
    unclear = and_(col(Delivery.state) == DeliveryState.AMBIGUOUS, col(Delivery.body).is_not(None))
    return and_(unclear, col(Delivery.kind) == DeliveryKind.NOTICE, place.state == ChannelState.GONE)
