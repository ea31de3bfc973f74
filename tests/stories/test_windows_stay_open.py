"""The windows of leads and admins: what cannot be done is said in them, and every word in them stays."""

import asyncio

import pytest

from bot import labelling, verdicts
from bot.acts import Act
from bot.surfaces import notes as sentences
from sandbox.workspace import TEAM_ID
from storage.engine import make_sessions
from storage.models import Gold, Person
from storage.queries import channels, golds, people
from tests.databases import Postgres, somebody_waits
from tests.house import LEADS, SUPPORT, House, sets_up
from tests.stories.steps import gone, notes, one_database, until
from tests.stories.test_disputes import CHOICE, FINAL, WHY, disputed, presses_settle
from tests.stories.test_report import LONG_NAME, OF_THREE, WORDS

TYPED = "My own words, typed with care."
NOTE = "Both have a point."
ONLY_ON_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


async def lea_writes(house: House) -> int:
    """Lea has a dispute open and has typed; the draft."""
    draft = await disputed(house, "ana", "bea")
    await presses_settle(house, "lea")
    await house.lea.fills(
        {CHOICE: "The final reply below", FINAL: TYPED, WHY: "An agent slipped", "Must a human take over?": "No"}
    )
    await house.lea.fills({"Note": NOTE})
    return draft


async def stays(house: House, sentence: str) -> None:
    """The press saves nothing; the window says why, with all that was typed in it."""
    outcome = await house.lea.submits()
    assert list(outcome.errors.values()) == [sentence]
    await still_there(house)


async def still_there(house: House) -> None:
    window = await house.lea.modal()
    assert window is not None
    assert (window.fields[FINAL], window.fields["Note"]) == (TYPED, NOTE)


async def gold_of(house: House, draft: int) -> Gold | None:
    async with house.sessions.reading() as session:
        return await golds.get(session, draft)


async def test_a_dispute_is_not_lost_while_the_database_is_away(
    shared_house: House, on_postgres: Postgres | None
) -> None:
    house = shared_house
    draft = await lea_writes(house)
    async with gone(house, on_postgres):
        await stays(house, sentences.AWAY_MODAL.format(button="Settle"))
    assert await gold_of(house, draft) is None
    assert (await house.lea.submits()).closed
    gold = await gold_of(house, draft)
    assert gold is not None
    assert (gold.kind, gold.text, gold.note) == ("adjudicated", TYPED, NOTE)
    assert await notes(house, "lea", LEADS) == [sentences.SETTLED.format(draft=1)]


@ONLY_ON_POSTGRESQL
async def test_answers_that_change_in_the_moment_of_settling_are_not_settled_unread(shared_house: House) -> None:
    house = shared_house
    draft = await lea_writes(house)
    other = make_sessions(house.url)
    async with other.writing() as session:
        support = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert support is not None
        act = Act("bea thinks again", house.bea.id, draft, house.now())
        await labelling.record(session, support, act, verdicts.reply(None, "Something else."), key=b"a key")
        pressed = asyncio.create_task(house.lea.submits())
        await until(lambda: somebody_waits(house.sessions))  # she has read the answers as they were before
    assert list((await pressed).errors.values()) == [sentences.ANSWERS_CHANGED]
    await other.close()
    await still_there(house)
    assert await gold_of(house, draft) is None


@one_database
async def test_who_is_no_lead_any_more_settles_nothing_and_keeps_every_word(shared_house: House) -> None:
    house = shared_house
    draft = await lea_writes(house)
    await sets_up(house, overlap="All of them", Leads=[house.lars.id])
    await stays(house, sentences.still_here(sentences.NOT_LEAD))
    assert await gold_of(house, draft) is None
    await sets_up(house, overlap="All of them", Leads=[house.lea.id])
    assert (await house.lea.submits()).closed
    assert await gold_of(house, draft) is not None


@one_database
async def test_who_is_no_admin_any_more_sets_nothing_up_and_keeps_every_word(house: House) -> None:
    await house.max.types("/assay setup", in_=SUPPORT)
    guideline = "Be brief. This took me an hour to write."
    await house.max.fills({"Guideline": guideline, "Leads": [house.ana.id]})
    await becomes(house, admin=False)
    outcome = await house.max.submits()
    assert list(outcome.errors.values()) == [sentences.still_here(sentences.ADMINS_ONLY)]
    window = await house.max.modal()
    assert window is not None
    assert (window.fields["Guideline"], window.fields["Leads"]) == (guideline, [house.ana.id])
    async with house.sessions.reading() as session:
        support = await channels.by_any_name(session, TEAM_ID, SUPPORT)
    assert support is not None
    assert (support.guideline, support.leads) == (1, [house.lea.id, house.lars.id])
    await becomes(house, admin=True)
    assert (await house.max.submits()).closed


async def becomes(house: House, *, admin: bool) -> None:
    """What the bot knows of Max by now."""
    async with house.sessions.writing() as session:
        row = Person(team=TEAM_ID, user=house.max.id, admin=admin, outsider=False, checked_at=house.now())
        await people.put_person(session, row)


async def test_a_final_reply_of_which_parts_went_with_struck_out_words_is_not_settled_unread(
    shared_house: House,
) -> None:
    house = shared_house
    draft = await house.draft(OF_THREE)
    await house.max.clicks("Report personal data", await house.card(draft, seen_by="max"))
    await house.ana.clicks("Read and review", await house.card(draft))
    assert (await house.ana.submits()).closed
    await house.settles()
    await house.bea.clicks("Reject", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Why can this draft not be used?": "Unsafe"})
    assert (await house.bea.submits()).closed
    await house.settles()
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await presses_settle(house, "lea")
    await house.lea.fills(
        {
            CHOICE: "The final reply below",
            "Final reply, more": TYPED,
            WHY: "An agent slipped",
            "Must a human take over?": "No",
        }
    )
    await house.max.fills({WORDS: LONG_NAME})
    assert (await house.max.submits()).closed
    refused = await house.lea.submits()
    assert list(refused.errors.values()) == [sentences.OTHER_PARTS]
    window = await house.lea.modal()
    assert window is not None
    assert window.fields["Final reply, more"] == TYPED
    assert await gold_of(house, draft) is None
