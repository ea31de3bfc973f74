"""What Prometheus reads: true figures without names, also while the database is away, for those who may."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import backlog
from bot.digest import newest_due
from sandbox.workspace import TEAM_ID
from storage.models import Announcement, Webhook
from storage.queries import channels, people
from tests.databases import Postgres
from tests.house import SUPPORT, House
from tests.houses import Houses
from tests.stories.steps import gone, one_database
from tests.street import open_street

TOKEN = "a-token-for-metrics"
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(house: House, **headers: str) -> httpx.Response:
    return await house.http.get(f"{house.bot.url}/metrics", headers=headers)


async def figures(house: House) -> Figures:
    answer = await scraped(house)
    assert answer.status_code == 200
    return {
        (sample.name.removeprefix("assay_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(found: Figures, name: str, **labels: str) -> float:
    """A figure; 0 where it was never counted."""
    return found.get((name, frozenset(labels.items())), 0.0)


async def test_a_click_is_seen_from_its_request_to_its_commit_and_to_slack(house: House) -> None:
    draft = await house.draft()
    before = await figures(house)
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    after = await figures(house)

    def rose(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert rose("slack_ack_seconds_count", kind="block_actions") == 1
    assert rose("click_to_commit_seconds_count", kind="block_actions") == 1
    assert rose("slack_call_seconds_count", method="response_url", outcome="done") == 2
    assert rose("http_request_seconds_count", method="POST", route="/slack/events", status="200") >= 1
    assert of(after, "click_to_commit_seconds_sum", kind="block_actions") <= of(
        after, "slack_ack_seconds_sum", kind="block_actions"
    )


async def test_what_is_asked_together_has_a_name_and_nothing_is_called_other(house: House) -> None:
    """A click of somebody unknown waits for two answers of Slack's."""
    card = await house.card(await house.draft())
    async with house.sessions.writing() as session:
        await people.forget_person(session, TEAM_ID, house.ana.id)
    before = await figures(house)
    await house.ana.clicks("Approve", card)
    await house.settles()
    after = await figures(house)
    for method in ("look_up", "users.info", "conversations.members"):
        labels = {"method": method, "outcome": "done"}
        rose = of(after, "slack_call_seconds_count", **labels) - of(before, "slack_call_seconds_count", **labels)
        assert rose == 1, method
    called = {dict(labels).get("method") for name, labels in after if name == "slack_call_seconds_count"}
    assert "other" not in called


async def test_an_installation_is_counted_by_its_method(database: str) -> None:
    async with open_street(database) as street:
        await street.moves_in("Acme", channel="C0ACME0001")
        answer = await street.http.get(f"{street.bot.url}/metrics")
        assert 'method="oauth.v2.access",outcome="done"' in answer.text
        assert 'method="other"' not in answer.text


async def test_what_slack_refuses_and_asks_to_wait_for_is_counted_by_its_word(house: House) -> None:
    for kind, more in (("ratelimit", {"seconds": 1}), ("error", {"error": "channel_not_found"})):
        house.moves(seconds=10)
        await house.fault(method="chat.postMessage", kind=kind, times=1, **more)
        await house.sends({"channel": "#support", "draft": f"A draft {kind}.", "prompt": "Help"})
        await house.bot.tools.afterwards.done()
    found = await figures(house)
    assert of(found, "slack_refusals_total", code="channel_not_found") == 1
    assert of(found, "slack_call_seconds_count", method="chat.postMessage", outcome="refused") == 1
    assert of(found, "slack_call_seconds_count", method="chat.postMessage", outcome="busy") == 1


async def test_what_waits_is_asked_of_the_database_at_each_scrape(house: House) -> None:
    for number in range(12):
        await house.sends({"channel": "#support", "draft": f"A draft {number}.", "prompt": "Help"})
    for _ in range(12):  # a card a second
        house.moves(seconds=1)
        await house.settles()
    house.moves(seconds=90)
    found = await figures(house)
    assert of(found, "drafts_waiting") == 12
    assert of(found, "open_cards") == 10
    assert of(found, "channels_full") == 1
    assert of(found, "channels", state="active") == 1
    assert of(found, "deliveries", state="pending") == 2
    assert of(found, "delivery_oldest_due_seconds", kind="card") >= 90
    assert of(found, "database_up") == 1
    assert not [name for name, labels in found if {"support", SUPPORT} & {value for _, value in labels}]


async def test_webhooks_that_fail_and_those_that_are_off_are_counted(house: House) -> None:
    now = house.now()
    states: list[dict[str, Any]] = [
        {},
        {"failing_since": now - timedelta(hours=2)},
        {"failing_since": now - timedelta(hours=1)},
        {"failing_since": now - timedelta(hours=9)},  # nothing that was tried waits any more
        {"failing_since": now - timedelta(days=4), "disabled_at": now, "disabled_why": "It failed for three days."},
    ]
    draft = await house.draft()
    async with house.sessions.writing() as session:
        for number, state in enumerate(states, 1):
            url = "https://hooks.example.com/assay"
            session.add(Webhook(id=number, team=TEAM_ID, url=url, events=[], secret="whsec_x", created_at=now, **state))
        await session.flush()
        for number in (2, 3):
            told: dict[str, Any] = {
                "event": "gold.settled",
                "draft_id": draft,
                "at": now,
                "due_at": now + timedelta(hours=1),
            }
            session.add(Announcement(id=f"msg_{number}", webhook_id=number, attempts=1, **told))
    found = await figures(house)
    assert {state: of(found, "webhooks", state=state) for state in ("on", "failing", "off")} == {
        "on": 2,
        "failing": 2,
        "off": 1,
    }
    assert of(found, "webhook_failing_seconds") == 7_200


@pytest.mark.parametrize(("what", "more"), [("archive", {"user": "max", "channel": SUPPORT}), ("uninstall", {})])
async def test_what_waits_for_a_place_that_is_closed_is_not_late(house: House, what: str, more: dict[str, str]) -> None:
    drafts = [await house.draft(f"A draft {number}.") for number in range(10)]
    await house.sends({"channel": "#support", "draft": "One more.", "prompt": "Help"})
    body = {name: house.people[value].id if name == "user" else value for name, value in more.items()}
    (await house.http.post(f"/control/{what}", json=body)).raise_for_status()
    await house.settles()
    await house.withdraws(drafts[0])
    house.moves(hours=1)
    await house.settles()
    found = await figures(house)
    assert of(found, "deliveries", state="pending") >= 2
    assert {name: value for name, value in found.items() if name[0] == "delivery_oldest_due_seconds"} == {}
    assert [of(found, name) for name in ("channels_full", "open_cards", "drafts_waiting")] == [0, 0, 0]


async def test_a_digest_that_is_due_and_not_made_is_late_until_it_is_made(house: House) -> None:
    async with house.sessions.reading() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
    assert channel is not None
    assert newest_due(channel, house.now()) is not None, "it was set up at noon, after nine in its own zone"
    await house.bot.tools.digests.post_due()
    assert of(await figures(house), "digests_overdue") == 0
    house.moves(hours=24)
    found = await figures(house)
    due = house.now().replace(hour=8, minute=0, second=0, microsecond=0)  # nine in Berlin
    assert of(found, "digests_overdue") == 1
    assert of(found, "digest_lag_seconds") == pytest.approx((house.now() - due).total_seconds(), abs=2)
    await house.bot.tools.digests.post_due()
    assert of(await figures(house), "digest_lag_seconds") == 0


async def test_while_the_database_is_away_the_rest_is_told(house: House, on_postgres: Postgres | None) -> None:
    await house.draft()
    async with gone(house, on_postgres):
        assert (await house.http.get(f"{house.bot.url}/readyz")).status_code == 503
        found = await figures(house)
        assert of(found, "database_up") == 0
        assert of(found, "drafts_waiting") != of(found, "drafts_waiting"), "not a number: nobody knows"
        assert not [name for name, _ in found if name == "deliveries"]
        assert sum(value for (name, _), value in found.items() if name == "database_errors_total") >= 2
    assert of(await figures(house), "database_up") == 1


async def test_questions_are_bounded_however_much_waits(house: House) -> None:
    """A thousand open drafts in a channel are counted no further, and its cards are found all the same."""
    await house.draft()
    body = "".join(
        f'{{"channel": "#support", "draft": "Draft {number}.", "prompt": "Help"}}\n' for number in range(1_100)
    )
    headers = {"Authorization": f"Bearer {house.token}", "Content-Type": "application/x-ndjson"}
    await house.http.post(f"{house.bot.url}/api/v1/drafts", content=body, headers=headers)
    async with house.sessions.reading() as session:
        found = await backlog.measure(session, datetime.now(UTC) + timedelta(days=1))
    assert found.drafts == 1_000
    assert found.deliveries["pending"] > 1_000


@pytest.fixture
async def guarded_house(houses: Houses) -> AsyncIterator[House]:
    async with houses.open(set_up=False, more={"ASSAY_METRICS_TOKEN": TOKEN}) as opened:
        yield opened


@one_database
async def test_with_a_token_set_nobody_reads_them_without_it(guarded_house: House) -> None:
    for sent in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
    ):
        answer = await scraped(guarded_house, **sent)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "assay_" not in answer.text
    assert (await scraped(guarded_house, Authorization=f"Bearer {TOKEN}")).status_code == 200


@one_database
async def test_without_a_token_they_are_for_this_machine_and_not_for_what_comes_through_a_proxy(house: House) -> None:
    assert (await scraped(house)).status_code == 200
    for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"):
        answer = await scraped(house, **{name: "203.0.113.7"})
        assert answer.status_code == 403
        assert "ASSAY_METRICS_TOKEN" in answer.json()["detail"]
