"""A draft comes in: redacted, recognised when it was here before, planned, stored with the order for its card."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, redaction, routing
from bot.redaction import JsonLike, Kind, Redactor
from bot.submissions import Submission
from storage.models import Channel, Draft
from storage.queries import drafts
from storage.words import DraftOrigin


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


async def take_in(
    session: AsyncSession,
    channel: Channel,
    submission: Submission,
    *,
    key: bytes,
    now: datetime,
    origin: DraftOrigin = DraftOrigin.API,
) -> Receipt:
    """Store a submission once. The same external id with other content is a conflict; the first one stays."""
    assert channel.id is not None
    body_hash = _hash(key, submission)
    submission = submission.model_copy(
        update={
            "external_id": _opaque(key, submission.external_id),
            "group": _opaque(key, submission.group),
        }
    )
    if known := await _known(session, channel.id, submission, body_hash):
        return _repeat(known, body_hash)
    draft = await _draft(session, channel, submission, key=key, now=now, origin=origin)
    draft.body_hash = body_hash
    draft.content_hash = body_hash if submission.external_id is None else None
    if not await drafts.add(session, draft):
        # Another process stored it between our look and our insert.
        known = await _known(session, channel.id, submission, body_hash)
        assert known is not None
        return _repeat(known, body_hash)
    await outbox.card(session, channel, draft, now=now)
    assert draft.id is not None
    return Receipt(Taken.CREATED, draft.id)


async def _known(session: AsyncSession, channel: int, submission: Submission, body_hash: str) -> Draft | None:
    if submission.external_id is not None:
        return await drafts.by_external_id(session, channel, submission.external_id)
    return await drafts.by_content(session, channel, body_hash)


def _repeat(known: Draft, body_hash: str) -> Receipt:
    assert known.id is not None
    return Receipt(Taken.EXISTS if known.body_hash == body_hash else Taken.CONFLICT, known.id)


async def _draft(
    session: AsyncSession,
    channel: Channel,
    submission: Submission,
    *,
    key: bytes,
    now: datetime,
    origin: DraftOrigin,
) -> Draft:
    assert channel.id is not None
    redactor = await _redactor(session, channel.id, submission, key)
    place = await drafts.next_place(session, channel.id, submission.topic)
    share = await _share(session, channel, origin)
    shared = routing.is_shared(key, channel=channel.id, topic=submission.topic, place=place, share=share)
    clean = redactor.redact
    return Draft(
        channel_id=channel.id,
        external_id=submission.external_id,
        body_hash="",
        conversation=[{"role": turn["role"], "content": clean(turn["content"])} for turn in submission.turns],
        text=clean(submission.draft) if submission.draft is not None else None,
        model=clean(submission.model) if submission.model else None,
        context=_mapping(redactor.redact_all(submission.context)),
        topic=clean(submission.topic),
        source=clean(submission.source) if submission.source else None,
        ticket=submission.group,
        url=clean(submission.url) if submission.url else None,
        priority=submission.priority,
        uncertainty=submission.uncertainty,
        language=submission.language,
        origin=origin,
        reviews=2 if shared else 1,
        shared=shared,
        overlap_probability=share,
        place=place,
        placeholders=redactor.known,
        redacted=redactor.counts,
        redactor=redaction.VERSION,
        created_at=now,
        state_at=now,
    )


async def _share(session: AsyncSession, channel: Channel, origin: DraftOrigin) -> float:
    """The probability with which the next draft gets two reviews; a sample is not worth a second one."""
    assert channel.id is not None
    if origin is DraftOrigin.SAMPLE:
        return 0.0
    if channel.overlap_share is not None:
        return channel.overlap_share
    so_far = await drafts.shared_so_far(session, channel.id, enough=routing.EARLY_DRAFTS)
    return routing.share_by_itself(shared_so_far=so_far)


async def _redactor(session: AsyncSession, channel: int, submission: Submission, key: bytes) -> Redactor:
    """Placeholders go on where the ticket's last draft ended."""
    if submission.group is None:
        return Redactor(key, {})
    return Redactor(key, await drafts.placeholders_of_ticket(session, channel, submission.group))


def _hash(key: bytes, submission: Submission) -> str:
    # Keyed, so that nobody who holds the database can try values against it.
    content = submission.model_dump_json(exclude={"channel"}).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _mapping(value: JsonLike) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def _opaque(key: bytes, name: str | None) -> str | None:
    """An id as it is, or a keyed hash of one that holds personal data: ids are compared, never read."""
    if name is None or all(span.kind is Kind.URL for span in redaction.find(name)):
        return name
    return f"private-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]}"
