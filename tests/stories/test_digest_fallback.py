"""A digest with a chart and a table reaches every workspace: as rich as it takes it, and once."""

import json
from typing import Any

import pytest

from bot import outbox
from bot.surfaces.blocks import Message, header, section
from bot.surfaces.charts import Chart, Line
from bot.surfaces.composed import composed
from bot.surfaces.tables import Table
from sandbox.people import Message as Seen
from storage.queries import channels
from storage.words import DeliveryState
from tests.house import LEADS, House
from tests.stories.steps import delivery, one_database, posted

POST, ASK, COMPLETE = "chat.postMessage", "files.getUploadURLExternal", "files.completeUploadExternal"
KEY = "digest:1:2026-11-18"
CHART = Chart(
    "Agreement on the verdict",
    ("16 Nov", "17 Nov"),
    (Line("Agreement", (0.61, 0.7)), Line("low", (0.5, 0.6)), Line("high", (0.7, 0.8))),
    alt="Agreement on the verdict rose from 0.61 to 0.7.",
)
TABLE = Table("Agreement by topic", ("Topic", "Drafts"), (("Refunds", 31), ("Invoices", 12)))
NATIVE = ["header", "section", "data_visualization", "data_table"]
PICTURED = ["header", "section", "image", "rich_text", "table"]
BARE = ["header", "section", "context", "rich_text", "table"]
TEXT: list[str] = []

TRIES_WITH_PICTURES = 4

# What this Slack is without, and as what the digest then comes.
STEPS = {
    "nothing": ([], NATIVE),
    "charts": (["charts"], PICTURED),
    "charts and files": (["charts", "files"], BARE),
    "charts, files and tables": (["charts", "files", "tables"], TEXT),
    "charts and tables": (["charts", "tables"], TEXT),
}
each_step = pytest.mark.parametrize(("plain", "kinds"), STEPS.values(), ids=STEPS)


def lead() -> Message:
    said = "Labelling digest\nAgents agree well."
    return composed(said, [header("Labelling digest"), section("Agents agree well."), CHART, TABLE])


async def lacks(house: House, *names: str, **app: Any) -> None:
    (await house.http.post("/control/app", json={"plain": names, **app})).raise_for_status()


async def is_asked_for(house: House, message: Message | None = None) -> None:
    """A digest and its thread stand in the outbox and are tried until nothing is due."""
    async with house.sessions.writing() as session:
        channel = await channels.get(session, 1)
        figures = composed("All figures", [section("All figures"), TABLE])
        key = KEY.removeprefix("digest:")
        await outbox.digest(session, channel, key=key, messages=[message or lead(), figures], now=house.now())
    await house.settles()


async def days_pass(house: House) -> None:
    """Until the digest and its thread are there, and some time more, in which they could come again."""
    for _ in range(20):
        await minutes_pass(house)
        if (await delivery(house, f"{KEY.replace('digest', 'figures')}:1")).state == DeliveryState.SENT:
            break
    for _ in range(2):
        await minutes_pass(house)


async def minutes_pass(house: House) -> None:
    house.moves(seconds=70)
    await house.bot.tools.courier.look_up_unclear()
    await house.settles()


async def came(house: House) -> tuple[list[str], Seen]:
    """The kinds of blocks of the only digest, and the digest; its thread is there once."""
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert (await delivery(house, KEY)).state == DeliveryState.SENT
    thread = await house.lea.reads_thread(digest)
    assert [one.text.partition("\n")[0] for one in thread] == ["Labelling digest", "All figures"]
    return [block["type"] for block in digest.blocks], digest


async def tried(house: House, method: str) -> list[Any]:
    """What Slack answered to each call of a method."""
    return [one["answer"] or one["failure"] for one in await house.traffic() if one["method"] == method]


@each_step
async def test_a_digest_comes_as_rich_as_the_workspace_takes_it(
    house: House, plain: list[str], kinds: list[str]
) -> None:
    await lacks(house, *plain)
    await is_asked_for(house)
    await days_pass(house)
    shown, digest = await came(house)
    assert shown == kinds
    assert digest.text.split("\n")[2:] == [
        "Agreement on the verdict",
        "16 Nov: 0.61 (0.5 to 0.7)",
        "17 Nov: 0.7 (0.6 to 0.8)",
        "Agreement by topic",
        "Refunds: Drafts 31",
        "Invoices: Drafts 12",
    ]


@pytest.mark.parametrize(
    ("name", "fault"), [*((name, "drop_after") for name in STEPS), ("charts", "drop_before"), ("charts", "error_after")]
)
@one_database
async def test_nothing_comes_twice_when_the_line_breaks_at_any_post(house: House, name: str, fault: str) -> None:
    """The post that is taken is broken; those before it are refused."""
    plain, kinds = STEPS[name]
    await lacks(house, *plain)
    refused = {tuple(NATIVE): 0, tuple(PICTURED): 1, tuple(BARE): 1, (): 2}[tuple(kinds)]
    refused += TRIES_WITH_PICTURES if plain == ["charts", "tables"] else 0
    for _ in range(refused):
        await house.fault(method=POST, kind="delay", seconds=0)  # goes through to its refusal
    await house.fault(method=POST, kind=fault)
    await is_asked_for(house)
    await days_pass(house)
    assert house.box.world.faults.waiting == []
    assert (await came(house))[0] == kinds


async def test_a_picture_is_the_chart_and_seen_by_those_who_see_the_digest(house: House) -> None:
    await lacks(house, "charts")
    await is_asked_for(house)
    await days_pass(house)
    _, digest = await came(house)
    (image,) = [block for block in digest.blocks if block["type"] == "image"]
    assert image["alt_text"] == CHART.alt
    address = f"/files/{image['slack_file']['id']}"
    found = await house.http.get(address, params={"user": house.lea.id})
    assert found.content.startswith(b"\x89PNG")
    assert len(await tried(house, ASK)) == 1


async def test_without_the_scope_for_files_charts_are_told_in_words(house: House) -> None:
    scopes = sorted(house.box.app.scopes - {"files:write"})
    await lacks(house, "charts", scopes=scopes)
    await is_asked_for(house)
    kinds, digest = await came(house)
    assert kinds == BARE
    assert CHART.alt in digest.text_seen


async def broken(house: House, method: str, kind: str, **more: object) -> None:
    await lacks(house, "charts")
    await house.fault(method=method, kind=kind, **more)
    await is_asked_for(house)


@pytest.mark.parametrize(("method", "fault"), [(ASK, "status"), ("upload", "drop_after"), (COMPLETE, "drop_before")])
@one_database
async def test_an_upload_whose_end_is_unclear_is_repeated(house: House, method: str, fault: str) -> None:
    await broken(house, method, fault)
    await days_pass(house)
    assert (await came(house))[0] == PICTURED
    assert len(await tried(house, ASK)) == 2


@pytest.mark.parametrize("method", [ASK, "upload"])
@one_database
async def test_an_upload_waits_as_long_as_slack_asks(house: House, method: str) -> None:
    await broken(house, method, "ratelimit", seconds=30)
    assert await posted(house, "Labelling digest", LEADS) == []
    house.moves(seconds=20)
    await house.settles()
    assert len(await tried(house, ASK)) == 1
    house.moves(seconds=10)
    await days_pass(house)
    assert (await came(house))[0] == PICTURED
    assert len(await tried(house, ASK)) == 2


@one_database
async def test_an_upload_that_slack_refuses_is_given_up_at_once(house: House) -> None:
    await broken(house, "upload", "status", status=400)
    assert (await came(house))[0] == BARE
    assert len(await tried(house, ASK)) == 1


@one_database
async def test_a_digest_keeps_its_picture_while_the_account_is_refused_everything(house: House) -> None:
    await broken(house, ASK, "error", error="invalid_auth")
    await days_pass(house)
    assert (await came(house))[0] == PICTURED


@one_database
async def test_an_upload_that_never_succeeds_is_given_up(house: House) -> None:
    await broken(house, "upload", "status", times=99)
    await days_pass(house)
    assert (await came(house))[0] == BARE
    assert len(await tried(house, ASK)) == 4


@pytest.mark.parametrize(("seconds", "kinds"), [(25, PICTURED), (9_999, BARE)], ids=["soon", "never"])
@one_database
async def test_a_file_that_is_not_ready_is_waited_for_but_not_for_ever(
    house: House, seconds: int, kinds: list[str]
) -> None:
    await broken(house, COMPLETE, "slow_file", seconds=seconds)
    await days_pass(house)
    assert (await came(house))[0] == kinds
    assert len(await tried(house, ASK)) == 1


@one_database
async def test_what_slack_fails_at_each_time_is_tried_with_fewer_blocks(house: House) -> None:
    await house.fault(method=POST, kind="error", error="internal_error", times=5)
    await is_asked_for(house)
    await days_pass(house)
    assert (await came(house))[0] == PICTURED


@one_database
async def test_a_process_that_is_killed_on_the_way_leaves_the_rest_to_another(house: House) -> None:
    await lacks(house, "charts")
    await house.fault(method=COMPLETE, kind="slow_file", seconds=25)
    await is_asked_for(house)
    body = (await delivery(house, KEY)).body
    assert body is not None
    assert (body["step"], len(body["files"])) == (1, 1)
    assert json.loads(json.dumps(body)) == body
