"""What a submitted window says of a draft: read with what was said before, for Slack leaves out untouched fields."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import chunks, redaction, striking, texts
from bot.surfaces import notes
from bot.surfaces.reply import ANSWERS, HUMAN, NOBODY, REJECT, REJECT_REASONS, SAID
from bot.verdicts import Judgement, rejection, reply
from handlers.slack.payloads import Form
from handlers.tools import Tools
from storage.models import Channel, Revision
from storage.queries import labels
from storage.words import Verdict

NOTHING_CHOSEN: dict[str, Any] = {"verdict": Verdict.APPROVED, "reject_reason": None, "escalation": None, "tags": []}

Errors = dict[str, str]  # block id -> sentence; empty: the window closes


async def answer_before(tools: Tools, draft_id: int, user: str) -> Revision | None:
    """What the person's answer to a draft says now, unless it was undone."""
    async with tools.sessions.reading() as session:
        current = await labels.of(session, draft_id, user)
    return current.revision if current and not current.revision.withdrawn else None


def rejoined(form: Form, shown: str) -> str:
    """The reply from its parts, over the text that the window showed, as that reads now.

    Words may have been struck out of it since, and with them its parts go otherwise. Raises ValueError where somebody
    wrote in parts that are no more.
    """
    inputs = _reply_inputs(form)
    if all(typed is None for _, typed in inputs):
        return shown
    parts = chunks.split(shown)
    if striking.has_placeholder(shown) and not all(
        typed is None or texts.same(typed, part.text) or striking.struck_from(start, part.text)
        for (start, typed), part in zip(inputs, parts, strict=False)
    ):
        raise ValueError("the text goes in other parts now")
    if len(inputs) != (len(parts) + 1 if len(parts) > 1 else 1):
        raise ValueError(f"the window has {len(inputs)} inputs for a text of {len(parts)} parts")
    return chunks.rejoin(shown, [typed for _, typed in inputs])


def reply_of(form: Form, shown: str) -> str:
    """The reply that stands in a window which showed this text at first, whatever became of its parts since."""
    try:
        return rejoined(form, shown)
    except ValueError:
        typed = typed_over(form)
        return shown if typed is None else typed


def typed_over(form: Form) -> str | None:
    """The reply of a window whose first text is kept no more, but for spaces at its seams; None: nobody touched it."""
    inputs = _reply_inputs(form)
    if all(typed is None for _, typed in inputs):
        return None
    now = [start if typed is None else typed for start, typed in inputs]
    return "\n\n".join(part for part in now if part.strip())


def _reply_inputs(form: Form) -> list[tuple[str, str | None]]:
    """What stood in each input of the reply at first, and what somebody made of it; None: nothing else."""
    starts = [form.starts.get(block, "") for block in form.inputs if block.startswith("reply:")]
    typed = form.parts(len(starts))
    return [
        (start, None if value is None or texts.same(value, start) else value)
        for start, value in zip(starts, typed, strict=True)
    ]


def not_offered(form: Form, channel: Channel, before: Sequence[Revision]) -> Errors:
    """What was chosen that the window does not offer: neither now, nor because it was said `before`."""
    offered: dict[str, list[str | None]] = {
        "verdict": [*ANSWERS],
        "reject": [*REJECT_REASONS, *(one.reject_reason for one in before)],
        "escalation": [NOBODY, *channel.escalation_reasons, *(one.escalation for one in before)],
        "tags": [*channel.tags, *(tag for one in before for tag in one.tags)],
    }
    for name, choices in offered.items():
        chosen = form.field(name)
        for one in chosen if isinstance(chosen, list) else [chosen]:
            if one is not None and one not in choices:
                return {form.block(name): notes.NOT_OFFERED.format(button=form.button)}
    return {}


def judged(
    form: Form, draft: str | None, text: str, before: Revision | None, *, shown: Revision | None, whole: bool
) -> Judgement | Errors:
    """What a window with a reply says of the draft; what stands in the reply counts, whatever was ticked.

    Slack leaves out fields that nobody touched, so one that is missing says what it said `before`. `shown` is the
    answer whose reply it showed at first, the same for each press of one window. A `whole` window has a field for the
    verdict.
    """
    said = _ticked(form, before) if whole else None
    escalation = escalation_of(form, before)
    if not (draft is not None and texts.same(draft, text)) and redaction.too_long(text):
        return {form.block("reply"): notes.TOO_LONG.format(button=form.button)}
    written = "" if _left_as_it_is(said, draft, text, shown) else text
    if said == REJECT:
        reason = _reason_of(form, before)
        if not reason:
            return {form.block("reject"): notes.WHY_REJECTED.format(button=form.button)}
        return with_remarks(form, rejection(reason, written, escalation=escalation), before)
    judgement = reply(draft, written, escalation=escalation)
    if escalation is None and (wrong := _unreasoned(form, draft, judgement, said)):
        return wrong
    return with_remarks(form, judgement, before)


def _left_as_it_is(said: str | None, draft: str | None, text: str, shown: Revision | None) -> bool:
    """Whether what stands in the reply does not count: the draft is not usable or for a human, and nobody wrote.

    A better reply that was saved with a rejection is one as long as the draft is not usable.
    """
    if said not in (REJECT, HUMAN):
        return False
    if draft is not None and texts.same(draft, text):
        return True
    if shown is None or shown.text is None or (said == REJECT and shown.verdict == Verdict.REJECTED):
        return False
    return texts.same(shown.text, text)


def _unreasoned(form: Form, draft: str | None, judgement: Judgement, said: str | None) -> Errors:
    """What is asked for where a human must take over, or nothing was written, and no reason is chosen."""
    wrote = judgement.verdict is not Verdict.NOT_JUDGED
    if said == HUMAN and not wrote:
        return {form.block("escalation"): notes.WHY_HUMAN.format(button=form.button)}
    if said == HUMAN and draft is not None:  # of a blank it was said before, in no field
        return {form.block("escalation"): notes.WROTE_BUT_HUMAN.format(button=form.button)}
    return {} if wrote else {form.block("reply"): notes.EMPTY}


def _ticked(form: Form, before: Revision | None) -> str | None:
    """The verdict that is ticked in the window."""
    if before is not None and not form.sent("verdict"):
        return SAID[Verdict(before.verdict)]
    ticked = form.field("verdict")
    return None if ticked is None else str(ticked)


def chosen(form: Form, before: Revision | None) -> dict[str, Any]:
    """What is chosen in the window's menus and was not chosen `before`, by the revision's columns."""
    ticked = _ticked(form, before)
    now = {
        "verdict": next((verdict for verdict, said in SAID.items() if said == ticked), Verdict.APPROVED),
        "reject_reason": _reason_of(form, before),
        "escalation": escalation_of(form, before),
        "tags": _tags_of(form, before),
    }
    was = NOTHING_CHOSEN if before is None else {column: getattr(before, column) for column in now}
    return {column: value for column, value in now.items() if value != was[column]}


def with_remarks(form: Form, judgement: Judgement, before: Revision | None) -> Judgement:
    """The judgement with its topics and note."""
    note = form.field("note") if form.sent("note") else (before.note if before else None)
    return replace(judgement, tags=tuple(_tags_of(form, before)), note=note if note and texts.visible(note) else None)


def _tags_of(form: Form, before: Revision | None) -> list[str]:
    """The topics to flag."""
    if not form.sent("tags"):
        return list(before.tags) if before else []
    return list(form.field("tags") or ())


def _reason_of(form: Form, before: Revision | None) -> str | None:
    """Why the draft cannot be used, or None."""
    if not form.sent("reject"):
        return before.reject_reason if before else None
    reason = form.field("reject")
    return str(reason) if reason else None


def escalation_of(form: Form, before: Revision | None) -> str | None:
    """Why a human must take over, or None."""
    if not form.sent("escalation"):
        return before.escalation if before else None
    reason = form.field("escalation")
    return None if reason in (None, NOBODY) else str(reason)
