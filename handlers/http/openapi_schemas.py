"""What the API answers, for its OpenAPI document."""

from typing import Any

from storage.words import (
    ChannelState,
    DeliveryState,
    DraftOrigin,
    DraftState,
    GoldKind,
    LabelKind,
    Verdict,
    WebhookEvent,
)

SCOPES = (
    "assay tokens create NAME --scope SCOPE [--channel C]. Scopes: drafts:write (the default), labels:read, gold:read, "
    "admin (everything). A token that is bound to a channel sees no other one."
)


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": schema(name)}


TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
SHARE = {"type": ["number", "null"]}
TIME = {"type": "string", "format": "date-time"}
NAMES = {"type": "array", "items": TEXT}


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*fields], "properties": fields}


RECEIPT = {
    "type": "object",
    "required": ["index", "status"],
    "properties": {
        "index": {"type": "integer", "description": "Place in the request, from 0"},
        "status": {"enum": ["created", "exists", "conflict", "error"]},
        "id": TEXT,
        "detail": TEXT,
        "pointer": {"type": "string", "description": "JSON pointer to what is wrong"},
    },
}
WITHDRAWN = _object(id=TEXT, state={"const": "withdrawn"})
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "pointer": TEXT},
}
DRAFT = _object(
    id=TEXT,
    external_id=MAYBE,
    channel=TEXT,
    origin={"enum": [*DraftOrigin]},
    state={"enum": [*DraftState]},
    state_at=TIME,
    came_in=TIME,
    slots=_object(needed=WHOLE, answered=WHOLE),
    card={"type": ["string", "null"], "description": "Address of its card in Slack, once it is posted"},
)
CHANNEL = _object(
    id=TEXT,
    name=TEXT,
    team=TEXT,
    state={"enum": [*ChannelState]},
    guideline={"type": "integer", "description": "Number of the newest version, 0 without one"},
    overlap_share=SHARE,
    open_cards=WHOLE,
    tags=NAMES,
    targets={
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
        "description": "Wished-for share of the answered drafts by topic; what is left to 1 belongs to all others",
    },
    escalation_reasons=NAMES,
)
LABEL = _object(
    draft=WHOLE,
    external_id=MAYBE,
    agent=TEXT,
    kind={"enum": [*LabelKind]},
    revision=WHOLE,
    newest=FLAG,
    withdrawn=FLAG,
    in_slot=FLAG,
    second_look=FLAG,
    verdict={"enum": [*Verdict]},
    escalation=MAYBE,
    reject_reason=MAYBE,
    tags=NAMES,
    note=MAYBE,
    text=MAYBE,
    draft_text=MAYBE,
    edit_rate=SHARE,
    exposed=FLAG,
    guideline=WHOLE,
    opened_at={"type": ["string", "null"], "format": "date-time"},
    saved_at=TIME,
    model=MAYBE,
    topic=TEXT,
    origin={"enum": [*DraftOrigin]},
    shared=FLAG,
    overlap_probability={"type": "number"},
    reviews=WHOLE,
    came_in=TIME,
    state={"enum": [*DraftState]},
    gold={"oneOf": [{"type": "null"}, _object(kind={"enum": [*GoldKind]}, settled_at=TIME)]},
)
TURNS = {"type": "array", "items": _object(role={"enum": ["system", "user", "assistant"]}, content=TEXT)}
EXAMPLE = _object(prompt=TURNS, completion=TURNS, meta={"type": "object"})
DAY = {"type": "string", "format": "date"}
FIGURES = {"$ref": "#/components/schemas/Figures"}
DISPUTES = {
    "type": "array",
    "description": "Those to read first; none for a past day",
    "items": _object(draft=WHOLE, topic=TEXT, card=MAYBE),
}
DIGEST = _object(channel=TEXT, date=DAY, text=TEXT, disputes=DISPUTES, figures=FIGURES)
AGREEMENT = _object(channel=TEXT, **{"from": DAY, "to": DAY}, figures=FIGURES)

WEBHOOK = _object(
    id=TEXT,
    url=TEXT,
    events={"type": "array", "items": {"enum": [*WebhookEvent]}},
    channel={"type": ["string", "null"], "description": "The one channel that it is told of; null: the workspace's"},
    created_at=TIME,
    state={"enum": ["on", "off"], "description": "off: it failed for days, or answered 410; replay turns it on"},
    why={"type": ["string", "null"], "description": "Why it is off"},
    failing_since={"type": ["string", "null"], "format": "date-time"},
    waiting={"type": "integer", "description": "How many announcements wait to be sent"},
)
NEW_WEBHOOK = {
    "allOf": [
        schema("Webhook"),
        _object(secret={"type": "string", "description": "whsec_…: the key of the signatures, shown this once"}),
    ]
}
ANNOUNCED = _object(
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
    return _object(type={"const": event.value}, timestamp=TIME, data=_object(**about, **fields))


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

ALL = {
    "Webhook": WEBHOOK,
    "NewWebhook": NEW_WEBHOOK,
    "Announcement": ANNOUNCED,
    "Receipt": RECEIPT,
    "Withdrawn": WITHDRAWN,
    "Problem": PROBLEM,
    "Draft": DRAFT,
    "Channel": CHANNEL,
    "Label": LABEL,
    "Example": EXAMPLE,
    "Digest": DIGEST,
    "Agreement": AGREEMENT,
}
