"""What a person makes of messages and modals: the words they read, the buttons and fields they can use."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Json = dict[str, Any]
OPTIONAL = " (optional)"  # Slack writes it behind the label of a field that may stay empty
WRITING = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
LINES = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
SEARCHING = ("external_select", "multi_external_select")
PICKING = ("datepicker", "timepicker", "datetimepicker")


class NotOnScreen(AssertionError):
    """Somebody looked for something that is not there; the message lists what is."""


@dataclass(frozen=True)
class Button:
    """`selected` is the value of an entry in an overflow menu; None for a button."""

    words: str
    label: str
    block_id: str
    action_id: str
    selected: str | None = None


@dataclass(frozen=True)
class Field:
    label: str
    block_id: str
    action_id: str
    kind: str
    options: dict[str, str]
    value: Any

    @property
    def many(self) -> bool:
        return self.kind.startswith("multi_") or self.kind == "checkboxes"

    @property
    def writes(self) -> bool:
        """Takes what is typed as it is."""
        return self.kind in WRITING + PICKING

    @property
    def searches(self) -> bool:
        """Its options are the app's to find."""
        return self.kind in SEARCHING

    def option(self, words: str) -> str:
        """The value of the option with these words on it."""
        if words in self.options:
            return self.options[words]
        raise NotOnScreen(f"{self.label} offers {', '.join(map(repr, self.options))}, not {words!r}.")

    @property
    def seen_value(self) -> Any:
        """What stands in the field, options by their words."""
        words = {value: text for text, value in self.options.items()}
        if isinstance(self.value, list):
            return [words.get(each, each) for each in self.value]
        return words.get(self.value, self.value)


class Seen:
    """Something made of blocks."""

    def __init__(self, seen: Json) -> None:
        self._blocks: list[Json] = seen["blocks"]
        self._values: dict[str, dict[str, Any]] = seen.get("values", {})
        self._chosen: dict[str, dict[str, list[Json]]] = seen.get("chosen", {})

    def _name(self) -> str:
        raise NotImplementedError

    @cached_property
    def _buttons(self) -> list[Button]:
        return [button for block, element in _elements(self._blocks) for button in _buttons(block, element)]

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons and in the overflow menus."""
        return [button.words for button in self._buttons]

    def button(self, words: str) -> Button:
        """By the words on it, or by its accessible label."""
        for button in self._buttons:
            if words in (button.words, button.label):
                return button
        raise NotOnScreen(f"No {words!r} on {self._name()}; there is {', '.join(self.buttons) or 'no button'}.")

    @cached_property
    def _fields(self) -> list[Field]:
        return [
            self._field(block, element)
            for block, element in _elements(self._blocks)
            if element["type"] not in ("button", "overflow")
        ]

    def _field(self, block: Json, element: Json) -> Field:
        """Of an external select only the chosen options are known: the app is asked for the others."""
        place = (block.get("block_id", ""), element["action_id"])
        chosen = self._chosen.get(place[0], {}).get(place[1], [])
        options = _options({**element, "options": chosen} if element["type"] in SEARCHING else element)
        value = self._values.get(place[0], {}).get(place[1])
        return Field(_label(block, element), *place, element["type"], options, value)

    def _filled(self) -> list[str]:
        return [str(field.seen_value) for field in self._fields if field.seen_value]

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in each field, by its label; of several fields with one label the first."""
        return {field.label: field.seen_value for field in reversed(self._fields)}

    def field(self, label: str) -> Field:
        for field in self._fields:
            if label in (field.label, field.label + OPTIONAL):
                return field
        labels = ", ".join(repr(field.label) for field in self._fields) or "no field"
        raise NotOnScreen(f"No {label!r} on {self._name()}; there is {labels}.")


class Message(Seen):
    """A message as one person sees it."""

    def __init__(self, channel: str, seen: Json) -> None:
        super().__init__(seen)
        self.channel = channel
        self.ts: str = seen["ts"]
        self.thread_ts: str | None = seen["thread_ts"]
        self.user: str = seen["user"]
        self.name: str = seen["name"]
        self.is_bot: bool = seen["is_bot"]
        self.text: str = seen["text"]
        self.blocks: list[Json] = seen["blocks"]
        self.ephemeral: bool = seen["ephemeral"]
        self.edited: bool = seen["edited"]
        self.reply_count: int = seen["reply_count"]
        self.pings: list[str] = seen["pings"]
        self.previews: list[str] = seen["previews"]

    @cached_property
    def text_seen(self) -> str:
        """All words on it, block after block; markdown as its source. The text itself where there are no blocks."""
        return "\n".join(_words(self.blocks)) if self.blocks else self.text

    def _name(self) -> str:
        return f"the message {self.text_seen[:60]!r}"

    def __repr__(self) -> str:
        return f"<Message {self.ts} {self.text_seen[:200]!r} {self.buttons}>"


class Modal(Seen):
    """The view on top."""

    def __init__(self, seen: Json) -> None:
        super().__init__(seen)
        self.id: str = seen["id"]
        self.hash: str = seen["hash"]
        self.title: str = seen["title"]
        self.submit: str | None = seen["submit"]
        self.close: str | None = seen["close"]
        self.callback_id: str = seen["callback_id"]
        self.private_metadata: str = seen["private_metadata"]
        self.blocks: list[Json] = seen["blocks"]
        self.errors: dict[str, str] = seen["errors"]
        self.error: str | None = seen["error"]

    @cached_property
    def text(self) -> str:
        """All words on it, errors and what stands in the fields included."""
        said = [*self.errors.values(), *([self.error] if self.error else [])]
        return "\n".join([self.title, *_words(self.blocks), *self._filled(), *said])

    def error_at(self, label: str) -> str | None:
        """What is said at the field with this label."""
        return self.errors.get(self.field(label).block_id)

    def _name(self) -> str:
        return f"the modal {self.title!r}"

    def __repr__(self) -> str:
        return f"<Modal {self.title!r} {[field.label for field in self._fields]} {self.buttons}>"


class Home(Seen):
    """The app's Home as one person sees it; empty as long as the app has published nothing for them."""

    def __init__(self, seen: Json | None) -> None:
        seen = seen or {"id": "", "hash": "", "callback_id": "", "private_metadata": "", "blocks": []}
        super().__init__(seen)
        self.id: str = seen["id"]
        self.hash: str = seen["hash"]
        self.callback_id: str = seen["callback_id"]
        self.private_metadata: str = seen["private_metadata"]
        self.blocks: list[Json] = seen["blocks"]

    @cached_property
    def text(self) -> str:
        """All words on it, and what stands in its fields."""
        return "\n".join([*_words(self.blocks), *self._filled()])

    def _name(self) -> str:
        return "the Home"

    def __repr__(self) -> str:
        return f"<Home {self.text[:200]!r} {self.buttons}>"


def _elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory"), block.get("element")]:
            if element and "action_id" in element:
                yield block, element


def _buttons(block: Json, element: Json) -> Iterator[Button]:
    place = (block.get("block_id", ""), element["action_id"])
    if element["type"] == "button":
        words = element["text"]["text"]
        yield Button(words, element.get("accessibility_label", words), *place)
    elif element["type"] == "overflow":
        for option in element["options"]:
            words = option["text"]["text"]
            yield Button(words, words, *place, selected=option["value"])


def _label(block: Json, element: Json) -> str:
    """Outside inputs a field is known by the section beside it, or by its placeholder."""
    label = block.get("label") or block.get("text") or element.get("placeholder") or {"text": element["action_id"]}
    return str(label["text"])


def _options(element: Json) -> dict[str, str]:
    groups = [{"options": element.get("options", [])}, *element.get("option_groups", [])]
    return {option["text"]["text"]: option["value"] for group in groups for option in group["options"]}


def _words(node: Any) -> Iterator[str]:
    """Texts in the order in which they stand; the runs of one line of rich text are joined.

    What a confirmation asks is not seen before the click.
    """
    if isinstance(node, list):
        for each in node:
            yield from _words(each)
    elif isinstance(node, dict) and node.get("type") in LINES:
        yield "".join(_run(each) for each in node["elements"])
    elif isinstance(node, dict) and "deny" not in node:
        if node.get("type") == "raw_number" and "text" not in node:
            yield str(node["value"])
        for name, held in node.items():
            if name in ("text", "caption", "title", "alt_text") and isinstance(held, str):
                yield held
            yield from _words(held)


def _run(leaf: Json) -> str:
    for name in ("text", "name", "user_id", "channel_id", "range", "fallback", "url"):
        if isinstance(leaf.get(name), str):
            return str(leaf[name])
    return ""
