"""What people of two workspaces do with a small bot. Each story returns what they see in the end."""

import asyncio
from urllib.parse import urlencode

import httpx

from sandbox.people import Person
from tests.sandbox.bot_stories import HOUR, Scene

THERE, NOT_THERE = "The app is in Acme Care.", "The app is not in Acme Care."


async def zoe_of_acme(scene: Scene) -> Person:
    """Somebody in another workspace, whose #support has the very id that the first one's has."""
    http = scene.ana.http
    team = (await http.post("/control/workspaces", json={"name": "Acme Care"})).json()["id"]
    world = scene.box.slack.of(team).world
    zoe, *_ = [world.workspace.add_user(name) for name in ("Zoe", "Yan", "Xenia")]
    world.workspace.add_channel("support", id="C0SUPPORT", members=[zoe.id])
    return Person(http, zoe.id, "Zoe", team)


async def whether_it_is_there(zoe: Person) -> str:
    return THERE if (await zoe.screen())["app"]["installed"] else NOT_THERE


async def installs(scene: Scene, zoe: Person) -> None:
    async with httpx.AsyncClient() as browser:
        sent = await browser.get(f"{scene.host.url}/slack/install")
        await browser.get(await zoe.installs(sent.headers["Location"]))
    await zoe.invites(scene.box.slack.of(zoe.team).world.workspace.bot.id, to="#support")
    await scene.bot.drains()


async def the_app_is_installed(scene: Scene) -> str:
    zoe = await zoe_of_acme(scene)
    await installs(scene, zoe)
    return await whether_it_is_there(zoe)


async def somebody_comes_back_who_was_never_sent(scene: Scene) -> str:
    """A stranger gives their own consent, and lures somebody else's browser to the bot with it."""
    zoe = await zoe_of_acme(scene)
    asked = {"client_id": scene.box.app.client_id, "scope": "chat:write", "state": "made-up"}
    lure = await zoe.installs(f"/oauth/v2/authorize?{urlencode(asked)}")
    async with httpx.AsyncClient() as victim:
        await victim.get(lure)
    return await whether_it_is_there(zoe)


async def somebody_comes_back_with_another_browser(scene: Scene) -> str:
    """The stranger began at the bot, but it is not they who come back."""
    zoe = await zoe_of_acme(scene)
    async with httpx.AsyncClient() as stranger, httpx.AsyncClient() as victim:
        sent = await stranger.get(f"{scene.host.url}/slack/install")
        await victim.get(await zoe.installs(sent.headers["Location"]))
    return await whether_it_is_there(zoe)


async def read(person: Person) -> list[str]:
    return [message.text for message in await person.reads("#support")]


async def two_join(scene: Scene, zoe: Person) -> None:
    """The bot has heard of both before it does anything about it."""
    scene.bot.holds()
    workspace = scene.box.slack.of(zoe.team).world.workspace
    newcomers = [user.id for user in workspace.people() if user.name != "Zoe"]
    await asyncio.gather(*(zoe.invites(user, to="#support") for user in newcomers))
    scene.bot.goes_on()
    await scene.bot.drains()


async def somebody_joins_in_another_workspace(scene: Scene) -> dict[str, int]:
    """How many welcomes are read where; the bot's own counts."""
    zoe = await zoe_of_acme(scene)
    await installs(scene, zoe)
    await two_join(scene, zoe)
    return {"Sandbox": len(await read(scene.ana)), "Acme Care": len(await read(zoe))}


async def two_join_when_the_token_is_about_to_end(scene: Scene) -> int:
    """How many welcomes they read."""
    scene.box.app.token_rotation = True
    zoe = await zoe_of_acme(scene)
    await installs(scene, zoe)
    before = len(await read(zoe))
    scene.box.clock.advance(11 * HOUR)
    await two_join(scene, zoe)
    return len(await read(zoe)) - before


async def somebody_joins_the_next_day(scene: Scene) -> int:
    """How many welcomes are read."""
    scene.box.app.token_rotation = True
    zoe = await zoe_of_acme(scene)
    await installs(scene, zoe)
    before = len(await read(zoe))
    scene.box.clock.advance(24 * HOUR)
    await two_join(scene, zoe)
    return len(await read(zoe)) - before
