"""Two workspaces on one database, with channels of the same ids and names: the second one tries everything."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, update

from bot import channel_life, intake, outbox
from bot.intake import Arrival
from bot.slack_channels import ARCHIVED
from bot.submissions import Submission
from sandbox.workspace import TEAM_ID
from storage.models import Delivery
from storage.queries import channels
from tests.house import DRAFT, LEADS, SUPPORT, House
from tests.houses import Houses
from tests.stories.every_act import ACTS, ANSWERED, ASKED, DRAFTED, Acts, people, story
from tests.stories.kept import Rows, all_rows, changed
from tests.stories.neighbours import WOMBAT, Neighbours, neighbours, teams_of
from tests.stories.replays import Somebody, sends
from tests.stories.steps import one_database, stored

OURS = [ASKED, DRAFTED, *ANSWERED, "Zebra", "zebra"]
NAMES = ("press people:look", "shortcut assay_draft", "window draft:make")  # whoever says a name or a message has it
A_TOKEN = re.compile(r"assay_[\w-]{40,}")
SHOWS_THEIRS = ("press focus:start", "shortcut assay_next", "command /assay next", "event app_home_opened")
SECRET, TICKET = "Marzipan", "4711"
EVENTS = [
    *({"type": f"channel_{what}", "channel": SUPPORT} for what in ("archive", "deleted", "left")),
    {"type": "channel_archive", "channel": LEADS},
    {"type": "channel_unarchive", "channel": SUPPORT},
    {"type": "channel_rename", "channel": {"id": SUPPORT, "name": "other"}},
    {"type": "member_left_channel", "channel": SUPPORT},
    {"type": "member_joined_channel", "channel": SUPPORT},
    {"type": "user_change"},
    {"type": "app_uninstalled"},
]


@dataclass(frozen=True)
class Both:
    """The house of the first workspace, with a draft that Ana has answered, and the second one."""

    house: House
    theirs: Neighbours
    draft: int

    async def asks(self, method: str, path: str, body: object = None, **query: object) -> httpx.Response:
        """With their token, which has every scope."""
        given = {name: str(value) for name, value in query.items()}
        address = f"{self.house.bot.url}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.theirs.token}"}
        return await self.house.http.request(method, address, params=given or None, json=body, headers=headers)

    async def hears(self, event: dict[str, Any]) -> None:
        """Slack tells of something in their workspace."""
        told = {"type": "event_callback", "team_id": self.theirs.team, "event": event | {"event_ts": "1.0"}}
        shown = await sends(self.house, json.dumps(told).encode(), "application/json")
        assert shown.status == 200


@pytest.fixture
async def both(houses: Houses) -> AsyncIterator[Both]:
    async with houses.open() as house, neighbours(house) as theirs:
        draft = await house.draft(external_id="T-1", group=TICKET)
        await house.ana.clicks("Edit", await house.card(draft))
        await house.ana.fills({"Reply": SECRET})
        assert (await house.ana.submits()).closed
        house.moves(minutes=2)
        await house.settles()
        yield Both(house, theirs, draft)


async def test_their_people_act_on_their_own_and_see_and_change_nothing_of_ours(houses: Houses) -> None:
    async with houses.open(overlap="All of them") as house, neighbours(house) as theirs:
        await people(house)
        acts = Acts(house, {"neighbour": lambda _: Somebody(theirs.user, theirs.team)})
        await story(house, acts.act)
        for act in ACTS:
            outcome = acts.outcomes[act, "neighbour"]
            ours = [*OURS, *(one.id for one in house.people.values())]
            if act in NAMES:
                ours = [one for one in ours if one not in acts.recorded[act].body.decode()]
            assert teams_of(outcome.changes, outcome.rows) <= {theirs.team}, act
            assert [one for one in ours if one in outcome.shown.words] == [], act
            assert A_TOKEN.search(outcome.shown.words) is None, act
            if act in SHOWS_THEIRS:
                assert WOMBAT in outcome.shown.words or "*1 draft waits for you*" in outcome.shown.words, act


async def test_their_token_reads_and_fills_channels_of_theirs_by_whatever_name(both: Both) -> None:
    before = await all_rows(both.house)
    posted = {"channel": "#support", "prompt": "Theirs.", "draft": "Theirs too.", "external_id": "T-2"}
    answers = [
        await both.asks("GET", "channels"),
        await both.asks("GET", "labels", channel="#support"),
        await both.asks("GET", "labels", channel=SUPPORT, after=0, limit=1),
        await both.asks("GET", "gold", channel="support", format="trl-sft"),
        await both.asks("GET", f"channels/{SUPPORT}/digest"),
        await both.asks("GET", f"channels/{SUPPORT}/agreement"),
        await both.asks("GET", "audit"),
        await both.asks("GET", "audit", channel=SUPPORT),
        await both.asks("GET", "webhooks"),
        await both.asks("POST", "drafts", posted),
        await both.asks("POST", "drafts", [posted, {**posted, "external_id": "T-3"}]),
    ]
    assert [one.status_code for one in answers] == [200] * 9 + [201, 200]
    after = await all_rows(both.house)
    assert teams_of(changed(before, after), after) == {both.theirs.team}
    told = "\n".join(f"{one.text}{one.headers}" for one in answers)
    assert [words for words in (SECRET, DRAFT, both.house.ana.id, TEAM_ID) if words in told] == []
    assert answers[1].text == ""
    assert answers[1].headers["X-Resume-After"] == "0"


async def test_their_token_meets_our_drafts_as_if_they_were_not_there(both: Both) -> None:
    before = await all_rows(both.house)
    for method, path in (("GET", "drafts/{}"), ("POST", "drafts/{}/withdraw")):
        there = await both.asks(method, path.format(both.draft))
        nowhere = await both.asks(method, path.format(999))
        assert there.status_code == nowhere.status_code == 404
        assert there.text.replace(f"draft {both.draft} ", "draft 999 ") == nowhere.text
    assert changed(before, await all_rows(both.house)) == []


async def test_what_their_token_erases_is_theirs(both: Both) -> None:
    before = await all_rows(both.house)
    for asked in ({"customer": SECRET}, {"customer": DRAFT[:40]}, {"channel": SUPPORT, "ticket": TICKET}):
        told = await both.asks("POST", "erasures", {**asked, "really": True})
        assert (told.status_code, told.json()["drafts"]) == (200, 0), asked
    assert "draft" not in {one.table for one in changed(before, await all_rows(both.house))}


async def test_the_same_external_id_is_another_draft_in_each_workspace(both: Both) -> None:
    same = {"channel": SUPPORT, "external_id": "T-1", "prompt": f"{WOMBAT}?", "draft": f"{WOMBAT}."}
    taken = await both.asks("POST", "drafts", same)
    assert (taken.status_code, taken.json()["status"]) == (200, "exists")  # theirs, which was sent before ours
    assert int(taken.json()["id"]) != both.draft


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
async def test_what_happens_in_their_workspace_changes_nothing_in_ours(both: Both, event: dict[str, Any]) -> None:
    """Also of people: by chance somebody of theirs has Ana's id."""
    house = both.house
    who: Any = (
        {"id": house.ana.id, "is_admin": True, "deleted": True} if event["type"] == "user_change" else house.ana.id
    )
    before = await all_rows(house)
    await both.hears({**event, "user": who})
    after = await all_rows(house)
    assert teams_of(changed(before, after, but=("seen",)), after) <= {both.theirs.team}
    draft = await house.draft("Another draft.")
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    assert await stored(house, draft, "ana") == ("counted", "approved", "Another draft.", 1)


@one_database
async def test_what_waits_for_a_channel_of_ours_stays_when_theirs_of_that_id_closes(both: Both) -> None:
    house = both.house
    before = await _waiting(house)
    async with house.sessions.writing() as session:
        await channel_life.follow(session, team=both.theirs.team, slack_id=LEADS, seen=ARCHIVED, now=house.now())
    assert {one.table for one in changed(before, await all_rows(house))} == {"channel"}


@one_database
async def test_what_waits_for_a_channel_of_ours_goes_on_waiting_when_theirs_of_that_id_comes_back(both: Both) -> None:
    before = await _waiting(both.house)
    await both.hears({"type": "channel_unarchive", "channel": LEADS})
    assert changed(before, await all_rows(both.house)) == []


async def _waiting(house: House) -> Rows:
    """A digest of ours is refused for now, and due in an hour."""
    async with house.sessions.writing() as session:
        channel = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
        assert channel is not None
        later = house.now() + timedelta(hours=1)
        await outbox.digest(session, channel, key="1:2026-11-18", messages=[{"text": "Digest"}], now=later)
        await session.exec(update(Delivery).where(col(Delivery.due_at) == later).values(error="restricted_action"))
    return await all_rows(house)


@one_database
async def test_a_bot_with_the_token_of_one_workspace_posts_nothing_of_another(houses: Houses) -> None:
    """The operator goes back from many workspaces to one; channels of both have the same ids."""
    async with houses.open() as house:
        alone = house.bot
        async with neighbours(house) as theirs:
            async with house.sessions.writing() as session:
                channel = await channels.by_slack_id(session, theirs.team, SUPPORT)
                assert channel is not None
                late = Submission(channel=SUPPORT, external_id="T-9", prompt="Late?", draft=f"Late {WOMBAT}.")
                await intake.take_in(session, channel, late, Arrival(house.bot.tools.settings.key, house.now()))
            assert await alone.tools.courier.deliver_due() > 0
            posts = [one for one in await house.traffic() if one["method"] == "chat.postMessage"]
            assert f"Late {WOMBAT}" not in json.dumps(posts)
