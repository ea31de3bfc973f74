"""How a listener answers privately, after the work is stored."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import replies
from bot.acts import Outcome, Result
from bot.errors import AssayError
from bot.home.drawing import Visit
from bot.slack_calls import Ending, answered
from bot.surfaces import card, notes
from bot.surfaces.blocks import Message
from handlers.slack.payloads import Press, Shortcut
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import deliveries, redraws
from storage.words import DraftState

log = structlog.get_logger()


def after_label(tools: Tools, channel: Channel, outcome: Outcome, *, user: str, press: Press | None = None) -> None:
    """Tell the agent what became of the answer, draw the card anew, and let the outbox run."""
    tools.afterwards.do(_after_label(tools, channel, outcome, user=user, press=press))


def after_window(tools: Tools, channel: Channel, outcome: Outcome) -> None:
    """Draw the card anew; what the agent reads stands in a window."""
    tools.afterwards.do(_draw_and_deliver(tools, channel, outcome, None))


def after_home(tools: Tools, channel: Channel, outcome: Outcome, *, team: str, user: str) -> None:
    """Draw the card anew, and the Home in which the answer was changed: there stands what became of it."""
    tools.afterwards.do(tools.homes.draw(Visit(team, user, said=words(outcome))))
    tools.afterwards.do(_draw_and_deliver(tools, channel, outcome, None))


def say(tools: Tools, press: Press, message: Message, *, beside: bool = False) -> None:
    """Answer a press privately; `beside` a private note whose buttons are still needed."""
    tools.afterwards.do(_answer(tools, press, message, beside=beside))


def tell(tools: Tools, used: Shortcut, sentence: str) -> None:
    """Answer a shortcut privately: where the message is, or in a window."""
    tools.afterwards.do(_tell(tools, used, notes.bare(sentence)))


async def reply_privately(
    tools: Tools, team: str, url: str | None, message: Message, *, user: str, channel: str
) -> None:
    """Say something where a person is, or else in a channel."""
    if url is None or not await replies.note(tools.slack.bare, url, message):
        await whisper(tools, team, message, user=user, channel=channel)


async def whisper(tools: Tools, team: str, message: Message, *, user: str, channel: str | None) -> None:
    """Say something that only this person sees."""
    if channel is None:
        return
    try:
        slack = await tools.slack.of(team)
        await answered(slack.chat_postEphemeral(channel=channel, user=user, **message))
    except AssayError as error:
        log.warning("private note not delivered", error=str(error))


async def _answer(tools: Tools, press: Press, message: Message, *, beside: bool = False) -> None:
    if press.reply_url is not None:
        # A private note is replaced, so that no stale button stays behind.
        way = replies.replace if press.private and not beside else replies.note
        if await way(tools.slack.bare, press.reply_url, message):
            return
    if press.form is not None:
        await _notice(tools, press, message)
    else:
        await whisper(tools, press.team, message, user=press.user, channel=press.channel)


async def _tell(tools: Tools, used: Shortcut, message: Message) -> None:
    if used.reply_url is not None and await replies.note(tools.slack.bare, used.reply_url, message):
        return
    try:
        slack = await tools.slack.of(used.team)
        await answered(slack.views_open(trigger_id=used.trigger, view=notes.window(message)))
    except AssayError as error:
        log.warning("private note not delivered", error=str(error))


async def _notice(tools: Tools, press: Press, message: Message) -> None:
    """In Home and in windows there is no channel to whisper in: a window says it."""
    try:
        slack = await tools.slack.of(press.team)
        show = slack.views_push if press.in_window else slack.views_open
        await answered(show(trigger_id=press.trigger, view=notes.window(message)))
    except AssayError as error:
        log.warning("private note not delivered", error=str(error))


async def _after_label(tools: Tools, channel: Channel, outcome: Outcome, *, user: str, press: Press | None) -> None:
    message = sentence(outcome)
    if press is not None:
        await _answer(tools, press, message)
    else:
        await whisper(tools, channel.team, message, user=user, channel=channel.slack_id)
    await _draw_and_deliver(tools, channel, outcome, press)


async def _draw_and_deliver(tools: Tools, channel: Channel, outcome: Outcome, press: Press | None) -> None:
    if outcome.redraw is not None and outcome.draft is not None:
        await tools.courier.deliver_after(await _draw(tools, channel, outcome, press))
    else:
        await tools.courier.deliver_due()


async def _draw(
    tools: Tools, channel: Channel, outcome: Outcome, press: Press | None
) -> Callable[[AsyncSession], Awaitable[None]]:
    """Draw the card through the press that changed it, if it was pressed there; else the outbox does it now.

    Returns what to write down of it in the outbox.
    """
    assert outcome.draft is not None
    assert outcome.draft.id is not None
    # Presses on a card draw it only where it has a reply: why a blank is one, the outbox says.
    number, drawn = outcome.draft.id, card.draw(outcome.draft, guideline=channel.guideline)
    end = None
    if press is not None and press.draws and press.reply_url is not None:
        end = await replies.draw(tools.slack.bare, press.reply_url, drawn)
    key = redraws.key_of(number)
    if end is Ending.DONE:
        return partial(redraws.drawn, key=key, wanted=outcome.redraw or 0, now=tools.now(), by_press=True)
    if end is Ending.REFUSED:
        return partial(redraws.not_drawn, key=key, now=tools.now())
    return partial(deliveries.hasten, key=key, now=tools.now())


def sentence(outcome: Outcome) -> Message:
    """What the agent reads, with what can be done about it."""
    if outcome.draft is None or outcome.draft.id is None:
        return notes.bare(notes.GONE)
    said = words(outcome)
    if outcome.result in BARE:
        return notes.bare(said)
    return notes.with_buttons(
        said,
        outcome.draft.id,
        about=card.opening_words(outcome.draft),
        shared=outcome.result is Result.SAVED and outcome.draft.state == DraftState.OPEN,
        undo=outcome.result is not Result.UNDONE,
    )


def words(outcome: Outcome) -> str:
    """What became of an answer, in words."""
    if outcome.draft is None:
        return notes.GONE
    said = [_SENTENCES[outcome.result]] if outcome.result in _SENTENCES else [_saved(outcome)]
    if outcome.result is Result.EXTRA:
        said = [notes.extra(outcome.first), _saved(outcome, as_="Kept")]
    if outcome.revised and outcome.result is Result.SAVED:
        said.append(notes.REPLACES)
    if outcome.judgement and outcome.judgement.escalation and outcome.result in (Result.SAVED, Result.EXTRA):
        said.append(notes.told(outcome.told))
    if outcome.redacted:
        said.append(notes.redacted(outcome.redacted))
    return " ".join(said)


def _saved(outcome: Outcome, *, as_: str = "Saved") -> str:
    assert outcome.judgement is not None
    assert outcome.draft is not None
    return notes.saved(
        outcome.judgement.verdict,
        words_changed=outcome.words_changed,
        escalated=outcome.judgement.escalation is not None,
        written=outcome.draft.text is None,
        as_=as_,
    )


BARE = {Result.NOTHING_TO_UNDO, Result.SETTLED_BY_LEAD, Result.AFTER_SETTLED, Result.OVERTAKEN}  # without buttons
_SENTENCES = {
    Result.LATE: notes.LATE,
    Result.AFTER_SETTLED: notes.KEPT_AFTER_SETTLED,
    Result.UNDONE: notes.UNDONE,
    Result.NOTHING_TO_UNDO: notes.NOTHING_TO_UNDO,
    Result.SETTLED_BY_LEAD: notes.SETTLED_BY_LEAD,
    Result.OVERTAKEN: notes.OVERTAKEN,
}
