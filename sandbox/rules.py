"""What a message or a view must be as a whole: its blocks one by one, and what holds between them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.blocks import HOME, IN_MESSAGE, SUGGESTED, VIEW
from sandbox.elements import EXTERNAL, KINDS, interactive, options_of
from sandbox.limits import MOST
from sandbox.markdown import pieces
from sandbox.refusals import ApiError, Json
from sandbox.shapes import Check, Problems, problem

PING = re.compile(r"<!(?:channel|here|everyone)(?:\|[^>]*)?>|<!subteam\^[^>]+>|<@[UW][A-Z0-9]+(?:\|[^>]*)?>")

LINK = re.compile(r"https?://[^\s<>|)\]]+")


def message_blocks(given: object) -> list[Json]:
    """The blocks of a message, each with a block_id. Raises ApiError: invalid_blocks or msg_blocks_too_long."""
    blocks: Any = [] if given is None else given
    problems: Problems = []
    IN_MESSAGE(blocks, "/blocks", problems)
    if not problems:
        problems += _together(blocks, "/blocks") + _expanded(blocks) + _tables(blocks) + _charts(blocks)
    if problems:
        raise ApiError("invalid_blocks", messages=problems)
    if sum(map(len, words_in(blocks))) > MOST["message.block_text"]:
        raise ApiError("msg_blocks_too_long")
    return with_ids(blocks)


def view_body(given: object) -> Json:
    """A modal as it is shown, each block with a block_id. Raises ApiError: invalid_arguments or view_too_large."""
    return _view(given, VIEW)


def home_body(given: object) -> Json:
    """The same for a Home, which has no title and no buttons of its own."""
    return _view(given, HOME)


def _view(given: object, check: Check) -> Json:
    problems: Problems = []
    check(given, "/view", problems)
    if not isinstance(given, dict) or problems:
        raise ApiError("invalid_arguments", messages=problems)
    problems += _together(given["blocks"], "/view/blocks") + _view_alone(given)
    if problems:
        raise ApiError("invalid_arguments", messages=problems)
    if len(json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()) > MOST["view.bytes"]:
        raise ApiError("view_too_large")
    return {**given, "blocks": with_ids(given["blocks"])}


def with_ids(blocks: list[Json]) -> list[Json]:
    taken = {block["block_id"] for block in blocks if "block_id" in block}
    free = (f"b{number}" for number in range(1, 2 + 2 * len(blocks)))
    spare = (name for name in free if name not in taken)
    return [block if "block_id" in block else {**block, "block_id": next(spare)} for block in blocks]


def words_in(node: object) -> Iterator[str]:
    """Every text a person reads: text objects, markdown, rich text, cells; not values and ids."""
    if isinstance(node, list):
        for each in node:
            yield from words_in(each)
    elif isinstance(node, dict):
        for name, held in node.items():
            if name in ("text", "caption") and isinstance(held, str):
                yield held
            elif isinstance(held, dict | list):
                yield from words_in(held)


def pings_in(text: str, blocks: list[Json]) -> list[str]:
    """The mentions and broadcasts that would notify somebody; plain_text objects cannot."""
    return [*PING.findall(text), *_pings(blocks)]


def links_in(text: str, blocks: list[Json]) -> list[str]:
    """The addresses that a preview could be made of; buttons' and those in plain_text objects are none."""
    return list(dict.fromkeys([*LINK.findall(text), *_links(blocks)]))


def _links(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _links(each)
    elif isinstance(node, dict) and node.get("type") in ("mrkdwn", "markdown"):
        yield from LINK.findall(node["text"])
    elif isinstance(node, dict) and node.get("type") == "link":
        yield node["url"]
    elif isinstance(node, dict):
        yield from _links([*node.values()])


def _pings(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _pings(each)
    elif isinstance(node, dict):
        yield from PINGING[node["type"]](node) if node.get("type") in PINGING else _pings([*node.values()])


PINGING: dict[str, Callable[[Json], list[str]]] = {
    "mrkdwn": lambda node: PING.findall(node["text"]),
    "markdown": lambda node: PING.findall(node["text"]),
    "user": lambda node: [f"<@{node['user_id']}>"],
    "usergroup": lambda node: [f"<!subteam^{node['usergroup_id']}>"],
    "broadcast": lambda node: [f"<!{node['range']}>"],
}


def _together(blocks: list[Json], where: str) -> Problems:
    problems: Problems = []
    for name, count in Counter(block["block_id"] for block in blocks if "block_id" in block).items():
        if count > 1:
            problem(problems, where, f"`block_id` {name!r} already exists")
    for position, block in enumerate(blocks):
        _one(block, f"{where}/{position}", problems)
    if sum(bool(element.get("focus_on_load")) for _, element in interactive(blocks)) > 1:
        problem(problems, where, "focus_on_load can be set on one element only")
    return problems


def _one(block: Json, where: str, problems: Problems) -> None:
    if block["type"] == "image" and ("image_url" in block) == ("slack_file" in block):
        problem(problems, where, "needs either image_url or slack_file")
    if block["type"] == "section" and "text" not in block and "fields" not in block:
        problem(problems, where, "a section needs text or fields")
    ids = [element["action_id"] for _, element in interactive([block])]
    for name in {each for each in ids if ids.count(each) > 1}:
        problem(problems, where, f"`action_id` {name!r} already exists in this block")
    for _, element in interactive([block]):
        _element(element, where, problems)


def _element(element: Json, where: str, problems: Problems) -> None:
    if element["type"] == "plain_text_input":
        _input_lengths(element, where, problems)
    if element["type"].endswith("static_select") and ("options" in element) == ("option_groups" in element):
        problem(problems, where, "needs either options or option_groups")
        return
    offered = options_of(element)
    _distinct(offered, where, problems)
    kind = KINDS.get(element["type"])
    if kind and kind.takes == "option" and kind.initial in element and element["type"] not in EXTERNAL:
        chosen = element[kind.initial]
        if any(each not in offered for each in (chosen if kind.many else [chosen])):
            problem(problems, where, f"{kind.initial} is not among the options")


def _distinct(options: list[Json], where: str, problems: Problems) -> None:
    if len({option["value"] for option in options}) < len(options):
        problem(problems, where, "two options have the same value")


def suggested(given: object) -> list[Json]:
    """The app's answer to what somebody typed, as groups ({label, options}). Raises ApiError: invalid_options."""
    problems: Problems = []
    SUGGESTED(given, "", problems)
    if not isinstance(given, dict) or len(given) != 1:
        problem(problems, "", "needs either options or option_groups")
    if isinstance(given, dict) and not problems:
        _distinct(options_of(given), "", problems)
    if problems or not isinstance(given, dict):
        raise ApiError("invalid_options", messages=problems)
    if "options" in given:
        return [{"label": None, "options": given["options"]}]
    return [{"label": group["label"]["text"], "options": group["options"]} for group in given["option_groups"]]


def _input_lengths(element: Json, where: str, problems: Problems) -> None:
    most = element.get("max_length", MOST["plain_text_input.initial_value"])
    if len(element.get("initial_value", "")) > most:
        problem(problems, where, f"initial_value must be less than {most + 1} characters")
    if element.get("min_length", 0) > most:
        problem(problems, where, "min_length is greater than max_length")


def _expanded(blocks: list[Json]) -> Problems:
    problems: Problems = []
    most = MOST["message.expanded_blocks"]
    if sum(pieces(block["text"]) if block["type"] == "markdown" else 1 for block in blocks) > most:
        problem(problems, "/blocks", f"no more than {most} items allowed, what markdown is made into included")
    return problems


def _tables(blocks: list[Json]) -> Problems:
    problems: Problems = []
    if sum(block["type"] == "table" for block in blocks) > MOST["message.tables"]:
        problem(problems, "/blocks", "only one table allowed")
    for position, block in enumerate(blocks):
        kind = block["type"]
        if kind in ("table", "data_table") and sum(map(len, words_in(block["rows"]))) > MOST[f"{kind}.text"]:
            problem(problems, f"/blocks/{position}", f"a {kind} holds at most {MOST[f'{kind}.text']} characters")
        if kind == "data_table" and any(cell["type"] == "rich_text" for cell in block["rows"][0]):
            problem(problems, f"/blocks/{position}/rows/0", "header cells may not be rich_text")
        if kind in ("table", "data_table") and len({len(row) for row in block["rows"]}) > 1:
            problem(problems, f"/blocks/{position}/rows", "every row needs the same number of cells")
    return problems


def _charts(blocks: list[Json]) -> Problems:
    problems: Problems = []
    charts = [(at, block["chart"]) for at, block in enumerate(blocks) if block["type"] == "data_visualization"]
    if len(charts) > MOST["message.charts"]:
        problem(problems, "/blocks", f"no more than {MOST['message.charts']} charts allowed")
    for position, chart in charts:
        if not _is_whole(chart):
            problem(
                problems, f"/blocks/{position}/chart", "segments above 0; series named once, each with every category"
            )
    return problems


def _is_whole(chart: Json) -> bool:
    if chart["type"] == "pie":
        return all(segment["value"] > 0 for segment in chart["segments"])
    categories = chart["axis_config"]["categories"]
    names = {series["name"] for series in chart["series"]}
    covered = all([p["label"] for p in series["data"]] == categories for series in chart["series"])
    return covered and len(names) == len(chart["series"])


def _view_alone(view: Json) -> Problems:
    problems: Problems = []
    holds_inputs = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and holds_inputs and "submit" not in view:
        problem(problems, "/view/submit", "submit is required when a view holds inputs")
    return problems
