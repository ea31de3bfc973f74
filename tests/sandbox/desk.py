"""Somebody at a card whose button opens modals."""

import json
from typing import Any

from aiohttp import web

from sandbox.people import Modal, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json, Listener, actions, button, field, modal

CARD = [actions(button("Edit", "draft:edit"))]
REPLY = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": "Hello"}
EDIT = modal(
    field("Reply", REPLY),
    field("Note", {"type": "plain_text_input", "action_id": "note"}, optional=True),
    callback_id="draft:edit",
    private_metadata="d1",
)


class Desk:
    """Ana at a card whose trigger opens modals; what the bot hears is in `heard`."""

    def __init__(self, box: Sandbox, api: Api, ana: Person, listener: Listener) -> None:
        self.box, self.api, self.ana, self.listener = box, api, ana, listener

    async def trigger(self) -> str:
        card = (await self.ana.reads("#support"))[-1]
        await self.ana.clicks("Edit", card)
        return str(self.listener.last["trigger_id"])

    async def opens(self, view: Json = EDIT) -> Json:
        answer = await self.api("views.open", trigger_id=await self.trigger(), view=view)
        return answer

    async def sees(self) -> Modal:
        modal = await self.ana.modal()
        assert modal is not None
        return modal

    def answers(self, body: Any) -> None:
        self.listener.answer = lambda _heard: web.Response(
            text=body if isinstance(body, str) else json.dumps(body), content_type="application/json"
        )

    @property
    def values(self) -> Json:
        values: Json = self.listener.last["view"]["state"]["values"]
        return values
