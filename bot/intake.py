"""A draft comes in: redacted, recognised when it was here before, planned, stored with the order for its card.

One that comes with a person's reply from elsewhere needs no review and gets no card.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, past_replies, redaction, routing
from bot.redaction import JsonLike, Kind, Redactor
from bot.submissions import PastReply, Submission
from storage.models import Channel, Draft
from storage.queries import drafts
from storage.words import DraftOrigin

OUTSIDE = -1  # the place of a draft that is not in the draw for second reviews


class Taken(StrEnum):
    """What became of a submission."""

    CREATED = "created"
    EXISTS = "exists"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Receipt:
    """The draft that a submission is, or was already."""

    taken: Taken
    draft_id: int


@dataclass(frozen=True)
class Identity:
    """What a submission is recognised by; nothing can be read from it."""

    external_id: str | None
    body_hash: str


@dataclass(frozen=True)
class Plan:
    """How many reviews a draft gets, and how that was decided."""

    reviews: int
    shared: bool
    share: float
    place: int


async def take_in(
    session: AsyncSession,
    channel: Channel,
    submission: Submission,
    *,
    key: bytes,
    now: datetime,
    origin: DraftOrigin = DraftOrigin.API,
    past: PastReply | None = None,
) -> Receipt:
    """Store a submission once. The same external id with other content is a conflict; the first one stays.

    `past` is what a person replied to it before: then nobody is asked any more.
    """
    assert channel.id is not None
    identity = identify(submission, key=key, past=past)
    if known := await recognised(session, channel, identity):
        return known
    group = _opaque(key, submission.group)
    redactor = await _redactor(session, channel.id, group, key)
    draft = _draft(submission, await _plan(session, channel, submission.topic, key, past=past), redactor, now=now)
    judgement = past_replies.judged(draft, past.reply, redactor) if past else None
    draft.channel_id, draft.origin, draft.ticket = channel.id, origin, group
    draft.placeholders, draft.redacted = redactor.known, redactor.counts
    draft.external_id, draft.body_hash = identity.external_id, identity.body_hash
    draft.content_hash = identity.body_hash if identity.external_id is None else None
    if not await drafts.add(session, draft):
        # Another process stored it between our look and our insert.
        known = await recognised(session, channel, identity)
        assert known is not None
        return known
    assert draft.id is not None
    if past is None or judgement is None:
        await outbox.card(session, channel, draft, now=now)
    else:
        await past_replies.keep(session, draft, judgement, agent=_opaque(key, past.annotator) or "", now=now)
    return Receipt(Taken.CREATED, draft.id)


def identify(submission: Submission, *, key: bytes, past: PastReply | None = None) -> Identity:
    """What the submission is recognised by when it comes again."""
    # Keyed, so that nobody who holds the database can try values against it.
    content = submission.model_dump_json(exclude={"channel"})
    if past is not None:
        content += past.model_dump_json()
    body_hash = hmac.new(key, content.encode(), hashlib.sha256).hexdigest()
    return Identity(_opaque(key, submission.external_id), body_hash)


async def recognised(session: AsyncSession, channel: Channel, identity: Identity) -> Receipt | None:
    """The draft that is here already: the same one, or another one under the same external id."""
    assert channel.id is not None
    if identity.external_id is not None:
        known = await drafts.by_external_id(session, channel.id, identity.external_id)
    else:
        known = await drafts.by_content(session, channel.id, identity.body_hash)
    if known is None or known.id is None:
        return None
    return Receipt(Taken.EXISTS if known.body_hash == identity.body_hash else Taken.CONFLICT, known.id)


async def _plan(session: AsyncSession, channel: Channel, topic: str, key: bytes, *, past: PastReply | None) -> Plan:
    if past is not None:
        return Plan(reviews=0, shared=False, share=0.0, place=OUTSIDE)
    assert channel.id is not None
    place = await drafts.next_place(session, channel.id, topic)
    share = channel.overlap_share
    if share is None:
        so_far = await drafts.shared_so_far(session, channel.id, enough=routing.EARLY_DRAFTS)
        share = routing.share_by_itself(shared_so_far=so_far)
    shared = routing.is_shared(key, channel=channel.id, topic=topic, place=place, share=share)
    return Plan(2 if shared else 1, shared, share, place)


def _draft(submission: Submission, plan: Plan, redactor: Redactor, *, now: datetime) -> Draft:
    clean = redactor.redact
    return Draft(
        channel_id=0,
        body_hash="",
        conversation=[{"role": turn["role"], "content": clean(turn["content"])} for turn in submission.turns],
        text=clean(submission.draft) if submission.draft is not None else None,
        model=clean(submission.model) if submission.model else None,
        context=_mapping(redactor.redact_all(submission.context)),
        topic=clean(submission.topic),
        source=clean(submission.source) if submission.source else None,
        url=clean(submission.url) if submission.url else None,
        priority=submission.priority,
        uncertainty=submission.uncertainty,
        language=submission.language,
        reviews=plan.reviews,
        shared=plan.shared,
        overlap_probability=plan.share,
        place=plan.place,
        redactor=redaction.VERSION,
        created_at=now,
        state_at=now,
    )


async def _redactor(session: AsyncSession, channel: int, ticket: str | None, key: bytes) -> Redactor:
    """Placeholders go on where the ticket's last draft ended."""
    if ticket is None:
        return Redactor(key, {})
    return Redactor(key, await drafts.placeholders_of_ticket(session, channel, ticket))


def _mapping(value: JsonLike) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _opaque(key: bytes, name: str | None) -> str | None:
    """An id as it is, or a keyed hash of one that holds personal data: ids are compared, never read."""
    if name is None or all(span.kind is Kind.URL for span in redaction.find(name)):
        return name
    return f"private-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]}"
