"""The Bolt app: a few listeners that look ids up in tables, so that each press has exactly one."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import SlackBusy, SlackUnclear, Unreadable
from bot.surfaces import notes
from handlers.slack import answers
from handlers.slack.commands import unknown
from handlers.slack.payloads import Command, Form, Press, Shortcut, Shown
from handlers.slack.reading import Body, event_heard, first_input, sent_at, strict, submit_words
from handlers.slack.tables import ACTIONS, COMMANDS, EVENTS, OPTIONS, SHORTCUTS, VIEWS
from handlers.slack.windows import Answer
from handlers.tools import Tools
from storage.errors import DatabaseAway
from storage.models import Workspace
from storage.queries import channels
from storage.queries.channels import NoChannel

OnPress = Callable[[Tools, Press], Awaitable[None]]

log = structlog.get_logger()


def make_app(tools: Tools) -> AsyncApp:
    """Bolt with our own authorisation: a start while Slack is away still answers the first click."""
    quiet = logging.getLogger("assay.bolt")
    quiet.setLevel(logging.ERROR)  # below that Bolt logs whole bodies
    app = AsyncApp(
        name="assay",  # else Bolt reads the source of the whole call stack to find one
        logger=quiet,
        signing_secret=tools.settings.slack_signing_secret.get_secret_value(),
        client=tools.slack.bare,
        authorize=_Authorization(tools),
        # Answer when the listener is done: stored first, confirmed second.
        process_before_response=True,
        ignoring_self_events_enabled=False,  # the bot's own invitation is how it meets a channel
    )
    app.action(_one_of(ACTIONS))(partial(on_press, tools))
    app.action(_none_of(ACTIONS))(partial(on_unknown_press, tools))
    app.view(_one_of(VIEWS))(partial(on_form, tools))
    app.view(_none_of(VIEWS))(partial(on_unknown_form, tools))
    app.options(_one_of(OPTIONS))(partial(on_options, tools))
    app.shortcut(_one_of(SHORTCUTS))(partial(on_shortcut, tools))
    app.shortcut(_none_of(SHORTCUTS))(partial(on_unknown_shortcut, tools))
    app.command("/assay")(partial(on_command, tools))
    for name in EVENTS:
        app.event(name)(partial(on_event, tools))
    return app


async def on_press(tools: Tools, body: Body, request: AsyncBoltRequest, ack: AsyncAck) -> None:
    await _press(tools, body, request, ACTIONS.get)
    await ack()


async def on_unknown_press(tools: Tools, body: Body, request: AsyncBoltRequest, ack: AsyncAck) -> None:
    await _press(tools, body, request, lambda _: None)
    await ack()


async def _press(
    tools: Tools, body: Body, request: AsyncBoltRequest, listener: Callable[[str], OnPress | None]
) -> None:
    """What was pressed is done, or the one who pressed reads why not."""
    try:
        press = Press.read(body, sent_at(request.headers))
    except Unreadable as error:
        log.warning("a press that nobody can be answered", error=str(error))
        return
    try:
        wakes = listener(press.action)
        if wakes is None:
            raise Unreadable("No button of this version has this id.")
        await wakes(tools, press)
    except (Unreadable, NoChannel):
        answers.say(tools, press, notes.bare(notes.UNKNOWN))
    except DatabaseAway:
        answers.say(tools, press, notes.bare(notes.AWAY.format(button=press.words)), beside=True)


async def on_form(tools: Tools, body: Body, request: AsyncBoltRequest, ack: AsyncAck) -> None:
    try:
        form = Form.read(body, sent_at(request.headers))
        answer = await VIEWS[body["view"]["callback_id"]](tools, form)
    except (Unreadable, NoChannel):
        answer = _kept(body, notes.UNKNOWN_MODAL)
    except DatabaseAway:
        answer = _kept(body, notes.AWAY_MODAL.format(button=submit_words(body)))
    await _answer(ack, answer)


async def on_unknown_form(_tools: Tools, body: Body, ack: AsyncAck) -> None:
    await _answer(ack, _kept(body, notes.UNKNOWN_MODAL))


def _kept(body: Body, sentence: str) -> Answer:
    """The window stays open with all that was typed in it; one without fields says it in its place."""
    first = first_input(body)
    return {first: sentence} if first else Shown(notes.window(notes.bare(notes.UNKNOWN_WINDOW)))


async def _answer(ack: AsyncAck, answer: Answer) -> None:
    if isinstance(answer, Shown):
        await ack(response_action="update", view=answer.view)
    elif answer:
        await ack(response_action="errors", errors=answer)
    else:
        await ack()


async def on_options(tools: Tools, body: Body, ack: AsyncAck) -> None:
    await ack(options=await OPTIONS[body["action_id"]](tools, body))


async def on_shortcut(tools: Tools, body: Body, ack: AsyncAck) -> None:
    try:
        used = Shortcut.read(strict(body))
        await _use(tools, used)
    except (Unreadable, NoChannel) as error:
        log.warning("a shortcut that nobody can be answered", error=str(error))
    await ack()


async def _use(tools: Tools, used: Shortcut) -> None:
    try:
        await SHORTCUTS[used.name](tools, used)
    except DatabaseAway:
        answers.tell(tools, used, notes.AWAY_COMMAND)


async def on_unknown_shortcut(tools: Tools, body: Body, ack: AsyncAck) -> None:
    answers.tell(tools, Shortcut.read(body), notes.UNKNOWN_SHORTCUT)
    await ack()


async def on_command(tools: Tools, body: Body, ack: AsyncAck) -> None:
    try:
        command = Command.read(body)
        first = command.words.split(" ")[0].lower() or "help"
        said = await COMMANDS.get(first, unknown)(tools, command)
    except DatabaseAway:
        said = notes.AWAY_COMMAND
    except (Unreadable, NoChannel):
        said = notes.UNREADABLE_COMMAND
    if said:
        await ack(text=said, response_type="ephemeral")
    else:
        await ack()


async def on_event(tools: Tools, body: Body) -> BoltResponse | None:
    """What cannot be followed while Slack does not answer is left to Slack, which tells of it again."""
    kind = body["event"]["type"]
    try:
        await EVENTS[kind](tools, event_heard(body))
    except (Unreadable, NoChannel) as error:
        log.warning("an event that says too little", type=kind, error=str(error))
    except (SlackBusy, SlackUnclear) as error:
        log.warning("an event is left to be told again", type=kind, error=str(error))
        return BoltResponse(status=503)
    return None


class _Authorization(AsyncAuthorize):
    """Who we are comes from our own table, never from Slack in the middle of a click."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._known: dict[str, Workspace] = {}

    async def __call__(self, *, enterprise_id: str | None, team_id: str | None, **_context: object) -> AuthorizeResult:
        workspace = await self._workspace(team_id or "")
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=workspace.bot_user if workspace else None,
            bot_id=workspace.bot_id if workspace else None,
        )

    async def _workspace(self, team: str) -> Workspace | None:
        # The bot's ids in a workspace never change, so they are read once.
        if team not in self._known:
            try:
                async with self._tools.sessions.reading() as session:
                    found = await channels.workspace(session, team)
            except DatabaseAway:
                return None  # the listener meets the same and answers in words
            if found is None:
                return None
            self._known[team] = found
        return self._known[team]


def _one_of(ids: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"^(?:{'|'.join(map(re.escape, ids))})\Z")


def _none_of(ids: Iterable[str]) -> re.Pattern[str]:
    # Only ids that no listener has: Bolt runs the next match when a listener is late.
    return re.compile(rf"^(?!(?:{'|'.join(map(re.escape, ids))})\Z)")
