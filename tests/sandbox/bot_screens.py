"""What the small bots show: values in, blocks out."""

from tests.sandbox.callers import Json, actions, button, field, modal, text

MESSAGE_PART, FIELD_PART = 9_000, 2_400
SECTION, CHECKBOXES = 3_000, 10
DIGEST_HOUR = 9


def split(words: str, most: int) -> list[str]:
    return [words[start : start + most] for start in range(0, len(words), most)]


def words(said: str, name: str) -> list[Json]:
    parts = split(said, SECTION)
    return [{"type": "section", "block_id": f"{name}:{n}", "text": text(part)} for n, part in enumerate(parts)]


def link(ticket: str) -> list[Json]:
    said = {"type": "mrkdwn", "text": f"<{ticket}|Open ticket>"}
    return [{"type": "context", "block_id": "ticket", "elements": [said]}] if ticket else []


def line(said: str) -> Json:
    return {"type": "context", "block_id": "done", "elements": [text(said)]}


def buttons(value: str) -> Json:
    return actions(button("Approve", value=value), button("Edit", "draft:edit", value="1"), block_id="buttons")


def reply(block_id: str, element: Json) -> Json:
    return field("Reply", {**element, "action_id": "text"}, block_id=block_id)


def reasons(kind: str, count: int) -> Json:
    options = [{"text": text(f"Reason {n}"), "value": f"{n}"} for n in range(1, count + 1)]
    return field("Why", {"type": kind, "action_id": "why", "options": options}, optional=True)


def edit(inputs: list[Json], why: Json, **more: str) -> Json:
    tools = actions(button("Newest text", "draft:newest"), block_id="tools")
    return modal(*inputs, why, tools, callback_id="draft:save", **more)


def digest(sentence: str, agreed: int, reviewed: int) -> list[Json]:
    rows = [("Answer", "Drafts"), ("Approved as is", f"{agreed}"), ("Edited", f"{reviewed - agreed}")]
    cells = [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]
    return [
        {"type": "section", "block_id": "sentence", "text": text(sentence)},
        {"type": "data_table", "block_id": "table", "caption": "Answers", "rows": cells},
    ]
