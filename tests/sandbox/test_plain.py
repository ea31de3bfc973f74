"""A Slack with less in it."""

import pytest

from sandbox.app import PLAIN, AppConfig
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Json
from tests.sandbox.limit_samples import cells, data_table, line, section
from tests.sandbox.test_web_api import METADATA

TABLE = {"type": "table", "rows": [cells(1)]}
ROLES = {"is_admin", "is_owner", "is_restricted"}


async def test_roles_are_not_told(box: Sandbox, api: Api) -> None:
    assert set((await api("users.info", user="U0LEA"))["user"]) >= ROLES
    box.app.plain = {"roles"}
    shown = (await api("users.info", user="U0LEA"))["user"]
    listed = (await api("users.list"))["members"]
    assert (shown["real_name"], shown["is_bot"]) == ("Lea", False)
    assert not any(ROLES & set(each) for each in [shown, *listed])


async def test_metadata_is_forgotten(box: Sandbox, api: Api) -> None:
    box.app.plain = {"metadata"}
    ts = await api.posts(metadata=METADATA)
    await api("chat.update", channel="C0SUPPORT", ts=ts, text="x", metadata=METADATA)
    found = await api("conversations.history", channel="C0SUPPORT", include_all_metadata=True)
    assert "metadata" not in found["messages"][0]


@pytest.mark.parametrize(
    ("name", "refused", "taken"),
    [("charts", [line(), data_table([cells(1)] * 2)], [TABLE]), ("tables", [TABLE], [line()])],
)
async def test_blocks_are_unknown(box: Sandbox, api: Api, name: str, refused: list[Json], taken: list[Json]) -> None:
    box.app.plain = {name}
    for block in refused:
        answer = await api("chat.postMessage", channel="C0SUPPORT", text="x", blocks=[section(), block])
        said = f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/1/type]"
        assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_blocks", [said])
    await api.posts(taken)


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("history", ["conversations.history", "conversations.replies"]),
        ("files", ["files.getUploadURLExternal", "files.completeUploadExternal"]),
        ("canvases", ["canvases.edit", "conversations.canvases.create"]),
    ],
)
async def test_methods_are_unknown(box: Sandbox, api: Api, name: str, methods: list[str]) -> None:
    box.app.plain = {name}
    for method in methods:
        assert (await api(method, channel="C0SUPPORT"))["error"] == "unknown_method"
    assert (await api("conversations.info", channel="C0SUPPORT"))["ok"]


async def test_it_is_chosen_through_the_control_api_by_names_that_exist(api: Api) -> None:
    assert (await api.http.post("/control/app", json={"plain": ["history"]})).json() == {"ok": True}
    assert (await api("conversations.history", channel="C0SUPPORT"))["error"] == "unknown_method"
    wrong = await api.http.post("/control/app", json={"plain": ["colour"]})
    assert (wrong.status_code, wrong.json()["error"]) == (409, f"A Slack can be plain in {', '.join(PLAIN)}.")
    with pytest.raises(ValueError, match="plain is among"):
        AppConfig(plain={"colour"})
