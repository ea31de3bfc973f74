"""What each button does: store, or open a window; then answer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import disputes, labelling, opening
from bot.errors import Unreadable
from bot.home.drawing import Visit
from bot.surfaces import notes, reply, settle
from bot.surfaces import report as report_surface
from bot.surfaces.blocks import View
from bot.surfaces.scene import Opened, Scene
from bot.verdicts import approval
from handlers.slack import admission, answers, showing
from handlers.slack.admission import Admitted, Refused
from handlers.slack.payloads import Press
from handlers.slack.showing import Came
from handlers.tools import Tools
from storage.queries import golds
from storage.words import DraftState, GoldKind


async def approve(tools: Tools, press: Press) -> None:
    admitted = await _admit(tools, press)
    if admitted is None:
        return
    if admitted.draft.text is None:
        return answers.say(tools, press, notes.bare(notes.UNKNOWN))
    async with tools.sessions.writing() as session:
        outcome = await labelling.record(
            session,
            admitted.channel,
            press.act(admitted.standing, tools.now()),
            approval(admitted.draft.text),
            key=tools.settings.key,
        )
    answers.after_label(tools, admitted.channel, outcome, user=press.user, press=press)


async def undo(tools: Tools, press: Press) -> None:
    admitted = await _admit(tools, press)
    if admitted is None:
        return
    async with tools.sessions.writing() as session:
        outcome = await labelling.undo(session, admitted.channel, press.act(admitted.standing, tools.now()))
    if not press.in_window:
        return answers.after_label(tools, admitted.channel, outcome, user=press.user, press=press)
    tools.afterwards.do(showing.replace_in_time(tools, press, notes.window(notes.bare(answers.words(outcome)))))
    if Opened.loads(press.window.metadata).home:
        tools.afterwards.do(tools.homes.draw(Visit(press.team, press.user)))
    answers.after_window(tools, admitted.channel, outcome)


async def edit(tools: Tools, press: Press) -> None:
    await _open_on_card(tools, press, reply.edit)


async def escalate(tools: Tools, press: Press) -> None:
    await _open_on_card(tools, press, _escalation)


async def reject(tools: Tools, press: Press) -> None:
    await _open_on_card(tools, press, reply.reject)


async def report(tools: Tools, press: Press) -> None:
    await _open_on_card(tools, press, lambda scene, opened: report_surface.window(scene.draft, opened))


async def more(tools: Tools, press: Press) -> None:
    """An entry of the menu behind the three dots."""
    what, _, draft = press.value.partition(":")
    entries = {"reject": reject, "report": report}
    if what not in entries:
        raise Unreadable("The menu has no such entry.")
    await entries[what](tools, replace(press, value=draft))


async def change(tools: Tools, press: Press) -> None:
    """Open a window with everything that the agent said before, where no lead has settled it."""
    admitted = await _admit(tools, press)
    if admitted is None:
        return
    async with tools.sessions.reading() as session:
        gold = await golds.get(session, press.number)
    if gold is not None and gold.kind == GoldKind.ADJUDICATED:
        return answers.say(tools, press, notes.bare(notes.SETTLED_BY_LEAD))
    await _open(tools, press, admitted, reply.change)


async def open_dispute(tools: Tools, press: Press) -> None:
    """Show a lead the answers without names. A lead whose own answer is among them leaves it to another."""
    found = await admission.to_draft(tools, draft_id=press.number, team=press.team, user=press.user, lead=True)
    if isinstance(found, Refused):
        return answers.say(tools, press, notes.bare(found.note))
    draft_id = press.number
    async with tools.sessions.reading() as session:
        scene = await opening.scene(session, found.draft, found.channel, press.user, tools.now())
        shown = await disputes.answers(session, draft_id)
        others = await disputes.others_who_can(session, draft_id, press.user, channel=found.channel)
    if found.draft.state != DraftState.DISPUTED:
        return answers.say(tools, press, notes.bare(_NO_DISPUTE[DraftState(found.draft.state)]), beside=True)
    if others:
        return answers.say(tools, press, notes.bare(notes.own_dispute(others)), beside=True)
    opened = Opened(draft_id, disputes.newest(shown), int(tools.now().timestamp()), home=press.in_home)
    # First, for whatever becomes of the window, nobody may read the answers unnoticed.
    async with tools.sessions.writing() as session:
        await disputes.opened(session, draft_id, press.user, tools.now())
    await _show(tools, press, settle.window(scene, disputes.revisions(shown), opened))


_NO_DISPUTE = {
    DraftState.SETTLED: notes.NOT_DISPUTED,
    DraftState.WITHDRAWN: notes.WITHDRAWN,
    DraftState.OPEN: notes.OPEN_AGAIN,
}
ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "draft:approve": approve,
    "draft:edit": edit,
    "draft:escalate": escalate,
    "draft:more": more,
    "draft:undo": undo,
    "draft:change": change,
    "dispute:settle": open_dispute,
}


def _escalation(scene: Scene, opened: Opened) -> View:
    return reply.escalate(scene, opened, told=notes.told_when_sent(scene.told))


async def _admit(tools: Tools, press: Press) -> Admitted | None:
    found = await admission.to_draft(tools, draft_id=press.number, team=press.team, user=press.user)
    if isinstance(found, Refused):
        answers.say(tools, press, notes.bare(found.note))
        return None
    return found


async def _open_on_card(tools: Tools, press: Press, window: Callable[[Scene, Opened], View]) -> None:
    admitted = await _admit(tools, press)
    if admitted is None:
        return
    if admitted.draft.state == DraftState.WITHDRAWN:
        return answers.say(tools, press, notes.bare(notes.WITHDRAWN))
    await _open(tools, press, admitted, window)


async def _open(tools: Tools, press: Press, admitted: Admitted, window: Callable[[Scene, Opened], View]) -> None:
    """Open a window on a draft, then lease it: the trigger does not wait for a write."""
    draft_id = press.number
    async with tools.sessions.reading() as session:
        scene = await opening.scene(session, admitted.draft, admitted.channel, press.user, tools.now())
    base = scene.mine.number if scene.mine and scene.mine.text is not None else 0
    opened = Opened(draft_id, base, int(tools.now().timestamp()), home=press.in_home)
    if await _show(tools, press, window(scene, opened)):
        tools.afterwards.do(_lease(tools, draft_id, press.user))


async def _lease(tools: Tools, draft_id: int, user: str) -> None:
    async with tools.sessions.writing() as session:
        await opening.lease(session, draft_id, user, tools.now())


async def _show(tools: Tools, press: Press, view: View) -> bool:
    came = await showing.open_in_time(tools, press.team, press.trigger, view)
    showing.tell(tools, press, came)
    return came is Came.SHOWN
