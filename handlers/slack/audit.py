"""The audit trail in a window: opened on Home by an admin, turned and narrowed there."""

from collections.abc import Awaitable, Callable

from bot import trail
from bot.surfaces import home_admin, notes
from bot.surfaces.audit import Place
from bot.surfaces.blocks import View
from handlers.slack import answers, showing
from handlers.slack.payloads import Press
from handlers.tools import Tools


async def opened(tools: Tools, press: Press) -> None:
    if await _is_admin(tools, press):
        view = await _view(tools, press, Place())
        showing.tell(tools, press, await showing.open_in_time(tools, press.team, press.trigger, view))


async def older(tools: Tools, press: Press) -> None:
    if await _is_admin(tools, press):
        await _show(tools, press, Place(_place(press).channel, press.number))


async def newer(tools: Tools, press: Press) -> None:
    if await _is_admin(tools, press):
        async with tools.sessions.reading() as session:
            place = await trail.newer(session, press.team, _place(press), press.number)
        await _show(tools, press, place)


async def narrowed(tools: Tools, press: Press) -> None:
    """Only what was done in one channel, or everything again."""
    if await _is_admin(tools, press):
        await _show(tools, press, Place(press.value))


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "audit:open": opened,
    "audit:older": older,
    "audit:newer": newer,
    "audit:channel": narrowed,
}


def _place(press: Press) -> Place:
    return Place.loads(press.window.metadata)


async def _view(tools: Tools, press: Press, place: Place) -> View:
    async with tools.sessions.reading() as session:
        return await trail.window(session, press.team, place)


async def _show(tools: Tools, press: Press, place: Place) -> None:
    await showing.replace_in_time(tools, press, await _view(tools, press, place))


async def _is_admin(tools: Tools, press: Press) -> bool:
    allowed = await tools.doorkeeper.is_admin(press.team, press.user)
    if not allowed:
        answers.say(tools, press, notes.bare(home_admin.ADMINS_ONLY))
    return allowed
