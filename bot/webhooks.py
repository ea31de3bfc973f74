"""What happens is told to others' servers: a row for each webhook, written in the transaction that causes it."""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.errors import AssayError
from bot.vault import Vault
from storage.engine import Sessions
from storage.models import Channel, Draft, Webhook
from storage.queries import announcements, channels, webhooks
from storage.queries.labels import Current
from storage.words import AuditAct, DeliveryState, DraftOrigin, WebhookEvent

PREFIX = "whsec_"
SECRET_BYTES = 32
IN_NO_WORKSPACE = "Assay is in no workspace yet. Install it in one, then make the webhook."
MOST = 50  # of a workspace: each label that is saved looks at all of them


class TooMany(AssayError):
    """The workspace has as many webhooks as it may have."""


@dataclass(frozen=True)
class Replayed:
    """How many announcements are sent again, and which ids the webhook has none with."""

    count: int
    unknown: list[str]


Find = Callable[[AsyncSession], Awaitable[Webhook]]  # the webhook, in a transaction; raises where it is gone
Ended = Callable[[AsyncSession, Replayed], Awaitable[None]]


@dataclass(frozen=True)
class Wanted:
    """A webhook that somebody asks for, whose URL was checked."""

    url: str
    events: Sequence[WebhookEvent]
    team: str
    channel: Channel | None = None


async def create(
    session: AsyncSession, vault: Vault, wanted: Wanted, *, now: datetime, by: str = audit.OPERATOR
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which cannot be read again. Raises TooMany."""
    await channels.held_workspace(session, wanted.team)  # so that two are not both the last one
    if len(await webhooks.page(session, wanted.team, channel_id=None, limit=MOST)) >= MOST:
        raise TooMany(f"A workspace takes {MOST} webhooks. Delete one first.")
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = Webhook(team=wanted.team, url=wanted.url, secret=vault.kept(secret), created_at=now)
    row.events = list(dict.fromkeys(wanted.events))
    row.channel_id = wanted.channel.id if wanted.channel else None
    made = await webhooks.add(session, row)
    await _note(session, AuditAct.WEBHOOK_MADE, made, by=by, now=now, after=_told(made))
    return made, secret


async def delete(sessions: Sessions, find: Find, *, now: datetime, by: str = audit.OPERATOR) -> None:
    """Tell it nothing any more, also not what waited to be told.

    A batch a transaction, so that nobody's click waits for a month of announcements; meanwhile it is off. Begun anew
    after a failure it goes on with what is left. Raises what `find` raises.
    """
    async with sessions.reading() as session:
        made = (await find(session)).created_at
    more = True
    while more:
        async with sessions.writing() as session:
            webhook = await find(session)
            # SQLite gives the number of one that was deleted to the next, which nobody wants to be deleted.
            more = webhook.created_at == made and await _delete_some(session, webhook, now=now, by=by)


async def _delete_some(session: AsyncSession, webhook: Webhook, *, now: datetime, by: str) -> bool:
    """Delete some of what it was told or is to be told, and at last the webhook; whether more is left."""
    assert webhook.id is not None
    await webhooks.locked(session, webhook.id)  # first, as by whoever writes down what it answered
    if await announcements.delete_some(session, webhook.id):
        await switch_off(session, webhook, "It is being deleted.", now=now, by=by)
        return True
    before = _told(webhook)
    if await webhooks.remove(session, webhook.id):
        await _note(session, AuditAct.WEBHOOK_DELETED, webhook, by=by, now=now, before=before)
    return False


async def switch_off(
    session: AsyncSession, webhook: Webhook, why: str, *, now: datetime, by: str = audit.ITSELF
) -> None:
    """Tell it nothing until somebody replays it: it will not listen."""
    assert webhook.id is not None
    if await webhooks.disable(session, webhook.id, why, now=now):
        off = {"on": False, "why": why}
        await _note(session, AuditAct.WEBHOOK_OFF, webhook, by=by, now=now, before=_told(webhook), after=off)


async def replay(
    sessions: Sessions,
    find: Find,
    *,
    now: datetime,
    by: str = audit.OPERATOR,
    since: datetime | None = None,
    only: Sequence[str] = (),
    ended: Ended | None = None,
) -> Replayed:
    """Send again what happened since then, or what has one of these ids. One that was off is on again, unless it has
    none of them.

    A batch a transaction, so that nobody's click waits for a month of announcements; `ended` takes part in the last.
    Begun anew after a failure it sends again also what it had sent. Raises what `find` raises.
    """
    count = 0 if since is None else await _again_since(sessions, find, since, now)
    async with sessions.writing() as session:
        webhook = await find(session)
        assert webhook.id is not None
        before, known = _told(webhook), await announcements.known(session, webhook.id, only)
        if since is not None or known:
            await webhooks.enable(session, webhook.id)
            count += await announcements.again(session, webhook.id, only, now=now)
            after = {"on": True, "announcements": count, "since": since.isoformat() if since else None}
            await _note(session, AuditAct.WEBHOOK_REPLAYED, webhook, by=by, now=now, before=before, after=after)
        done = Replayed(count, [one for one in dict.fromkeys(only) if one not in known])
        if ended is not None:
            await ended(session, done)
    return done


async def _again_since(sessions: Sessions, find: Find, since: datetime, now: datetime) -> int:
    async with sessions.reading() as session:
        webhook_id = (await find(session)).id or 0
        last = await announcements.last_of(session, webhook_id)
    count = 0
    after: int | None = 0
    while after is not None:
        async with sessions.writing() as session:
            some, after = await announcements.again_since(session, webhook_id, since, now=now, after=after, last=last)
        count += some
    return count


async def label_saved(session: AsyncSession, channel: Channel, draft: Draft, saved: Current, *, now: datetime) -> None:
    """Announce a revision of a label."""
    await _announce(session, channel, draft, WebhookEvent.LABEL_CREATED, now=now, saved=saved)


async def gold_settled(session: AsyncSession, channel: Channel, draft: Draft, *, now: datetime) -> None:
    """Announce that a draft is settled, or settled anew."""
    await _announce(session, channel, draft, WebhookEvent.GOLD_SETTLED, now=now)


async def draft_escalated(
    session: AsyncSession, channel: Channel, draft: Draft, saved: Current, *, now: datetime
) -> bool:
    """Announce an escalation; whether anybody is told, who could then tell it on."""
    return await _announce(session, channel, draft, WebhookEvent.DRAFT_ESCALATED, now=now, saved=saved)


def as_json(told: Mapping[str, object]) -> bytes:
    """A body as it is signed and sent."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signed(secret: str, *, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows that a body is ours and new.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    proof = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(proof).decode()}"}


async def _announce(
    session: AsyncSession,
    channel: Channel,
    draft: Draft,
    event: WebhookEvent,
    *,
    now: datetime,
    saved: Current | None = None,
) -> bool:
    told = [one for one in await _listening(session, channel) if event in one.events]
    if not told or draft.origin == DraftOrigin.SAMPLE:
        return False
    common: dict[str, object] = {"event": event, "draft_id": draft.id, "state": DeliveryState.PENDING, "attempts": 0}
    common |= {"at": now, "due_at": now, "label_id": saved.label.id if saved else None}
    common |= {"revision": saved.revision.number if saved else None}
    rows = [{**common, "id": f"msg_{uuid.uuid4().hex}", "webhook_id": one.id} for one in told]
    await announcements.add(session, rows)
    return True


async def _listening(session: AsyncSession, channel: Channel) -> Sequence[Webhook]:
    """Webhooks of a channel, asked for once in a transaction: one click may have several things to tell."""
    assert channel.id is not None
    known: dict[int, Sequence[Webhook]] = session.info.setdefault(_KNOWN, {})
    if channel.id not in known:
        known[channel.id] = await webhooks.of_channel(session, channel.team, channel.id)
    return known[channel.id]


def _told(webhook: Webhook) -> dict[str, Any]:
    """What the audit trail says of a webhook: of its address only the server, for a path may be a password."""
    return {"server": urlsplit(webhook.url).hostname, "events": webhook.events, "on": webhook.disabled_at is None}


async def _note(
    session: AsyncSession,
    act: AuditAct,
    webhook: Webhook,
    *,
    by: str,
    now: datetime,
    before: audit.Told | None = None,
    after: audit.Told | None = None,
) -> None:
    assert webhook.id is not None
    where = webhook.team if webhook.channel_id is None else await channels.get(session, webhook.channel_id)
    about = audit.webhook(webhook.id)
    await audit.note(session, act, where, who=by, now=now, about=about, before=before, after=after)


_KNOWN = "webhooks of channels"
