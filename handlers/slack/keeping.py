"""*Keep as before*: a limit that was made shorter is taken back, from the note about it or from Home."""

from collections.abc import Awaitable, Callable

from bot import channel_setup
from bot.home.drawing import Visit
from bot.surfaces import home_admin, keeping, notes, welcome
from handlers.slack import answers
from handlers.slack.payloads import Press
from handlers.slack.setup import address
from handlers.tools import Tools
from storage.queries import channels


async def keep(tools: Tools, press: Press) -> None:
    """Keep a channel's drafts as long as before. Raises NoChannel and Unreadable."""
    async with tools.sessions.reading() as session:
        channel = await channels.of_team(session, press.team, press.number)
    if not (await tools.doorkeeper.standing(channel, press.user)).admin:
        return answers.say(tools, press, notes.bare(home_admin.ADMINS_ONLY))
    async with tools.sessions.writing() as session:
        kept = await channel_setup.keep_as_before(session, press.number, by=press.user, now=tools.now())
    said = keeping.kept(kept) if kept is not None else keeping.TOO_LATE
    if press.in_home:
        tools.afterwards.do(tools.homes.draw(Visit(press.team, press.user, hash=press.window.hash, said=said)))
    else:
        # The note about it is replaced: what else it offered is offered still.
        answers.say(tools, press, welcome.saved_again(kept or channel, said, address=address(tools)))


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {"retention:keep": keep}
