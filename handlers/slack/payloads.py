"""What Slack sends, read into values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.acts import Act
from bot.errors import Unreadable
from bot.membership import Standing
from bot.surfaces.blocks import View
from bot.surfaces.scene import Opened
from handlers.slack.reading import Body, clean, installation, number, reading, strict, submit_words


@dataclass(frozen=True)
class Shown:
    """A view that takes the place of the window that was submitted."""

    view: View


@dataclass(frozen=True)
class Press:
    """A button that somebody pressed, on a message or in a view."""

    key: str
    team: str
    user: str
    action: str
    words: str  # what stood on the button
    value: str
    channel: str | None
    trigger: str
    reply_url: str | None
    private: bool  # pressed on a note that only this person sees
    form: "Form | None" = None  # what stood in the view when it was pressed there
    sent_at: datetime | None = None  # by Slack's clock, where it says so

    @classmethod
    @reading
    def read(cls, body: Body, sent_at: datetime | None = None) -> "Press":
        body = strict(body)
        if not body["actions"]:
            raise Unreadable("Slack sent no action.")
        action = body["actions"][0]
        chosen = action.get("selected_option") or action  # an entry of a menu, or the button itself
        team, user = installation(body), body["user"]["id"]
        container = body.get("container", {})
        place, when = container.get("message_ts") or container.get("view_id"), action.get("action_ts")
        when = when or body["trigger_id"]
        return cls(
            key=_text(f"press:{team}:{user}:{place}:{action['action_id']}:{when}"),
            team=team,
            user=user,
            action=action["action_id"],
            words=chosen.get("text", {}).get("text", "the button"),
            value=str(chosen.get("value", "")),
            channel=body.get("channel", {}).get("id"),
            trigger=str(body.get("trigger_id", "")),
            reply_url=body.get("response_url"),
            private=bool(container.get("is_ephemeral")),
            form=Form.read(body) if "view" in body else None,
            sent_at=sent_at,
        )

    @property
    def number(self) -> int:
        """What the button is about. Raises Unreadable."""
        return number(self.value)

    @property
    def window(self) -> "Form":
        """The view that it was pressed in. Raises Unreadable."""
        if self.form is None:
            raise Unreadable("This button stands in windows only.")
        return self.form

    @property
    def in_home(self) -> bool:
        return self.form is not None and self.form.home

    @property
    def in_window(self) -> bool:
        return self.form is not None and not self.form.home

    @property
    def draws(self) -> bool:
        """Whether the card that it stands on can be drawn anew through it."""
        return self.reply_url is not None and self.form is None and not self.private

    def act(self, standing: Standing, now: datetime) -> Act:
        return Act(
            key=self.key,
            agent=self.user,
            draft=self.number,
            now=now,
            sent_at=self.sent_at,
            verified=standing.verified,
            draws=self.draws,
        )


@dataclass(frozen=True)
class Form:
    """A window that somebody submitted."""

    key: str
    team: str
    user: str
    metadata: str
    values: Mapping[str, Any]  # block id -> what stands in its element; Slack leaves out what nobody touched
    inputs: Sequence[str]  # the block ids of its fields
    button: str  # what stood on the button that was pressed
    view: str  # its id
    hash: str  # changes with every update of the view
    home: bool = False  # it is the Home tab, not a window
    starts: Mapping[str, str] = field(default_factory=dict)  # block id -> the text that stood there at first
    sent_at: datetime | None = None  # by Slack's clock, where it says so

    @classmethod
    @reading
    def read(cls, body: Body, sent_at: datetime | None = None) -> "Form":
        body = strict(body)
        team, user, view = installation(body), body["user"]["id"], body["view"]
        stated = view.get("state", {}).get("values", {})
        values = {block: _value(next(iter(elements.values()), {})) for block, elements in stated.items()}
        # The view's id stays the same when a corrected window is submitted again; the trigger does not.
        return cls(
            key=_text(f"form:{team}:{user}:{body.get('trigger_id') or view['hash']}"),
            team=team,
            user=user,
            metadata=view.get("private_metadata", ""),
            values=values,
            inputs=[_text(block["block_id"]) for block in view.get("blocks", []) if block["type"] == "input"],
            button=submit_words(body),
            view=view["id"],
            hash=view.get("hash", ""),
            home=view.get("type") == "home",
            starts={
                _text(block["block_id"]): _text(block["element"]["initial_value"])
                for block in view.get("blocks", [])
                if block["type"] == "input" and "initial_value" in block.get("element", {})
            },
            sent_at=sent_at,
        )

    def act(self, opened: Opened, standing: Standing, now: datetime, *, second_look: bool = False) -> Act:
        return Act(
            key=self.key,
            agent=self.user,
            draft=opened.draft,
            now=now,
            sent_at=self.sent_at,
            opened_at=datetime.fromtimestamp(opened.at, UTC),
            verified=standing.verified,
            second_look=second_look,
        )

    def field(self, name: str) -> Any:
        """What stands in the field whose block id begins with this name."""
        return next((value for block, value in self.values.items() if block.split(":")[0] == name), None)

    def text(self, name: str) -> str:
        """The text in a field; the one that stood there at first, where nobody touched it."""
        if self.sent(name):
            return self.field(name) or ""
        return next((text for block, text in self.starts.items() if block.split(":")[0] == name), "")

    def sent(self, name: str) -> bool:
        """Whether Slack sent the field at all: one that it left out is unchanged."""
        return any(block.split(":")[0] == name for block in self.values)

    def block(self, name: str) -> str:
        """The id of the first field that begins with this name: where an error is shown. Raises Unreadable."""
        found = next((block for block in self.inputs if block.split(":")[0] == name), None)
        if found is None:
            raise Unreadable(f"This window has no field {name}.")
        return found

    @property
    def first(self) -> str:
        """The id of the first field: where an error about the whole window is shown. Raises Unreadable."""
        if not self.inputs:
            raise Unreadable("This window has no field.")
        return self.inputs[0]

    def parts(self, count: int) -> list[str | None]:
        """The reply's parts: None where Slack sent nothing (untouched), "" where the person emptied it."""
        given = {
            block.split(":")[-1]: value or "" for block, value in self.values.items() if block.startswith("reply:")
        }
        return [given.get(str(place)) for place in range(count)]


def _value(element: Mapping[str, Any]) -> Any:
    """What a person put into an element, whatever its type."""
    if "selected_option" in element:
        return _text(element["selected_option"]["value"])
    if "selected_options" in element:
        return [_text(one["value"]) for one in element["selected_options"]]
    if "selected_users" in element:
        return [_text(one) for one in element["selected_users"]]
    given = [element[name] for name in ("value", "selected_conversation", "selected_time") if name in element]
    return _text(given[0]) if given else None


def _text(given: Any) -> str:
    """A text that a database takes. Raises TypeError of anything else."""
    if not isinstance(given, str):
        raise TypeError("no text")
    return str(clean(given))


@dataclass(frozen=True)
class Command:
    """A slash command that somebody typed."""

    team: str
    user: str
    channel: str
    trigger: str
    words: str
    reply_url: str | None = None

    @classmethod
    @reading
    def read(cls, body: Body) -> "Command":
        body = strict(body)
        return cls(
            team=body["team_id"],
            user=body["user_id"],
            channel=body["channel_id"],
            trigger=str(body.get("trigger_id", "")),
            words=" ".join(clean(body.get("text", "")).split()),
            reply_url=body.get("response_url"),
        )


@dataclass(frozen=True)
class Message:
    """A message of the workspace on which somebody used a shortcut."""

    channel: str
    ts: str
    thread: str  # the ts of its thread, or its own
    text: str  # as Slack writes it
    by_app: bool
    files: int

    @classmethod
    @reading
    def read(cls, body: Body) -> "Message":
        said = body["message"]
        return cls(
            channel=body["channel"]["id"],
            ts=said["ts"],
            thread=said.get("thread_ts") or said["ts"],
            text=clean(said.get("text") or ""),
            by_app=bool(said.get("bot_id") or said.get("subtype") == "bot_message"),
            files=len(said.get("files") or ()),
        )


@dataclass(frozen=True)
class Shortcut:
    """A shortcut that somebody used: on a message, or in the menu of the app."""

    team: str
    user: str
    trigger: str
    name: str
    reply_url: str | None = None
    message: Message | None = None

    @classmethod
    @reading
    def read(cls, body: Body) -> "Shortcut":
        return cls(
            team=installation(body),
            user=body["user"]["id"],
            trigger=body["trigger_id"],
            name=body["callback_id"],
            reply_url=body.get("response_url"),
            message=Message.read(body) if "message" in body else None,
        )
