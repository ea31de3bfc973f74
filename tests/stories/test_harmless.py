"""What a model, a customer or an agent wrote pings nobody and links nowhere, wherever it is shown."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from markdown_it import MarkdownIt

from sandbox.rules import pings_in
from tests.house import GUIDELINE, LEADS, SUPPORT, House, sets_up
from tests.stories.steps import notes

HOST = "evil.example"
EVIL = (
    f"<!channel> <!here|all> <@U0EVILUSR1> <!subteam^S0EVIL|all> @here @channel [click](http://{HOST}/a) "
    f"![x](http://{HOST}/b.png) http://{HOST}/c www.{HOST} {HOST} <http://{HOST}/d|Open card> <#C0LEADS001>"
)
SHORT = f"<!channel> <@U0EVILUSR1> <http://{HOST}|x> www.{HOST} @here"
TICKET = "https://desk.example/1"
ACTING = re.compile(
    r"<!|<@U0EVIL|<https?://evil|(?<![\w\u2060])@(?:here|channel|everyone)|://evil|www\.evil|(?<!\u2060)evil\.example"
)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


async def test_a_hostile_draft_is_harmless_on_every_surface(shared_house: House) -> None:
    house = shared_house
    await sets_up(house, overlap="All of them", Guideline=f"{GUIDELINE} {EVIL}")
    draft = await house.draft(f"Dear customer,\n{EVIL}\n\nBye", **_hostile())
    card = await house.card(draft)
    for window in ("Edit", "Escalate", "Reject"):
        await house.chen.clicks(window, card)
        await house.chen.closes()
    await _answers(house, "ana", draft, "Edit", {"Reply": f"Mine: {EVIL}", "Must a human take over?": "Legal threat"})
    await _answers(house, "bea", draft, "Reject", {"Why can this draft not be used?": "Unsafe"})
    await _answers(house, "chen", draft, "Edit", {"Reply": f"Late: {SHORT}"})
    await _settles(house)
    await _everything_is_harmless(house)


async def test_a_hostile_model_name_is_harmless_in_the_figures(house: House) -> None:
    """Thirty answers, so that the model has a line of its own in the digest and a row in its thread."""
    house.box.world.rates.on = False
    await house.sends([{**_hostile(), "channel": "#support", "draft": f"Draft {n}", "group": None} for n in range(30)])
    await house.settles()
    for number in range(1, 31):
        await house.ana.clicks("Approve", await house.card(number))
        await house.settles()
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await house.lea.types("/assay digest", in_=SUPPORT)
    digest = (await house.lea.reads(LEADS))[-1]
    assert "of 30 answers approved" in digest.text
    await _everything_is_harmless(house)


async def test_a_hostile_dispute_is_harmless_in_the_digest_that_a_lead_asks_for(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft(**_hostile())
    await _answers(house, "ana", draft, "Edit", {"Reply": f"Mine: {EVIL}"})
    await _answers(house, "bea", draft, "Reject", {"Why can this draft not be used?": "Unsafe"})
    await house.lea.types("/assay digest", in_=SUPPORT)
    assert "Read this and settle it:" in (await notes(house, "lea"))[-2]
    await _everything_is_harmless(house)


@pytest.mark.parametrize("url", [f"http://{HOST}|x> <!channel", f"https://{HOST}/ <!here>"])
async def test_an_address_that_is_none_is_not_linked(house: House, url: str) -> None:
    draft = await house.draft(url=url)
    assert "Open ticket" not in (await house.card(draft)).text_seen
    await _everything_is_harmless(house)


def _hostile() -> dict[str, Any]:
    return {
        "prompt": None,
        "conversation": [
            {"role": "system", "content": f"Instructions {EVIL}"},
            {"role": "assistant", "content": f"Before {EVIL}"},
            {"role": "user", "content": f"Help {EVIL}"},
        ],
        "context": {f"name {SHORT}": f"value {SHORT}", "customer": f"Zoe {SHORT}"},
        "topic": f"billing/{SHORT}",
        "source": f"mail {SHORT}",
        "model": f"model {SHORT}",
        "group": f"group {SHORT}",
        "external_id": None,
        "url": TICKET,
    }


async def _answers(house: House, who: str, draft: int, button: str, filled: dict[str, str | list[str] | None]) -> None:
    person = house.people[who]
    opened = await house.card(draft, seen_by=who)
    if button not in opened.buttons:  # done by now: a change of the own answer has the same window
        return
    await person.clicks(button, opened)
    await person.fills(filled)
    assert (await person.submits()).closed
    await house.settles()


async def _settles(house: House) -> None:
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    digest = next(one for one in await house.lea.reads(LEADS) if "Settle 1 of 1" in one.buttons)
    await house.lea.clicks("Settle 1 of 1", digest)
    await house.lea.fills(
        {
            "Which answer stands?": "The final reply below",
            "Must a human take over?": "No",
            "Final reply": f"Final: {EVIL}",
            "Why did the answers differ?": "The draft misled",
            "Note": f"Note {SHORT}",
        }
    )
    assert (await house.lea.submits()).closed
    await house.settles()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Change", note)
    await house.settles()


async def _everything_is_harmless(house: House) -> None:
    people = {person.id for person in house.people.values()}
    seen = 0
    for one in await house.traffic():
        said = one["request"] if one["from"] == "bot" else one["answer"]
        if isinstance(said, dict):
            seen += 1
            _is_harmless(said, people)
    assert seen > 3


def _is_harmless(said: dict[str, Any], people: set[str]) -> None:
    shown = said.get("view") or said
    blocks = shown.get("blocks") or []
    ours = {f"<@{person}>" for person in people}
    assert set(pings_in(said.get("text") or "", blocks)) <= ours
    for kind, words in _texts({"type": "mrkdwn", "text": said.get("text") or "", "blocks": blocks}):
        if kind == "markdown":
            _links_nothing(words)
        elif kind in ("mrkdwn", "plain_text"):
            assert ACTING.findall(words) == [], (kind, words)
        assert kind not in ("link", "user", "usergroup", "broadcast", "channel", "image"), json.dumps(words)


def _texts(node: object) -> Iterator[tuple[str, str]]:
    """Each text with the kind of its place; elements that link or ping by their kind alone come with theirs."""
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str):
            text = node.get("text")
            yield node["type"], text if isinstance(text, str) else ""
        for name, held in node.items():
            if name not in ("initial_value", "private_metadata"):
                yield from _texts(held)


def _links_nothing(words: str) -> None:
    for token in MARKDOWN.parse(words):
        for leaf in token.children or [token]:
            assert leaf.type not in ("link_open", "image", "html_inline", "html_block"), words
            if leaf.type == "text":
                assert ACTING.findall(leaf.content) == [], words
