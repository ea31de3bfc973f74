"""How a channel is set up: the window, its search for time zones, and what can be pressed around it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import audit, channel_life, channel_setup, sample, slack_channels, targets, time_zones, tokens, wishes
from bot.channel_setup import Saved
from bot.errors import Unreadable
from bot.health import channel_health, shorter_limit, shorter_limits
from bot.home.drawing import Visit
from bot.sample import Sent
from bot.slack_channels import Look
from bot.surfaces import blocks, card, keeping, notes, setup, setup_answers, welcome
from bot.surfaces.blocks import Block, Message, View
from bot.surfaces.setup import Filled, Planned
from bot.tokens import Scope
from bot.wishes import Wishes
from handlers.slack import answers, showing
from handlers.slack.payloads import Form, Press, Shown
from handlers.slack.showing import Came
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import channels, drafts, people, seen
from storage.queries import tokens as stored_tokens
from storage.words import ChannelState

OPTIONS_MOST = 100  # that a menu takes at once
PLACES = ("digest_channel", "escalation_channel")
SAMPLES = {Sent.SENT: welcome.SAMPLE_SENT, Sent.WAITS: welcome.SAMPLE_WAITS, Sent.NOT_SET_UP: welcome.NOT_SET_UP}

Errors = dict[str, str]  # block id -> sentence; empty: the window closes
Answer = Errors | Shown


async def start(
    tools: Tools, channel: Channel, *, user: str, trigger: str, what: str, home: bool = False
) -> str | None:
    """Open the window for an admin; what to say to others, or where it could not be opened.

    `what` has to be done again then: "press Set up". `home` says that Home stands behind it.
    """
    standing = await tools.doorkeeper.standing(channel, user)
    if not standing.admin:
        return await _admins_only(tools, channel)
    assert channel.id is not None
    zone = channel.time_zone
    if not channel_setup.is_set_up(channel):
        theirs = (await channel_setup.profile(tools.slack, channel.team, user))[1]
        zone = theirs if theirs and time_zones.is_known(theirs) else zone
    view = await _view(tools, channel, Planned(channel.id, channel.settings_version, zone, home=home))
    came = await showing.open_in_time(tools, channel.team, trigger, view)
    return None if came is Came.SHOWN else showing.why_not(came, what)


async def set_up(tools: Tools, press: Press) -> None:
    """*Set up*, pressed on the first message."""
    channel = await _channel(tools, press)
    what = f"press {press.words}"
    if said := await start(tools, channel, user=press.user, trigger=press.trigger, what=what, home=press.in_home):
        answers.say(tools, press, notes.bare(said))


async def more(tools: Tools, press: Press) -> None:
    """Show every field; what was typed stays, for the fields keep their ids."""
    channel, planned = await _channel(tools, press), Planned.loads(press.window.metadata)
    if planned.channel != channel.id:
        raise Unreadable("This button stands in the window of another channel.")
    if not (await tools.doorkeeper.standing(channel, press.user)).admin:
        return answers.say(tools, press, notes.bare(await _admins_only(tools, channel)))
    view = await _view(tools, channel, planned.with_more())
    await showing.replace_in_time(tools, press, view)


async def zones(tools: Tools, body: Mapping[str, Any]) -> list[Block]:
    """The time zones that fit what was typed."""
    now = tools.now()
    found = time_zones.found(str(body.get("value", "")), now, limit=OPTIONS_MOST)
    return [blocks.option(time_zones.described(name, now), name) for name in found]


async def save(tools: Tools, form: Form) -> Answer:
    """Store the settings, or keep the window open and say at each field what is wrong.

    What comes next is said in the channel; begun in Home, in the window itself, for its admin need not be in there.
    """
    planned = Planned.loads(form.metadata)
    async with tools.sessions.reading() as session:
        channel = await channels.of_team(session, form.team, planned.channel)
        guideline = await channels.guideline(session, planned.channel)
        topics = await drafts.topics(session, planned.channel)
    if not (await tools.doorkeeper.standing(channel, form.user)).admin:
        return {form.first: notes.still_here(notes.ADMINS_ONLY)}
    wished = _wishes(form, planned, channel, guideline.text if guideline else "")
    if form.sent("targets"):
        wished = replace(wished, targets=targets.as_drafts_have_them(wished.targets, topics))
    places = await _places(tools, form)
    if wrong := _complaints(tools, form, wished) | _unfit(form, places) | await _no_colleagues(tools, form, channel):
        return wrong
    saved = await _configure(tools, form, planned, wished, places)
    if saved is Saved.OVERTAKEN:
        return {form.first: setup_answers.overtaken(await _who_saved(tools, planned.channel))}
    if wished.escalation_channel:
        tools.afterwards.do(tools.doorkeeper.learn_members(form.team, wished.escalation_channel))
    message = await _ready(tools, channel, saved, topics)
    if planned.home:
        tools.afterwards.do(tools.homes.draw(Visit(form.team, form.user)))
        return Shown(notes.window(message))
    tools.afterwards.do(answers.whisper(tools, form.team, message, user=form.user, channel=channel.slack_id))
    return {}


async def send_sample(tools: Tools, press: Press) -> None:
    channel = await _channel(tools, press)
    standing = await tools.doorkeeper.standing(channel, press.user)
    if not (standing.admin or standing.lead):
        return _whisper(tools, press, notes.bare(await _admins_only(tools, channel)))
    async with tools.sessions.writing() as session:
        sent = await sample.send(session, channel, press=press.key, key=tools.settings.key, now=tools.now())
    _whisper(tools, press, notes.bare(SAMPLES[sent]))
    tools.afterwards.do(tools.courier.deliver_due())


async def make_token(tools: Tools, press: Press) -> None:
    """Show an admin a new token for the channel, once: in a window, never in a message."""
    channel = await _channel(tools, press)
    if not (await tools.doorkeeper.standing(channel, press.user)).admin:
        return _whisper(tools, press, notes.bare(await _admins_only(tools, channel)))
    async with tools.sessions.writing() as session:
        if not await seen.first_time(session, press.key, tools.now()):
            return
        secret = await tokens.create(
            session,
            f"#{channel.name}, made in Slack",
            scopes=[Scope.DRAFTS_WRITE],
            now=tools.now(),
            channel=channel,
            by=audit.person(press.user),
        )
    came = await showing.open_in_time(
        tools, press.team, press.trigger, welcome.token(channel, secret), over=press.in_window
    )
    if came is not Came.SHOWN:
        await _forget(tools, secret)
        said = notes.REFUSED_WINDOW if came is Came.REFUSED else welcome.NOT_OPENED
        return _whisper(tools, press, notes.bare(said))
    if press.in_home:
        tools.afterwards.do(tools.homes.draw(Visit(press.team, press.user)))


async def show_example(tools: Tools, press: Press) -> None:
    answers.say(tools, press, card.example())


ACTIONS: dict[str, Callable[[Tools, Press], Awaitable[None]]] = {
    "channel:setup": set_up,
    "channel:example": show_example,
    "channel:sample": send_sample,
    "channel:token": make_token,
    setup.MORE: more,
}
VIEWS: dict[str, Callable[[Tools, Form], Awaitable[Answer]]] = {"channel:setup": save}
OPTIONS: dict[str, Callable[[Tools, Mapping[str, Any]], Awaitable[list[Block]]]] = {setup.ZONES: zones}


async def _channel(tools: Tools, press: Press) -> Channel:
    """The channel that a button is about, in the workspace of whoever pressed it. Raises NoChannel and Unreadable."""
    async with tools.sessions.reading() as session:
        return await channels.of_team(session, press.team, press.number)


async def _view(tools: Tools, channel: Channel, planned: Planned) -> View:
    async with tools.sessions.reading() as session:
        guideline = await channels.guideline(session, planned.channel)
        findings = await shorter_limits(session, [channel] if planned.more else [], tools.now())
        findings += await channel_health(session, team=channel.team, only=channel.id)
        shut = [await channels.closed(session, channel.team, getattr(channel, name)) for name in PLACES]
    filled = Filled(
        channel,
        guideline.text if guideline else "",
        findings if channel_setup.is_set_up(channel) else (),
        frozenset(one.slack_id for one in shut if one and one.state == ChannelState.GONE),
    )
    return setup.window(filled, planned, zone=time_zones.described(planned.time_zone, tools.now()))


def _wishes(form: Form, planned: Planned, channel: Channel, guideline: str) -> Wishes:
    """What was filled in; fields that were not shown keep what the channel has."""
    before = replace(channel_setup.as_it_is(channel, guideline), time_zone=planned.time_zone)
    return wishes.read({name: form.field(name) for name in wishes.NAMES if form.sent(name)}, before)


def _complaints(tools: Tools, form: Form, wished: Wishes) -> Errors:
    stored = channel_setup.without_personal_data(wished, tools.settings.key)
    found = wishes.complaints(stored)
    return {name: setup_answers.complaint(one) for name, one in found.items() if name in form.inputs}


async def _places(tools: Tools, form: Form) -> dict[str, tuple[str, Look | None]]:
    """The channels that were chosen, by field, and what Slack says of each."""
    chosen = {name: str(form.field(name)) for name in PLACES if form.field(name)}
    looks = await asyncio.gather(*(slack_channels.look(tools.slack, form.team, place) for place in chosen.values()))
    return {name: (place, look) for (name, place), look in zip(chosen.items(), looks, strict=True)}


def _unfit(form: Form, places: Mapping[str, tuple[str, Look | None]]) -> Errors:
    """Channels in which a post would never arrive, or be read by others. Slack away: they are believed."""
    said = {name: setup_answers.unfit(look) for name, (_, look) in places.items() if look is not None}
    return {form.block(name): sentence for name, sentence in said.items() if sentence}


async def _no_colleagues(tools: Tools, form: Form, channel: Channel) -> Errors:
    """Bots and guests among those who were chosen anew; whom Slack cannot tell of is believed."""
    for name, known in (("leads", channel.leads), ("reviewers", channel.reviewers)):
        chosen = [user for user in (form.field(name) or ()) if user not in known]
        found = await asyncio.gather(*(tools.doorkeeper.person(form.team, user) for user in chosen))
        if any(person is not None and person.outsider for person in found):
            return {form.block(name): setup_answers.NO_COLLEAGUES}
    return {}


async def _configure(
    tools: Tools, form: Form, planned: Planned, wished: Wishes, places: Mapping[str, tuple[str, Look | None]]
) -> Saved:
    now = tools.now()
    async with tools.sessions.writing() as session:
        for place, look in places.values():
            await channel_life.learn(session, team=form.team, slack_id=place, seen=look or Look(), now=now)
        return await channel_setup.configure(
            session, planned.channel, wished, opened=planned.version, by=form.user, key=tools.settings.key, now=now
        )


async def _who_saved(tools: Tools, channel_id: int) -> str | None:
    """What the admin is called whose settings the channel has."""
    async with tools.sessions.reading() as session:
        channel = await channels.get(session, channel_id)
        user = await channel_setup.saved_by(session, channel)
    return (await channel_setup.profile(tools.slack, channel.team, user))[0] if user else None


def address(tools: Tools) -> str:
    """Where drafts are sent to."""
    return tools.settings.public_url or f"http://{tools.settings.host}:{tools.settings.port}"


async def _ready(tools: Tools, channel: Channel, saved: Saved, topics: Sequence[str]) -> Message:
    where = address(tools)
    if saved is Saved.FIRST:
        return welcome.ready(channel, address=where)
    async with tools.sessions.reading() as session:
        stored = await channels.get(session, channel.id or 0)
        coming = await shorter_limit(session, stored, tools.now())
    words = (
        setup_answers.changed(targets.of_no_draft(stored.targets, topics))
        if saved is Saved.CHANGED
        else setup_answers.UNCHANGED
    )
    notice = keeping.notice(coming) if coming else ()
    return welcome.saved_again(channel, words, address=where, notice=notice)


async def _admins_only(tools: Tools, channel: Channel) -> str:
    async with tools.sessions.reading() as session:
        known = await people.admins(session, channel.team)
    return notes.admins_only(sorted({*known, *tools.doorkeeper.named_in(channel.team)}))


async def _forget(tools: Tools, secret: str) -> None:
    """A token that nobody has seen is of no use."""
    async with tools.sessions.writing() as session:
        token = await stored_tokens.valid(session, tokens.hashed(secret))
        if token is not None and token.id is not None:
            await tokens.revoke(session, token.id, now=tools.now(), by=audit.ITSELF)


def _whisper(tools: Tools, press: Press, message: Message) -> None:
    """Say it beside what was pressed, which stays: its other buttons are still needed."""
    if press.in_window or press.in_home:
        return answers.say(tools, press, message)
    tools.afterwards.do(answers.whisper(tools, press.team, message, user=press.user, channel=press.channel))
