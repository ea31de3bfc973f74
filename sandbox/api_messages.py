"""The Web API about messages: post, change, read back."""

import json
import math
import re
from typing import Any

from sandbox.api_people import need_scope, page, visible_channel
from sandbox.blocks import METADATA
from sandbox.limits import MOST
from sandbox.refusals import ApiError, Json
from sandbox.rules import links_in, message_blocks, pings_in
from sandbox.shapes import Problems, problem
from sandbox.workspace import FIRST, Channel, Message
from sandbox.world import World

HISTORY_SCOPE = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
HISTORY_PAGE = 15
TEXTS = ("plain_text", "mrkdwn")
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
TRUE = (True, "true", "1", 1)
FALSE = (False, "false", "0", 0)


def post_message(world: World, args: Json) -> Json:
    channel = _destination(world, args.get("channel"))
    message = composed(world, args, world.workspace.next_ts())
    message.metadata = _metadata(world, args.get("metadata"))
    message.thread_ts, message.broadcast = _thread(channel, args), args.get("reply_broadcast") in TRUE
    message.previews = _previews(args, message)
    world.workspace.post(channel, message)
    world.changed(channel=channel)
    return {"channel": channel.id, "ts": message.ts, "message": shown_message(world, message, with_metadata=True)}


def _previews(args: Json, message: Message) -> list[str]:
    """What Slack shows previews of: every link, unless both kinds are refused; which kind it is, no bot can know."""
    refused = all(args.get(kind) in FALSE for kind in ("unfurl_links", "unfurl_media"))
    return [] if refused else links_in(message.text, message.blocks)


def post_ephemeral(world: World, args: Json) -> Json:
    """Metadata is taken and forgotten, as in Slack."""
    channel = joined_channel(world, args.get("channel"))
    if args.get("user") not in channel.members:
        raise ApiError("user_not_in_channel")
    message = composed(world, args, world.workspace.next_ts())
    message.thread_ts, message.seen_by = _thread(channel, args), args["user"]
    world.workspace.post(channel, message)
    world.changed(channel=channel, user=message.seen_by)
    return {"message_ts": message.ts}


def update(world: World, args: Json) -> Json:
    channel = joined_channel(world, args.get("channel"))
    message = channel.messages.get(str(args.get("ts")))
    if message is None or message.seen_by or message.deleted:
        raise ApiError("message_not_found")
    if message.user != world.workspace.bot.id:
        raise ApiError("cant_update_message")
    changed = composed(world, args, message.ts, MOST["update.text"])
    if "metadata" in args:
        message.metadata = _metadata(world, args["metadata"])
    redraw(world, message, changed)
    world.changed(channel=channel)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown_message(world, message)}


def delete(world: World, args: Json) -> Json:
    """A message that was answered leaves a line in its place."""
    channel = visible_channel(world, args.get("channel"))
    message = channel.messages.get(str(args.get("ts")))
    if message is None or message.seen_by or message.deleted:
        raise ApiError("message_not_found")
    if message.user != world.workspace.bot.id:
        raise ApiError("cant_delete_message")
    world.workspace.remove(channel, message)
    world.changed(channel=channel)
    return {"channel": channel.id, "ts": message.ts}


def redraw(world: World, message: Message, changed: Message) -> None:
    world.typed.pop(message.ts, None)
    world.found.pop(message.ts, None)
    message.text, message.blocks, message.pings, message.edited = changed.text, changed.blocks, changed.pings, True


def composed(world: World, args: Json, ts: str, most: int = MOST["message.text"]) -> Message:
    """A message of the bot from `text` and `blocks`; the text is always required, which is stricter than Slack."""
    text = args.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("no_text", messages=["`text` is what notifications and screen readers get: send it always"])
    if len(text) > most:
        raise ApiError("msg_too_long")
    blocks = message_blocks(args.get("blocks"))
    _taken_here(world, blocks)
    pings = pings_in(text, blocks)
    if args.get("link_names") in TRUE or args.get("parse") == "full":
        pings += [word for word in ("@channel", "@here", "@everyone") if word in text]
    return Message(ts, world.workspace.bot.id, text, blocks, pings=pings)


def _taken_here(world: World, blocks: list[Json]) -> None:
    """Refuses what this workspace does not know: kinds of blocks, files."""
    problems: Problems = []
    for position, block in enumerate(blocks):
        if not world.app.knows(block["type"]):
            problem(problems, f"/blocks/{position}/type", f"unsupported type: {block['type']}")
        if "slack_file" in block and not world.files.is_picture(block["slack_file"]["id"]):
            problem(problems, f"/blocks/{position}/slack_file", "invalid slack file")
    if problems:
        raise ApiError("invalid_blocks", messages=problems)


def joined_channel(world: World, channel_id: object) -> Channel:
    """A channel that the bot can write in."""
    channel = visible_channel(world, channel_id)
    if world.workspace.bot.id not in channel.members:
        raise ApiError("not_in_channel")
    if channel.archived:
        raise ApiError("is_archived")
    return channel


def _destination(world: World, channel_id: object) -> Channel:
    """A user's id stands for the direct conversation with them."""
    user = world.workspace.users.get(str(channel_id))
    if user is None:
        return joined_channel(world, channel_id)
    if user.is_bot:
        raise ApiError("cannot_dm_bot")
    if not world.app.messages_tab:
        raise ApiError("messages_tab_disabled")
    return world.workspace.direct(user)


def _thread(channel: Channel, args: Json) -> str | None:
    ts = args.get("thread_ts")
    if ts is None:
        return None
    parent = channel.messages.get(str(ts))
    if parent is None or parent.seen_by:
        raise ApiError("thread_not_found")
    return parent.thread_ts or parent.ts


def _metadata(world: World, given: object) -> Json | None:
    if given is None or "metadata" in world.app.plain:
        return None
    problems: Problems = []
    METADATA(given, "/metadata", problems)
    if not isinstance(given, dict) or problems or not isinstance(given["event_payload"], dict):
        raise ApiError("invalid_metadata_format", messages=problems)
    if len(json.dumps(given, ensure_ascii=False).encode()) > MOST["metadata.bytes"]:
        raise ApiError("metadata_too_large")
    return given


def shown_message(world: World, message: Message, *, with_metadata: bool = False) -> Json:
    """Without `with_metadata` only the event type is told."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shown |= {"team": world.team.id, "blocks": escaped(message.blocks)}
    if message.deleted:
        shown |= {"subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
    if message.inviter:
        shown |= {"subtype": "channel_join", "inviter": message.inviter}
    if message.metadata:
        kept = message.metadata if with_metadata else {**message.metadata, "event_payload": {}}
        shown["metadata"] = kept
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.replies:
        shown |= {"thread_ts": message.ts, "reply_count": len(message.replies)}
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    return shown


def escaped(node: Any) -> Any:
    """Blocks as Slack gives them back: with entities in their texts, which may then be too long to be sent again."""
    if isinstance(node, list):
        return [escaped(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") not in TEXTS:
        return {name: escaped(held) for name, held in node.items()}
    text = BARE_AMPERSAND.sub("&amp;", node["text"])
    if node["type"] == "plain_text":
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    return {**node, "text": text}


def from_bot(world: World, message: Message, **how: bool) -> Json:
    shown = shown_message(world, message, **how)
    if message.user != world.workspace.bot.id or message.deleted or message.inviter:
        return shown
    return {**shown, "bot_id": world.team.bot_id, "app_id": world.app.app_id}


def history(world: World, args: Json) -> Json:
    return _read(world, args, _history_channel(world, args), None)


def replies(world: World, args: Json) -> Json:
    channel = _history_channel(world, args)
    parent = channel.messages.get(str(args.get("ts")))
    if parent is None or parent.seen_by:
        raise ApiError("thread_not_found")
    return _read(world, args, channel, [parent, *(channel.messages[ts] for ts in parent.replies)])


def _history_channel(world: World, args: Json) -> Channel:
    channel = visible_channel(world, args.get("channel"))
    need_scope(world, HISTORY_SCOPE[channel.kind])
    if world.workspace.bot.id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _read(world: World, args: Json, channel: Channel, thread: list[Message] | None) -> Json:
    """At most 15 messages a page, as Slack gives to apps that are limited; history comes newest first."""
    oldest, latest = _bound(args, "oldest", 0.0), _bound(args, "latest", math.inf)
    newest_known = world.clock.now() - world.lag if world.lag else None
    rows = thread if thread is not None else list(channel.newest_first(None))
    seen = [
        message
        for message in rows
        if _between(message.ts, oldest, latest, inclusive=args.get("inclusive") in TRUE)
        and (newest_known is None or float(message.ts) <= newest_known)
    ]
    shown, cursor = page(seen, args, HISTORY_PAGE)
    whole = args.get("include_all_metadata") in TRUE
    return {
        "messages": [from_bot(world, message, with_metadata=whole) for message in shown],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _bound(args: Json, name: str, otherwise: float) -> float:
    try:
        return float(args[name]) if args.get(name) else otherwise
    except (TypeError, ValueError) as wrong:
        raise ApiError(f"invalid_ts_{name}") from wrong


def _between(ts: str, oldest: float, latest: float, *, inclusive: bool) -> bool:
    """Both ends are outside unless inclusive."""
    at = float(ts)
    return oldest <= at <= latest if inclusive else oldest < at < latest


def permalink(world: World, args: Json) -> Json:
    channel = visible_channel(world, args.get("channel"))
    ts = str(args.get("message_ts"))
    if ts not in channel.messages:
        raise ApiError("message_not_found")
    where = "" if world.team == FIRST else f"team={world.team.id}&"
    return {"channel": channel.id, "permalink": f"{world.url}/?{where}channel={channel.id}&message={ts}"}
