"""What people did and what the bot told them, read from a traffic log alone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Entry = dict[str, Any]

ANSWERS = {"draft:approve": "action", "draft:edit": "submission", "draft:escalate": "submission"}
ANSWERS["draft:reject"] = "submission"


@dataclass(frozen=True)
class Act:
    """An answer that somebody gave, whatever became of it."""

    number: int
    at: datetime
    user: str
    draft: int


def cards(traffic: Iterable[Entry]) -> dict[int, list[str]]:
    """Each draft's number and what its card said of the ticket, as it was first posted."""
    posted = {}
    for entry in traffic:
        if entry["method"] == "chat.postMessage" and (found := _find(entry["request"], r"card:(\d+):open")):
            context = next(block for block in entry["request"]["blocks"] if block["type"] == "context")
            posted[int(found)] = context["elements"][0]["text"].split(" · ")
    return posted


def digests(traffic: Iterable[Entry]) -> list[datetime]:
    """When digests were posted."""
    posts = [entry for entry in traffic if entry["method"] == "chat.postMessage"]
    return [_at(entry) for entry in posts if entry["request"]["text"].startswith("Labelling digest")]


def people_acts(traffic: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in traffic if entry["from"] == "user")


def confirmed(traffic: list[Entry]) -> list[Act]:
    """Answers after which the bot told their author, before anybody else answered that draft, that they are saved."""
    acts = [act for entry in people_acts(traffic) if (act := _answer(entry)) is not None]
    notes = [(entry["id"], entry["request"].get("user"), draft) for entry, draft in _saved(traffic)]
    return [act for act in acts if any(_tells(note, act, acts) for note in notes)]


def pressed_what_was_there(entry: Entry) -> bool:
    """Whether the clicked button stood, with these words and value, on the message or window that was clicked."""
    pressed = entry["request"]["actions"][0]
    seen = entry["request"].get("message") or entry["request"]["view"]
    shown = [
        (block["block_id"], element["action_id"], one["value"], one["text"]["text"])
        for block in seen["blocks"]
        for element in [*block.get("elements", []), block.get("accessory")]
        if element and element.get("type") in ("button", "overflow")
        for one in element.get("options", [element])
    ]
    picked = pressed.get("selected_option", pressed)
    return (pressed["block_id"], pressed["action_id"], picked["value"], picked["text"]["text"]) in shown


def opened_before(entry: Entry, traffic: list[Entry]) -> bool:
    """Whether a submitted window was opened by a press or a command of the same person."""
    view = entry["request"]["view"]
    before = [each for each in traffic[: entry["id"]] if each["method"] in ("views.open", "views.update")]
    shown = [each for each in before if _looks_like(each["request"]["view"], view)]
    grown = any(each["method"] == "views.update" and each["request"]["view_id"] == view["id"] for each in shown)
    opened = [each for each in (before if grown else shown) if each["method"] == "views.open"]
    triggers = {
        each["request"]["trigger_id"]
        for each in opened
        if each["request"]["view"]["callback_id"] == view["callback_id"]
    }
    acts = [each for each in people_acts(traffic[: entry["id"]]) if each["request"].get("trigger_id") in triggers]
    return any(each["user"] == entry["user"] for each in acts)


def _looks_like(sent: dict[str, Any], view: dict[str, Any]) -> bool:
    return all(sent[name] == view[name] for name in ("callback_id", "private_metadata"))


def _answer(entry: Entry) -> Act | None:
    if ANSWERS.get(entry["method"]) != entry["kind"] or entry["status"] != 200 or entry["answer"]:
        return None
    request = entry["request"]
    given = request["view"]["private_metadata"] if entry["kind"] == "submission" else request["actions"][0]["value"]
    return Act(entry["id"], _at(entry), entry["user"], int(re.findall(r"\d+", given)[0]))


def _saved(traffic: Iterable[Entry]) -> Iterator[tuple[Entry, int]]:
    for entry in traffic:
        private = entry["method"] in ("chat.postEphemeral", "response_url") and entry["status"] == 200
        if private and re.match(r"Saved:|.* Yours is kept", entry["request"]["text"]):
            yield entry, int(_find(entry["request"], r"note:(\d+)") or 0)


def _tells(note: tuple[int, str | None, int], act: Act, acts: list[Act]) -> bool:
    number, user, draft = note
    if draft != act.draft or number < act.number or user not in (None, act.user):
        return False
    return not any(act.number < other.number < number for other in acts if other.draft == draft)


def _find(request: Any, pattern: str) -> str | None:
    for block in request.get("blocks", []):
        if found := re.fullmatch(pattern, block.get("block_id", "")):
            return found[1]
    return None


def _at(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry["at"], UTC)
