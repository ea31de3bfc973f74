"""A line of gold, for the OpenAPI document."""

from handlers.http.schema_parts import FLAG, MAYBE, TEXT, WHOLE, an_object
from storage.words import GoldKind, Verdict

TURN = an_object(role={"enum": ["system", "user", "assistant"]}, content=TEXT)
GROUP = {**MAYBE, "description": "The ticket or customer as it came in: keep its rows on one side of a split"}
META = an_object(
    draft={"type": "integer", "description": "The draft's number, as at /api/v1/drafts/{id}"},
    external_id={**MAYBE, "description": "Your own id of it"},
    group=GROUP,
    gold={"enum": [*GoldKind], "description": "How it was settled: one answer, two that agree, by a lead, imported"},
    verdict={"enum": [*Verdict], "description": "What was said of the model's draft"},
    model={**MAYBE, "description": "Which model and version wrote the draft"},
    guideline={**WHOLE, "description": "Version of the channel's guideline that the answer was given under"},
    topic={**TEXT, "description": "As it came in; empty without one"},
    shared={**FLAG, "description": "Whether it was chosen at random for two people"},
)
EXAMPLE = an_object(
    prompt={
        "type": "array",
        "items": TURN,
        "description": "A system message made of guideline and context, then the conversation, redacted",
    },
    completion={
        "type": "array",
        "items": an_object(role={"enum": ["assistant"]}, content=TEXT),
        "minItems": 1,
        "maxItems": 1,
        "description": "The settled reply",
    },
    meta={**META, "description": "Where the line came from; a trainer leaves it aside"},
) | {
    "examples": [
        {
            "prompt": [
                {"role": "system", "content": "Be brief and kind. Never promise a date.\n\nplan: Pro"},
                {"role": "user", "content": "Hi, my parcel should have come on Monday. Where is it? [EMAIL_1]"},
            ],
            "completion": [
                {"role": "assistant", "content": "Hello, I am sorry about the wait. It left our house today."}
            ],
            "meta": {
                "draft": 1042,
                "external_id": "T-1042-1",
                "group": "T-1042",
                "gold": "consensus",
                "verdict": "edited",
                "model": "draft-writer-1",
                "guideline": 3,
                "topic": "shipping/late",
                "shared": True,
            },
        }
    ]
}
