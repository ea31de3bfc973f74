"""One story for each thing that an agent, an admin and an ML engineer are promised."""

import json
from pathlib import Path
from typing import Any

from bot import export as exporting
from bot.export import Count, Format
from bot.surfaces import notes as sentences
from sandbox.workspace import TEAM_ID
from storage.queries import channels, golds
from storage.words import GoldKind
from tests.house import CUSTOMER, DRAFT, GUIDELINE, LEADS, SUPPORT, House
from tests.houses import Houses
from tests.stories.steps import notes, posted, stored
from tests.transports import IN_BOTH_TRANSPORTS

EDITED = DRAFT.replace("today", "yesterday")


async def written(house: House, folder: Path, form: Format = Format.TRL_SFT) -> tuple[list[dict[str, Any]], Count]:
    """The channel's export, read back line by line."""
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
    assert channel is not None
    count = await exporting.write(house.sessions, channel, form, folder / form.file)
    with (folder / form.file).open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines], count


@IN_BOTH_TRANSPORTS
async def test_an_agent_sees_the_whole_story_on_one_card_and_approves_with_one_click(house: House) -> None:
    draft = await house.draft(context={"plan": "gold plan"}, source="email", url="https://desk.example/7")
    card = await house.card(draft)
    for words in (CUSTOMER, DRAFT, "gold plan", "from email", "For training. Nothing is sent."):
        assert words in card.text_seen
    outcome = await house.ana.clicks("Approve", card)
    assert outcome.toast is None
    assert await notes(house, "ana") == ["Saved: approved as is."]
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    assert note.buttons == ["Undo", "Change"]
    assert await stored(house, draft, "ana") == ("counted", "approved", DRAFT, 1)
    for other in ("bea", "chen", "lea", "gus"):
        assert await notes(house, other) == []
    assert [one for one in await house.bea.reads(SUPPORT) if one.pings] == []
    assert len(await posted(house, f"#{draft} · done")) == 1


@IN_BOTH_TRANSPORTS
async def test_an_agent_corrects_a_draft_in_one_window(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    window = await house.ana.modal()
    assert window is not None
    assert (window.title, window.submit) == ("Edit the reply", "Save")
    assert window.fields["Reply"] == DRAFT
    assert CUSTOMER in window.text
    assert GUIDELINE in window.text
    await house.ana.fills({"Reply": EDITED})
    assert (await house.ana.submits()).closed
    assert await notes(house, "ana") == ["Saved: your edit (1 word changed)."]
    assert await stored(house, draft, "ana") == ("counted", "edited", EDITED, 1)


async def test_an_admin_sets_a_channel_up_with_three_fields(houses: Houses) -> None:
    async with houses.open(set_up=False) as house:
        refused = await house.sends({"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT})
        assert refused.status_code == 422
        assert "A workspace admin types /assay setup there." in refused.json()["detail"]
        await house.ana.types("/assay setup", in_=SUPPORT)
        assert await house.ana.modal() is None
        assert "Only workspace admins can set a channel up." in (await notes(house, "ana"))[-1]
        await house.max.types("/assay setup", in_=SUPPORT)
        await house.max.fills({"Leads": ["Lea"], "Digest goes to": LEADS, "Guideline": GUIDELINE})
        assert (await house.max.submits()).closed
        assert (await notes(house, "max"))[-1].startswith(f"Ready. Drafts appear as cards in <#{SUPPORT}>.")
        async with house.sessions.reading() as session:
            channel = await channels.by_any_name(session, TEAM_ID, "#support")
        assert channel is not None
        assert (channel.state, channel.leads, channel.digest_channel) == ("active", [house.lea.id], LEADS)
        assert (channel.guideline, channel.digest_time, channel.time_zone) == (1, "09:00", "Europe/Berlin")
        draft = await house.draft()
        await house.ana.clicks("Approve", await house.card(draft))
        assert await notes(house, "ana") == [(await notes(house, "ana"))[0], "Saved: approved as is."]


async def test_an_engineer_sends_drafts_as_object_array_and_stream(house: House) -> None:
    one = {"channel": SUPPORT, "external_id": "t-1", "prompt": CUSTOMER, "draft": DRAFT}
    answer = await house.sends(one)
    assert (answer.status_code, answer.json()["status"]) == (201, "created")
    assert (await house.sends(one)).json() == {"index": 0, "status": "exists", "id": "1"}
    conflict = await house.sends({**one, "draft": EDITED})
    assert conflict.status_code == 409
    assert "belongs to draft 1" in conflict.json()["detail"]

    many = [{**one, "external_id": "t-2"}, {**one, "external_id": "t-3", "draft": 7}, one]
    answer = await house.sends(many)
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()] == ["created", "error", "exists"]
    assert answer.json()[1]["pointer"] == "/1/draft"

    lines = [json.dumps({**one, "external_id": f"s-{number}"}) for number in range(220)]
    lines[7] = "{not json"
    headers = {"Authorization": f"Bearer {house.token}", "Content-Type": "application/x-ndjson"}
    body = "\n".join(lines).encode()
    answer = await house.http.post(f"{house.bot.url}/api/v1/drafts", content=body, headers=headers)
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert [item["index"] for item in said] == list(range(220))
    assert [item["index"] for item in said if item["status"] != "created"] == [7]
    assert len({item["id"] for item in said if item["status"] == "created"}) == 219


async def test_an_engineer_gets_gold_that_loads(house: House, tmp_path: Path) -> None:
    turns = [("user", "Hello."), ("assistant", "How can I help?"), ("user", "Charged twice.\u2028Really.")]
    conversation = [{"role": role, "content": words} for role, words in turns]
    approved = await house.draft(prompt=None, conversation=conversation, context={"plan": "gold plan"}, model="m-1")
    edited = await house.draft(prompt="Second question")
    rejected = await house.draft(prompt="Third question")
    house.moves(seconds=2)
    escalated = await house.draft(prompt="Fourth question")
    await house.draft(prompt="Nobody answers this one")
    await house.ana.clicks("Approve", await house.card(approved))
    for draft, button, typed in (
        (edited, "Edit", {"Reply": EDITED}),
        (rejected, "Reject", {"Why can this draft not be used?": "Wrong facts"}),
        (escalated, "Escalate", {"Why must a human take over?": "Legal threat"}),
    ):
        await house.ana.clicks(button, await house.card(draft))
        await house.ana.fills(typed)
        assert (await house.ana.submits()).closed
        await house.settles()
    rows, count = await written(house, tmp_path)
    assert count.rows == len(rows) == 2
    assert dict(count.left_out) == {"rejected": 1, "escalated": 1}
    assert [row["completion"] for row in rows] == [
        [{"role": "assistant", "content": DRAFT}],
        [{"role": "assistant", "content": EDITED}],
    ]
    for row in rows:
        roles = [turn["role"] for turn in row["prompt"]]
        assert roles[0] == "system"
        assert roles[1:] == ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"]
        assert all(isinstance(turn["content"], str) and turn["content"] for turn in row["prompt"])
        assert GUIDELINE in row["prompt"][0]["content"]
    assert rows[0]["prompt"][1:] == conversation
    assert "plan: gold plan" in rows[0]["prompt"][0]["content"]
    assert (rows[0]["meta"]["draft"], rows[0]["meta"]["model"], rows[0]["meta"]["gold"]) == (approved, "m-1", "single")


async def test_a_channels_template_makes_the_system_message(house: House, tmp_path: Path) -> None:
    draft = await house.draft(context={"plan": "gold plan"})
    await house.ana.clicks("Approve", await house.card(draft))
    async with house.sessions.writing() as session:
        channel = await channels.by_any_name(session, TEAM_ID, "#support")
        assert channel is not None
        channel.context_template = "You answer customers on the {context.plan}. {guideline} {unknown}"
        session.add(channel)
    (row,), _ = await written(house, tmp_path)
    words = f"You answer customers on the gold plan. {GUIDELINE} {{unknown}}"
    assert row["prompt"][0] == {"role": "system", "content": words}


@IN_BOTH_TRANSPORTS
async def test_a_lead_settles_in_two_clicks_and_the_gold_says_so(shared_house: House, tmp_path: Path) -> None:
    house = shared_house
    draft = await house.draft()
    await house.ana.clicks("Edit", await house.card(draft))
    own = "We cannot refund this by chat. Please call us tomorrow morning, thank you."
    await house.ana.fills({"Reply": own})
    await house.ana.submits()
    await house.bea.clicks("Approve", await house.card(draft, seen_by="bea"))
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    await house.lea.clicks("Settle 1 of 1", digest)
    window = await house.lea.modal()
    assert window is not None
    answers = window.text.split("Answer A")[1].split("Answer B")
    letter = "A" if "approved the draft as it is" not in answers[0] else "B"
    await house.lea.fills(
        {"Which answer stands?": f"Answer {letter}", "Why did the answers differ?": "An agent slipped"}
    )
    assert (await house.lea.submits()).closed
    assert (await notes(house, "lea", LEADS))[-1] == sentences.SETTLED.format(draft=1)
    async with house.sessions.reading() as session:
        gold = await golds.get(session, draft)
    assert gold is not None
    assert (gold.kind, gold.text, gold.settled_by) == (GoldKind.ADJUDICATED, own, house.lea.id)
    rows, _ = await written(house, tmp_path)
    assert [row["completion"][0]["content"] for row in rows] == [own]
    await house.lars.clicks("Settle 1 of 1", digest)
    assert (await notes(house, "lars", LEADS))[-1] == sentences.NOT_DISPUTED
