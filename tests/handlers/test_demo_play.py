"""How the demo begins, goes on and ends, and what a seed changes in some days of it."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec, create_subprocess_shell
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from handlers.demo import play, show
from handlers.demo.world import World, world
from sandbox.people import Message, Person
from sandbox.sight import NotOnScreen
from tests import onlooker
from tests.stories.steps import until

pytestmark = [pytest.mark.xdist_group("demo play"), pytest.mark.timeout(300)]

Row = dict[str, Any]
ASSAY = str(Path(sys.executable).with_name("assay"))


def played(out: Path, *, seed: int, days: int) -> list[Row]:
    """The labels of some days that the command played, of which some are no weekend; its digest lies beside them."""
    options = ["--script", "--seed", str(seed), "--days", str(days), "--out", str(out)]
    done = subprocess.run([ASSAY, "demo", *options], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (out / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_seed_plays_the_same_days_again_and_another_seed_plays_others(tmp_path: Path) -> None:
    first, again, other = tmp_path / "first", tmp_path / "again", tmp_path / "other"
    labels = [played(out, seed=seed, days=4) for out, seed in ((first, 3), (again, 3), (other, 4))]
    digests = [(out / "digest.txt").read_text(encoding="utf-8") for out in (first, again, other)]
    assert digests[0] == digests[1]
    assert labels[0] == labels[1]
    assert digests[0] != digests[2]


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < show.free_port(port) < port + show.PORTS


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_keeps_nothing(tmp_path: Path, sign: signal.Signals) -> None:
    command = [ASSAY, "demo", "--port", str(show.free_port(3_100))]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith("Playing 28 days")
        assert demo.stdout.readline().strip() != "", "a day was played"
        assert list(tmp_path.iterdir()) != []
        demo.send_signal(sign)
        assert demo.stdout.read().endswith("Stopped. Nothing was kept.\n")
    assert demo.returncode == 0
    assert list(tmp_path.iterdir()) == []


async def test_the_demo_goes_on_beside_whoever_opens_its_page_until_it_is_stopped(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    options = ["--port", str(show.free_port(3_200)), "--days", "3", "--pause", "0.2"]
    demo = await create_subprocess_exec(ASSAY, "demo", *options, stdout=PIPE, env=environment)
    assert demo.stdout is not None
    try:
        while not (found := re.match(rb"Open (http://[^/]+)/\?user=(\w+)&channel=(\w+)", await demo.stdout.readline())):
            assert not demo.stdout.at_eof(), "it ended instead"
        url, user, channel = (part.decode() for part in found.groups())
        _, api, command = [(await demo.stdout.readline()).decode() for _ in range(3)]
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            await _reads_gold(http, api, command)
            await _lives(http, Person(http, id=user, name="Ana"), channel)
        demo.send_signal(signal.SIGINT)
        assert (await demo.stdout.read()).endswith(b"Stopped. Nothing was kept.\n")
        assert await demo.wait() == 0
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    assert _kept(tmp_path) == []


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[World]:
    """The demo's world on its first morning."""
    async with world(seed=1, database=tmp_path / "assay.db", begins=datetime(2026, 11, 23, 8, tzinfo=UTC)) as made:
        yield made


async def sends(made: World, *drafts: str | None) -> None:
    """Drafts come in as from the visitor's curl: the colleagues know no ticket of them."""
    bodies: list[Row] = [{"channel": "#support", "prompt": f"Question {place}"} for place, _ in enumerate(drafts)]
    bodies = [body | ({"draft": draft} if draft else {}) for body, draft in zip(bodies, drafts, strict=True)]
    headers = {"Authorization": f"Bearer {made.token}"}
    (await made.http.post(f"{made.bot.url}/api/v1/drafts", json=bodies, headers=headers)).raise_for_status()
    await made.settles()


async def goes_on(made: World, *, cards: list[int] | None = None, sent: int = 0) -> int:
    """Turn by turn, until these cards stand there and the helpdesk has sent so many drafts; how many stood at most."""
    most, chance = 0, random.Random(1)
    for _ in range(60):
        made.moves_to(made.now() + timedelta(seconds=show.PAUSE))
        await show.take_a_turn(made, chance, visitor=made.colleagues[0][1].id)
        await made.settles()
        standing = sorted(map(play.number, await play.open_cards(made)))
        most = max(most, len(standing))
        if len(made.tickets) >= sent and cards in (None, standing):
            return most
    raise AssertionError(f"The demo stands still: {standing} wait, {len(made.tickets)} drafts were sent.")


async def test_colleagues_answer_what_a_visitor_left_and_leave_the_newest_five(quiet: World) -> None:
    """Twelve, a long one and one without a draft among them: more than the channel shows at a time."""
    await sends(quiet, *(f"Reply {place}" for place in range(10)), None, "Long. " * 600)
    assert len(await play.open_cards(quiet)) == 10
    await goes_on(quiet, cards=[8, 9, 10, 11, 12])
    assert quiet.tickets == {}
    assert await goes_on(quiet, sent=7) <= 6
    assert await goes_on(quiet, cards=sorted(quiet.tickets)[-5:], sent=7) <= 6


async def test_colleagues_go_on_beside_cards_that_the_visitor_has_open(quiet: World) -> None:
    visitor = quiet.colleagues[0][1]
    await sends(quiet, *(f"Reply {place}" for place in range(6)))
    for card in (await play.open_cards(quiet))[:3]:
        await visitor.clicks("Edit", card)
    await goes_on(quiet, sent=5)


async def test_the_helpdesk_waits_while_the_channel_shows_as_many_cards_as_it_may(quiet: World) -> None:
    """An admin allows two at a time: one stays for the visitor."""
    await quiet.admin.types("/assay setup", in_="#support")
    await quiet.admin.clicks("More…")
    await quiet.admin.fills({"Cards that are open at a time": "2"})
    assert (await quiet.admin.submits()).closed
    await sends(quiet, *(f"Reply {place}" for place in range(4)))
    await goes_on(quiet, cards=[4])
    assert quiet.tickets == {}
    assert await goes_on(quiet, sent=3) <= 2


async def _reads_gold(http: httpx.AsyncClient, api: str, command: str) -> None:
    """With the token that the printed command makes."""
    made = await create_subprocess_shell(command.replace("NAME", "mine"), stdout=PIPE)
    token = (await made.communicate())[0].decode().strip()
    address = next(iter(re.findall(r"http://[^ ]+/api/v1", api)))
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.get(f"{address}/gold?channel=support", headers=headers)
    assert answer.status_code == httpx.codes.OK, answer.text


def _kept(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _lives(http: httpx.AsyncClient, ana: Person, channel: str) -> None:
    """Five cards wait, the digest is there for the lead, and colleagues answer what comes in meanwhile."""
    assert "<title>" in (await http.get("/", params={"user": ana.id, "channel": channel})).text
    assert len(await _waiting(ana, channel)) in (5, 6)  # one may just have come in
    people = {one["name"]: one["id"] for one in (await ana.screen())["users"]}
    lead = Person(http, id=people["Lea"], name="Lea")
    assert any("Labelling digest" in one.text_seen for one in await lead.reads("#support-leads"))
    await _go_on(http, ana)
    admin = Person(http, id=people["Max"], name="Max")
    await admin.types("/assay setup", in_=channel)
    await admin.clicks("More…")
    await admin.fills({"Reasons to escalate": "Security incident", "Topics that agents may flag": "fraud"})
    assert (await admin.submits()).closed
    for _ in range(3):  # the colleagues find their way, whatever the next cards ask for
        await _go_on(http, ana)
    await _escalates(ana, channel)
    assert await ana.modal() is not None


async def _go_on(http: httpx.AsyncClient, ana: Person) -> None:
    """Two more answers come, none of them Ana's."""
    seen = len((await http.get("/control/traffic")).text.splitlines())

    async def answered() -> bool:
        lines = (await http.get("/control/traffic", params={"after": seen})).text.splitlines()
        answers = onlooker.confirmed([json.loads(line) for line in lines])
        return len(answers) >= 2 and ana.id not in {act.user for act in answers}

    await until(answered)


async def _escalates(ana: Person, channel: str) -> None:
    """Opens the window of the first card that no colleague settles meanwhile."""
    for card in await _waiting(ana, channel):
        try:
            outcome = await ana.clicks("Escalate", card)
        except NotOnScreen:
            continue
        assert outcome.toast is None
        return
    raise AssertionError("the colleagues settled every card")


async def _waiting(person: Person, channel: str) -> list[Message]:
    return [one for one in await person.reads(channel) if "Escalate" in one.buttons]
