"""People who use the sandbox through its control API: they see what is on their screen and act on that."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import httpx

from sandbox.sight import Button, Field, Home, Message, Modal, NotOnScreen

__all__ = ["Home", "Message", "Modal", "NotOnScreen", "Outcome", "Person"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What an act led to: the notice that was shown, and for a submission what became of the modal."""

    toast: str | None = None
    closed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    traffic: int | None = None


@dataclass
class Person:
    """`team` is their workspace; None: the first one."""

    http: httpx.AsyncClient
    id: str
    name: str
    team: str | None = None
    _channels: dict[str, str] = field(default_factory=dict)
    _typed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _seen: Modal | None = None  # the modal on top, until an act may have changed it

    async def screen(self) -> Json:
        return await self._get("screen")

    async def reads(self, channel: str, *, limit: int = 50) -> list[Message]:
        """The newest messages of a channel ("#support" or an id), oldest first, with the private ones."""
        where = await self._channel(channel)
        found = await self._get("messages", channel=where, limit=limit)
        return [Message(where, each) for each in found["messages"]]

    async def reads_thread(self, message: Message) -> list[Message]:
        found = await self._get("thread", channel=message.channel, ts=message.thread_ts or message.ts)
        return [Message(message.channel, each) for each in found["messages"]]

    async def last_private_note(self, channel: str) -> Message | None:
        """The newest message that only this person sees, in the channel or in one of its threads."""
        where = await self._channel(channel)
        found = await self._get("messages", channel=where, limit=1, private=1)
        return Message(where, found["messages"][-1]) if found["messages"] else None

    async def modal(self) -> Modal | None:
        """The modal on top."""
        views = (await self.screen())["modals"]
        self._seen = Modal(views[-1]) if views else None
        return self._seen

    async def home(self) -> Home:
        """The app's Home as it is, without the app hearing that somebody looks."""
        return Home((await self._get("home"))["view"])

    async def opens_home(self) -> Home:
        """Goes to the app; what is seen is what the app had published when it took the event."""
        await self._post("home")
        return await self.home()

    async def clicks(self, button: str, on: Message | Home | None = None, *, wait: bool = True) -> Outcome:
        """A button, or an entry of an overflow menu, by the words on it; in the open modal when `on` is None.

        When the message or the Home was redrawn since it was read, the button is looked for on what is there now.
        """
        if on is None:
            modal = await self._open_modal()
            return await self._click(modal.button(button), self._place(modal), wait=wait)
        where = self._place(on)
        try:
            return await self._click(on.button(button), where, wait=wait)
        except NotOnScreen:
            return await self._click((await self._again(on)).button(button), where, wait=wait)

    async def _again(self, seen: Message | Home) -> Message | Home:
        if isinstance(seen, Home):
            return await self.home()
        found = await self._get("messages", channel=seen.channel, ts=seen.ts)
        return Message(seen.channel, found["messages"][0])

    def _place(self, seen: Message | Modal | Home) -> Json:
        """Where an act happens; what was typed there goes along."""
        if isinstance(seen, Message):
            return {"channel": seen.channel, "ts": seen.ts}
        return {"view_id": seen.id, "values": self._typed.pop(seen.id, {})}

    async def _click(self, button: Button, where: Json, *, wait: bool) -> Outcome:
        what = {"action_id": button.action_id, "block_id": button.block_id, "wait": wait}
        if button.selected is not None:
            what["selected"] = button.selected
        done = await self._post("click", **where, **what)
        return Outcome(done["toast"], traffic=done["id"])

    async def chooses(self, label: str, option: str | list[str], on: Message | Home | None = None) -> Outcome:
        """Picks in a field that tells the app at once: a menu, radio buttons, checkboxes; by default in the modal."""
        seen = on or await self._open_modal()
        found = seen.field(label)
        value = await self._value(seen, found, option)
        what = {"block_id": found.block_id, "action_id": found.action_id, "selected": value}
        done = await self._post("click", **self._place(seen), **what)
        return Outcome(done["toast"], traffic=done["id"])

    async def fills(self, values: Mapping[str, str | list[str] | None], on: Home | None = None) -> None:
        """Types and picks by label, by default in the modal; options, people, channels by the words that are seen."""
        seen = on or await self._open_modal()
        for label, wanted in values.items():
            found = seen.field(label)
            value = await self._value(seen, found, wanted)
            self._typed.setdefault(seen.id, {}).setdefault(found.block_id, {})[found.action_id] = value

    async def searches(self, label: str, typed: str, on: Message | Home | None = None) -> list[str]:
        """What the app offers for what is typed in a field; NotOnScreen where nothing could be loaded."""
        seen = on or await self._open_modal()
        return list(await self._search(seen, seen.field(label), typed))

    async def _search(self, seen: Message | Modal | Home, found: Field, typed: str) -> dict[str, str]:
        place = {"channel": seen.channel, "ts": seen.ts} if isinstance(seen, Message) else {"view_id": seen.id}
        what = {"block_id": found.block_id, "action_id": found.action_id, "value": typed}
        done = await self._post("suggest", **place, **what)
        if done["error"]:
            raise NotOnScreen(done["error"])
        return {option["text"]["text"]: option["value"] for group in done["groups"] for option in group["options"]}

    async def _value(
        self, seen: Message | Modal | Home, found: Field, wanted: str | list[str] | None
    ) -> str | list[str] | None:
        if wanted is None or found.writes:
            return wanted
        words = [wanted] if isinstance(wanted, str) else wanted
        if found.searches:
            values = [replace(found, options=await self._search(seen, found, each)).option(each) for each in words]
        elif found.options:
            values = [found.option(each) for each in words]
        else:
            names = await self._names()
            values = [names.get(each.lower(), each) for each in words]
        return values if found.many else values[0]

    async def _names(self) -> dict[str, str]:
        screen = await self.screen()
        people = {each["name"].lower(): each["id"] for each in screen["users"]}
        return people | {f"#{each['name'].lower()}": each["id"] for each in screen["channels"]}

    async def submits(self, *, wait: bool = True) -> Outcome:
        modal = await self._open_modal()
        values = self._typed.pop(modal.id, {})
        done = await self._post("submit", view_id=modal.id, values=values, wait=wait)
        return Outcome(None, done["closed"], done["errors"], done["error"], done.get("id"))

    async def closes(self, *, all: bool = False) -> None:
        modal = await self._open_modal()
        self._typed.pop(modal.id, None)
        await self._post("close", view_id=modal.id, all=all)

    async def types(self, line: str, *, in_: str) -> Outcome:
        """A slash command with its text."""
        command, _, text = line.partition(" ")
        done = await self._post("command", channel=await self._channel(in_), command=command, text=text)
        return Outcome(done["toast"], traffic=done.get("id"))

    async def uses(self, shortcut: str, on: Message | None = None) -> Outcome:
        """A shortcut by its name or callback_id: a global one, or one in the menu of a message."""
        kind = "message" if on else "global"
        offered = [each for each in (await self.screen())["shortcuts"] if each["type"] == kind]
        found = [each["callback_id"] for each in offered if shortcut in (each["name"], each["callback_id"])]
        if not found:
            names = ", ".join(repr(each["name"]) for each in offered) or "nothing"
            raise NotOnScreen(f"{self.name} has no {kind} shortcut {shortcut!r}; there is {names}.")
        done = await self._post("shortcut", callback_id=found[0], **(self._place(on) if on else {}))
        return Outcome(done["toast"], traffic=done["id"])

    async def says(self, text: str, *, in_: str, thread: Message | None = None) -> str:
        """Returns the timestamp of the message."""
        more = {"thread_ts": thread.thread_ts or thread.ts} if thread else {}
        done = await self._post("say", channel=await self._channel(in_), text=text, **more)
        return str(done["ts"])

    async def invites(self, who: "Person | str", *, to: str) -> None:
        invited = who if isinstance(who, str) else who.id
        await self._post("invite", channel=await self._channel(to), who=invited)

    async def installs(self, address: str, *, allow: bool = True) -> str:
        """Lets the app into their workspace, or does not: where the browser is sent back to, nothing is opened there.

        `address` is where the app sends people who want to install it.
        """
        page = await self.http.get(address)
        if page.status_code != 200:
            raise NotOnScreen(_alert(page.text))
        who = f"{self.team or ''}:{self.id}"
        asked = {name: value for name, value in page.url.params.items() if name != "team"}
        form = {**asked, "who": who, "decision": "allow" if allow else "deny"}
        sent = await self.http.post(str(page.url.copy_with(query=None)), data=form)
        if sent.status_code != 302:
            raise NotOnScreen(_alert(sent.text))
        return sent.headers["Location"]

    async def leaves(self, channel: str) -> None:
        await self._post("leave", channel=await self._channel(channel))

    async def _open_modal(self) -> Modal:
        modal = self._seen or await self.modal()
        if modal is None:
            raise NotOnScreen(f"{self.name} has no modal open.")
        return modal

    async def _channel(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        if name not in self._channels:
            self._channels = dict(_channel_ids(await self.screen()))
        if name not in self._channels:
            raise NotOnScreen(f"{self.name} sees no {name}; there is {', '.join(self._channels) or 'nothing'}.")
        return self._channels[name]

    async def _get(self, what: str, **query: str | int) -> Json:
        return _answer(await self.http.get(f"/control/{what}", params={**self._here, **query}))

    async def _post(self, what: str, **body: Any) -> Json:
        self._seen = None
        return _answer(await self.http.post(f"/control/{what}", json={**self._here, **body}))

    @property
    def _here(self) -> dict[str, str]:
        return {"user": self.id, "team": self.team} if self.team else {"user": self.id}


def _alert(page: str) -> str:
    """What the page says is wrong."""
    found = re.search(r'<p role="alert">(.*?)</p>', page)
    return unescape(found[1]) if found else page


def _channel_ids(screen: Json) -> Iterator[tuple[str, str]]:
    for channel in screen["channels"]:
        yield f"#{channel['name']}", channel["id"]


def _answer(response: httpx.Response) -> Json:
    if response.status_code == 409:
        raise NotOnScreen(response.json()["error"])
    response.raise_for_status()
    answer: Json = response.json()
    return answer
