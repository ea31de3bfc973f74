"""Signed clicks on *Approve*, sent as Slack sends them; each is timed from its first byte to the end of the answer."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from bot.surfaces import card
from sandbox.sending import FORM, signature
from storage.models import Draft
from tests.bench.servers import SECRET
from tests.bench.sink import TEAM

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def request(draft: Draft, agent: str, *, slack: int) -> bytes:
    """A press on the draft's card, with the card in it, signed now."""
    shown = card.draw(draft, guideline=1)
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "bench"},
        "user": {"id": agent, "username": agent.lower(), "name": agent.lower(), "team_id": TEAM},
        "api_app_id": "A0BENCH01",
        "token": "not-used",
        "is_enterprise_install": False,
        "enterprise": None,
        "container": {"type": "message", "message_ts": "1.000001", "channel_id": "C0BENCH01", "is_ephemeral": False},
        "trigger_id": f"1.2.{draft.id}",
        "channel": {"id": "C0BENCH01", "name": "support"},
        "message": {"type": "message", "user": "UBOT", "bot_id": "BBOT", "ts": "1.000001", **shown},
        "state": {"values": {}},
        "response_url": f"http://127.0.0.1:{slack}/response/{draft.id}",
        "actions": [_action(draft)],
    }
    return _signed(urlencode({"payload": json.dumps(payload)}).encode())


async def pressed(port: int, requests: list[bytes], *, at_once: int) -> list[float]:
    """Milliseconds of each request; so many are under way at a time, each sender waits for its answer."""
    waiting = iter(requests)
    async with asyncio.TaskGroup() as senders:
        tasks = [senders.create_task(_sends(port, waiting)) for _ in range(at_once)]
    return [took for task in tasks for took in task.result()]


async def _sends(port: int, waiting: Iterator[bytes]) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for one in waiting:
        began = time.perf_counter()
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        assert length is not None, head
        body = await reader.readexactly(int(length[1]))
        times.append((time.perf_counter() - began) * 1_000)
        assert head.startswith(b"HTTP/1.1 200"), (head, body)
    writer.close()
    return times


def _action(draft: Draft) -> dict[str, object]:
    return {
        "type": "button",
        "action_id": "draft:approve",
        "block_id": f"card:{draft.id}:open",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
        "value": str(draft.id),
        "style": "primary",
        "action_ts": f"{draft.id}.000001",
    }


def _signed(body: bytes) -> bytes:
    now = str(int(time.time()))
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM}\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature(SECRET, now, body)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
