"""Nobody reads another's answer before their own is in."""

from bot.export import label_row
from sandbox.people import Message
from sandbox.workspace import TEAM_ID
from storage.queries import channels, exports
from tests.house import CUSTOMER, DRAFT, ESCALATIONS, LEADS, SUPPORT, House
from tests.stories.steps import label, notes, posted

SECRET = "Marzipan"  # a word that only Ana's answer holds
EDITED = DRAFT.replace("today", f"today, with {SECRET}")
EVERYBODY = ("bea", "chen", "lea", "lars", "max", "gus")


async def screen_of(house: House, person: str) -> str:
    """All that somebody can read: every channel with its threads and private notes, and what is open."""
    who = house.people[person]
    seen: list[Message] = []
    for channel in (SUPPORT, LEADS, ESCALATIONS):
        for message in await who.reads(channel, limit=200):
            seen += [message, *(await who.reads_thread(message) if message.reply_count else [])]
    window = await who.modal()
    return "\n".join([*(f"{one.text}\n{one.text_seen}" for one in seen), window.text if window else ""])


async def edits(house: House, person: str, draft: int, text: str) -> None:
    await house.people[person].clicks("Edit", await house.card(draft, seen_by=person))
    await house.people[person].fills({"Reply": text})
    assert (await house.people[person].submits()).closed
    await house.settles()


async def approves(house: House, person: str, draft: int) -> None:
    await house.people[person].clicks("Approve", await house.card(draft, seen_by=person))
    await house.settles()


async def escalates(house: House, person: str, draft: int, reply: str | None = None) -> None:
    who = house.people[person]
    await who.clicks("Escalate", await house.card(draft, seen_by=person))
    await who.fills({"Why must a human take over?": "Legal threat", "Reply": reply})
    assert (await who.submits()).closed
    await house.settles()


async def exposures(house: House) -> list[tuple[str, int, bool]]:
    """Who gave which revision, and whether it is exposed, as the labels are exported."""
    names = {person.id: name for name, person in house.people.items()}
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert channel is not None
        assert channel.id is not None
        found = [label_row(row) for row in await exports.labels(session, channel.id, after=0, limit=50)]
    return [(names[row["agent"]], row["revision"], row["exposed"]) for row in found]


async def digest_text(house: House) -> str:
    """Tomorrow's digest of the channel."""
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
    assert channel is not None
    house.moves(days=1)
    return await house.bot.tools.digests.text(channel, house.now())


async def test_an_answer_shows_on_nobody_elses_screen(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    before = {name: await screen_of(house, name) for name in EVERYBODY}
    await edits(house, "ana", draft, EDITED)
    assert await notes(house, "ana") == ["Saved: your edit (2 words changed)."]
    for name in EVERYBODY:
        assert await screen_of(house, name) == before[name]
    card = await house.card(draft, seen_by="bea")
    assert card.buttons == ["Approve", "Edit", "Escalate", "Reject", "Report personal data"]
    assert card.reply_count == 0


async def test_a_window_shows_the_draft_and_ones_own_answer_only(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await edits(house, "ana", draft, EDITED)
    for button in ("Edit", "Escalate", "Reject"):
        await house.bea.clicks(button, await house.card(draft, seen_by="bea"))
        window = await house.bea.modal()
        assert window is not None
        assert SECRET not in f"{window.text}{window.blocks}{window.private_metadata}"
        assert "on it too" not in window.text
        if button == "Edit":
            assert window.fields["Reply"] == DRAFT
        await house.bea.closes()
    note = await house.ana.last_private_note(SUPPORT)
    assert note is not None
    await house.ana.clicks("Change", note)
    own = await house.ana.modal()
    assert own is not None
    assert own.fields["Reply"] == EDITED


async def test_neither_api_nor_digest_tells_of_a_half_answered_draft(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await edits(house, "ana", draft, EDITED)
    body = {"channel": "#support", "prompt": CUSTOMER, "topic": "billing/refund", "draft": DRAFT}
    answer = await house.sends(body)
    assert answer.json() == {"index": 0, "status": "exists", "id": str(draft)}
    await house.lea.types("/assay digest", in_=SUPPORT)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await house.lea.types("/assay digest", in_=SUPPORT)
    digest = (await posted(house, "Labelling digest", LEADS))[-1]
    assert not [button for button in digest.buttons if button.startswith("Settle")]
    for name in EVERYBODY:
        said = await screen_of(house, name)
        assert SECRET not in said
        assert f"#{draft} ·" not in said.replace(f"#{draft} · done", "")


async def test_a_done_card_tells_no_answer_and_a_second_opinion_is_blind(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    card = await house.card(draft, seen_by="chen")
    await house.chen.clicks("Edit", card)
    await edits(house, "ana", draft, EDITED)
    await approves(house, "bea", draft)
    assert (await house.card(draft, seen_by="chen")).text_seen == f"✓ Billing › Refund · #{draft} · done"
    for name in EVERYBODY:
        assert SECRET not in await screen_of(house, name)
    window = await house.chen.modal()
    assert window is not None
    assert window.fields["Reply"] == DRAFT
    assert (await house.chen.submits()).closed
    (said,) = await notes(house, "chen")
    first = f"<@{house.ana.id}> and <@{house.bea.id}> were first."
    assert said == f"{first} Yours is kept as a second opinion. Kept: approved as is."
    kept = await label(house, draft, "chen")
    assert kept is not None
    assert (kept.label.kind, kept.revision.verdict, kept.revision.exposed) == ("extra", "approved", False)


async def test_an_escalation_notice_shows_no_reply_and_marks_later_answers(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await escalates(house, "ana", draft, EDITED)
    (notice,) = await posted(house, "Needs a human: legal threat", ESCALATIONS)
    assert f"<@{house.ana.id}>" in notice.text_seen
    for name in EVERYBODY:
        assert SECRET not in await screen_of(house, name)
    await approves(house, "bea", draft)
    assert await notes(house, "bea") == ["Saved: approved as is."]
    assert await exposures(house) == [("ana", 1, False), ("bea", 1, True)]
    assert "Drafts chosen for two people: 1; both answered blind: 0 " in await digest_text(house)


async def test_an_answer_before_the_notice_counts_though_it_was_changed_after(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await approves(house, "bea", draft)
    await escalates(house, "ana", draft)
    note = await house.bea.last_private_note(SUPPORT)
    assert note is not None
    await house.bea.clicks("Change", note)
    await house.bea.fills({"Must a human take over?": "Legal threat"})
    assert (await house.bea.submits()).closed
    assert await exposures(house) == [("bea", 1, False), ("ana", 1, False), ("bea", 2, True)]
    assert "Drafts chosen for two people: 1; both answered blind: 1 " in await digest_text(house)


async def test_a_lead_reads_a_dispute_without_names(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await edits(house, "ana", draft, f"{SECRET}! Please call us instead, we cannot help you in writing.")
    await approves(house, "bea", draft)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    (digest,) = await posted(house, "Labelling digest", LEADS)
    assert SECRET not in f"{digest.text}{digest.blocks}"
    await house.lea.clicks("Settle 1 of 1", digest)
    window = await house.lea.modal()
    assert window is not None
    assert SECRET in window.text
    for name in ("ana", "bea"):
        assert house.people[name].id not in f"{window.blocks}{window.private_metadata}"
        assert name.capitalize() not in window.text
    for name in EVERYBODY:
        if name != "lea":
            assert SECRET not in await screen_of(house, name)
