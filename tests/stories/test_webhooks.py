"""Others' servers are told what happens: signed, at least once, and nothing that somebody may not read yet."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlmodel import select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from standardwebhooks import Webhook as Judge
from standardwebhooks import WebhookVerificationError

from bot import herald, tokens
from bot import webhooks as deeds
from bot.addresses import Address, Allowed
from bot.guarded_http import Guarded
from bot.herald import Herald
from bot.lookups import TooManyLookups
from bot.tokens import Scope
from bot.vault import new_key
from bot.webhook_waits import ENOUGH, WAITS
from bot.webhooks import MOST
from sandbox.workspace import TEAM_ID
from storage.models import Announcement, Draft, Label, Revision, Webhook
from storage.queries import announcements, webhooks
from storage.words import DraftOrigin, DraftState, LabelKind
from tests.house import DRAFT, SUPPORT, House, running_bot
from tests.houses import Houses
from tests.receiver import Receiver, receiver
from tests.stories.steps import one_database, stored
from tests.stories.test_erasure import erases
from tests.stories.test_home import home
from tests.stories.test_report import halted

EVERYTHING = ["label.created", "gold.settled", "draft.escalated"]
FAR = "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"  # beyond all calendars
LOOPBACK = {"ASSAY_ALLOW_PRIVATE_URLS": "127.0.0.0/8"}


@asynccontextmanager
async def listening(houses: Houses, *, overlap: str = "None", **more: object) -> AsyncIterator[tuple[House, Receiver]]:
    """A house whose operator allows loopback, and a receiver there."""
    async with receiver() as hook, houses.open(overlap=overlap, more=LOOPBACK | more) as house:
        async with house.sessions.writing() as session:
            house.token = await tokens.create(session, "admin", scopes=[Scope.ADMIN], now=house.now())
        yield house, hook


async def asks(house: House, method: str, path: str, body: object = None) -> Any:
    """An answer of the API to an admin's token."""
    headers = {"Authorization": f"Bearer {house.token}"}
    answer = await house.http.request(method, f"{house.bot.url}/api/v1/{path}", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def makes(house: House, url: str, *events: str, **more: object) -> Any:
    return await asks(house, "POST", "webhooks", {"url": url, "events": events or EVERYTHING, **more})


async def tells(house: House) -> int:
    return await house.bot.tools.herald.tell_due()


async def approves(house: House, who: str, draft: int) -> None:
    await house.people[who].clicks("Approve", await house.card(draft, seen_by=who))
    house.moves(seconds=3)
    await house.settles()


async def escalates(house: House, who: str, draft: int) -> None:
    await house.people[who].clicks("Escalate", await house.card(draft, seen_by=who))
    await house.people[who].fills({"Why must a human take over?": "Legal threat"})
    assert (await house.people[who].submits()).closed
    house.moves(seconds=3)
    await house.settles()


async def announced(house: House, made: Any, **query: str) -> list[dict[str, Any]]:
    more = "&".join(f"{name}={value}" for name, value in query.items())
    return list(await asks(house, "GET", f"webhooks/{made['id']}/announcements?{more}"))


async def test_an_answer_and_its_gold_are_told_signed_and_without_a_word_of_anybody(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        draft = await house.draft(external_id="T-1")
        await approves(house, "ana", draft)
        assert await tells(house) == 2
        (label,), (gold,) = hook.events("label.created"), hook.events("gold.settled")
        assert (label["draft"], label["external_id"], label["channel"]) == (draft, "T-1", SUPPORT)
        assert (label["agent"], label["verdict"], label["revision"]) == (house.ana.id, "approved", 1)
        assert (gold["kind"], gold["verdict"], gold["escalation"]) == ("single", "approved", None)
        assert len(set(hook.ids)) == 2
        for _, body in hook.came:
            assert DRAFT not in body.decode()
        assert {one["state"] for one in await announced(house, made)} == {"sent"}
        assert await tells(house) == 0


async def test_a_receiver_can_check_the_signature_with_the_secret_that_was_shown_once(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        assert made["secret"].startswith("whsec_")
        assert "secret" not in (await asks(house, "GET", f"webhooks/{made['id']}"))
        await approves(house, "ana", await house.draft())
        await tells(house)
        ((headers, body),) = hook.came
        # The judge's clock is the machine's, ours stands in November: the moment is checked by itself.
        assert headers["webhook-timestamp"] == str(int(house.now().timestamp()))
        judge = Judge(made["secret"])
        expected = judge.sign(headers["webhook-id"], house.now().replace(microsecond=0), body.decode())
        assert headers["webhook-signature"] == expected
        fresh = datetime.now(UTC)
        again = {**headers, "webhook-timestamp": str(int(fresh.timestamp()))}
        again["webhook-signature"] = judge.sign(headers["webhook-id"], fresh, body.decode())
        assert judge.verify(body.decode(), again)["type"] == "gold.settled"
        with pytest.raises(WebhookVerificationError):
            judge.verify(body.decode() + " ", again)


async def test_with_keys_set_the_secret_is_stored_locked(houses: Houses) -> None:
    async with listening(houses, ASSAY_ENCRYPTION_KEYS=new_key()) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        async with house.sessions.reading() as session:
            (row,) = (await session.exec(select(Webhook))).all()
        assert made["secret"] not in row.secret
        await approves(house, "ana", await house.draft())
        await tells(house)
        ((headers, body),) = hook.came
        expected = Judge(made["secret"]).sign(headers["webhook-id"], house.now().replace(microsecond=0), body.decode())
        assert headers["webhook-signature"] == expected


async def test_an_answer_is_not_told_of_before_the_other_one_is_in(houses: Houses) -> None:
    async with listening(houses, overlap="All of them") as (house, hook):
        await makes(house, hook.url)
        draft = await house.draft()
        await approves(house, "ana", draft)
        house.moves(days=2)
        assert await tells(house) == 0
        assert hook.came == []
        await approves(house, "bea", draft)
        await tells(house)
        assert {one["agent"] for one in hook.events("label.created")} == {house.ana.id, house.bea.id}
        assert [one["kind"] for one in hook.events("gold.settled")] == ["consensus"]


async def test_an_answer_that_is_undone_before_it_was_told_is_held_back_again(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url)
        draft = await house.draft()
        await approves(house, "ana", draft)
        note = await house.ana.last_private_note(SUPPORT)
        assert note is not None
        await house.ana.clicks("Undo", note)
        await house.settles()
        await tells(house)
        assert hook.came == []  # the gold is gone, and the draft waits again
        await approves(house, "bea", draft)
        await tells(house)
        told = [(one["agent"], one["revision"], one["withdrawn"]) for one in hook.events("label.created")]
        assert sorted(told) == [(house.ana.id, 1, False), (house.ana.id, 2, True), (house.bea.id, 1, False)]
        assert len(hook.events("gold.settled")) == 1


async def test_an_escalation_is_told_at_once_and_later_answers_count_as_exposed(houses: Houses) -> None:
    async with listening(houses, overlap="All of them") as (house, hook):
        await makes(house, hook.url)
        draft = await house.draft(url="https://desk.example.com/1")
        await escalates(house, "ana", draft)
        await tells(house)
        (told,) = hook.events("draft.escalated")
        assert (told["reason"], told["url"], told["draft"]) == ("legal threat", "https://desk.example.com/1", draft)
        assert house.ana.id not in json.dumps(told)
        assert hook.events("label.created") == []
        await approves(house, "bea", draft)
        await tells(house)
        exposed = {one["agent"]: one["exposed"] for one in hook.events("label.created")}
        assert exposed == {house.ana.id: False, house.bea.id: True}


async def test_a_second_escalation_of_one_draft_is_not_told_again(houses: Houses) -> None:
    async with listening(houses, overlap="All of them") as (house, hook):
        await makes(house, hook.url, "draft.escalated")
        draft = await house.draft()
        await escalates(house, "ana", draft)
        await escalates(house, "bea", draft)
        await tells(house)
        assert len(hook.events("draft.escalated")) == 1


async def test_a_draft_that_was_made_from_a_slack_message_is_not_told_of(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url)
        draft = await house.draft()
        async with house.sessions.writing() as session:
            row = await session.get(Draft, draft)
            assert row is not None
            row.origin = DraftOrigin.SLACK
            session.add(row)
        await approves(house, "ana", draft)
        await tells(house)
        assert hook.came == []


async def test_a_webhook_of_one_channel_hears_nothing_of_another(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        elsewhere = await makes(house, hook.url, channel="#leads")
        here = await makes(house, hook.url, channel="#support")
        assert (elsewhere["channel"], here["channel"]) == ("C0LEADS001", SUPPORT)
        await approves(house, "ana", await house.draft())
        await tells(house)
        assert await announced(house, elsewhere) == []
        assert len(await announced(house, here)) == 2


async def test_what_fails_is_tried_for_three_days_with_growing_waits_then_the_webhook_is_switched_off(
    houses: Houses,
) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.usual = 500
        await approves(house, "ana", await house.draft())
        began, tried = house.now(), list[timedelta]()
        for _ in range(24 * 4 * 12):
            if await tells(house):
                tried.append(house.now() - began)
            house.moves(minutes=15 if tried and tried[-1] > timedelta(minutes=1) else 0.1)
        assert len(tried) == len(WAITS) + 1 == len(hook.came)
        waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
        for wait, meant in zip(waits, WAITS, strict=True):
            assert 0.8 * meant <= wait <= 1.2 * meant + timedelta(minutes=15)
        assert timedelta(days=2.4) < tried[-1] < timedelta(days=4)
        assert len(set(hook.ids)) == 1
        (row,) = await announced(house, made)
        assert (row["state"], row["status"], row["error"]) == ("failed", 500, "It answered 500.")
        # Nothing is announced to it for a while, then it fails again: three days of failing without a success.
        await approves(house, "ana", await house.draft("Another."))
        await tells(house)
        found = await asks(house, "GET", f"webhooks/{made['id']}")
        assert (found["state"], found["why"]) == ("off", "It failed for 3 days. The last time: It answered 500.")
        hook.usual = 200
        house.moves(days=1)
        assert await tells(house) == 0


@pytest.mark.parametrize("mended", ["by taking another one", "by hand"])
async def test_an_attempt_that_fails_late_is_not_held_against_a_receiver_that_was_mended_meanwhile(
    houses: Houses, mended: str
) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        for text in ("One.", "Two."):
            await approves(house, "ana", await house.draft(text))
        long_ago = house.now() - timedelta(days=3, hours=1)
        await changed(house, update(Webhook).values(failures=9, failing_since=long_ago, rests_until=house.now()))
        late = asyncio.Event()
        hook.held.append(late)
        first = asyncio.create_task(tells(house))
        await hook.arrived.wait()
        if mended == "by hand":
            await asks(house, "POST", f"webhooks/{made['id']}/replay", {"since": f"{house.now():%Y-%m-%dT%H:%M:%SZ}"})
        else:
            assert await tells(house) == 1
        hook.plan.append(web.Response(status=500))
        late.set()
        await first
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["state"] == "on"


@one_database
async def test_an_hour_of_failing_and_days_of_downtime_are_no_days_of_failing(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.usual = 500
        for number in range(12):
            await approves(house, "ana", await house.draft(f"Draft {number}."))
        for _ in range(60):
            await tells(house)
            house.moves(minutes=1)
        assert len(hook.came) > ENOUGH
        house.moves(days=3)
        await tells(house)
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["state"] == "on"


@one_database
async def test_weeks_in_which_there_was_nothing_to_tell_are_no_days_of_failing(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.usual = 500
        now = house.now()
        await changed(house, update(Webhook).values(failures=9, failing_since=now, rests_until=now))
        house.moves(days=14)
        await approves(house, "ana", await house.draft())
        await tells(house)
        assert len(hook.came) == 1
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["state"] == "on"


@one_database
async def test_days_on_which_the_bot_was_down_are_not_held_against_a_receiver(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.plan += [web.Response(status=500), web.Response(status=500)]
        await approves(house, "ana", await house.draft())
        await tells(house)
        house.moves(days=4)  # and nobody asked
        await tells(house)
        assert len(hook.came) == 2
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["state"] == "on"
        house.moves(minutes=10)
        await tells(house)
        (row,) = await announced(house, made)
        assert row["state"] == "sent"


async def test_a_receiver_that_is_gone_is_switched_off_and_replay_brings_it_back(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        before = house.now()
        hook.plan.append(web.Response(status=410))
        await approves(house, "ana", await house.draft())
        await tells(house)
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["why"] == "It answered 410: gone."
        page = await home(house, "max")
        assert "Webhook 1 (127.0.0.1) was switched off. It answered 410: gone." in page.text
        assert "Mend the server there, then run assay webhooks replay 1" in page.text
        await approves(house, "ana", await house.draft("Another."))
        assert await tells(house) == 0
        answer = await asks(house, "POST", f"webhooks/{made['id']}/replay", {"since": before.isoformat()})
        assert answer == {"count": 2, "unknown": []}
        assert await tells(house) == 2
        assert len(hook.came) == 3
        assert hook.ids[0] in hook.ids[1:]
        assert (await asks(house, "GET", f"webhooks/{made['id']}"))["state"] == "on"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"since": "0001-01-01T00:00:00+14:00"}, "/since is beyond the calendar."),
        ({"since": "9999-12-31T23:59:59-14:00"}, "/since is beyond the calendar."),
        ({"ids": ["a\0b"]}, "/ids/0 holds a zero byte, which no id has."),
    ],
)
async def test_a_replay_of_what_there_cannot_be_is_refused(houses: Houses, body: object, why: str) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        headers = {"Authorization": f"Bearer {house.token}"}
        url = f"{house.bot.url}/api/v1/webhooks/{made['id']}/replay"
        answer = await house.http.post(url, json=body, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (422, why)


async def test_one_announcement_can_be_sent_again_by_its_id(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        await approves(house, "ana", await house.draft())
        await tells(house)
        answer = await asks(house, "POST", f"webhooks/{made['id']}/replay", {"ids": ["msg_x", hook.ids[0], "msg_x"]})
        assert answer == {"count": 1, "unknown": ["msg_x"]}
        await tells(house)
        assert hook.ids[2:] == [hook.ids[0]]


async def test_a_receiver_can_ask_to_wait_and_its_redirects_are_not_followed(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.plan.append(web.Response(status=429, headers={"Retry-After": "3600"}))
        hook.plan.append(web.Response(status=302, headers={"Location": hook.url}))
        await approves(house, "ana", await house.draft())
        await tells(house)
        house.moves(minutes=50)
        assert await tells(house) == 0
        house.moves(minutes=11)
        assert await tells(house) == 1
        assert len(hook.came) == 2
        (row,) = await announced(house, made, state="pending")
        assert row["error"] == "It answered 302, a redirect, which is not followed: name the last address."


async def test_a_receiver_that_is_away_is_left_alone_for_a_while_whatever_waits(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, "http://127.0.0.1:9/nobody", "gold.settled")
        for number in range(5):
            await approves(house, "ana", await house.draft(f"Draft {number}."))
        tried = await tells(house)
        assert 1 <= tried <= 2  # of one webhook two are under way at once
        rows = await announced(house, made)
        assert sum(one["attempts"] for one in rows) == tried
        assert "cannot be reached" in json.dumps(rows)
        assert hook.came == []


async def test_what_another_process_took_and_came_to_nothing_is_sent_again(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url, "gold.settled")
        await approves(house, "ana", await house.draft())
        async with house.sessions.writing() as session:  # as a process does that is killed then
            long_ago = house.now() - timedelta(hours=1)
            claimed = await announcements.claim_next(session, now=house.now(), stuck_since=long_ago)
        assert claimed is not None
        assert await tells(house) == 0
        house.moves(minutes=3)
        assert await tells(house) == 1
        assert hook.ids == [claimed.id]


async def test_over_several_replicas_each_announcement_is_sent_once(houses: Houses) -> None:
    async with listening(houses) as (house, hook), running_bot(house.box, house.url, house.more) as other:
        await makes(house, hook.url)
        for number in range(6):
            await approves(house, "ana", await house.draft(f"Draft {number}."))
        for _ in range(5):
            await asyncio.gather(tells(house), other.tools.herald.tell_due())
        assert len(hook.ids) == len(set(hook.ids)) == 12


async def test_a_clock_that_is_set_back_delays_nothing_for_long(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url, "gold.settled")
        hook.plan += [web.Response(status=500), web.Response(status=500)]
        await approves(house, "ana", await house.draft())
        for _ in range(2):
            await tells(house)
            house.moves(seconds=30)
        house.box.clock.advance(-7_200)  # set back by two hours, minutes before the third attempt
        assert await tells(house) == 0
        house.moves(seconds=61)
        assert await tells(house) == 1
        assert len(hook.came) == 3


async def test_what_a_stopping_process_was_sending_is_sent_again_at_once(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url, "gold.settled")
        await approves(house, "ana", await house.draft())
        hook.silent = True
        telling = asyncio.create_task(tells(house))
        await hook.arrived.wait()
        await house.bot.tools.herald.stop()
        await telling
        hook.silent = False
        async with running_bot(house.box, house.url, house.more) as next_one:
            assert await next_one.tools.herald.tell_due() == 1
        assert len(hook.ids) == 2
        assert len(set(hook.ids)) == 1


async def test_a_process_that_stops_while_it_takes_something_up_waits_for_no_receiver(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(houses) as (house, hook):
        await makes(house, hook.url, "gold.settled")
        await approves(house, "ana", await house.draft())
        hook.silent = True
        async with halted(monkeypatch, announcements, "claim_next") as come:
            telling = asyncio.create_task(tells(house))
            await come.wait()
            stopping = asyncio.create_task(house.bot.tools.herald.stop())
        await stopping
        await telling
        assert hook.came == []


async def test_what_a_deleted_webhook_answers_late_is_not_held_against_the_one_made_in_its_place(
    houses: Houses,
) -> None:
    async with listening(houses) as (house, hook):
        late, telling, instead = await one_in_its_place(house, hook)
        hook.plan.append(web.Response(status=410))
        late.set()
        await telling
        assert (await asks(house, "GET", f"webhooks/{instead['id']}"))["state"] == "on"


async def test_what_a_deleted_webhook_took_late_is_no_answer_of_the_one_made_in_its_place(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        late, first = await under_way(house, hook, "One.")
        await asks(house, "DELETE", f"webhooks/{made['id']}")
        instead = await makes(house, hook.url, "gold.settled")
        later, second = await under_way(house, hook, "Two.")
        late.set()
        await first
        hook.plan.append(web.Response(status=500))
        later.set()
        await second
        (row,) = await announced(house, instead)
        assert (row["state"], row["status"]) == ("pending", 500)


async def test_that_a_deleted_webhook_took_something_late_ends_no_rest_of_the_one_made_in_its_place(
    houses: Houses,
) -> None:
    async with listening(houses) as (house, hook):
        late, telling, instead = await one_in_its_place(house, hook)
        await changed(house, update(Webhook).values(failures=3))
        late.set()
        await telling
        async with house.sessions.reading() as session:
            found = await webhooks.get(session, instead["id"])
        assert found is not None
        assert found.failures == 3


async def test_whoever_answers_while_a_month_is_sent_again_is_not_kept_waiting(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        for text in ("One.", "Two."):
            await approves(house, "ana", await house.draft(text))
        await tells(house)
        draft, begun = await house.draft("Three."), list[int]()
        some = announcements.again_since

        async def answers_before_the_second(*args: Any, **more: Any) -> Any:
            begun.append(1)
            if len(begun) == 2:
                await approves(house, "ana", draft)
            return await some(*args, **more)

        monkeypatch.setattr(announcements, "AT_A_TIME", 1)
        monkeypatch.setattr(announcements, "again_since", answers_before_the_second)
        answer = await asks(house, "POST", f"webhooks/{made['id']}/replay", {"since": "2026-01-01T00:00:00Z"})
        assert answer == {"count": 2, "unknown": []}
        found = await stored(house, draft, "ana")
        assert found is not None
        assert found[0] == "counted"


async def test_whoever_answers_while_a_month_of_announcements_is_deleted_is_not_kept_waiting(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        for text in ("One.", "Two."):
            await approves(house, "ana", await house.draft(text))
        draft, states = await house.draft("Three."), list[str | None]()

        async def find(session: AsyncSession) -> Webhook:
            states.append(None)
            if len(states) == 3:  # in the second transaction, which holds nothing yet
                states.append((await asks(house, "GET", f"webhooks/{made['id']}"))["state"])
                await approves(house, "ana", draft)
            found = await webhooks.get(session, int(made["id"]))
            assert found is not None
            return found

        monkeypatch.setattr(announcements, "AT_A_TIME", 1)
        await deeds.delete(house.sessions, find, now=house.now())
        found = await stored(house, draft, "ana")
        assert found is not None
        assert (found[0], states[3]) == ("counted", "off")
        assert await asks(house, "GET", "webhooks") == []
        async with house.sessions.reading() as session:
            assert (await session.exec(select(Announcement))).all() == []


async def test_a_webhook_made_while_another_is_deleted_is_not_deleted_for_it(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite gives it the same number."""
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        looks = list[int]()

        async def find(session: AsyncSession) -> Webhook:
            looks.append(len(looks))
            if len(looks) == 2:
                await asks(house, "DELETE", f"webhooks/{made['id']}")
                house.moves(seconds=1)
                await makes(house, hook.url, "gold.settled")
            (found,) = await webhooks.page(session, TEAM_ID, channel_id=None)
            return found

        await deeds.delete(house.sessions, find, now=house.now())
        assert len(await asks(house, "GET", "webhooks")) == 1


async def one_in_its_place(house: House, hook: Receiver) -> tuple[asyncio.Event, "asyncio.Task[int]", Any]:
    """A webhook is deleted while it is told something, and another one made a second later."""
    made = await makes(house, hook.url, "gold.settled")
    late, telling = await under_way(house, hook, "One.")
    await asks(house, "DELETE", f"webhooks/{made['id']}")
    house.moves(seconds=1)
    return late, telling, await makes(house, hook.url, "gold.settled")


async def under_way(house: House, hook: Receiver, text: str) -> tuple[asyncio.Event, "asyncio.Task[int]"]:
    """Something is being told; it is answered once the event is set."""
    await approves(house, "ana", await house.draft(text))
    answers = asyncio.Event()
    hook.held.append(answers)
    hook.arrived.clear()
    telling = asyncio.create_task(tells(house))
    await hook.arrived.wait()
    return answers, telling


async def changed(house: House, statement: Any) -> None:
    async with house.sessions.writing() as session:
        await session.exec(statement)


@one_database
async def test_what_somebody_says_whom_nobody_knows_yet_waits_until_slack_has_said_who_they_are(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        await approves(house, "ana", await house.draft())
        await changed(house, update(Revision).values(verified=False))
        await tells(house)
        assert {one["error"] for one in await announced(house, made)} == {"not verified yet"}
        assert {one["attempts"] for one in await announced(house, made)} == {0}
        await changed(house, update(Revision).values(verified=True))
        house.moves(seconds=61)
        await tells(house)
        assert len(hook.came) == 2


async def test_what_is_erased_just_before_it_is_told_is_not_told_and_holds_up_nothing(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        first, second = await house.draft("One."), await house.draft("Two.")
        for draft in (first, second):
            await approves(house, "ana", draft)
        get = webhooks.get

        async def meanwhile(session: Any, number: int) -> Webhook | None:
            await erases(house, first)  # once its announcement is claimed
            return await get(session, number)

        monkeypatch.setattr(webhooks, "get", meanwhile)
        await tells(house)
        monkeypatch.undo()
        assert {one["data"]["draft"] for one in hook.told} == {second}
        assert {one["state"] for one in await announced(house, made)} == {"sent"}


@one_database
async def test_what_turns_out_not_to_come_from_a_reviewer_is_not_told(houses: Houses) -> None:
    async with listening(houses, overlap="All of them") as (house, hook):
        made = await makes(house, hook.url, "label.created", "draft.escalated")
        draft = await house.draft()
        await escalates(house, "ana", draft)
        await changed(house, update(Label).values(kind=LabelKind.REFUSED))
        await changed(house, update(Draft).values(state=DraftState.DISPUTED))
        await tells(house)
        assert hook.came == []
        assert {(one["state"], one["error"]) for one in await announced(house, made)} == {
            ("cancelled", "not from a reviewer")
        }


@one_database
async def test_an_escalation_that_is_called_off_before_it_was_told_is_not_told(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "draft.escalated")
        await escalates(house, "ana", await house.draft())
        note = await house.ana.last_private_note(SUPPORT)
        assert note is not None
        await house.ana.clicks("Undo", note)
        await house.settles()
        await tells(house)
        assert hook.came == []
        assert [one["error"] for one in await announced(house, made, state="cancelled")] == ["called off"]


@one_database
async def test_a_sample_is_not_even_announced(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        draft = await house.draft()
        await changed(house, update(Draft).values(origin=DraftOrigin.SAMPLE))
        await approves(house, "ana", draft)
        assert await announced(house, made) == []
        assert hook.came == []


@one_database
@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("Wed, 18 Nov 2026 14:00:00 GMT", 7_000),
        ("3600", 3_600),
        ("999999999999", 86_400),
        ("soon", 4),
        ("-5", 4),
        (FAR, 4),
    ],
)
async def test_a_receiver_says_how_long_to_wait(houses: Houses, written: str, seconds: int) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        hook.plan.append(web.Response(status=503, headers={"Retry-After": written}))
        await approves(house, "ana", await house.draft())
        tried = house.now()
        await tells(house)
        (row,) = await announced(house, made)
        wait = datetime.fromisoformat(row["next_attempt"]) - tried
        assert timedelta(seconds=seconds) <= wait <= timedelta(seconds=seconds + 200)


@one_database
async def test_what_one_receiver_sets_is_sent_to_no_other(houses: Houses) -> None:
    """Cookies know no ports, so to a jar two receivers at one address are one; so are two under one domain."""
    async with listening(houses) as (house, hook), receiver() as other:
        for url in (hook.url, other.url):
            await makes(house, url, "gold.settled")
        hook.plan.append(web.Response(status=204, headers={"Set-Cookie": "a=\u00e9; Path=/"}))
        for person in ("ana", "bea"):
            await approves(house, person, await house.draft(prompt=f"Of {person}'s"))
            await tells(house)
            await house.bot.tools.http.post(hook.url)  # the model's
        assert (len(hook.came), len(other.came)) == (4, 2)
        assert not [headers for headers, _ in [*hook.came, *other.came] if "cookie" in headers]


@one_database
async def test_a_receiver_that_takes_its_time_is_not_waited_for(houses: Houses) -> None:
    async with listening(houses) as (house, hook), httpx.AsyncClient() as http:
        made = await makes(house, hook.url, "gold.settled")
        hook.silent = True
        await approves(house, "ana", await house.draft())
        hasty = Herald(house.sessions, http, house.bot.tools.vault, house.now, patience=0.05)
        assert await hasty.tell_due() == 1
        (row,) = await announced(house, made)
        assert row["error"].startswith("It did not answer within")


@one_database
@pytest.mark.parametrize("host", ["nobody-else.example", "localhost"])
async def test_of_a_receiver_that_is_not_called_people_read_its_name_and_the_log_tells_none(
    houses: Houses, every_log: list[MutableMapping[str, Any]], host: str
) -> None:
    async def leads_inside(_host: str, _port: int, _team: str) -> list[Address]:
        return [ip_address("10.1.1.1")]

    async with listening(houses) as (house, _):
        tools = house.bot.tools
        guard = Guarded(Allowed(), httpx.create_ssl_context(), leads_inside)
        async with httpx.AsyncClient(transport=guard) as http:
            made = await makes(house, "http://127.0.0.1:9/hook", "gold.settled")
            await changed(house, update(Webhook).values(url=f"https://{host}/hook"))
            await approves(house, "ana", await house.draft())
            await Herald(house.sessions, http, tools.vault, house.now).tell_due()
        (row,) = await announced(house, made)
        assert row["error"].startswith(f"{host} leads to an address that is private")
    (line,) = [line for line in every_log if line["event"] == "a webhook was not told"]
    assert line["code"] == "refused_address"
    assert host not in str(every_log)


async def test_while_too_many_names_get_no_answer_a_webhook_is_left_alone_and_has_failed_at_nothing(
    houses: Houses, every_log: list[MutableMapping[str, Any]]
) -> None:
    asked = list[str]()

    async def hangs(host: str, _port: int, team: str) -> list[Address]:
        asked.append(team)
        raise TooManyLookups("Too many names.")

    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        for number in range(3):
            await approves(house, "ana", await house.draft(prompt=f"Question {number}"))
        async with httpx.AsyncClient(transport=Guarded(Allowed(), httpx.create_ssl_context(), hangs)) as http:
            herald = Herald(house.sessions, http, house.bot.tools.vault, house.now)
            for _ in range(ENOUGH + 1):
                await herald.tell_due()
                house.moves(seconds=61)
        rows = await announced(house, made)
        assert {(row["state"], row["attempts"]) for row in rows} == {("pending", 0)}
        assert "Too many names." in [row["error"] for row in rows]
        assert asked == [TEAM_ID] * (ENOUGH + 1)  # one of the three each time
        async with house.sessions.reading() as session:
            webhook = await webhooks.get(session, made["id"])
        assert webhook is not None
        assert (webhook.failures, webhook.failing_since) == (0, None)
        await tells(house)
        assert len(hook.came) == 3
    assert {line["code"] for line in every_log if line["event"] == "a webhook was not told"} == {"too_many_lookups"}


@one_database
async def test_a_secret_whose_key_is_gone_is_said_and_what_waits_is_kept(houses: Houses) -> None:
    async with listening(houses, ASSAY_ENCRYPTION_KEYS=new_key()) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        await approves(house, "ana", await house.draft())
        async with running_bot(house.box, house.url, LOOPBACK | {"ASSAY_ENCRYPTION_KEYS": new_key()}) as forgetful:
            await forgetful.tools.herald.tell_due()
        (row,) = await announced(house, made)
        assert (row["state"], "Put the old key" in row["error"]) == ("pending", True)
        house.moves(seconds=30)
        await tells(house)
        assert len(hook.came) == 1


@one_database
async def test_what_was_begun_again_and_again_and_never_ended_is_given_up(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url, "gold.settled")
        await approves(house, "ana", await house.draft())
        await changed(house, update(Announcement).values(attempts=len(WAITS) + 1))
        await tells(house)
        (row,) = await announced(house, made)
        assert (row["state"], "was stopped before it ended" in row["error"]) == ("failed", True)
        assert hook.came == []


@one_database
async def test_a_workspace_takes_so_many_webhooks(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        for _ in range(MOST):
            await makes(house, hook.url)
        headers = {"Authorization": f"Bearer {house.token}"}
        body = {"url": hook.url, "events": EVERYTHING}
        answer = await house.http.post(f"{house.bot.url}/api/v1/webhooks", json=body, headers=headers)
        assert (answer.status_code, "Delete one first" in answer.json()["detail"]) == (409, True)


async def test_no_more_webhooks_are_made_where_many_are_asked_for_at_once(houses: Houses) -> None:
    async with listening(houses) as (house, hook):
        headers = {"Authorization": f"Bearer {house.token}"}
        body = {"url": hook.url, "events": EVERYTHING}
        url = f"{house.bot.url}/api/v1/webhooks"
        for _ in range(MOST - 2):
            await makes(house, hook.url)
        answers = await asyncio.gather(*(house.http.post(url, json=body, headers=headers) for _ in range(8)))
        assert sorted(one.status_code for one in answers) == [201, 201, *[409] * 6]


@one_database
async def test_what_happened_a_month_ago_is_forgotten(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(houses) as (house, hook):
        made = await makes(house, hook.url)
        await approves(house, "ana", await house.draft())
        house.moves(days=31)
        monkeypatch.setattr(herald, "SOME", 1)
        await house.bot.tools.herald.forget_old()
        assert await announced(house, made) == []
