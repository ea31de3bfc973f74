"""Files: asked for, sent, completed, and some time later seen in messages by those who see the message."""

from typing import Any

import httpx
import pytest

from sandbox.limits import MOST
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def asks(api: Api, data: bytes = PNG, **more: Any) -> Json:
    return await api("files.getUploadURLExternal", **{"filename": "chart.png", "length": len(data), **more})


async def uploads(box: Sandbox, api: Api, data: bytes = PNG) -> str:
    """The id of a file that is fit for messages."""
    asked = await asks(api, data)
    (await api.http.post(asked["upload_url"], content=data)).raise_for_status()
    assert (await api("files.completeUploadExternal", files=[{"id": asked["file_id"], "title": "A chart"}]))["ok"]
    box.clock.advance(1)
    return str(asked["file_id"])


def image(file: str) -> Json:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": "a chart"}


async def posts(api: Api, block: Json, channel: str = "C0SUPPORT") -> Json:
    return await api("chat.postMessage", channel=channel, text="A chart", blocks=[block])


async def looks(http: httpx.AsyncClient, file: str, user: str) -> httpx.Response:
    return await http.get(f"/files/{file}", params={"user": user})


async def test_a_picture_is_seen_by_those_who_see_its_message(box: Sandbox, api: Api, http: httpx.AsyncClient) -> None:
    box.workspace.add_channel("quiet", id="C0QUIET", private=True, members=["U0ANA", box.workspace.bot.id])
    file = await uploads(box, api)
    assert (await looks(http, file, "U0ANA")).status_code == 404  # nobody has been shown it
    assert (await posts(api, image(file), "C0QUIET"))["ok"]
    found = await looks(http, file, "U0ANA")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, PNG, "image/png")
    assert (await looks(http, file, "U0BEA")).status_code == 404
    assert (await looks(http, file, "U0NOBODY")).status_code == 404


async def test_a_file_takes_a_while_before_messages_may_hold_it(
    box: Sandbox, api: Api, http: httpx.AsyncClient
) -> None:
    await http.post(
        "/control/faults", json={"method": "files.completeUploadExternal", "kind": "slow_file", "seconds": 9}
    )
    file = await uploads(box, api)
    said = "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
    assert (await posts(api, image(file)))["response_metadata"]["messages"] == [said]
    box.clock.advance(8)
    assert (await posts(api, image(file)))["ok"]


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"<svg/>"])
async def test_what_is_no_picture_is_no_picture_in_a_message(box: Sandbox, api: Api, data: bytes) -> None:
    assert (await posts(api, image(await uploads(box, api, data))))["error"] == "invalid_blocks"


async def test_files_that_nobody_completed_or_knows_are_refused(api: Api, http: httpx.AsyncClient) -> None:
    asked = await asks(api)
    unsent = await api("files.completeUploadExternal", files=[{"id": asked["file_id"]}])
    assert unsent["error"] == "file_not_found"
    await http.post(asked["upload_url"], content=PNG)
    for file in (asked["file_id"], "F0000000099"):
        assert (await posts(api, image(file)))["error"] == "invalid_blocks"


async def test_an_image_is_either_a_file_or_an_address(box: Sandbox, api: Api) -> None:
    file = await uploads(box, api)
    for odd in ({**image(file), "image_url": "https://x"}, {"type": "image", "alt_text": "x"}):
        assert (await posts(api, odd))["error"] == "invalid_blocks"
    assert (await posts(api, image(file.lower())))["error"] == "invalid_blocks"


async def test_an_address_takes_once_what_was_announced(api: Api, http: httpx.AsyncClient) -> None:
    asked = await asks(api)
    sent = [(await http.post(asked["upload_url"], content=data)).status_code for data in (PNG[1:], PNG, PNG)]
    assert sent == [400, 200, 400]


@pytest.mark.parametrize(
    ("kind", "status"), [("status", 500), ("ratelimit", 429), ("drop_before", None), ("drop_after", None)]
)
async def test_an_upload_can_fail_on_purpose(
    box: Sandbox, api: Api, http: httpx.AsyncClient, kind: str, status: int | None
) -> None:
    asked = await asks(api)
    await http.post("/control/faults", json={"method": "upload", "kind": kind, "seconds": 7})
    if status is None:
        with pytest.raises(httpx.HTTPError):
            await http.post(asked["upload_url"], content=PNG)
    else:
        assert (await http.post(asked["upload_url"], content=PNG)).status_code == status
    arrived = box.world.files.by_id[asked["file_id"]].data
    assert arrived == (PNG if kind == "drop_after" else b"")


async def test_files_need_their_scope(box: Sandbox, api: Api) -> None:
    box.app.scopes -= {"files:write"}
    assert (await asks(api))["error"] == "missing_scope"
    assert (await api("files.completeUploadExternal", files=[]))["error"] == "missing_scope"


@pytest.mark.parametrize("name", ["file.bytes", "file.alt_txt"])
async def test_files_have_limits(api: Api, name: str) -> None:
    def at(size: int) -> dict[str, Any]:
        return {"length": size} if name == "file.bytes" else {"alt_txt": "x" * size}

    assert (await asks(api, **at(MOST[name])))["ok"]
    assert (await asks(api, **at(MOST[name] + 1)))["error"] == "invalid_arguments"


@pytest.mark.parametrize("odd", [{"length": 0}, {"length": "many"}, {"length": -1}, {"filename": ""}])
async def test_a_file_has_a_name_and_a_length(api: Api, odd: dict[str, Any]) -> None:
    assert (await asks(api, **odd))["error"] == "invalid_arguments"
