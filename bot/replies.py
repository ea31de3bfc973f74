"""Answers to a click through the address that came with it; the only module that knows the HTTP client."""

import httpx

from bot.surfaces.blocks import Message


async def note(http: httpx.AsyncClient, url: str, message: Message) -> bool:
    """Say something to the one who clicked, and to nobody else; false when Slack did not take it."""
    return await _send(http, url, {"response_type": "ephemeral", "replace_original": False, **message})


async def replace(http: httpx.AsyncClient, url: str, message: Message) -> bool:
    """Draw the clicked message anew; false when Slack did not take it."""
    return await _send(http, url, {"replace_original": True, **message})


async def _send(http: httpx.AsyncClient, url: str, body: Message) -> bool:
    try:
        answer = await http.post(url, json=body, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.is_success
