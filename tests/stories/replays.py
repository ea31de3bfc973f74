"""What one person did is sent again in another's name: signed anew, with a trigger and an address of their own."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.sending import signature
from sandbox.traffic import Entry
from sandbox.workspace import TEAM_ID
from tests.house import House

Json = dict[str, Any]
ASKING = ("auth.test", "users.info", "conversations.info", "conversations.members")  # they say nothing to anybody


@dataclass(frozen=True)
class Somebody:
    """In whose name something is sent."""

    user: str
    team: str = TEAM_ID


@dataclass(frozen=True)
class Shown:
    """What came of it for people to see: the answer, and what was sent to Slack meanwhile."""

    status: int
    answer: str
    sent: Sequence[Entry]

    @property
    def words(self) -> str:
        """All of it as one text."""
        return "\n".join([_plain(self.answer), *(json.dumps(one.request, ensure_ascii=False) for one in self.sent)])

    @property
    def told(self) -> str:
        """The words in it that people read, without what a window carries along."""
        found: list[str] = []
        for line in self.words.splitlines():
            found += _texts(json.loads(line)) if line.startswith(("{", "[")) else [line]
        return " ".join(found)

    @property
    def surfaces(self) -> set[str]:
        """Where people see something."""
        answered = json.loads(self.answer) if self.answer.startswith("{") else {}
        found = {_SURFACES[one.method] for one in self.sent}
        if "response_action" in answered:
            found.add("field" if answered["response_action"] == "errors" else "window")
        if "options" in answered:
            found.add("options")
        return found | ({"note"} if "text" in answered else set())


_SURFACES = {
    **dict.fromkeys(("views.open", "views.push", "views.update"), "window"),
    **dict.fromkeys(("response_url", "chat.postEphemeral"), "note"),
    "views.publish": "home",
    "chat.postMessage": "post",
    "chat.update": "redraw",
}


def _plain(answer: str) -> str:
    return json.dumps(json.loads(answer), ensure_ascii=False) if answer.startswith("{") else answer


def _texts(shown: Any, name: str = "text") -> list[str]:
    if isinstance(shown, str):
        return [shown] if name in ("text", "error") else []
    if isinstance(shown, dict):
        inner = {one: "error" if name == "errors" else one for one in shown}
        return [text for one, value in shown.items() for text in _texts(value, inner[one])]
    return [text for one in shown for text in _texts(one, name)] if isinstance(shown, list) else []


@dataclass(frozen=True)
class Recorded:
    """Something that Slack sent to the bot."""

    body: bytes
    content_type: str

    @classmethod
    def of(cls, entry: Entry) -> "Recorded":
        assert entry.raw is not None
        body, headers = entry.raw
        return cls(body, headers["Content-Type"])

    def payload(self) -> Json:
        """What was sent, as an object."""
        if self.content_type == "application/json":
            return dict(json.loads(self.body))
        form = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return dict(json.loads(form["payload"])) if "payload" in form else dict(form)

    def with_payload(self, payload: Json) -> bytes:
        if self.content_type == "application/json":
            return json.dumps(payload).encode()
        return urlencode({"payload": json.dumps(payload)} if "type" in payload else payload).encode()

    def by(self, house: House, somebody: Somebody, more: Mapping[str, Any] | None = None) -> bytes:
        """The same by somebody else; `more` is what stands in other places of the payload."""
        payload = json.loads(json.dumps(self.payload()).replace(TEAM_ID, somebody.team))
        for named in ("user_id", "event"):
            if named in payload:
                payload[named] = {**payload[named], "user": somebody.user} if named == "event" else somebody.user
        if "user" in payload:
            payload["user"] = {**payload["user"], "id": somebody.user}
        _fresh(house, payload, somebody)
        return self.with_payload({**payload, **(more or {})})


def _fresh(house: House, payload: Json, somebody: Somebody) -> None:
    """A trigger, an address for answers and a moment that were not used before."""
    known = {one.team.id: one for one in house.box.slack.worlds}
    world = known.get(somebody.team, house.box.world)
    container = payload.get("container", {})
    if "trigger_id" in payload:
        payload["trigger_id"] = world.tickets.trigger(somebody.user, container.get("view_id"))
    if payload.get("response_url"):
        place = payload["channel"]["id"] if "channel" in payload else payload["channel_id"]
        token = world.tickets.address(place, somebody.user, container.get("message_ts"))
        payload["response_url"] = f"{world.url}/response/{token}"
    for action in payload.get("actions", []):
        action["action_ts"] = world.workspace.next_ts()


async def sends(house: House, body: bytes, content_type: str) -> Shown:
    """Send it to the bot as Slack does, and see what comes of it once the bot has done its work."""
    stamp = str(int(time.time()))
    proof = signature(house.box.app.signing_secret, stamp, body)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof, "Content-Type": content_type}
    before = len(house.box.traffic.entries)
    answer = await house.http.post(f"{house.bot.url}/slack/events", content=body, headers=headers)
    await house.bot.tools.afterwards.done()
    sent = [one for one in house.box.traffic.entries[before:] if one.sender == "bot" and one.method not in ASKING]
    return Shown(answer.status_code, answer.text, sent)
