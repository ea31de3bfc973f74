"""Focus mode: one window after the other, with ways to skip and to go back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import focus, labelling, opening, texts
from bot.focus import Desk, Typed
from bot.home.drawing import Visit
from bot.surfaces import focus as surface
from bot.surfaces import notes
from bot.surfaces.blocks import View
from bot.surfaces.focus import Sitting
from bot.verdicts import Judgement
from handlers.slack import admission, answers, judging, showing
from handlers.slack.admission import Admitted, Refused
from handlers.slack.judging import Errors, answer_before, judged, not_offered, rejoined
from handlers.slack.payloads import Form, Press, Shown
from handlers.slack.windows import Answer, refuse
from handlers.tools import Tools
from storage.engine import DatabaseAway
from storage.queries import channels, labels


async def start(
    tools: Tools, *, team: str, user: str, trigger: str, what: str, in_channel: str | None = None, home: bool = False
) -> str | None:
    """Open the first window; what to say where that was not possible.

    `what` has to be done again then; `in_channel` keeps to one channel's drafts; `home`: it stands behind them.
    """
    only = None
    if in_channel is not None:
        async with tools.sessions.reading() as session:
            found = await channels.by_slack_id(session, team, in_channel)
        only = found.id if found and found.state == "active" else None
    sitting = Sitting(channel=only, home=home)
    desk = await _desk(tools, team, user, sitting)
    if not desk.channels:
        return surface.NOBODY
    view = await _view(tools, desk, sitting)
    if not await showing.open_in_time(tools, trigger, view):
        return notes.NOT_OPENED.format(what=what)
    _lease(tools, view, user)
    return None


async def begin(tools: Tools, press: Press) -> None:
    """*Start reviewing*, pressed on Home."""
    if said := await start(
        tools, team=press.team, user=press.user, trigger=press.trigger, what=f"press {press.words}", home=press.in_home
    ):
        answers.say(tools, press, notes.bare(said))


async def save(tools: Tools, form: Form) -> Answer:
    """Store the answer and go on to the next draft."""
    sitting = Sitting.loads(form.metadata)
    admitted = await admission.to_draft(tools, draft_id=sitting.draft, team=form.team, user=form.user)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    judgement = await _judgement(tools, form, sitting, admitted)
    if not isinstance(judgement, Judgement):
        return judgement
    act = form.act(sitting.opened, admitted.standing, tools.now(), second_look=True)
    async with tools.sessions.writing() as session:
        outcome = await labelling.record(session, admitted.channel, act, judgement, key=tools.settings.key)
    answers.after_window(tools, admitted.channel, outcome)
    if sitting.home:
        tools.afterwards.do(tools.homes.draw(Visit(form.team, form.user)))
    said = answers.words(outcome)
    try:
        desk = await _desk(tools, form.team, form.user, sitting)
        view = await _view(tools, desk, sitting, said=said)
    except DatabaseAway:
        sentence = notes.bare(f"{said} {surface.NOT_SHOWN}")
        tools.afterwards.do(answers.whisper(tools, sentence, user=form.user, channel=admitted.channel.slack_id))
        return {}
    _lease(tools, view, form.user)
    return Shown(view)


async def skip(tools: Tools, press: Press) -> None:
    """On to the next draft; what was typed is kept for when this one comes again."""
    sitting = await _leave(tools, press)
    desk = await _desk(tools, press.team, press.user, sitting)
    await _go(tools, press, await _view(tools, desk, sitting.skip()))


async def back(tools: Tools, press: Press) -> None:
    """To the draft before this one."""
    sitting = await _leave(tools, press)
    desk = await _desk(tools, press.team, press.user, sitting)
    async with tools.sessions.reading() as session:
        view = await focus.back(session, desk, sitting, tools.now())
    await _go(tools, press, view)


async def again(tools: Tools, press: Press) -> None:
    """The skipped drafts once more."""
    sitting = Sitting.loads(press.window.metadata).all_again()
    desk = await _desk(tools, press.team, press.user, sitting)
    await _go(tools, press, await _view(tools, desk, sitting))


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "focus:start": begin,
    "focus:skip": skip,
    "focus:back": back,
    "focus:again": again,
}
VIEWS: dict[str, Callable[[Tools, Form], Awaitable[Answer]]] = {"focus:draft": save}


async def _desk(tools: Tools, team: str, user: str, sitting: Sitting) -> Desk:
    standings = await tools.doorkeeper.standings(team, user)
    wanted = [channel for channel, standing in standings if standing.agent and sitting.channel in (None, channel.id)]
    return Desk(user, wanted)


async def _view(tools: Tools, desk: Desk, sitting: Sitting, *, said: str = "") -> View:
    async with tools.sessions.reading() as session:
        return await focus.begin(session, desk, sitting, tools.now(), said=said)


def _lease(tools: Tools, view: View, user: str) -> None:
    """Others are told that this person is on it; the window does not wait for that."""
    if draft_id := Sitting.loads(view["private_metadata"]).draft:
        tools.afterwards.do(_take_lease(tools, draft_id, user))


async def _take_lease(tools: Tools, draft_id: int, user: str) -> None:
    async with tools.sessions.writing() as session:
        await opening.lease(session, draft_id, user, tools.now())


async def _leave(tools: Tools, press: Press) -> Sitting:
    """Keep what was typed in the window that is left."""
    sitting = Sitting.loads(press.window.metadata)
    found = await admission.to_draft(tools, draft_id=sitting.draft, team=press.team, user=press.user)
    if isinstance(found, Admitted):
        typed = await _typed(tools, press.window, sitting, found)
        async with tools.sessions.writing() as session:
            await focus.put_aside(session, found.draft, press.user, typed, key=tools.settings.key, now=tools.now())
    return sitting


async def _go(tools: Tools, press: Press, view: View) -> None:
    if await showing.replace_in_time(tools, press, view):
        _lease(tools, view, press.user)


async def _judgement(tools: Tools, form: Form, sitting: Sitting, admitted: Admitted) -> Judgement | Errors:
    try:
        text = rejoined(form, await _shown(tools, sitting, admitted, form.user))
    except ValueError:
        return {form.block("reply"): notes.OTHER_PARTS}
    async with tools.sessions.reading() as session:
        kept = await focus.kept(session, sitting, form.user)
    before = focus.as_left(await answer_before(tools, sitting.draft, form.user), kept)
    if wrong := not_offered(form, admitted.channel, [before] if before else []):
        return wrong
    judgement = judged(form, admitted.draft.text, text, before, whole=True)
    if isinstance(judgement, Judgement) and not form.sent("note"):
        judgement = replace(judgement, note=kept.note if kept and kept.note is not None else judgement.note)
    return judgement


async def _shown(tools: Tools, sitting: Sitting, admitted: Admitted, user: str) -> str:
    """The reply that the window showed at first."""
    async with tools.sessions.reading() as session:
        kept = await focus.kept(session, sitting, user)
        base = await labels.revision(session, sitting.draft, user, sitting.base) if sitting.base else None
    return surface.shown_text(admitted.draft, base, kept)


async def _typed(tools: Tools, form: Form, sitting: Sitting, admitted: Admitted) -> Typed:
    shown = await _shown(tools, sitting, admitted, form.user)
    try:
        text = rejoined(form, shown)
    except ValueError:
        text = shown
    async with tools.sessions.reading() as session:
        kept = await focus.kept(session, sitting, form.user)
        mine = await labels.of(session, sitting.draft, form.user)
    before = kept.note if kept and kept.note is not None else (mine.revision.note if mine else None)
    note = form.field("note") if form.sent("note") else before
    changed = None if texts.same(text, shown) and kept is None else text
    was = mine.revision if mine else None
    chosen = {**(kept.chosen or {} if kept else {}), **judging.chosen(form, focus.as_left(was, kept))}
    return Typed(changed, note if (note or None) != before else None, chosen or None)
