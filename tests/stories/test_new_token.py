"""The token of the environment is changed: a process that has the old one keeps none that has the new from its work."""

from sandbox.workspace import TEAM_ID
from storage.models import Installation
from storage.queries import channels
from tests.house import DRAFT, SUPPORT, House, running_bot
from tests.stories.steps import posted, second_bot
from tests.stories.test_starting import moved_from, posts_to


async def test_what_an_old_token_is_refused_takes_the_workspace_out_for_a_minute_at_most(house: House) -> None:
    tokens = house.box.app.tokens
    new = tokens.give(TEAM_ID, frozenset(house.box.app.scopes), now=house.box.clock.now(), rotating=False)
    tokens.by_word[house.box.app.bot_token].revoked = True
    async with running_bot(house.box, house.url, {**house.more, "SLACK_BOT_TOKEN": new.word}) as bot:
        assert (await house.sends({"channel": "#support", "prompt": "Hi", "draft": DRAFT})).status_code == 201
        await house.bot.tools.afterwards.done()  # the old process tries to post it
        async with house.sessions.reading() as session:
            assert list(await channels.removed_teams(session)) == [TEAM_ID]
        assert bot.tools.slack.whose is not None
        await bot.tools.slack.whose.ask_until_known()
        await bot.tools.courier.deliver_due()
        assert len(await posted(house, DRAFT)) == 1
        house.bot = bot
        assert (await house.sends({"channel": "#support", "prompt": "Hi", "draft": "Another."})).status_code == 201


async def test_a_workspace_that_let_the_app_in_again_is_not_erased_before_slack_has_said_so(house: House) -> None:
    await house.draft()
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    house.moves(days=30)  # nobody runs the bot meanwhile
    new = house.box.app.tokens.give(TEAM_ID, frozenset(house.box.app.scopes), now=house.box.clock.now(), rotating=False)
    await house.fault(method="auth.test", kind="drop_before")
    async with running_bot(house.box, house.url, {**house.more, "SLACK_BOT_TOKEN": new.word}) as bot:
        for _ in range(2):
            assert await bot.tools.keeper.erase_uninstalled() == 0
            house.moves(seconds=4)
        async with house.sessions.reading() as session:
            assert SUPPORT in {one.slack_id for one in await channels.every(session, team=TEAM_ID)}
            assert list(await channels.uninstalled(session, before=house.now())) == []


async def test_a_workspace_that_let_the_app_in_again_is_not_erased_for_a_token_that_was_copied_wrong(
    house: House,
) -> None:
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    house.moves(days=30)
    async with running_bot(house.box, house.url, {**house.more, "SLACK_BOT_TOKEN": "xoxb-half-of"}) as bot:
        assert await bot.tools.keeper.erase_uninstalled() == 0


async def test_a_workspace_whose_place_another_one_took_is_erased_in_time(house: House) -> None:
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    house.moves(days=30)
    made = await house.http.post("/control/workspaces", json={"name": "Another one", "install": True})
    async with running_bot(house.box, house.url, {**house.more, "SLACK_BOT_TOKEN": made.json()["token"]}) as bot:
        assert await bot.tools.keeper.erase_uninstalled() > 0


async def test_a_workspace_whose_token_was_revoked_with_the_app_is_erased_in_time(house: House) -> None:
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    house.moves(days=8)
    assert await house.bot.tools.keeper.erase_uninstalled() > 0


async def test_slack_is_not_asked_again_while_the_workspace_is_in(house: House) -> None:
    assert house.bot.tools.slack.whose is not None
    before = await house.traffic()
    await house.bot.tools.slack.whose.ask_until_known()
    assert await house.traffic() == before


async def test_a_workspace_that_is_out_for_good_stays_out_however_often_slack_is_asked(house: House) -> None:
    await house.http.post("/control/uninstall", json={"user": house.max.id})
    await house.settles()
    assert house.bot.tools.slack.whose is not None
    await house.bot.tools.slack.whose.ask_until_known()
    async with house.sessions.reading() as session:
        assert list(await channels.removed_teams(session)) == [TEAM_ID]


async def test_what_a_dead_token_of_the_environment_is_told_says_nothing_of_a_workspace_that_installed_the_app(
    house: House,
) -> None:
    await moved_from(house, "TEARLIER")  # in which the app was while workspaces installed it
    async with house.sessions.writing() as session:
        session.add(Installation(team="TEARLIER", token="locked", installed_at=house.now()))
    house.box.app.tokens.by_word[house.box.app.bot_token].revoked = True
    async with second_bot(house) as bot:
        await posts_to(house, bot.url)
        await bot.tools.afterwards.done()
        async with house.sessions.reading() as session:
            assert list(await channels.removed_teams(session)) == ["TEARLIER"]
            assert list(await channels.uninstalled(session, before=house.now())) == []
