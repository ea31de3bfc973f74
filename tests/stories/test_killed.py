"""`assay serve` as a process of its own, killed at the worst moment; another one goes on where it stopped."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.words import DeliveryState
from tests.house import DRAFT, SUPPORT, House
from tests.stories.steps import delivery, held, notes, posted, rows, stored, until

EDITED = DRAFT.replace("today", "yesterday")


@dataclass
class Served:
    """A bot in a process of its own."""

    process: Process
    url: str

    async def runs(self) -> None:
        """Waits until it says that it listens."""
        assert self.process.stdout is not None
        while b"assay is running" not in (line := await self.process.stdout.readline()):
            assert line, "it ended instead"

    async def dies(self) -> None:
        """kill -9: nothing is tidied up."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Served]:
    """`assay serve` on the house's database and sandbox; from now on Slack sends to it, and time is the real one."""
    house.moves(seconds=(datetime.now(UTC) - house.now()).total_seconds())
    house.box.clock.run()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "ASSAY_DATABASE_URL": house.url,
        "SLACK_BOT_TOKEN": house.box.app.bot_token,
        "SLACK_SIGNING_SECRET": house.box.app.signing_secret,
        "ASSAY_SLACK_API_URL": house.box.api_url,
        "ASSAY_PORT": str(port),
        **{name: str(value) for name, value in house.more.items()},
    }
    command = str(Path(sys.executable).with_name("assay"))
    process = await create_subprocess_exec(command, "serve", env=environment, stdout=PIPE, stderr=STDOUT)
    made = Served(process, f"http://127.0.0.1:{port}")
    try:
        await made.runs()
        await listens_to(house, made.url)
        yield made
    finally:
        if process.returncode is None:
            await made.dies()
        await listens_to(house, house.bot.url)


async def listens_to(house: House, url: str) -> None:
    (await house.http.post("/control/app", json={"request_url": f"{url}/slack/events"})).raise_for_status()


async def test_a_bot_killed_while_slack_takes_its_card_posts_it_once(house: House) -> None:
    async with served(house) as bot:
        await house.fault(method="chat.postMessage", kind="delay", seconds=0.5)
        headers = {"Authorization": f"Bearer {house.token}"}
        body = {"channel": "#support", "prompt": "Hello", "draft": DRAFT}
        taken = await house.http.post(f"{bot.url}/api/v1/drafts", json=body, headers=headers)
        assert taken.status_code == 201

        async def under_way() -> bool:
            return house.box.world.faults.waiting == []

        async def arrived() -> bool:
            return len(await posted(house, DRAFT)) == 1

        await until(under_way)
        await bot.dies()
        await until(arrived)
    row = await delivery(house, "card:1")
    assert row.state == DeliveryState.SENDING
    house.moves(seconds=121)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()
    assert (await delivery(house, "card:1")).state == DeliveryState.SENT
    assert len(await posted(house, DRAFT)) == 1


async def test_a_bot_killed_while_it_saves_leaves_the_text_in_the_window_and_the_next_one_saves_it(
    house: House,
) -> None:
    draft = await house.draft()
    async with served(house) as bot:
        await house.ana.clicks("Edit", await house.card(draft))
        await house.ana.fills({"Reply": EDITED})
        async with held(house, draft):
            pressed = asyncio.create_task(house.ana.submits())

            async def sent() -> bool:
                return any(one["kind"] == "submission" and one["status"] is None for one in await house.traffic())

            await until(sent)
            await bot.dies()
            outcome = await pressed
        assert not outcome.closed
        assert outcome.error, "Slack says that the app did not answer"
    window = await house.ana.modal()
    assert window is not None
    assert window.fields["Reply"] == EDITED
    assert await rows(house) == (0, 0)
    assert (await house.ana.submits()).closed
    assert (await notes(house, "ana"))[-1] == "Saved: your edit (1 word changed)."
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)


async def test_a_redraw_that_slack_does_after_its_bot_was_killed_is_drawn_over(house: House) -> None:
    """Approved by one bot, which dies while it redraws the card; undone by another; then Slack does the old redraw."""
    draft = await house.draft()
    async with served(house) as bot:
        await house.fault(method="response_url", kind="delay", seconds=0)  # the private note
        await house.fault(method="response_url", kind="delay", seconds=5)  # the card
        await house.ana.clicks("Approve", await house.card(draft))

        async def under_way() -> bool:
            return house.box.world.faults.waiting == []

        await until(under_way)
        await bot.dies()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Undo", note)
    await house.settles()
    assert "Approve" in (await house.card(draft)).buttons

    async def done_late() -> bool:
        return (await house.card(draft)).buttons == []

    await until(done_late)
    for _ in range(10):
        house.moves(minutes=1)
        await house.bot.tools.courier.look_up_unclear()
        await house.settles()
    assert "Approve" in (await house.card(draft)).buttons
