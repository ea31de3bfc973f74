"""A person uses a shortcut of the app: a global one, or one on a message."""

from sandbox import payloads, sending
from sandbox.app import Shortcut
from sandbox.refusals import Json, NotSeen
from sandbox.screen import seen_message
from sandbox.workspace import User
from sandbox.world import World

TIMED_OUT = "Operation timed out. Apps need to respond within three seconds."


async def use(world: World, act: Json) -> Json:
    """`callback_id` with {channel, ts} for one on a message. Returns once the app has acknowledged."""
    user = world.workspace.user(act.get("user"))
    shortcut = _found(world, user, act)
    payload = _payload(world, user, shortcut, act)
    entry = world.traffic.add("user", "shortcut", shortcut.callback_id, payload, user.id)
    reply = await sending.send_payload(world, entry, payload)
    toast = world.toast(user.id, _complaint(shortcut, reply)) if reply.failure else None
    return {"ok": True, "toast": toast, "ack_ms": round(reply.ms, 2), "id": entry.id}


def _found(world: World, user: User, act: Json) -> Shortcut:
    """People of another company have the shortcuts of apps in their own workspace."""
    kind = "message" if "ts" in act else "global"
    here = [each for each in world.shortcuts if each.type == kind and not user.is_stranger]
    for each in here:
        if each.callback_id == act.get("callback_id"):
            return each
    names = ", ".join(each.name for each in here) or "nothing"
    raise NotSeen(f"There is no {kind} shortcut {act.get('callback_id')}; there is {names}.")


def _payload(world: World, user: User, shortcut: Shortcut, act: Json) -> Json:
    if shortcut.type == "global":
        return payloads.global_shortcut(world, user, shortcut.callback_id)
    channel, message = seen_message(world, user, act)
    if message.seen_by:
        raise NotSeen("Messages that only one person sees have no shortcuts.")
    return payloads.message_shortcut(world, user, channel, message, shortcut.callback_id)


def _complaint(shortcut: Shortcut, reply: sending.Reply) -> str:
    if reply.failure == "http_timeout":
        return TIMED_OUT
    return f'{shortcut.name} failed with the error "dispatch_failed".'
