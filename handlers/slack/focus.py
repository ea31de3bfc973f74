"""Focus mode: one window after the other, with ways to skip and to go back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot import focus, labelling, opening, texts
from bot.focus import Desk, Typed
from bot.home.drawing import Visit
from bot.membership import Standings, leads_of, unsure
from bot.surfaces import focus as surface
from bot.surfaces import notes
from bot.surfaces.blocks import View
from bot.surfaces.focus import Sitting
from bot.verdicts import Judgement
from handlers.slack import admission, answers, judging, showing
from handlers.slack.admission import Admitted, Refused
from handlers.slack.judging import Errors, answer_before, judged, not_offered
from handlers.slack.payloads import Form, Press, Shown
from handlers.slack.showing import Came
from handlers.slack.windows import Answer, not_stored, refuse
from handlers.tools import Tools
from storage.errors import DatabaseAway
from storage.models import Channel, Draft, Revision
from storage.queries import channels, drafts, labels

MOST_REFUSED = 5  # windows in a row: more of them are not those drafts' fault, and the trigger does not live longer


async def start(
    tools: Tools, *, team: str, user: str, trigger: str, what: str, in_channel: str | None = None, home: bool = False
) -> str | None:
    """Open the first window; what to say where that was not possible.

    `what` has to be done again then; `in_channel` keeps to one channel's drafts; `home`: it stands behind them.
    """
    only: Channel | None = None
    if in_channel is not None:
        async with tools.sessions.reading() as session:
            found = await channels.by_slack_id(session, team, in_channel)
        only = found if found and found.state == "active" else None
    sitting = Sitting(channel=only.id if only else None, home=home)
    standings = await tools.doorkeeper.standings(team, user, seen_in=in_channel)
    desk = _reviewed(standings, user, sitting)
    if not desk.channels:
        return _no_queue(standings, only, user)
    view = await _view(tools, desk, sitting)
    came, view = await _first_shown(tools, desk, view, lambda one: showing.open_in_time(tools, team, trigger, one))
    if came is not Came.SHOWN:
        return showing.why_not(came, what)
    _lease(tools, view, user)
    return None


def _no_queue(standings: Standings, only: Channel | None, user: str) -> str:
    """Why no draft is shown; `only` those of this channel would be."""
    if unsure(standings):
        return surface.UNSURE
    if only is None or not any(standing.agent for _, standing in standings):
        return surface.NOBODY
    return notes.refused([lead for lead in leads_of(only) if lead != user])


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
    if wrong := not_stored(form, outcome.result):
        return wrong
    answers.after_window(tools, admitted.channel, outcome)
    if sitting.home:
        tools.afterwards.do(tools.homes.draw(Visit(form.team, form.user)))
    said = answers.words(outcome)
    try:
        desk = await _desk(tools, form.team, form.user, sitting)
        view = await _view(tools, desk, sitting, said=said)
    except DatabaseAway:
        sentence = notes.bare(f"{said} {surface.NOT_SHOWN}")
        tools.afterwards.do(
            answers.whisper(tools, form.team, sentence, user=form.user, channel=admitted.channel.slack_id)
        )
        return {}
    _lease(tools, view, form.user)
    return Shown(view)


async def skip(tools: Tools, press: Press) -> None:
    """On to the next draft; what was typed is kept for when this one comes again."""
    sitting, said = await _leave(tools, press)
    desk = await _desk(tools, press.team, press.user, sitting)
    await _go(tools, press, desk, await _view(tools, desk, sitting.skip(), said=said))


async def back(tools: Tools, press: Press) -> None:
    """To the draft before this one."""
    sitting, said = await _leave(tools, press)
    desk = await _desk(tools, press.team, press.user, sitting)
    async with tools.sessions.reading() as session:
        view = await focus.back(session, desk, sitting, tools.now(), said=said)
    await _go(tools, press, desk, view)


async def again(tools: Tools, press: Press) -> None:
    """The skipped drafts once more."""
    sitting = Sitting.loads(press.window.metadata).all_again()
    desk = await _desk(tools, press.team, press.user, sitting)
    await _go(tools, press, desk, await _view(tools, desk, sitting))


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "focus:start": begin,
    "focus:skip": skip,
    "focus:back": back,
    "focus:again": again,
}
VIEWS: dict[str, Callable[[Tools, Form], Awaitable[Answer]]] = {"focus:draft": save}


async def _desk(tools: Tools, team: str, user: str, sitting: Sitting) -> Desk:
    return _reviewed(await tools.doorkeeper.standings(team, user), user, sitting)


def _reviewed(standings: Standings, user: str, sitting: Sitting) -> Desk:
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


async def _leave(tools: Tools, press: Press) -> tuple[Sitting, str]:
    """Keep what was typed in the window that is left, and say why where its draft cannot be come back to."""
    sitting = Sitting.loads(press.window.metadata)
    if not sitting.draft:
        return sitting, ""
    kept = await _put_aside(tools, press, sitting)
    found = await admission.to_draft(tools, draft_id=sitting.draft, team=press.team, user=press.user)
    if isinstance(found, Admitted):
        return sitting, ""
    return replace(sitting, draft=0), f"{found.note} {surface.KEPT}" if kept else found.note


async def _put_aside(tools: Tools, press: Press, sitting: Sitting) -> bool:
    """Keep what stands in the window, for whoever typed it alone; false where there is no such draft here."""
    async with tools.sessions.reading() as session:
        draft, channel = await drafts.find_with_channel(session, sitting.draft) or (None, None)
    if draft is None or channel is None or channel.team != press.team:
        return False
    typed = await _typed(tools, press.window, sitting, draft)
    async with tools.sessions.writing() as session:
        return await focus.put_aside(session, sitting.draft, press.user, typed, key=tools.settings.key, now=tools.now())


async def _go(tools: Tools, press: Press, desk: Desk, view: View) -> None:
    came, view = await _first_shown(tools, desk, view, lambda one: showing.put(tools, press, one))
    showing.tell(tools, press, came)
    if came is Came.SHOWN:
        _lease(tools, view, press.user)


async def _first_shown(
    tools: Tools, desk: Desk, view: View, show: Callable[[View], Awaitable[Came]]
) -> tuple[Came, View]:
    """Show the window, or the next ones of the queue where Slack refuses it: one draft must not block all others."""
    for _ in range(MOST_REFUSED):
        came = await show(view)
        sitting = Sitting.loads(view["private_metadata"])
        if came is not Came.REFUSED or not sitting.draft:
            return came, view
        view = await _view(tools, desk, sitting.without(), said=surface.LEFT_OUT)
    return await show(view), view


@dataclass(frozen=True)
class Start:
    """What a window showed at first: the reply, and what its menus and its note said."""

    text: str
    said: Revision | None
    shown: Revision | None  # the answer whose reply it showed, whatever was saved since


async def _start(tools: Tools, sitting: Sitting, draft: Draft, user: str) -> Start | None:
    """None where the person kept something else in another window since."""
    async with tools.sessions.reading() as session:
        kept = await focus.kept(session, sitting, user)
        base = await labels.revision(session, sitting.draft, user, sitting.base) if sitting.base else None
    if sitting.kept and kept is None:
        return None
    saved = await answer_before(tools, sitting.draft, user)
    return Start(surface.shown_text(draft, base, kept), focus.as_left(saved, kept), base)


async def _judgement(tools: Tools, form: Form, sitting: Sitting, admitted: Admitted) -> Judgement | Errors:
    start = await _start(tools, sitting, admitted.draft, form.user)
    if start is None:
        return {form.block("reply"): notes.OTHER_WINDOW}
    if wrong := not_offered(form, admitted.channel, [start.said] if start.said else []):
        return wrong
    text = judging.reply_of(form, start.text)
    return judged(form, admitted.draft.text, text, start.said, shown=start.shown, whole=True)


async def _typed(tools: Tools, form: Form, sitting: Sitting, draft: Draft) -> Typed:
    """What stands in the window and differs from what it showed at first."""
    start = await _start(tools, sitting, draft, form.user)
    said = start.said if start else await answer_before(tools, sitting.draft, form.user)
    note = form.field("note") or "" if form.sent("note") else None
    return Typed(
        _typed_reply(form, start),
        None if note == ((said.note if said else None) or "") else note,
        judging.chosen(form, said) or None,
    )


def _typed_reply(form: Form, start: Start | None) -> str | None:
    if start is None:
        return judging.typed_over(form)
    text = judging.reply_of(form, start.text)
    return None if texts.same(text, start.text) else text
