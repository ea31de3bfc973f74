"""The product made wrong on purpose, in the processes of one run: each of these must be found.

`python -m tests.faults --plant NAME` fails and names the difference; what it plants stands here and nowhere else.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from types import ModuleType

from bot import privacy, webhooks
from bot.delivery import looking
from handlers.slack import tables
from handlers.slack.payloads import Form
from handlers.tools import Tools
from storage.queries import final_labels

PLANTED = "FAULTS_PLANT"  # names what is planted
LATER = 10.0  # seconds

_edited, _signed = tables.VIEWS["draft:edit"], webhooks.signed


def confirms_before_it_stores() -> None:
    """A window closes, which says that the answer is saved, and seconds later it is."""
    at_work = set[asyncio.Task[None]]()

    async def stores(tools: Tools, form: Form) -> None:
        await asyncio.sleep(LATER)
        await _edited(tools, form)

    async def closes(tools: Tools, form: Form) -> dict[str, str]:
        at_work.add(asyncio.create_task(stores(tools, form)))
        return {}

    tables.VIEWS["draft:edit"] = closes


def posts_without_looking() -> None:
    """A post whose answer was lost is sent again at once."""
    _replace(looking, "is_repeatable", lambda _delivery: True)


def webhooks_without_a_name() -> None:
    """Each attempt to tell a webhook has an id of its own."""

    def signed(secret: str, *, id: str, at: datetime, body: bytes) -> dict[str, str]:
        return _signed(secret, id=f"msg_{uuid.uuid4().hex}", at=at, body=body)

    _replace(webhooks, "signed", signed)


def readers_are_led_past() -> None:
    """Whoever reads labels on is told to go on behind those that were left out."""

    async def nothing_held(*_: object) -> None:
        return None

    _replace(final_labels, "first_held", nothing_held)


def reports_spare_the_conversation() -> None:
    """What an agent reports goes from the reply, and stays in the customer's words."""
    _replace(privacy, "TOLD", tuple(name for name in privacy.TOLD if name != "conversation"))


def _replace(module: ModuleType, name: str, by: object) -> None:
    assert hasattr(module, name), f"The product has no {name} any more."
    setattr(module, name, by)


PLANTS: Mapping[str, Callable[[], None]] = {
    plant.__name__.replace("_", "-"): plant
    for plant in (
        confirms_before_it_stores,
        posts_without_looking,
        webhooks_without_a_name,
        readers_are_led_past,
        reports_spare_the_conversation,
    )
}


def plant() -> None:
    """What the environment names, if anything."""
    if name := os.environ.get(PLANTED):
        PLANTS[name]()
