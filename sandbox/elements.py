"""Elements that hold a value: how Slack states it, where it begins, what a person can put in.

In the sandbox a value is a string, a list of strings or None (nothing): the typed text, the value of the chosen
option, the id of the chosen user.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.refusals import Json, NotSeen

Value = str | list[str] | None
Values = dict[str, dict[str, Value]]
Given = Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True)
class Kind:
    """`state` and `initial` are Slack's field names; `takes` is text, option, id or number (of seconds)."""

    state: str
    initial: str
    takes: str
    many: bool = False


KINDS = {
    "plain_text_input": Kind("value", "initial_value", "text"),
    "email_text_input": Kind("value", "initial_value", "text"),
    "url_text_input": Kind("value", "initial_value", "text"),
    "number_input": Kind("value", "initial_value", "text"),
    "static_select": Kind("selected_option", "initial_option", "option"),
    "multi_static_select": Kind("selected_options", "initial_options", "option", many=True),
    "external_select": Kind("selected_option", "initial_option", "option"),
    "multi_external_select": Kind("selected_options", "initial_options", "option", many=True),
    "radio_buttons": Kind("selected_option", "initial_option", "option"),
    "checkboxes": Kind("selected_options", "initial_options", "option", many=True),
    "users_select": Kind("selected_user", "initial_user", "id"),
    "multi_users_select": Kind("selected_users", "initial_users", "id", many=True),
    "conversations_select": Kind("selected_conversation", "initial_conversation", "id"),
    "multi_conversations_select": Kind("selected_conversations", "initial_conversations", "id", many=True),
    "channels_select": Kind("selected_channel", "initial_channel", "id"),
    "multi_channels_select": Kind("selected_channels", "initial_channels", "id", many=True),
    "datepicker": Kind("selected_date", "initial_date", "id"),
    "timepicker": Kind("selected_time", "initial_time", "id"),
    "datetimepicker": Kind("selected_date_time", "initial_date_time", "number"),
}
ONCE = {"overflow": Kind("selected_option", "", "option")}
WRITTEN = {
    "email_text_input": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "Please enter an e-mail address."),
    "url_text_input": (re.compile(r"https?://\S+"), "Please enter a link that begins with http:// or https://."),
    "number_input": (re.compile(r"-?\d+(\.\d+)?"), "Please enter a number."),
    "datepicker": (re.compile(r"\d{4}-\d{2}-\d{2}"), "Please choose a date."),
    "timepicker": (re.compile(r"([01]\d|2[0-3]):[0-5]\d"), "Please choose a time."),
    "datetimepicker": (re.compile(r"\d{10}"), "Please choose a date and a time."),
}


EXTERNAL = ("external_select", "multi_external_select")


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block with each of its elements that has an action_id."""
    for block in blocks:
        held = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in held:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def places(blocks: list[Json]) -> dict[tuple[str, str], Json]:
    """Elements that hold a value, by block_id and action_id; an external one knows the options it begins with."""
    return {
        (block["block_id"], element["action_id"]): _beginner(element)
        for block, element in interactive(blocks)
        if element["type"] in KINDS
    }


def _beginner(element: Json) -> Json:
    if element["type"] not in EXTERNAL:
        return element
    given = element.get(KINDS[element["type"]].initial, [])
    return {**element, "options": given if isinstance(given, list) else [given]}


def knowing(element: Json, options: list[Json]) -> Json:
    """An external select to which the app offered these options as well; of two with one value the newer counts."""
    known = {option["value"]: option for option in [*element["options"], *options]}
    return {**element, "options": [*known.values()]}


def chosen(elements: Mapping[tuple[str, str], Json], values: Values) -> dict[str, dict[str, list[Json]]]:
    """The options that are chosen in external selects, which the blocks themselves do not hold."""
    found: dict[str, dict[str, list[Json]]] = {}
    for (block_id, action_id), element in elements.items():
        if element["type"] in EXTERNAL:
            value = values[block_id][action_id]
            wanted = value if isinstance(value, list) else [value]
            options = [option for option in element["options"] if option["value"] in wanted]
            found.setdefault(block_id, {})[action_id] = options
    return found


def beginning(elements: Mapping[tuple[str, str], Json]) -> Values:
    values: Values = {}
    for (block_id, action_id), element in elements.items():
        values.setdefault(block_id, {})[action_id] = initial(element)
    return values


def state_of(elements: Mapping[tuple[str, str], Json], values: Values) -> Json:
    """`state.values` of a payload."""
    state: Json = {}
    for (block_id, action_id), element in elements.items():
        state.setdefault(block_id, {})[action_id] = stated(element, values[block_id][action_id])
    return state


def options_of(element: Json) -> list[Json]:
    groups = element.get("option_groups")
    if groups is None:
        return list(element.get("options", ()))
    return [option for group in groups for option in group["options"]]


def initial(element: Json) -> Value:
    kind = KINDS[element["type"]]
    given = element.get(kind.initial)
    if given is None:
        return [] if kind.many else None
    if kind.takes != "option":
        return str(given) if kind.takes == "number" else given or None
    return [each["value"] for each in given] if kind.many else str(given["value"])


def stated(element: Json, value: Value) -> Json:
    """The element's value as Slack sends it in `state.values` and in `actions`."""
    kind = KINDS.get(element["type"]) or ONCE[element["type"]]
    if kind.takes == "number" and isinstance(value, str):
        return {"type": element["type"], kind.state: int(value)}
    if kind.takes != "option":
        return {"type": element["type"], kind.state: value}
    by_value = {option["value"]: option for option in options_of(element)}
    if isinstance(value, list):
        return {"type": element["type"], kind.state: [by_value[each] for each in value]}
    return {"type": element["type"], kind.state: None if value is None else by_value[value]}


def put_in(element: Json, value: Value) -> Value:
    """What the element holds after a person puts `value` in, typed text as a browser hands it over.

    Raises NotSeen where a person could not: an option that is not offered, a list in a single field.
    """
    kind = KINDS.get(element["type"]) or ONCE[element["type"]]
    if kind.many != isinstance(value, list) and value is not None:
        raise NotSeen(f"A {element['type']} takes {'a list' if kind.many else 'one value'}.")
    if value is None:
        return [] if kind.many else None
    if kind.takes == "option":
        return _chosen(element, value)
    return _typed(element, value) if isinstance(value, str) else list(dict.fromkeys(value))


def _chosen(element: Json, value: str | list[str]) -> Value:
    offered = [option["value"] for option in options_of(element)]
    wanted = [value] if isinstance(value, str) else value
    missing = [each for each in wanted if each not in offered]
    if missing:
        raise NotSeen(f"{missing[0]!r} is not among the options: {', '.join(map(repr, offered))}.")
    return value if isinstance(value, str) else [each for each in offered if each in wanted]


def _typed(element: Json, text: str) -> Value:
    """Browsers turn every line end into one \\n, and drop line ends in a field of one line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if element["type"] in ("email_text_input", "url_text_input", "number_input") or (
        element["type"] == "plain_text_input" and not element.get("multiline")
    ):
        text = text.replace("\n", "")
    return text or None


def complaint(element: Json, value: Value) -> str | None:
    """What Slack says at the field before it submits anything; None: nothing."""
    if not isinstance(value, str):
        return _too_many(element, value)
    pattern, sentence = WRITTEN.get(element["type"], (None, ""))
    if pattern and not pattern.fullmatch(value):
        return sentence
    if element["type"] == "number_input":
        return _out_of_range(element, float(value))
    if element["type"] != "plain_text_input":
        return None
    if len(value) > element.get("max_length", 3000):
        return f"This must be at most {element.get('max_length', 3000)} characters."
    least = element.get("min_length", 0)
    return f"This must be at least {least} characters." if len(value) < least else None


def _too_many(element: Json, value: list[str] | None) -> str | None:
    most = element.get("max_selected_items")
    return f"Choose at most {most}." if most and value and len(value) > most else None


def _out_of_range(element: Json, number: float) -> str | None:
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"This must be at least {least}."
    if most is not None and number > float(most):
        return f"This must be at most {most}."
    if not element.get("is_decimal_allowed") and number != int(number):
        return "Please enter a whole number."
    return None
