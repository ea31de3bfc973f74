"""What the API answers, for its OpenAPI document."""

from bot.unposted import MEANS, WaitsFor
from handlers.http.gold_schema import EXAMPLE, GROUP
from handlers.http.schema_parts import FLAG, MAYBE, NAMES, SHARE, TEXT, TIME, WHOLE, an_object, schema
from storage.words import (
    AuditAct,
    ChannelState,
    DraftOrigin,
    DraftState,
    GoldKind,
    LabelKind,
    Verdict,
)

SCOPES = (
    "assay tokens create NAME --scope SCOPE [--channel C]. Scopes: drafts:write (the default), labels:read, gold:read, "
    "admin (everything). A token that is bound to a channel sees no other one."
)
RECEIPT = {
    "type": "object",
    "required": ["index", "status"],
    "properties": {
        "index": {"type": "integer", "description": "Place among the drafts of the request, from 0"},
        "line": {"type": "integer", "description": "In a stream: its line, from 1; blank lines are no drafts"},
        "status": {"enum": ["created", "exists", "conflict", "erased", "error"]},
        "id": TEXT,
        "detail": {"type": "string", "description": "Everything that is wrong with it, and what to do"},
        "pointer": {"type": "string", "description": "JSON pointer to the first thing that is wrong"},
    },
}
WITHDRAWN = an_object(id=TEXT, state={"const": "withdrawn"})
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {"type": TEXT, "title": TEXT, "status": WHOLE, "detail": TEXT, "pointer": TEXT},
}
DRAFT = an_object(
    id=TEXT,
    external_id=MAYBE,
    channel=TEXT,
    origin={"enum": [*DraftOrigin]},
    state={"enum": [*DraftState]},
    state_at=TIME,
    came_in=TIME,
    slots=an_object(needed=WHOLE, answered=WHOLE),
    card={"type": ["string", "null"], "description": "Address of its card in Slack, once it is posted"},
    card_waits_for={
        "oneOf": [{"type": "null"}, {"enum": [*WaitsFor]}],
        "examples": [None],
        "description": f"What an open draft's card waits for: {'; '.join(f'{one}, {MEANS[one]}' for one in WaitsFor)}",
    },
)
CHANNEL = an_object(
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
LABEL = an_object(
    draft=WHOLE,
    external_id=MAYBE,
    group=GROUP,
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
    gold={"oneOf": [{"type": "null"}, an_object(kind={"enum": [*GoldKind]}, settled_at=TIME)]},
)
DAY = {"type": "string", "format": "date"}
FIGURES = {"$ref": "#/components/schemas/Figures"}
DISPUTES = {
    "type": "array",
    "description": "Those to read first; none for a past day",
    "items": an_object(draft=WHOLE, topic=TEXT, card=MAYBE),
}
DIGEST = an_object(channel=TEXT, date=DAY, text=TEXT, disputes=DISPUTES, figures=FIGURES)
AGREEMENT = an_object(channel=TEXT, **{"from": DAY, "to": DAY}, figures=FIGURES)

TOMBSTONE = an_object(draft=WHOLE, erased={"const": True}, at=TIME)
ERASED = an_object(erased=FLAG, drafts=WHOLE, labels=WHOLE, messages=WHOLE)
AUDIT_ENTRY = an_object(
    id=WHOLE,
    at=TIME,
    act={"enum": [*AuditAct]},
    by={"enum": ["person", "token", "operator", "assay"]},
    who={"type": ["string", "null"], "description": "A person's id in Slack, null once erased; a token's number"},
    team=MAYBE,
    channel=MAYBE,
    about={"type": ["string", "null"], "description": "draft:NUMBER, token:NUMBER or webhook:NUMBER"},
    before={"type": ["object", "null"]},
    after={"type": ["object", "null"]},
)

ALL = {
    "Receipt": RECEIPT,
    "Withdrawn": WITHDRAWN,
    "Problem": PROBLEM,
    "Draft": DRAFT,
    "Channel": CHANNEL,
    "Label": LABEL,
    "Example": EXAMPLE,
    "Digest": DIGEST,
    "Agreement": AGREEMENT,
    "AuditEntry": AUDIT_ENTRY,
    "Tombstone": TOMBSTONE,
    "Erased": ERASED,
    "LabelOrTombstone": {"oneOf": [schema("Label"), schema("Tombstone")]},
    "ExampleOrTombstone": {"oneOf": [schema("Example"), schema("Tombstone")]},
}
