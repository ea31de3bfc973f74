"""What the bot receives: the payloads of clicks, submissions and closed modals, as Slack builds them."""

from sandbox.api_messages import from_bot
from sandbox.api_views import shown_view
from sandbox.elements import KINDS, ONCE, Value, Values, beginning, knowing, places, state_of, stated
from sandbox.refusals import Json
from sandbox.typed_text import rich_text
from sandbox.views import View
from sandbox.workspace import Channel, Message, User
from sandbox.world import World


def person(user: User) -> Json:
    return {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team_id}


def response_url(world: World, channel: Channel, user: User, ts: str | None) -> str:
    return f"{world.url}/response/{world.tickets.address(channel.id, user.id, ts)}"


def _name(channel: Channel) -> str:
    return {"public": channel.name, "im": "directmessage"}.get(channel.kind, "privategroup")


def action(world: World, block: Json, element: Json, value: Value) -> Json:
    """One entry of `actions`: what was clicked or chosen."""
    ts = world.workspace.next_ts()
    made: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts}
    if element["type"] in KINDS or element["type"] in ONCE:
        return {**made, **stated(element, value)}
    button = {"type": "button", "text": element["text"]}
    return {**made, **button, **{name: element[name] for name in ("value", "style", "url") if name in element}}


def _base(world: World, kind: str, user: User, *, in_view: bool = False) -> Json:
    """`team` is the workspace of the app; in a view that of the person, who may be of another company.

    https://github.com/slackapi/bolt-js/issues/1614 and https://github.com/slackapi/java-slack-sdk/issues/1041
    """
    team = {"id": user.team_id} if in_view and user.team_id != world.team.id else {}
    return {
        "type": kind,
        "team": team or {"id": world.team.id, "domain": world.team.domain},
        "user": person(user),
        "api_app_id": world.app.app_id,
        "token": "not-used",
        "is_enterprise_install": False,
        "enterprise": None,
    }


def message_click(world: World, user: User, channel: Channel, message: Message, clicked: Json) -> Json:
    """The message itself comes along only when it is not ephemeral."""
    return {
        **_base(world, "block_actions", user),
        **_on_message(world, channel, message),
        "trigger_id": world.tickets.trigger(user.id),
        "state": {"values": state_of(elements_on(world, user.id, message), typed(world, user.id, message))},
        "response_url": response_url(world, channel, user, message.ts),
        "actions": [clicked],
    }


def _on_message(world: World, channel: Channel, message: Message) -> Json:
    hidden = message.seen_by is not None
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": hidden}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place = {"container": container, "channel": {"id": channel.id, "name": _name(channel)}}
    return place if hidden else {**place, "message": from_bot(world, message)}


def elements_on(world: World, user_id: str, message: Message) -> dict[tuple[str, str], Json]:
    """The fields of a message as this person has them: external selects know what the app offered to them."""
    elements = places(message.blocks)
    for place, options in world.found.get(message.ts, {}).get(user_id, {}).items():
        if place in elements:
            elements[place] = knowing(elements[place], options)
    return elements


def typed(world: World, user_id: str, message: Message) -> Values:
    """What stands in the fields of a message for this person; a redraw of the message wipes it."""
    return world.typed.get(message.ts, {}).get(user_id) or beginning(places(message.blocks))


def view_click(world: World, user: User, view: View, clicked: Json) -> Json:
    return {
        **_base(world, "block_actions", user, in_view=True),
        **_in_view(world, view),
        "trigger_id": world.tickets.trigger(user.id, view.id),
        "actions": [clicked],
    }


def _in_view(world: World, view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": shown_view(world, view)}


def suggestion(world: World, user: User, query: Json, where: View | tuple[Channel, Message]) -> Json:
    """`query`: the block_id and action_id of the field, and as value what was typed in it."""
    place = _in_view(world, where) if isinstance(where, View) else _on_message(world, *where)
    return {**_base(world, "block_suggestion", user, in_view=isinstance(where, View)), **place, **query}


def submission(world: World, user: User, view: View) -> Json:
    return {
        **_base(world, "view_submission", user, in_view=True),
        "trigger_id": world.tickets.trigger(user.id, view.id),
        "view": shown_view(world, view),
        "response_urls": [],
    }


def global_shortcut(world: World, user: User, callback_id: str) -> Json:
    """No place: neither channel nor response_url; as in Slack without the app's id."""
    who = {"id": user.id, "username": user.handle, "team_id": user.team_id}
    return {**_shortcut(world, "shortcut", user, callback_id), "user": who}


def message_shortcut(world: World, user: User, channel: Channel, message: Message, callback_id: str) -> Json:
    """The message comes along without any history scope; what a person typed has blocks too."""
    shown = from_bot(world, message)
    typed_by_person = not shown["blocks"] and message.user != world.workspace.bot.id
    return {
        **_shortcut(world, "message_action", user, callback_id),
        "channel": {"id": channel.id, "name": _name(channel)},
        "message": {**shown, "blocks": [rich_text(message.text)]} if typed_by_person else shown,
        "message_ts": message.ts,
        "response_url": response_url(world, channel, user, None),
    }


def _shortcut(world: World, kind: str, user: User, callback_id: str) -> Json:
    base = {name: held for name, held in _base(world, kind, user).items() if name != "api_app_id"}
    ticket = {"trigger_id": world.tickets.trigger(user.id), "action_ts": world.workspace.next_ts()}
    return {**base, **ticket, "callback_id": callback_id}


def closed(world: World, user: User, view: View, *, cleared: bool) -> Json:
    return {**_base(world, "view_closed", user, in_view=True), "view": shown_view(world, view), "is_cleared": cleared}


def command(world: World, user: User, channel: Channel, name: str, text: str) -> dict[str, str]:
    return {
        "token": "not-used",
        "team_id": world.team.id,
        "team_domain": world.team.domain,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": text,
        "api_app_id": world.app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(world, channel, user, None),
        "trigger_id": world.tickets.trigger(user.id),
    }
