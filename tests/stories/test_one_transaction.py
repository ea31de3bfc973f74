"""An answer and what it causes are stored together, or neither is."""

import pytest
from sqlalchemy import text as sql
from sqlmodel import col, select

from bot import webhooks
from bot.surfaces import notes as sentences
from bot.webhooks import Wanted
from sandbox.workspace import TEAM_ID
from storage.models import Announcement
from storage.words import WebhookEvent
from tests.house import DRAFT, ESCALATIONS, House
from tests.stories.steps import notes, posted, rows, stored

# The disk is full when the notice is written: the outbox takes everything else.
REFUSES_NOTICES = (
    "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER refuses BEFORE INSERT ON delivery FOR EACH ROW WHEN (NEW.kind = 'notice')"
    " EXECUTE FUNCTION refuses()",
)
REASON = "Why must a human take over?"


async def runs(house: House, *statements: str) -> None:
    async with house.sessions.writing() as session:
        for statement in statements:
            await (await session.connection()).execute(sql(statement))


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_an_escalation_whose_notice_cannot_be_written_is_not_saved_either(house: House) -> None:
    draft = await house.draft()
    await house.ana.clicks("Escalate", await house.card(draft))
    await house.settles()
    await house.ana.fills({REASON: "Legal threat", "Reply": f"{DRAFT} Bye."})
    await runs(house, *REFUSES_NOTICES)
    outcome = await house.ana.submits()
    assert list(outcome.errors.values()) == [sentences.AWAY_MODAL.format(button="Escalate")]
    await house.settles()
    window = await house.ana.modal()
    assert window is not None
    assert (window.fields[REASON], window.fields["Reply"]) == ("Legal threat", f"{DRAFT} Bye.")
    assert await rows(house) == (0, 0)
    assert await posted(house, "Needs a human", ESCALATIONS) == []
    assert await notes(house, "ana") == []

    await runs(house, "DROP TRIGGER refuses ON delivery")
    assert (await house.ana.submits()).closed
    await house.settles()
    assert await stored(house, draft, "ana") == ("counted", "edited", f"{DRAFT} Bye.", 1)
    assert len(await posted(house, "Needs a human: legal threat", ESCALATIONS)) == 1


def full(table: str) -> tuple[str, str]:
    """The disk is full when a row of this table is written."""
    refuses, _ = REFUSES_NOTICES
    return refuses, f"CREATE TRIGGER refuses BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuses()"


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_an_answer_that_a_webhook_could_not_be_told_of_is_not_saved_either(house: House) -> None:
    async with house.sessions.writing() as session:
        wanted = Wanted("https://hooks.example.com/", [*WebhookEvent], TEAM_ID)
        await webhooks.create(session, house.bot.tools.vault, wanted, now=house.now())
    draft = await house.draft()
    card = await house.card(draft)
    await runs(house, *full("announcement"))
    await house.ana.clicks("Approve", card)
    await house.settles()
    assert await rows(house) == (0, 0)
    await runs(house, "DROP TRIGGER refuses ON announcement")
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    assert await rows(house) == (1, 1)
    async with house.sessions.reading() as session:
        told = (await session.exec(select(Announcement.event).order_by(col(Announcement.event)))).all()
    assert told == ["gold.settled", "label.created"]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_draft_whose_answer_could_not_be_kept_is_not_stored_either(house: House) -> None:
    body = {"channel": "#support", "prompt": "Help", "draft": DRAFT}
    headers = {"Authorization": f"Bearer {house.token}", "Idempotency-Key": "k"}
    await runs(house, *full("answered"))
    answer = await house.http.post(f"{house.bot.url}/api/v1/drafts", json=body, headers=headers)
    assert (answer.status_code, "Nothing was stored" in answer.json()["detail"]) == (503, True)
    await runs(house, "DROP TRIGGER refuses ON answered")
    answer = await house.http.post(f"{house.bot.url}/api/v1/drafts", json=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (201, "created")
