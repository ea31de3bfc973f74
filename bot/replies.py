"""Answers to a click through the address that came with it."""

import json

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import AssayError, SlackUnclear
from bot.slack_calls import Ending, answered
from bot.surfaces import composed
from bot.surfaces.blocks import Message

PATIENCE = 5.0  # seconds


async def note(slack: AsyncWebClient, url: str, message: Message) -> bool:
    """Say something to the one who clicked, and to nobody else; false when Slack did not take it."""
    said = await _send(slack, url, {"response_type": "ephemeral", "replace_original": False, **message})
    return said is Ending.DONE


async def note_richly(slack: AsyncWebClient, url: str, message: Message) -> bool:
    """The same with a composed message: as rich as Slack takes it, but without pictures."""
    left: Message | None = message
    while left is not None:
        if not composed.to_draw(left) and await note(slack, url, composed.to_send(left)):
            return True
        left = composed.plainer(left)
    return False


async def replace(slack: AsyncWebClient, url: str, message: Message) -> bool:
    """Put another message in the place of the clicked one; false when Slack did not take it."""
    return await draw(slack, url, message) is Ending.DONE


async def draw(slack: AsyncWebClient, url: str, message: Message) -> Ending:
    """The same, and how it ended: what is unclear, Slack may do yet."""
    return await _send(slack, url, {"replace_original": True, **message})


async def _send(slack: AsyncWebClient, url: str, body: Message) -> Ending:
    # The Web client's connections serve these too; the default retry handler would send twice.
    address = AsyncWebhookClient(url, session=slack.session, retry_handlers=[])
    try:
        answer = await answered(address.send_dict(body), patience=PATIENCE)
    except SlackUnclear:
        return Ending.UNCLEAR
    except AssayError:
        return Ending.REFUSED
    if answer.status_code >= 500:
        return Ending.UNCLEAR
    if not 200 <= answer.status_code < 300:
        return Ending.REFUSED
    return _said(answer.body)


def _said(body: str) -> Ending:
    """What Slack says, in a word or an object; a page comes from something between."""
    if body.lstrip("\ufeff \r\n\t").startswith("<"):
        return Ending.UNCLEAR
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Ending.DONE
    if not isinstance(told, dict) or told.get("ok") is True:
        return Ending.DONE
    return Ending.REFUSED if told.get("ok") is False else Ending.UNCLEAR
