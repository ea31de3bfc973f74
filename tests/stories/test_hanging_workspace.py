"""A workspace whose Slack or whose webhooks give no answers does not keep another one waiting."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
from sqlmodel import col, func, select

from bot import herald
from bot.delivery.endings import Ending, ending
from bot.delivery.lines import AT_ONCE, OF_ONE_WORKSPACE, Lines
from bot.herald import Herald
from bot.shares import Turns
from sandbox.workspace import BOT_USER_ID, TEAM_ID
from storage.models import Channel, Delivery, Draft, Gold, Webhook
from storage.queries import announcements, people
from storage.words import DeliveryKind, DeliveryState, WebhookEvent
from tests.house import SUPPORT, House
from tests.receiver import receiver
from tests.stories.neighbours import neighbours
from tests.stories.steps import one_database, until

MANY = 15  # posts that Slack takes at once in a workspace, each in a channel of its own


async def many_wait(house: House) -> None:
    """Something is due in each of many channels of ours."""
    async with house.sessions.writing() as session:
        for number in range(MANY):
            channel, due = f"C0MANY{number:02d}", house.now()
            body = {"name": f"many-{number}", "id": channel, "members": [house.max.id, BOT_USER_ID]}
            (await house.http.post("/control/channels", json=body)).raise_for_status()
            row = Delivery(id=channel, team=TEAM_ID, key=channel, channel_id=1, to=channel, due_at=due)
            row.kind, row.body = DeliveryKind.WELCOME, {"text": "Hello"}
            session.add(row)


async def many_are_unclear(house: House) -> None:
    """More of our posts may have arrived, and nobody knows, than are looked for at a time."""
    async with house.sessions.writing() as session:
        for number in range(MANY + 10):
            began, name = house.now() - timedelta(minutes=number), f"unclear{number}"
            row = Delivery(id=name, team=TEAM_ID, key=name, channel_id=1, to=SUPPORT, due_at=house.now(), attempts=1)
            row.kind, row.body, row.state = DeliveryKind.WELCOME, {"text": "Hello"}, DeliveryState.AMBIGUOUS
            row.started_at, row.slack_time = began, began.timestamp()
            session.add(row)


async def count(house: House, team: str, state: DeliveryState) -> int:
    async with house.sessions.reading() as session:
        query = select(func.count()).where(col(Delivery.team) == team, col(Delivery.state) == state)
        return (await session.exec(query)).one()


@one_database
async def test_a_workspace_that_gets_no_answers_holds_a_third_of_the_lines_and_others_are_served(house: House) -> None:
    async with neighbours(house) as theirs:
        await many_wait(house)
        await house.fault(method="chat.postMessage", kind="delay", seconds=3, times=1_000, team=TEAM_ID)
        courier = house.bot.tools.courier
        ticks = [asyncio.create_task(courier.deliver_due()) for _ in range(AT_ONCE + 1)]

        async def stands_still() -> bool:
            return await count(house, TEAM_ID, DeliveryState.SENDING) == OF_ONE_WORKSPACE and all(
                one.team == TEAM_ID for one, _ in courier.lines.posts.values()
            )

        await until(stands_still)
        assert await courier.deliver_due() == 0
        draft = {"channel": SUPPORT, "prompt": "Hi", "draft": "Hello", "external_id": "T-2"}
        assert (await house.sends(draft, token=theirs.token)).status_code == 201

        async def arrived() -> bool:
            return await count(house, theirs.team, DeliveryState.SENT) == 2

        await until(arrived)
        assert await count(house, TEAM_ID, DeliveryState.SENDING) <= OF_ONE_WORKSPACE
        (await house.http.delete("/control/faults")).raise_for_status()
        await asyncio.gather(*ticks)
        await house.settles()
        assert await count(house, TEAM_ID, DeliveryState.PENDING) == 0


async def test_posts_of_which_nothing_is_known_are_found_though_another_workspace_gets_no_answers(house: House) -> None:
    async with neighbours(house) as theirs:
        await many_are_unclear(house)
        await house.fault(method="chat.postMessage", kind="drop_after", team=theirs.team)
        draft = {"channel": SUPPORT, "prompt": "Hi", "draft": "Hello", "external_id": "T-2"}
        assert (await house.sends(draft, token=theirs.token)).status_code == 201
        await house.settles()
        assert await count(house, theirs.team, DeliveryState.AMBIGUOUS) == 1
        house.moves(seconds=6)
        await house.fault(method="conversations.history", kind="drop_before", times=1_000, team=TEAM_ID)
        await house.bot.tools.courier.look_up_unclear()
        assert await count(house, theirs.team, DeliveryState.AMBIGUOUS) == 0
        # Of ours one was looked for: the others would have got no answer either.
        async with house.sessions.reading() as session:
            later = (col(Delivery.team) == TEAM_ID, col(Delivery.due_at) > house.now())
            assert (await session.exec(select(Delivery.id).where(*later))).all() == [f"unclear{MANY + 9}"]


async def test_who_was_let_in_is_looked_up_though_another_workspace_gets_no_answers(house: House) -> None:
    async with neighbours(house) as theirs:
        async with house.sessions.writing() as session:
            for number in range(MANY + 10):
                await people.guess_member(session, 1, f"U0GUESS{number:02d}", house.now())
            channel = (await session.exec(select(Channel.id).where(Channel.team == theirs.team))).first()
            assert channel is not None
            await people.guess_member(session, channel, theirs.user, house.now())
        await house.fault(method="users.info", kind="drop_before", times=1_000, team=TEAM_ID)
        await house.bot.tools.doorkeeper.verify()
        async with house.sessions.reading() as session:
            left = [one.user for one, _ in await people.unverified(session, limit=100)]
        assert (len(left), theirs.user in left) == (MANY + 10, False)
        assert len(await asked_for(house)) == 1  # the others would have got no answer either


async def asked_for(house: House) -> set[str]:
    """Those of our guesses of whom Slack was asked."""
    asked = {one["request"]["user"] for one in await house.traffic() if one["method"] == "users.info"}
    return {user for user in asked if user.startswith("U0GUESS")}


async def test_nobody_always_waits_behind_the_one_of_whom_slack_tells_nothing(house: House) -> None:
    async with house.sessions.writing() as session:
        for number in range(3):
            await people.guess_member(session, 1, f"U0GUESS{number}", house.now())
    await house.fault(method="users.info", kind="drop_before", times=1_000)

    async def all_were_asked_for() -> bool:
        await house.bot.tools.doorkeeper.verify()
        return len(await asked_for(house)) == 3

    await until(all_were_asked_for)


@one_database
async def test_a_workspace_alone_sends_eight_at_once(house: House) -> None:
    await many_wait(house)
    await house.fault(method="chat.postMessage", kind="delay", seconds=1, times=1_000)
    courier = house.bot.tools.courier
    sending = asyncio.create_task(courier.deliver_due())

    async def eight_at_once() -> bool:
        return await count(house, TEAM_ID, DeliveryState.SENDING) == OF_ONE_WORKSPACE

    await until(eight_at_once)
    assert await sending == MANY
    assert OF_ONE_WORKSPACE == 8


async def test_workspaces_that_get_no_answers_leave_a_line_to_the_next_until_there_are_six() -> None:
    lines, forever = Lines(), asyncio.Event()

    async def hangs() -> Ending:
        await forever.wait()
        return ending(DeliveryState.SENT)

    held: Counter[str] = Counter()
    for team in "ABCDEF":
        while team not in lines.full and held.total() < AT_ONCE:
            held[team] += 1
            lane = f"{team}{held[team]}"
            row = Delivery(id=lane, team=team, key=lane, channel_id=1, to=lane, lane=lane, due_at=datetime.now(UTC))
            lines.begin(row, hangs())
    assert [*held.values()] == [8, 8, 4, 2, 1, 1]
    forever.set()
    await asyncio.gather(*(post for _, post in lines.posts.values()))


async def is_to_be_told(house: House, url: str, team: str, *, webhooks: int = 1) -> None:
    """Of the first draft of a workspace, which is settled, so many webhooks have not heard yet."""
    about = {"event": WebhookEvent.GOLD_SETTLED, "state": DeliveryState.PENDING, "attempts": 0}
    async with house.sessions.writing() as session:
        query = select(Draft).join(Channel, col(Channel.id) == Draft.channel_id).where(Channel.team == team)
        (draft,) = (await session.exec(query)).all()
        assert draft.id is not None
        session.add(Gold(draft_id=draft.id, channel_id=draft.channel_id, verdict="approved", settled_at=house.now()))
        for _ in range(webhooks):
            hook = Webhook(team=team, url=url, secret="whsec_AAAA", created_at=house.now())
            hook.events = [WebhookEvent.GOLD_SETTLED]
            session.add(hook)
            await session.flush()
            row = {**about, "webhook_id": hook.id, "draft_id": draft.id, "at": house.now(), "due_at": house.now()}
            await announcements.add(session, [{**row, "id": f"msg_{hook.id}"}])


async def test_receivers_of_one_workspace_that_give_no_answer_keep_another_workspaces_waiting_for_nothing(
    house: House,
) -> None:
    async with neighbours(house) as theirs, receiver() as silent, receiver() as well, httpx.AsyncClient() as http:
        silent.silent = True
        await house.draft()
        await is_to_be_told(house, silent.url, TEAM_ID, webhooks=2 * herald.OF_ONE_WORKSPACE)
        await is_to_be_told(house, well.url, theirs.team)
        teller = Herald(house.sessions, http, house.bot.tools.vault, house.now)
        telling = asyncio.create_task(teller.tell_due())

        async def stands_still() -> bool:
            return len(well.came) == 1 and len(silent.came) == herald.OF_ONE_WORKSPACE

        await until(stands_still)
        assert await teller.tell_due() == 0
        await teller.stop()
        await telling


def test_workspaces_have_their_turn_one_after_the_other() -> None:
    turns, served = Turns(), list[set[str]]()
    for team in "ABCBC":
        turns.begin(team)
        served.append(turns.served)
    assert served == [{"A"}, {"A", "B"}, {"A", "B", "C"}, {"B"}, {"B", "C"}]
