"""Whatever changes what Assay knows, or takes it out, is written down with it; nobody can change what is written."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from bot import audit, export, tokens, trail
from bot.export import Format
from bot.surfaces import audit as surface
from bot.surfaces import home_admin
from bot.tokens import Scope
from sandbox.workspace import TEAM_ID
from storage.models import Audit
from storage.models import Person as Role
from storage.queries import audits, channels, people
from storage.words import AuditAct
from tests.house import SUPPORT, House, sets_up
from tests.houses import Houses
from tests.stories.steps import second_bot
from tests.stories.test_disputes import gold_of
from tests.stories.test_home import answers, card_fails, disputed, home, seen
from tests.stories.test_webhooks import asks, listening, makes

CHOICE, WHY = "Which answer stands?", "Why did the answers differ?"


async def entries(house: House, *acts: AuditAct) -> list[Audit]:
    async with house.sessions.reading() as session:
        found = (await session.exec(select(Audit).order_by(Audit.id))).all()  # type: ignore[arg-type]
    return [one for one in found if not acts or one.act in acts]


async def said(house: House, *acts: AuditAct) -> list[str]:
    """The entries in words, the oldest first."""
    rows = await entries(house, *acts)
    async with house.sessions.reading() as session:
        name = await trail.names(session, rows, lambda user: f"<@{user}>")
    return [surface.sentence(row, name) for row in rows]


async def reads(
    house: House, path: str, *scopes: Scope, channel: str | None = None, method: str = "GET"
) -> httpx.Response:
    async with house.sessions.writing() as session:
        bound = await channels.by_any_name(session, TEAM_ID, channel) if channel else None
        token = await tokens.create(session, "reader", scopes=list(scopes), now=house.now(), channel=bound)
    return await house.http.request(method, f"{house.bot.url}{path}", headers={"Authorization": f"Bearer {token}"})


async def test_changed_settings_are_told_as_they_were_and_as_they_are(house: House) -> None:
    (first,) = await said(house, AuditAct.SETTINGS)
    assert first == f"<@{house.max.id}> set the channel up · <#{SUPPORT}>"
    await house.max.types("/assay setup", in_=SUPPORT)
    await house.max.clicks("More…")
    await house.max.fills(
        {"Drafts that two people review": "2 in 10", "Guideline": "Be brief.", "Leads": [house.lars.id]}
    )
    assert (await house.max.submits()).closed
    told = (await said(house, AuditAct.SETTINGS))[-1]
    assert told.startswith(
        f"<@{house.max.id}> set leads from <@{house.lea.id}>, <@{house.lars.id}> to <@{house.lars.id}>; "
    )
    assert "the guideline's version from 1 to 2" in told
    assert "the overlap from 0 % to 20 %" in told
    assert "Be brief" not in json.dumps([one.model_dump(mode="json") for one in await entries(house)])


async def test_a_changed_mix_is_told_by_its_shares_and_not_by_its_topics(house: House) -> None:
    for mix in ("account 40\nbilling 12.5", "account 40\nbilling 20", "refunds 40\nbilling 20", ""):
        await sets_up(house, **{"Wished-for mix of topics": mix})
    told = (await said(house, AuditAct.SETTINGS))[1:]
    assert [one.split(" set ", 1)[1].split(" · ")[0] for one in told] == [
        "the wished-for mix from none to 40, 12.5 %",
        "the wished-for mix from 40, 12.5 % to 40, 20 %",
        "the wished-for mix anew (40, 20 %)",
        "the wished-for mix from 40, 20 % to none",
    ]
    assert "refunds" not in json.dumps([one.model_dump(mode="json") for one in await entries(house)])


async def test_a_settled_dispute_an_undone_and_a_changed_answer_are_told(shared_house: House) -> None:
    house = shared_house
    draft = await disputed(house, "ana", "bea", 1)
    page = await home(house, "lea")
    await house.lea.clicks("Settle", on=page)
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    assert (await house.lea.submits()).closed
    told = (await said(house, AuditAct.SETTLED))[0]
    verdict = (await gold_of(house, draft)).verdict
    told_as = {"approved": "approved as is", "edited": "edited", "rejected": "rejected"}[verdict]
    assert told == (
        f"<@{house.lea.id}> settled the dispute about draft #{draft}: {told_as} (agent slip) · <#{SUPPORT}>"
    )
    agreed = await house.draft("A draft on which both agree.")
    for who in ("ana", "bea"):
        await answers(house, agreed, who)
    await house.ana.clicks("Undo", await house.ana.last_private_note(SUPPORT))
    await house.settles()
    assert await said(house, AuditAct.LABEL_UNDONE) == [
        f"<@{house.ana.id}> took back their answer to draft #{agreed}, which was settled · <#{SUPPORT}>"
    ]


async def test_what_leaves_is_told_before_it_is_gone(house: House, tmp_path: Path) -> None:
    await answers(house, await house.draft(), "ana")
    house.moves(minutes=2)
    assert (await reads(house, "/api/v1/gold?channel=support", Scope.GOLD_READ)).status_code == 200
    assert (await reads(house, "/api/v1/labels?channel=support", Scope.LABELS_READ)).status_code == 200
    async with house.sessions.reading() as session:
        channel = await channels.get(session, 1)
    await export.write(house.sessions, channel, Format.LABELS, tmp_path / "labels.jsonl", now=house.now())
    told = await said(house, AuditAct.GOLD_READ, AuditAct.LABELS_READ, AuditAct.EXPORTED)
    assert [one.split(" ", 3)[-1] if one.startswith("API") else one for one in told] == [
        f"read gold, up to 1 row as trl-sft · <#{SUPPORT}>",
        f"read 1 row as labels · <#{SUPPORT}>",
        f"The operator exported 1 row as labels · <#{SUPPORT}>",
    ]


async def test_who_asks_for_the_heads_alone_has_read_nothing(house: House) -> None:
    await answers(house, await house.draft(), "ana")
    house.moves(minutes=2)
    for path, scope in (("gold", Scope.GOLD_READ), ("labels", Scope.LABELS_READ)):
        assert (await reads(house, f"/api/v1/{path}?channel=support", scope, method="HEAD")).status_code == 200
    assert await said(house, AuditAct.GOLD_READ, AuditAct.LABELS_READ) == []


async def test_tokens_posts_and_withdrawals_are_told_with_who_did_them(house: House) -> None:
    await card_fails(house)
    await house.max.clicks("Post again", on=await home(house, "max"))
    await house.settles()
    draft = await house.draft("Another draft.")
    await house.withdraws(draft)
    await house.max.clicks("End", on=await home(house, "max"))
    await seen(house, "max")
    told = await said(house, AuditAct.POSTED_AGAIN, AuditAct.WITHDRAWN, AuditAct.TOKEN_ENDED)
    assert told == [
        f"<@{house.max.id}> posted the card of draft #1 again · <#{SUPPORT}>",
        f"API token 1 withdrew draft #{draft} · <#{SUPPORT}>",
        f"<@{house.max.id}> ended API token 1 “helpdesk” (drafts:write)",
    ]


async def test_webhooks_are_told_with_who_made_stopped_replayed_and_deleted_them(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, f"{hook.url}/s3cret", "gold.settled", channel="support")
        hook.plan.append(web.Response(status=410))
        await answers(house, await house.draft(), "ana")
        await house.bot.tools.herald.tell_due()
        await asks(house, "POST", f"webhooks/{made['id']}/replay", {"since": house.now().isoformat()})
        await asks(house, "DELETE", f"webhooks/{made['id']}")
        acts = (AuditAct.WEBHOOK_MADE, AuditAct.WEBHOOK_OFF, AuditAct.WEBHOOK_REPLAYED, AuditAct.WEBHOOK_DELETED)
        assert [one.replace("\N{WORD JOINER}", "") for one in await said(house, *acts)] == [
            f"API token 2 made webhook 1 to 127.0.0.1 (gold.settled) · <#{SUPPORT}>",
            f"Assay switched off webhook 1 to 127.0.0.1 (gold.settled): It answered 410: gone · <#{SUPPORT}>",
            f"API token 2 had 1 announcement sent again to webhook 1, which is on again · <#{SUPPORT}>",
            f"API token 2 deleted webhook 1 to 127.0.0.1 (gold.settled) · <#{SUPPORT}>",
        ]
        kept = json.dumps([one.model_dump(mode="json") for one in await entries(house)])
        assert not any(secret in kept for secret in (made["secret"], "whsec_", "s3cret"))
        await house.max.clicks("Audit trail", on=await home(house, "max"))
        window = await house.max.modal()
        assert window is not None
        assert "API token 2 deleted webhook 1 to 127." in window.text


async def test_an_admin_reads_the_trail_turns_its_pages_and_narrows_it(house: House) -> None:
    async with house.sessions.writing() as session:
        for number in range(40):
            await tokens.create(session, f"token {number}", scopes=[], now=house.now())
    await house.max.clicks("Audit trail", on=await home(house, "max"))
    window = await house.max.modal()
    assert window is not None
    assert window.title == surface.TITLE
    assert "“token 39” (no permissions)" in window.text
    await house.max.clicks("Older")
    window = await house.max.modal()
    assert window is not None
    assert "“token 24”" in window.text
    assert "“token 39”" not in window.text
    await house.max.clicks("Newer")
    window = await house.max.modal()
    assert window is not None
    assert "“token 39”" in window.text
    await house.max.chooses("Choose a channel", "support")
    window = await house.max.modal()
    assert window is not None
    assert f"<@{house.max.id}> set the channel up" in window.text
    assert "token" not in window.text.replace("API token", "")


async def test_nobody_but_an_admin_reads_it(house: House) -> None:
    await house.max.clicks("Audit trail", on=await home(house, "max"))
    async with house.sessions.writing() as session:
        for number in range(20):
            await tokens.create(session, f"token {number}", scopes=[], now=house.now())
        role = Role(team=TEAM_ID, user=house.max.id, admin=False, outsider=False, checked_at=house.now())
        await people.put_person(session, role)
    await house.max.chooses("Choose a channel", "support")
    await house.settles()
    window = await house.max.modal()
    assert window is not None
    assert home_admin.ADMINS_ONLY in window.text
    refused = await reads(house, "/api/v1/audit", Scope.GOLD_READ, Scope.LABELS_READ, Scope.DRAFTS_WRITE)
    assert refused.status_code == 403


async def test_a_program_reads_on_from_where_it_was(house: House) -> None:
    first = await reads(house, "/api/v1/audit?limit=1", Scope.ADMIN)
    assert first.headers["X-Next-After"] == "1"
    assert json.loads(first.text)["act"] in ("token_made", "settings")
    rest = await reads(house, "/api/v1/audit?after=1", Scope.ADMIN)
    rows = [json.loads(line) for line in rest.text.splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {"person", "operator"} >= {row["by"] for row in rows}
    bound = await reads(house, "/api/v1/audit", Scope.ADMIN, channel="support")
    assert {json.loads(line)["channel"] for line in bound.text.splitlines()} == {SUPPORT}


async def runs(house: House, statement: str) -> None:
    async with house.sessions.writing() as session:
        await (await session.connection()).execute(text(statement))


CHANGES = {
    "sqlite": "INSERT OR REPLACE INTO audit (id, at, act, who) VALUES (1, '2026-11-20', 'settings', 'me')",
    "postgresql": "TRUNCATE audit",
}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET who = 'somebody else'", "DELETE FROM audit", "INSERT INTO audit SELECT * FROM audit", ""],
)
async def test_the_database_refuses_to_change_what_was_written(house: House, kind: str, statement: str) -> None:
    before = await entries(house)
    with pytest.raises(IntegrityError):
        await runs(house, statement or CHANGES[kind])
    assert await entries(house) == before


async def test_of_a_workspace_that_is_erased_the_rows_go_and_of_no_other(house: House) -> None:
    team = TEAM_ID
    async with house.sessions.writing() as session:
        await tokens.create(session, "elsewhere", scopes=[], now=house.now(), team="T0OTHER")
        await audit.note(session, AuditAct.RESTORED, None, who=audit.OPERATOR, now=house.now())
        assert await audits.delete_some(session, team, limit=100) > 0
    assert {one.team for one in await entries(house)} == {None, "T0OTHER"}
    with pytest.raises(IntegrityError):
        await runs(house, "DELETE FROM audit")


async def test_a_draft_that_several_withdraw_at_once_is_withdrawn_once(house: House) -> None:
    async with second_bot(house) as other:
        for number in range(4):
            draft = await house.draft(prompt=f"Question {number}")
            path, head = f"api/v1/drafts/{draft}/withdraw", {"Authorization": f"Bearer {house.token}"}
            asked = [house.http.post(f"{bot.url}/{path}", headers=head) for bot in (house.bot, other) for _ in range(3)]
            assert {one.status_code for one in await asyncio.gather(*asked)} == {200}
    async with house.sessions.reading() as session:
        told = (await session.exec(select(Audit.about).where(Audit.act == AuditAct.WITHDRAWN))).all()
    assert len(told) == len({str(one) for one in told}) == 4
