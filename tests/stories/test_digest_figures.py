"""What a digest says of a channel's work, and the same over HTTP: as it was on its date, and over any days."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import httpx
import pytest

from bot.tokens import Scope
from sandbox.workspace import TEAM_ID
from storage.models import Channel
from storage.queries import channels
from tests.house import DRAFT, LEADS, SUPPORT, House
from tests.stories.steps import escalates, one_database, posted
from tests.stories.test_reading_api import fits, gets, is_problem, token

HEADING = "Labelling digest"
Body = dict[str, Any]


async def works(house: House, number: int, *, people: tuple[str, ...] = ("ana",), **fields: object) -> int:
    """A draft comes in and some people approve it."""
    draft = await house.draft(f"{DRAFT} Case {number}.", **fields)
    for name in people:
        await house.people[name].clicks("Approve", await house.card(draft, seen_by=name))
        house.moves(seconds=3)
        await house.settles()
    return draft


async def tomorrow(house: House) -> None:
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()


async def asks(house: House, path: str, **query: object) -> Body:
    answer = await gets(house, path, await token(house, Scope.LABELS_READ), **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_api_says_what_the_digest_says(shared_house: House) -> None:
    house = shared_house
    await works(house, 1, people=("ana", "bea"))
    await works(house, 2, people=("ana",))
    await tomorrow(house)
    day = house.now().date()
    said = await asks(house, f"channels/{SUPPORT}/digest", date=day)
    (lead,) = await posted(house, HEADING, LEADS)
    assert said["text"].splitlines()[0] in lead.text
    figures = said["figures"]
    assert (figures["labels"], figures["counts"]["gold"], figures["counts"]["waiting"]) == (3, 1, 1)
    coverage = figures["coverage"]
    assert (coverage["drafts"], coverage["finished"], coverage["answers"]) == (2, 1, 3)
    assert figures["verdict"] is None
    (missing,) = [one for one in figures["suppressed"] if one["what"] == "agreement on the verdict"]
    assert (missing["have"], missing["need"]) == (1, 30)


async def test_agreement_over_the_days_of_a_digest_is_what_the_digest_says(shared_house: House) -> None:
    house = shared_house
    await works(house, 1, people=("ana", "bea"))
    await tomorrow(house)
    day = house.now().date()
    days = {"from": day - timedelta(days=28), "to": day - timedelta(days=1)}
    digest = (await asks(house, f"channels/{SUPPORT}/digest", date=day))["figures"]
    agreement = (await asks(house, f"channels/{SUPPORT}/agreement", **days))["figures"]
    apart = {name for name in digest if digest[name] != agreement[name]}
    assert apart <= {"window", "counts", "labels", "seconds", "timed"}, "what is told of since the last digest"


async def test_a_past_digest_knows_what_waited_then_and_not_what_waits_now(house: House) -> None:
    await works(house, 1)
    await house.draft(f"{DRAFT} Nobody answers this.")
    await tomorrow(house)
    day = house.now().date()
    house.moves(days=1)
    await house.draft(f"{DRAFT} Nor this.")
    then = await asks(house, f"channels/{SUPPORT}/digest", date=day)
    assert (then["figures"]["counts"]["waiting"], then["figures"]["labels"]) == (1, 1)
    assert "1 draft waiting" in then["text"]
    assert "on Wednesday 18 November" in then["text"]
    house.moves(days=1)
    never_made = await asks(house, f"channels/{SUPPORT}/digest", date=day + timedelta(days=1))
    assert never_made["figures"]["counts"]["waiting"] is None
    assert "waiting" not in never_made["text"]


async def test_agreement_is_asked_for_over_any_days(shared_house: House) -> None:
    house = shared_house
    first = house.now().date()
    await works(house, 1, people=("ana", "bea"))
    house.moves(days=3)
    await works(house, 2, people=("ana", "bea"))
    house.moves(days=1)

    async def finished(**query: object) -> int:
        said = await asks(house, f"channels/{SUPPORT}/agreement", **query)
        return int(said["figures"]["coverage"]["finished"])

    assert await finished() == 2
    assert await finished(**{"from": first, "to": first}) == 1
    assert await finished(**{"from": first + timedelta(days=1), "to": first + timedelta(days=2)}) == 0
    assert await finished(**{"from": first, "to": first + timedelta(days=3)}) == 2


async def test_answers_that_do_not_count_are_kept_apart_and_counted(shared_house: House) -> None:
    house = shared_house
    shared, withdrawn = await house.draft(f"{DRAFT} Case 1."), await house.draft(f"{DRAFT} Taken back.")
    await house.chen.clicks("Edit", await house.card(shared, seen_by="chen"))
    for name in ("ana", "bea"):
        await house.people[name].clicks("Approve", await house.card(shared, seen_by=name))
        await house.settles()
    assert (await house.chen.submits()).closed
    await house.ana.clicks("Edit", await house.card(withdrawn))
    await house.withdraws(withdrawn)
    assert (await house.ana.submits()).closed
    await house.settles()
    house.moves(days=1)
    apart = (await asks(house, f"channels/{SUPPORT}/digest"))["figures"]["apart"]
    assert (apart["extra"], apart["late"], apart["exposed"], apart["imported"]) == (1, 1, 0, 0)
    text = (await asks(house, f"channels/{SUPPORT}/digest"))["text"]
    assert "Kept apart, in no figure of agreement: 1 extra answer, 1 late answer." in text


@one_database
@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("digest", {"date": "20 Nov"}, "date must be a date as 2026-11-20."),
        ("agreement", {"to": "2027-01-01"}, "to is yesterday at the latest: today counts tomorrow."),
        ("digest", {"date": "2026-W47-5"}, "date must be a date as 2026-11-20."),
        ("digest", {"date": "2026-02-30"}, "date must be a date as 2026-11-20."),
        ("digest", {"date": "0001-01-01"}, "date must be a date as 2026-11-20."),
        ("digest", {"date": "2027-01-01"}, "2027-01-01 is still to come in Europe/Berlin."),
        ("agreement", {"from": "x"}, "from must be a date as 2026-11-20."),
        ("agreement", {"to": "9999-12-31"}, "to must be a date as 2026-11-20."),
        ("agreement", {"from": "2026-11-02", "to": "2026-11-01"}, "from (2026-11-02) is after to (2026-11-01)."),
        ("agreement", {"from": "2026-08-01", "to": "2026-11-01"}, "Ask for 92 days at most."),
        ("agreement", {"to": "2026-11-18"}, "to is yesterday at the latest: today counts tomorrow."),
        (
            "digest",
            {"date": "2025-01-01"},
            "Assay came to this channel on 2026-11-18.",
        ),
    ],
)
async def test_days_that_cannot_be_meant_are_refused(
    house: House, path: str, query: dict[str, str], words: str
) -> None:
    secret = await token(house, Scope.LABELS_READ)
    is_problem(await gets(house, f"channels/{SUPPORT}/{path}", secret, **query), 400, words)


@one_database
async def test_figures_are_for_tokens_that_read_labels_of_that_channel(house: House) -> None:
    for path in ("digest", "agreement"):
        address = f"channels/{SUPPORT}/{path}"
        is_problem(await gets(house, address, house.token), 403, "labels:read")
        elsewhere = await token(house, Scope.LABELS_READ, channel=SUPPORT)
        is_problem(await gets(house, f"channels/{LEADS}/{path}", elsewhere), 404, "There is no channel")
        assert (await gets(house, address, "wrong")).status_code == 401
        assert (await gets(house, "channels/%23support/" + path, elsewhere)).status_code == 200


@one_database
async def test_the_document_describes_digest_and_agreement(house: House) -> None:
    await works(house, 1)
    house.moves(days=1)
    document = (await gets(house, "openapi.json", house.token)).json()
    schemas = document["components"]["schemas"]
    secret = await token(house, Scope.LABELS_READ)
    for path in ("digest", "agreement"):
        told = document["paths"][f"/api/v1/channels/{{channel}}/{path}"]["get"]["responses"]["200"]["content"]
        answer: httpx.Response = await gets(house, f"channels/{SUPPORT}/{path}", secret)
        schema = told["application/json"]["schema"]
        assert fits(answer.json(), schema, schemas), answer.text


async def test_the_first_digest_of_a_week_sums_the_weeks_up(house: House) -> None:
    await works(house, 1)
    await tomorrow(house)  # Thursday, the first one there is
    (first,) = await posted(house, HEADING, LEADS)
    await works(house, 2)
    await tomorrow(house)  # Friday
    house.moves(days=2)
    await works(house, 3)
    await tomorrow(house)  # Monday
    leads = await posted(house, HEADING, LEADS)
    assert len(leads) == 3
    assert ["Last week:" in one.text for one in leads] == [False, False, True]
    assert "Last week: 3 labels" in leads[2].text
    assert [len(await replies(house, one.ts)) for one in leads] == [2, 2, 3]
    assert first.ts == leads[0].ts


async def replies(house: House, ts: str) -> list[str]:
    """The sheets under a digest."""
    found = house.box.world.workspace.channels[LEADS].messages.values()
    return [one.text for one in found if one.thread_ts == ts and one.ts != ts]


async def test_what_was_said_of_a_half_answered_draft_is_in_no_share_of_a_digest(shared_house: House) -> None:
    house = shared_house
    draft = await house.draft()
    await escalates(house, draft)
    house.moves(days=7)
    figures = (await asks(house, f"channels/{SUPPORT}/digest"))["figures"]
    week = figures["weeks"][-1]
    assert (week["labels"], week["escalated"]["value"], week["approved"]["value"]) == (1, None, None)
    await house.bea.clicks("Approve", await house.card(draft, seen_by="bea"))
    await house.settles()
    house.moves(days=7)
    weeks = (await asks(house, f"channels/{SUPPORT}/digest"))["figures"]["weeks"]
    assert [one["escalated"]["value"] for one in weeks[-2:]] == [1, 0]


@one_database
async def test_a_channel_whose_digest_fails_does_not_keep_others_from_theirs(house: House) -> None:
    await works(house, 1)
    async with house.sessions.writing() as session:
        known = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert known is not None
        odd = {"id": 0, "slack_id": "C0ODD", "name": "odd", "time_zone": "Mars/Olympus"}
        session.add(Channel(**(known.model_dump() | odd)))
    with pytest.raises(ZoneInfoNotFoundError):  # when all others have theirs, so that the clock's figures tell of it
        await tomorrow(house)
    await house.settles()
    assert len(await posted(house, HEADING, LEADS)) == 1
