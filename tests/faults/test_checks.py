"""Each check of the fault tests can fail: what it looks for is done on purpose, and it names it."""

from datetime import date

from sqlalchemy import create_engine, make_url, text

from tests.faults import checks, kept, seen, struck, tickets
from tests.faults.homes import home_shows_what_is_stored
from tests.faults.ledger import Answer, Reported, Said
from tests.faults.people import number_on
from tests.faults.stage import Stage
from tests.house import ESCALATIONS, LEADS, SUPPORT
from tests.stories.steps import one_database

pytestmark = one_database


async def says(stage: Stage, words: str, channel: str) -> None:
    """The bot posts this."""
    headers = {"Authorization": f"Bearer {stage.settings['SLACK_BOT_TOKEN']}"}
    answer = await stage.http.post("/api/chat.postMessage", json={"channel": channel, "text": words}, headers=headers)
    assert answer.json()["ok"], answer.text


def changes(stage: Stage, statement: str) -> None:
    """Somebody puts a hand into the database."""
    engine = create_engine(make_url(stage.witness.url.replace("+aiosqlite", "")))
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()


async def test_a_day_without_faults_shows_no_difference(answering: Stage) -> None:
    assert await checks.first_difference(answering, checks.IN_THE_END) is None


async def test_a_card_a_digest_and_a_notice_that_stand_there_twice_are_found(stage: Stage) -> None:
    await says(stage, "Billing › Refund · #1", SUPPORT)
    assert await seen.no_card_twice(stage) == ["The card of draft 1 stands there 2 times."]
    for _ in range(2):
        await says(stage, "Labelling digest · Friday 26 March", LEADS)
        await says(stage, "*Needs a human: safety* · Billing · #2", ESCALATIONS)
        await stage.clock.moves(2)
    assert await seen.no_digest_twice(stage) == ["The digest of Friday 26 March stands there 2 times."]
    assert await seen.no_notice_twice(stage) == ["The notice of draft 2 stands there 2 times."]
    assert await seen.each_morning_had_its_digest(stage)


async def test_a_missing_card_digest_or_notice_is_found(stage: Stage) -> None:
    shown = await seen.everything(stage.people["max"], SUPPORT)
    card = next(one for one in shown if number_on(one) == 1)
    del stage.box.workspace.channels[SUPPORT].messages[card.ts]
    assert await seen.each_draft_has_its_card(stage) == []  # as if it had been answered before it was posted
    stage.ledger.carded.add(1)
    assert await seen.each_draft_has_its_card(stage) == ["Draft 1 has 0 cards."]
    stage.ledger.digests.append(date(2027, 3, 27))
    assert await seen.each_morning_had_its_digest(stage) == ["There is no digest of Saturday 27 March."]
    stage.ledger.means(stage.people["bea"].id, 2, Answer("not_judged", None, "safety")).confirmed = True
    assert await seen.each_escalation_was_told(stage) == ["The escalation of draft 2 was told nobody."]


async def test_a_label_that_is_lost_or_reads_otherwise_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE revision SET text = 'Hello.'")
    (difference,) = await kept.labels_are_kept(stage)
    assert difference.startswith("The answer of Ana to draft 1: confirmed was: edited")
    changes(stage, "DELETE FROM revision")
    assert "stored is: nothing" in (await kept.labels_are_kept(stage))[0]
    assert await kept.notes_are_true(stage) == ["Ana read that the answer to draft 1 is saved, and it is not."]


async def test_what_somebody_was_told_before_confirms_nothing_that_they_mean_now(stage: Stage) -> None:
    ana = next(one for one in stage.agents if one.person is stage.people["ana"])
    note = await ana.note(1)
    assert note is not None
    assert note.text.startswith("Saved: your edit")
    said = stage.ledger.means(ana.person.id, 1, Answer("approved"))
    assert not await ana.presses("Approve", note, said, 1, lambda words: words.startswith("Saved"))
    assert not said.confirmed


async def test_a_home_that_says_otherwise_is_found(stage: Stage) -> None:
    assert await home_shows_what_is_stored(stage, patience=0) == []
    changes(stage, "UPDATE revision SET withdrawn = TRUE")
    assert await home_shows_what_is_stored(stage, patience=0) == [
        "Ana's Home says that draft 1 is edited; stored is undone."
    ]


async def test_a_draft_or_a_decision_that_is_lost_is_found(stage: Stage) -> None:
    stage.ledger.accepted["ticket-1"] = 7
    assert await kept.drafts_are_kept(stage) == ["ticket-1 was accepted as draft 7; stored is None."]
    stage.ledger.withdrawals[1] = True
    assert await kept.withdrawals_are_kept(stage) == ["Draft 1 was withdrawn, and is settled."]
    changes(stage, "UPDATE draft SET state = 'withdrawn' WHERE id = 2")
    assert "Nobody withdrew draft 2." in await kept.withdrawals_are_kept(stage)
    stage.ledger.settled[2] = "The last word."
    assert await kept.settled_stays_settled(stage) == [
        "A lead settled draft 2 with 'The last word.'; stored is nothing None."
    ]


async def test_settings_that_are_lost_or_that_nobody_saved_are_found(stage: Stage) -> None:
    saved = Said(Answer("guideline", "Be kind."), confirmed=True)
    stage.ledger.guidelines.append(saved)
    (difference,) = await kept.settings_are_kept(stage)
    assert difference == "The channel's guideline: confirmed was: guideline 'Be kind.'; stored is: nothing."
    max_ = stage.people["max"].id
    values = f"1, 2, 'Be kind.', '{max_}', '2027-03-26 10:00:00'"
    columns = "channel_id, version, text, created_by, created_at"
    changes(stage, f"INSERT INTO guideline ({columns}) VALUES ({values})")
    assert await kept.settings_are_kept(stage) == []
    stage.ledger.guidelines.clear()
    assert "said was: nothing" in (await kept.settings_are_kept(stage))[0]


async def test_what_is_left_of_an_erased_draft_and_what_nobody_had_erased_are_found(stage: Stage) -> None:
    stage.ledger.erasures[1] = True
    assert await kept.erasures_leave_nothing(stage) == [
        "Draft 1 was erased, and is stored.",
        "Draft 1 was erased, and has no tombstone.",
    ]
    grave = "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES ({}, 1, 90{}, 'ticket', '2027-03-26')"
    for number in (1, 7):
        changes(stage, grave.format(number, number))
    assert await kept.erasures_leave_nothing(stage) == [
        "Draft 1 was erased, and is stored.",
        "Nobody had draft 7 erased.",
    ]
    assert await seen.erased_messages_are_gone(stage) == ["Of draft 1, which was erased, a message is there."]


async def test_a_lease_without_end_is_found(stage: Stage) -> None:
    assert await kept.leases_end(stage) == []
    changes(stage, "UPDATE slot SET leased_until = '2099-01-01 00:00:00' WHERE leased_until IS NOT NULL")
    assert "is leased until 2099-01-01" in (await kept.leases_end(stage))[0]


async def test_a_card_that_does_not_show_what_is_stored_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE draft SET state = 'open' WHERE id = 1")
    (difference,) = await seen.cards_show_the_state(stage)
    assert difference == "The card of draft 1, which is open, shows no button."


async def test_a_reported_name_that_is_seen_or_stored_still_is_found(stage: Stage) -> None:
    name = tickets.customer(tickets.code(0))
    assert name is not None
    stage.ledger.reports[1] = Reported(name, confirmed=True)
    assert await struck.reported_names_are_not_seen(stage) == await struck.reported_names_are_not_stored(stage) == []
    await says(stage, f"Hello {name}, it is on its way. · #1", SUPPORT)
    changes(stage, f"UPDATE revision SET note = 'For {name}'")
    assert await struck.reported_names_are_not_seen(stage) == [
        f"{name} was reported in draft 1, and stands in the channel."
    ]
    assert await struck.reported_names_are_not_stored(stage) == [
        f"{name} was reported in draft 1, and stands in table revision."
    ]
    stage.ledger.reports[1].confirmed = False
    assert await struck.reported_names_are_not_stored(stage) == []


async def test_an_answer_is_held_against_what_was_said_without_a_name_that_was_reported(stage: Stage) -> None:
    name = str(tickets.customer(tickets.code(0)))
    stage.ledger.said[stage.people["ana"].id, 1][0].answer = Answer("edited", f"Dear {name}, bye.")
    changes(stage, f"UPDATE revision SET text = 'Dear {tickets.STRUCK}, bye.'")
    assert len(await kept.labels_are_kept(stage)) == 1
    stage.ledger.reports[1] = Reported(name)
    assert await kept.labels_are_kept(stage) == []
