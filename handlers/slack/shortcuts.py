"""What each shortcut does: *Review next draft* anywhere, *Draft a reply* on a message."""

from collections.abc import Awaitable, Callable

from bot import intake, outbox, routing, slack_text, texts
from bot.intake import Arrival, Taken
from bot.membership import leads_of, unsure
from bot.submissions import Submission
from bot.surfaces import drafting, notes
from bot.surfaces import focus as focus_surface
from bot.surfaces.drafting import Origin
from handlers.slack import answers, focus, showing
from handlers.slack.judging import Errors
from handlers.slack.payloads import Form, Message, Shortcut, Shown
from handlers.slack.reading import number
from handlers.slack.showing import Came
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import channels
from storage.words import ChannelState, DraftOrigin


async def next_draft(tools: Tools, used: Shortcut) -> None:
    if said := await focus.start(
        tools, team=used.team, user=used.user, trigger=used.trigger, what="use Review next draft"
    ):
        answers.tell(tools, used, said)


async def draft_a_reply(tools: Tools, used: Shortcut) -> None:
    """Make a draft of the message: in its channel where that is set up, else in one that the person chooses."""
    message = used.message
    if message is None:
        return answers.tell(tools, used, notes.UNKNOWN_SHORTCUT)
    text = slack_text.read(message.text)
    if why := _unusable(message, text):
        return answers.tell(tools, used, why)
    origin = Origin(message.channel, message.ts, message.thread, used.reply_url, message.files)
    async with tools.sessions.reading() as session:
        channel = await channels.by_slack_id(session, used.team, message.channel)
    if channel is None or channel.state != ChannelState.ACTIVE:
        return await _ask_where(tools, used, origin, text)
    standing = await tools.doorkeeper.standing(channel, used.user, seen=True)
    if not standing.agent:
        others = [lead for lead in leads_of(channel) if lead != used.user]
        return answers.tell(tools, used, notes.refused(others))
    await _make(tools, channel, origin, text, user=used.user)


async def chosen(tools: Tools, form: Form) -> Errors | Shown:
    """The window was submitted: make the draft in the channel that was chosen."""
    origin, text = Origin.loads(form.metadata), form.text("message")
    if not texts.visible(text):
        return {form.block("message"): notes.still_here(drafting.EMPTY)}
    async with tools.sessions.reading() as session:
        channel = await channels.of_team(session, form.team, number(str(form.field("channel"))))
    if channel.state != ChannelState.ACTIVE:
        return {form.block("channel"): drafting.NOT_OPEN}
    if not (await tools.doorkeeper.standing(channel, form.user)).agent:
        return {form.block("channel"): notes.still_here(notes.REFUSED)}
    await _make(tools, channel, origin, text, user=form.user)
    return {}


SHORTCUTS: dict[str, Callable[[Tools, Shortcut], Awaitable[None]]] = {
    "assay_next": next_draft,
    "assay_draft": draft_a_reply,
}
VIEWS: dict[str, Callable[[Tools, Form], Awaitable[Errors | Shown]]] = {"draft:make": chosen}


def _unusable(message: Message, text: str) -> str | None:
    """Why no draft can be made of a message."""
    if message.by_app:
        return drafting.BY_APP
    if not texts.visible(text):
        return drafting.ONLY_FILES if message.files else drafting.NO_TEXT
    return drafting.TOO_LONG if texts.slack_length(text) > drafting.LONGEST else None


async def _ask_where(tools: Tools, used: Shortcut, origin: Origin, text: str) -> None:
    if texts.slack_length(text) > drafting.IN_WINDOW:
        return answers.tell(tools, used, drafting.TOO_LONG_HERE)
    standings = await tools.doorkeeper.standings(used.team, used.user)
    offered = [channel for channel, standing in standings if standing.agent]
    if not offered:
        said = focus_surface.UNSURE if unsure(standings) else focus_surface.NOBODY
        return answers.tell(tools, used, said)
    view = drafting.window(origin, text, offered)
    came = await showing.open_in_time(tools, used.team, used.trigger, view)
    if came is not Came.SHOWN:
        answers.tell(tools, used, showing.why_not(came, "use Draft a reply"))


async def _make(tools: Tools, channel: Channel, origin: Origin, text: str, *, user: str) -> None:
    """Store the draft, then say what comes of it."""
    settings = tools.settings
    async with tools.sessions.writing() as session:
        workspace = await channels.workspace(session, channel.team)
        submission = Submission(
            channel=channel.slack_id,
            external_id=origin.key,
            group=origin.ticket,
            prompt=text,
            url=origin.link(workspace.url) if workspace else None,
        )
        arrival = Arrival(settings.key, tools.now(), settings.model, DraftOrigin.SLACK)
        receipt = await intake.take_in(session, channel, submission, arrival)
        link = await outbox.card_link(session, channel, receipt.draft_id)
    said = _taken(tools, channel, receipt.taken, link)
    said += f" {drafting.FILES}" if origin.files and receipt.taken is not Taken.ERASED else ""
    tools.afterwards.do(
        answers.reply_privately(
            tools, channel.team, origin.reply_url, notes.bare(said), user=user, channel=channel.slack_id
        )
    )
    tools.afterwards.do(tools.courier.deliver_due())


def _taken(tools: Tools, channel: Channel, taken: Taken, link: str | None) -> str:
    if taken is Taken.CREATED:
        return _written(tools, channel)
    return drafting.ERASED if taken is Taken.ERASED else _known(link)


def _written(tools: Tools, channel: Channel) -> str:
    """Who writes the reply, and where its card appears."""
    if tools.settings.model is None:
        said = drafting.NO_MODEL
    else:
        said = drafting.WRITING if routing.model_for(channel, tools.settings.model) else drafting.NOT_ASKED
    return said.format(channel=channel.slack_id)


def _known(link: str | None) -> str:
    return drafting.KNOWN_CARD.format(link=link) if link else drafting.KNOWN
