"""What each submitted window does: store, then answer; or keep the window open and say why."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot import disputes, export, labelling, outbox, privacy, texts
from bot.acts import Result
from bot.alike import as_read
from bot.disputes import Decision, Ruling
from bot.home.drawing import Visit
from bot.surfaces import notes, report
from bot.surfaces.reply import NOBODY, starting_text
from bot.surfaces.scene import Opened
from bot.surfaces.settle import AS_CHOSEN, LETTERS, OWN, WHY, final_reply
from bot.verdicts import Judgement, rejection, reply
from handlers.slack import admission, answers
from handlers.slack.admission import Admitted, Refused
from handlers.slack.judging import (
    Errors,
    answer_before,
    escalation_of,
    judged,
    not_offered,
    rejoined,
    reply_of,
    with_remarks,
)
from handlers.slack.payloads import Form, Shown
from handlers.tools import Tools
from storage.models import Revision
from storage.queries import deliveries, golds, labels, redraws

Answer = Errors | Shown


async def edited(tools: Tools, form: Form) -> Errors:
    return await _answered(tools, form, whole=False)


async def changed(tools: Tools, form: Form) -> Errors:
    return await _answered(tools, form, whole=True)


async def _answered(tools: Tools, form: Form, *, whole: bool) -> Errors:
    admitted, opened = await admit(tools, form)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    base = await _shown_answer(tools, form, opened)
    text = reply_of(form, starting_text(admitted.draft, base))
    before = await answer_before(tools, opened.draft, form.user)
    if wrong := not_offered(form, admitted.channel, [before] if before else []):
        return wrong
    judgement = judged(form, admitted.draft.text, text, before, shown=base, whole=whole)
    if not isinstance(judgement, Judgement):
        return judgement
    return await _record(tools, form, admitted, opened, judgement)


async def escalated(tools: Tools, form: Form) -> Errors:
    admitted, opened = await admit(tools, form)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    before = await answer_before(tools, opened.draft, form.user)
    if wrong := not_offered(form, admitted.channel, [before] if before else []):
        return wrong
    escalation = escalation_of(form, None)
    if escalation is None:
        return {form.block("escalation"): notes.WHY_HUMAN.format(button=form.button)}
    judgement = reply(admitted.draft.text, form.field("reply"), escalation=escalation)
    return await _record(tools, form, admitted, opened, with_remarks(form, judgement, None))


async def rejected(tools: Tools, form: Form) -> Errors:
    admitted, opened = await admit(tools, form)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    before = await answer_before(tools, opened.draft, form.user)
    if wrong := not_offered(form, admitted.channel, [before] if before else []):
        return wrong
    if form.field("reject") is None:
        return {form.block("reject"): notes.WHY_REJECTED.format(button=form.button)}
    judgement = rejection(str(form.field("reject")), form.field("reply"))
    return await _record(tools, form, admitted, opened, with_remarks(form, judgement, None))


async def reported(tools: Tools, form: Form) -> Errors:
    """Strike out the words that somebody named."""
    admitted, opened = await admit(tools, form)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    words = list(dict.fromkeys(line.strip() for line in str(form.field("words") or "").splitlines() if line.strip()))
    if wrong := _not_words(words):
        return {form.block("words"): wrong}
    act = form.act(opened, admitted.standing, tools.now())
    async with tools.sessions.writing() as session:
        struck = await privacy.strike(session, admitted.channel, act, words, key=tools.settings.key)
    if struck is None:
        return {form.block("words"): notes.GONE_MODAL}
    if struck.missing:
        return {form.block("words"): report.missing(struck.missing)}
    said = notes.bare(report.removed(struck.places))
    tools.afterwards.do(answers.whisper(tools, form.team, said, user=form.user, channel=admitted.channel.slack_id))
    drawn = partial(deliveries.hasten, key=redraws.key_of(opened.draft), now=tools.now())
    tools.afterwards.do(tools.courier.deliver_after(drawn))
    return {}


def _not_words(words: Sequence[str]) -> str | None:
    if not words:
        return report.EMPTY
    if len(words) > report.MOST:
        return report.MANY
    return report.SHORT if any(len(as_read(word)) < report.SHORTEST for word in words) else None


async def settled(tools: Tools, form: Form) -> Errors:
    opened = Opened.loads(form.metadata)
    admitted = await admission.to_draft(tools, draft_id=opened.draft, team=form.team, user=form.user, lead=True)
    if isinstance(admitted, Refused):
        return refuse(form, admitted)
    async with tools.sessions.reading() as session:
        shown = await disputes.answers(session, opened.draft)
    if disputes.newest(shown) != opened.base:
        return {form.block("choice"): notes.ANSWERS_CHANGED}
    if wrong := _undecided(form, disputes.revisions(shown), admitted):
        return wrong
    decision = _decision(form, disputes.revisions(shown), admitted, seen=opened.base)
    async with tools.sessions.writing() as session:
        ruling = await disputes.settle(session, opened.draft, decision, key=tools.settings.key, now=tools.now())
        channel, _ = await outbox.place_for(session, admitted.channel, admitted.channel.digest_channel)
        gold = await golds.get(session, opened.draft)
    if ruling is not Ruling.SETTLED:
        return {form.block("choice"): _NOT_SETTLED[ruling]}
    outside = export.stays(admitted.draft, admitted.channel) or (export.left_out(gold) if gold else None)
    said = notes.settled(opened.draft, left_out=outside)
    if opened.home:
        tools.afterwards.do(tools.homes.draw(Visit(form.team, form.user, said=said)))
    else:
        tools.afterwards.do(answers.whisper(tools, form.team, notes.bare(said), user=form.user, channel=channel))
    return {}


_NOT_SETTLED = {
    Ruling.CHANGED: notes.ANSWERS_CHANGED,
    Ruling.ALREADY: notes.SETTLED_MEANWHILE,
    Ruling.BY_YOU: notes.SETTLED_BY_YOU,
    Ruling.GONE: notes.WITHDRAWN_MEANWHILE,
}
VIEWS: dict[str, Callable[[Tools, Form], Awaitable[Answer]]] = {
    "draft:edit": edited,
    "draft:change": changed,
    "draft:escalate": escalated,
    "draft:reject": rejected,
    "draft:report": reported,
    "dispute:settle": settled,
}


async def admit(tools: Tools, form: Form) -> tuple[Admitted | Refused, Opened]:
    opened = Opened.loads(form.metadata)
    return await admission.to_draft(tools, draft_id=opened.draft, team=form.team, user=form.user), opened


def refuse(form: Form, refused: Refused) -> Errors:
    """Keep the window open and say why nothing was saved."""
    return {form.first: notes.still_here(refused.words)}


def not_stored(form: Form, result: Result) -> Errors:
    """Keep the window open where the answer is not stored; empty where it is.

    Its draft was erased meanwhile, or the person answered once more and that came first.
    """
    why = {Result.GONE: notes.GONE_MODAL, Result.OVERTAKEN: notes.OVERTAKEN_MODAL}
    return {form.first: notes.still_here(why[result])} if result in why else {}


async def _record(tools: Tools, form: Form, admitted: Admitted, opened: Opened, judgement: Judgement) -> Errors:
    act = form.act(opened, admitted.standing, tools.now())
    async with tools.sessions.writing() as session:
        outcome = await labelling.record(session, admitted.channel, act, judgement, key=tools.settings.key)
    if wrong := not_stored(form, outcome.result):
        return wrong
    if opened.home:
        answers.after_home(tools, admitted.channel, outcome, team=form.team, user=form.user)
    else:
        answers.after_label(tools, admitted.channel, outcome, user=form.user)
    return {}


async def _shown_answer(tools: Tools, form: Form, opened: Opened) -> Revision | None:
    """The answer whose reply the window showed at first, whatever was saved since; None: the draft's own."""
    if not opened.base:
        return None
    async with tools.sessions.reading() as session:
        return await labels.revision(session, opened.draft, form.user, opened.base)


def _undecided(form: Form, shown: Sequence[Revision], admitted: Admitted) -> Errors:
    """What keeps the dispute from being settled as the window was filled in."""
    own = form.field("choice") == OWN
    if not own and form.field("choice") not in LETTERS[: len(shown)]:
        return {form.block("choice"): notes.NOT_OFFERED.format(button=form.button)}
    if form.field("why") not in WHY:
        return {form.block("why"): notes.NOT_OFFERED.format(button=form.button)}
    start = final_reply(shown, admitted.draft)
    try:
        final = rejoined(form, start)
    except ValueError:
        return {form.block("reply"): notes.OTHER_PARTS}
    if own and not texts.visible(final):
        return {form.block("reply"): notes.EMPTY_FINAL}
    if not own and not texts.same(final, start):  # it must not be lost where an answer is chosen
        return {form.block("choice"): notes.TYPED_BUT_CHOSE}
    if form.field("escalation") != AS_CHOSEN:
        return not_offered(form, admitted.channel, shown)
    return {form.block("escalation"): notes.NO_ANSWER_CHOSEN} if own else {}


def _decision(form: Form, shown: Sequence[Revision], admitted: Admitted, *, seen: int) -> Decision:
    choice = str(form.field("choice"))
    answer = None if choice == OWN else LETTERS.index(choice)
    escalation = form.field("escalation")
    if escalation == AS_CHOSEN:
        escalation = shown[answer].escalation if answer is not None else None
    start = final_reply(shown, admitted.draft)
    return Decision(
        lead=form.user,
        seen=seen,
        answer=answer,
        text=rejoined(form, start) if answer is None else None,
        escalation=None if escalation in (None, NOBODY) else str(escalation),
        reason=str(form.field("why")),
        note=form.field("note"),
        tags=form.field("tags") or (),
    )
