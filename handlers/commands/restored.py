"""`assay restored`: the first thing after a backup was put back."""

from bot import restoring
from bot.texts import counted
from handlers.commands.shared import Database, run, say
from handlers.wall_clock import utc_now


def restored() -> None:
    """After a backup was put back, and before the bot starts: let buttons and readers of the time since meet nothing
    new, and cards that are open again show it."""

    async def work() -> int:
        async with Database() as sessions:
            return await restoring.go_on(sessions, now=utc_now())

    cards = run(work())
    ahead = f"{restoring.LEAP:,}"
    say(
        f"Numbers of drafts, answers and entries of the trail go on {ahead} higher: an old button in Slack finds no "
        "other draft by its number.",
        f"The bot draws {counted(cards, 'open card')} anew. You can start it.",
    )
