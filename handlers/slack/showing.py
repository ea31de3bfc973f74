"""Windows, shown while their trigger lives."""

from bot.errors import AssayError
from bot.slack_calls import answered
from bot.surfaces import notes
from bot.surfaces.blocks import View
from handlers.slack import answers
from handlers.slack.payloads import Press
from handlers.tools import Tools

PATIENCE = 2.0  # seconds; a trigger lives for three


async def open_in_time(tools: Tools, trigger: str, view: View, *, over: bool = False) -> bool:
    """Open a window, `over` the one that was pressed in; False where Slack did not take it in time."""
    show = tools.slack.views_push if over else tools.slack.views_open
    try:
        await answered(show(trigger_id=trigger, view=view), patience=PATIENCE)
    except AssayError:
        return False
    return True


async def replace_in_time(tools: Tools, press: Press, view: View) -> bool:
    """Put another view into the window that was pressed; where Slack did not take it, the person reads so.

    False also where it was pressed twice: the first press has done it, and nobody needs to hear of the second.
    """
    call = tools.slack.views_update(view_id=press.window.view, hash=press.window.hash, view=view)
    try:
        await answered(call, patience=PATIENCE)
    except AssayError as error:
        if "hash_conflict" not in str(error):
            answers.say(tools, press, notes.bare(notes.NOT_OPENED.format(what=f"press {press.words}")))
        return False
    return True
