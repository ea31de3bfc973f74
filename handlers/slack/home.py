"""The Home tab: drawn when somebody opens it, and anew after what they do in it."""

from collections.abc import Awaitable, Callable

from bot.errors import Unreadable
from bot.focus import Desk
from bot.home import admin, lead
from bot.home.drawing import Visit
from bot.surfaces import home_admin as surface
from bot.surfaces import notes, person
from handlers.slack import answers, showing
from handlers.slack.payloads import Press
from handlers.slack.reading import Body, number
from handlers.tools import Tools


async def opened(tools: Tools, body: Body) -> None:
    """The other tab, the conversation with the bot, needs nothing."""
    event = body["event"]
    if event["tab"] == "home":
        seen = event.get("view") or {}
        tools.afterwards.do(tools.homes.draw(Visit(body["team_id"], event["user"], hash=seen.get("hash"))))


async def post_again(tools: Tools, press: Press) -> None:
    """Send once more what did not arrive: once, however many press it."""
    if not await _is_admin(tools, press):
        return
    delivery, _, attempts = press.value.partition(":")
    async with tools.sessions.writing() as session:
        sent = await admin.send_again(
            session, press.team, delivery, attempts=number(attempts), now=tools.now(), by=press.user
        )
    _draw(tools, press, surface.AGAIN if sent else surface.ALREADY)
    tools.afterwards.do(tools.courier.deliver_due())


async def end_token(tools: Tools, press: Press) -> None:
    if not await _is_admin(tools, press):
        return
    async with tools.sessions.writing() as session:
        ended = await admin.end_token(session, press.team, press.number, tools.now(), by=press.user)
    _draw(tools, press, surface.ENDED if ended else surface.ENDED_BEFORE)


async def look_closer(tools: Tools, press: Press) -> None:
    """Show a lead one person's answers beside others', in the channels that they lead now."""
    if not (press.value.isascii() and press.value.isalnum()):
        raise Unreadable("This menu does not name a person.")
    standings = await tools.doorkeeper.standings(press.team, press.user)
    led = Desk(press.user, [channel for channel, standing in standings if standing.lead])
    if not led.channels:
        return answers.say(tools, press, notes.bare(person.ONLY_LEADS))
    async with tools.sessions.reading() as session:
        seen = await lead.colleague(session, led, press.value, tools.now())
    showing.tell(tools, press, await showing.open_in_time(tools, press.team, press.trigger, person.window(seen)))
    _draw(tools, press, "")


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "delivery:again": post_again,
    "token:end": end_token,
    "people:look": look_closer,
}
EVENTS: dict[str, Callable[[Tools, Body], Awaitable[None]]] = {"app_home_opened": opened}


def _draw(tools: Tools, press: Press, said: str) -> None:
    seen = press.form.hash if press.form is not None and press.in_home else None
    tools.afterwards.do(tools.homes.draw(Visit(press.team, press.user, hash=seen, said=said)))


async def _is_admin(tools: Tools, press: Press) -> bool:
    allowed = await tools.doorkeeper.is_admin(press.team, press.user)
    if not allowed:
        answers.say(tools, press, notes.bare(surface.ADMINS_ONLY))
    return allowed
