"""What the API says of webhooks, and what webhooks are told, each with its schema."""

from collections.abc import Mapping
from typing import Any

from handlers.http.schema_parts import FLAG, MAYBE, NAMES, SHARE, TEXT, TIME, WHOLE, an_object, schema
from storage.models import Announcement, Channel, Webhook
from storage.words import DeliveryState, DraftState, GoldKind, LabelKind, Verdict, WebhookEvent


def shown(one: Webhook, channel: Channel | None, waiting: Mapping[int, int]) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "url": one.url,
        "events": one.events,
        "channel": channel.slack_id if channel else None,
        "created_at": one.created_at.isoformat(),
        "state": "on" if one.disabled_at is None else "off",
        "why": one.disabled_why,
        "failing_since": one.failing_since.isoformat() if one.failing_since else None,
        "waiting": waiting.get(one.id or 0, 0),
    }


def announced(one: Announcement) -> dict[str, Any]:
    return {
        "id": one.id,
        "event": one.event,
        "draft": one.draft_id,
        "at": one.at.isoformat(),
        "state": one.state,
        "attempts": one.attempts,
        "next_attempt": one.due_at.isoformat() if one.state == DeliveryState.PENDING else None,
        "status": one.status,
        "error": one.error,
    }


WEBHOOK = an_object(
    id=TEXT,
    url=TEXT,
    events={"type": "array", "items": {"enum": [*WebhookEvent]}},
    channel={"type": ["string", "null"], "description": "The one channel that it is told of; null: the workspace's"},
    created_at=TIME,
    state={
        "enum": ["on", "off"],
        "description": "off: it failed for days, answered 410 or is being deleted; replay turns it on",
    },
    why={"type": ["string", "null"], "description": "Why it is off"},
    failing_since={"type": ["string", "null"], "format": "date-time"},
    waiting={"type": "integer", "description": "How many announcements wait to be sent"},
)
NEW_WEBHOOK = {
    "allOf": [
        schema("Webhook"),
        an_object(secret={"type": "string", "description": "whsec_…: the key of the signatures, shown this once"}),
    ]
}
ANNOUNCED = an_object(
    id={"type": "string", "description": "The header webhook-id"},
    event={"enum": [*WebhookEvent]},
    draft=WHOLE,
    at={"type": "string", "format": "date-time", "description": "When it happened"},
    state={"enum": [one for one in DeliveryState if one is not DeliveryState.AMBIGUOUS]},
    attempts=WHOLE,
    next_attempt={"type": ["string", "null"], "format": "date-time"},
    status={"type": ["integer", "null"], "description": "The last answer's"},
    error=MAYBE,
)


def _event(event: WebhookEvent, **fields: Any) -> dict[str, Any]:
    about = {"draft": WHOLE, "external_id": MAYBE, "channel": TEXT, "team": TEXT, "topic": TEXT}
    return an_object(type={"const": event.value}, timestamp=TIME, data=an_object(**about, **fields))


ABOUT_EVENTS = (
    "At least once, in no promised order; webhook-id is the same in each attempt. Signed as Standard Webhooks says: "
    "webhook-id, webhook-timestamp, webhook-signature. Answer 2xx within 15 seconds; anything else is tried again for "
    "about three days. No text of a customer, an agent or a model is in it: GET /labels and /gold have those."
)
EVENTS = {
    WebhookEvent.LABEL_CREATED: (
        "An agent answered, or changed or took back an answer (withdrawn): one for each revision. It is sent once the "
        "draft waits for no answer any more, so that nobody learns another's before their own is in.",
        _event(
            WebhookEvent.LABEL_CREATED,
            agent=TEXT,
            kind={"enum": [*LabelKind]},
            revision=WHOLE,
            newest=FLAG,
            withdrawn=FLAG,
            verdict={"enum": [*Verdict]},
            escalation=MAYBE,
            tags=NAMES,
            edit_rate=SHARE,
            exposed=FLAG,
            saved_at=TIME,
            state={"enum": [*DraftState]},
        ),
    ),
    WebhookEvent.GOLD_SETTLED: (
        "A draft was settled, or settled anew: the newest one holds. An undo that reopens a draft is not announced; "
        "GET /drafts/{id} says where it stands.",
        _event(
            WebhookEvent.GOLD_SETTLED,
            kind={"enum": [*GoldKind]},
            verdict={"enum": [*Verdict]},
            escalation=MAYBE,
            tags=NAMES,
            guideline=WHOLE,
            settled_at=TIME,
        ),
    ),
    WebhookEvent.DRAFT_ESCALATED: (
        "An agent says that a human must take over now. It is sent at once and names no agent; answers that others "
        "give afterwards are marked as exposed.",
        _event(
            WebhookEvent.DRAFT_ESCALATED,
            reason=MAYBE,
            priority=WHOLE,
            url=MAYBE,
            card=MAYBE,
            escalated_at=TIME,
        ),
    ),
}

ALL = {"Webhook": WEBHOOK, "NewWebhook": NEW_WEBHOOK, "Announcement": ANNOUNCED}
