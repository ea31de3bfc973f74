"""What the API answers, for its OpenAPI document."""

from typing import Any

from storage.words import AuditAct, ChannelState, DraftOrigin, DraftState, GoldKind, LabelKind, Verdict

SCOPES = (
    "assay tokens create NAME --scope SCOPE [--channel C]. Scopes: drafts:write (the default), labels:read, gold:read, "
    "admin (everything). A token that is bound to a channel sees no other one."
)
ABOUT_LABELS = (
    "Needs the scope labels:read. This is for machines: whoever reads it has seen others' answers. Labels of a draft "
    "that still waits for an answer are left out, so that nobody reads them before their own is in; so are drafts made "
    "from Slack messages, unless the channel lets them out, and samples. Follow X-Next-After while there is one. "
    "Begin the next reading at the last page's X-Resume-After: what was left out has come by then. A row may come "
    "again; draft, agent and revision together name it. HTER is in assay export only. A row with erased: true says "
    "that its draft was erased: whoever has read it before deletes their copy."
)
LABEL_HEADERS: dict[str, Any] = {
    "X-Next-After": {"schema": {"type": "integer"}, "description": "`after` of the next page; absent on the last one"},
    "X-Resume-After": {
        "schema": {"type": "integer"},
        "description": "`after` for the next reading: below every row that was left out or may have been on its way",
    },
    "Link": {"schema": {"type": "string"}, "description": 'The next page, rel="next"'},
}

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
        "status": {"enum": ["created", "exists", "conflict", "erased", "error"]},
        "id": TEXT,
        "detail": TEXT,
        "pointer": {"type": "string", "description": "JSON pointer to what is wrong"},
    },
}
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
TOMBSTONE = _object(draft=WHOLE, erased={"const": True}, at=TIME)
ERASED = _object(erased=FLAG, drafts=WHOLE, labels=WHOLE, messages=WHOLE)
_A_TOMBSTONE = {"$ref": "#/components/schemas/Tombstone"}
DAY = {"type": "string", "format": "date"}
FIGURES = {"$ref": "#/components/schemas/Figures"}
DISPUTES = {
    "type": "array",
    "description": "Those to read first; none for a past day",
    "items": _object(draft=WHOLE, topic=TEXT, card=MAYBE),
}
DIGEST = _object(channel=TEXT, date=DAY, text=TEXT, disputes=DISPUTES, figures=FIGURES)
AGREEMENT = _object(channel=TEXT, **{"from": DAY, "to": DAY}, figures=FIGURES)

AUDIT_ENTRY = _object(
    id=WHOLE,
    at=TIME,
    act={"enum": [*AuditAct]},
    by={"enum": ["person", "token", "operator", "assay"]},
    who={"type": ["string", "null"], "description": "A person's id in Slack, null once erased; a token's number"},
    team=MAYBE,
    channel=MAYBE,
    about={"type": ["string", "null"], "description": "draft:NUMBER or token:NUMBER"},
    before={"type": ["object", "null"]},
    after={"type": ["object", "null"]},
)

ALL = {
    "Receipt": RECEIPT,
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
    "LabelOrTombstone": {"oneOf": [{"$ref": "#/components/schemas/Label"}, _A_TOMBSTONE]},
    "ExampleOrTombstone": {"oneOf": [{"$ref": "#/components/schemas/Example"}, _A_TOMBSTONE]},
}
