"""The address that comes with an interaction: five answers within thirty minutes."""

import httpx
import pytest

from sandbox.people import Message, Person
from sandbox.server import Sandbox
from tests.sandbox.callers import Api, Listener, actions, button
from tests.sandbox.limit_samples import section

CARD = [actions(button())]


@pytest.fixture
async def address(api: Api, ana: Person, listener: Listener) -> str:
    """Of a click on a card."""
    await api.posts(CARD)
    await ana.clicks("Approve", (await ana.reads("#support"))[-1])
    return str(listener.last["response_url"])


@pytest.fixture
async def note_address(api: Api, ana: Person, listener: Listener) -> str:
    """Of a click on a note for Ana alone."""
    await api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="Saved", blocks=[actions(button("Undo"))])
    note = await ana.last_private_note("#support")
    assert isinstance(note, Message)
    await ana.clicks("Undo", note)
    return str(listener.last["response_url"])


async def test_it_redraws_the_card(http: httpx.AsyncClient, ana: Person, address: str) -> None:
    answer = await http.post(address, json={"replace_original": True, "text": "done", "blocks": [section("Done")]})
    assert (answer.status_code, answer.text) == (200, "ok")
    (card,) = await ana.reads("#support")
    assert (card.text_seen, card.edited) == ("Done", True)


async def test_without_a_wish_it_answers_privately_beside_the_card(
    http: httpx.AsyncClient, ana: Person, bea: Person, address: str
) -> None:
    await http.post(address, json={"text": "Saved"})
    assert [message.text for message in await ana.reads("#support")] == ["A card", "Saved"]
    assert [message.text for message in await bea.reads("#support")] == ["A card"]


async def test_it_can_answer_to_all(http: httpx.AsyncClient, bea: Person, address: str) -> None:
    await http.post(address, json={"response_type": "in_channel", "text": "Saved"})
    assert [message.text for message in await bea.reads("#support")] == ["A card", "Saved"]


async def test_a_private_note_is_replaced_and_deleted_through_it(
    http: httpx.AsyncClient, ana: Person, note_address: str
) -> None:
    await http.post(note_address, json={"replace_original": True, "text": "Undone"})
    note = await ana.last_private_note("#support")
    assert note is not None
    assert note.text_seen == "Undone"
    await http.post(note_address, json={"delete_original": True})
    assert await ana.last_private_note("#support") is None


async def test_five_answers_are_taken_and_the_sixth_is_refused(http: httpx.AsyncClient, address: str) -> None:
    answers = [await http.post(address, json={"text": "x"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].json()["error"] == "used_url"


@pytest.mark.parametrize(("minutes", "status"), [(30, 200), (30.01, 404)])
async def test_it_lives_thirty_minutes(
    box: Sandbox, http: httpx.AsyncClient, address: str, minutes: float, status: int
) -> None:
    box.clock.advance(minutes * 60)
    assert (await http.post(address, json={"text": "x"})).status_code == status


async def test_wrong_blocks_and_unknown_fields_are_refused(http: httpx.AsyncClient, address: str) -> None:
    blocks = await http.post(address, json={"text": "x", "blocks": [{"type": "marquee"}]})
    fields = await http.post(address, json={"text": "x", "replace": True})
    assert (blocks.status_code, blocks.json()["error"]) == (400, "invalid_blocks")
    assert (fields.status_code, fields.json()["error"]) == (400, "invalid_payload")


async def test_a_message_that_is_gone_cannot_be_replaced(
    http: httpx.AsyncClient, ana: Person, note_address: str
) -> None:
    await http.post(note_address, json={"delete_original": True})
    for wish in ("delete_original", "replace_original"):
        answer = await http.post(note_address, json={wish: True, "text": "x"})
        assert (answer.status_code, answer.json()["error"]) == (400, "message_not_found")
    assert await ana.last_private_note("#support") is None


async def test_an_invented_address_is_refused(box: Sandbox, http: httpx.AsyncClient) -> None:
    assert (await http.post(f"{box.url}/response/77", json={"text": "x"})).status_code == 404


async def test_it_can_be_made_to_fail(http: httpx.AsyncClient, ana: Person, address: str) -> None:
    await http.post("/control/faults", json={"method": "response_url", "kind": "status", "status": 503})
    await http.post("/control/faults", json={"method": "response_url", "kind": "drop_after"})
    assert (await http.post(address, json={"text": "one"})).status_code == 503
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(address, json={"text": "two"})
    assert (await ana.reads("#support"))[-1].text == "two"
