"""What a person does with what they see: click, submit, close, type a command."""

from typing import Any

from sandbox import payloads, sending
from sandbox.answers import apply_answer
from sandbox.elements import KINDS, complaint
from sandbox.picking import fill_in, picked, seen_element
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.rules import view_body
from sandbox.screen import seen_channel, seen_message
from sandbox.traffic import Entry
from sandbox.views import View
from sandbox.workspace import User
from sandbox.world import World

CLICK_FAILED = "Something went wrong with that button. Try again."
SUBMIT_FAILED = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."


async def click(world: World, act: Json) -> Json:
    """On a message ({channel, ts}), in a modal or on the Home ({view_id}). `wait`: false answers at once."""
    user = world.workspace.user(act.get("user"))
    entry, payload = _view_click(world, user, act) if "view_id" in act else _message_click(world, user, act)
    if act.get("wait", True) is False:
        world.stage.start(_clicked(world, user, entry, payload))
        return {"ok": True, "toast": None, "ack_ms": None, "id": entry.id}
    return await _clicked(world, user, entry, payload)


async def _clicked(world: World, user: User, entry: Entry, payload: Json) -> Json:
    reply = await sending.send_payload(world, entry, payload)
    toast = world.toast(user.id, CLICK_FAILED) if reply.failure else None
    return {"ok": True, "toast": toast, "ack_ms": round(reply.ms, 2), "id": entry.id}


def _message_click(world: World, user: User, act: Json) -> tuple[Entry, Json]:
    channel, message = seen_message(world, user, act)
    values = payloads.typed(world, user.id, message)
    elements = payloads.elements_on(world, user.id, message)
    fill_in(world, user, elements, values, act)
    block, element = seen_element(message.blocks, act)
    element = elements.get((block["block_id"], element["action_id"]), element)
    value = picked(world, user, element, act)
    if element["type"] in KINDS:
        values[block["block_id"]][element["action_id"]] = value
    world.typed.setdefault(message.ts, {})[user.id] = values
    clicked = payloads.action(world, block, element, value)
    payload = payloads.message_click(world, user, channel, message, clicked)
    return world.traffic.add("user", "action", element["action_id"], payload, user.id), payload


def _view_click(world: World, user: User, act: Json) -> tuple[Entry, Json]:
    view = world.views.seen(user.id, act["view_id"])
    fill_in(world, user, view.elements, view.values, act)
    block, element = seen_element(view.body["blocks"], act)
    element = view.elements.get((block["block_id"], element["action_id"]), element)
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise NotSeen("This field tells the app nothing by itself.")
    value = picked(world, user, element, act)
    if element["type"] in KINDS:
        view.values[block["block_id"]][element["action_id"]] = value
    payload = payloads.view_click(world, user, view, payloads.action(world, block, element, value))
    return world.traffic.add("user", "action", element["action_id"], payload, user.id), payload


async def submit(world: World, act: Json) -> Json:
    user = world.workspace.user(act.get("user"))
    view = world.views.find(user.id, act.get("view_id"))
    if view is not world.views.of(user.id)[-1]:
        raise NotSeen("Another modal is on top of this one.")
    if "submit" not in view.body:
        raise NotSeen("This modal has nothing to submit.")
    fill_in(world, user, view.elements, view.values, act)
    view.errors, view.error = _unfit(view), None
    world.changed(user=user.id)
    if view.errors:
        return _submitted(world, view)
    payload = payloads.submission(world, user, view)
    entry = world.traffic.add("user", "submission", view.body.get("callback_id", ""), payload, user.id)
    if act.get("wait", True) is False:
        world.stage.start(_sent(world, user, view, entry))
        return {"ok": True, "closed": False, "errors": {}, "error": None, "id": entry.id}
    return await _sent(world, user, view, entry)


def _unfit(view: View) -> dict[str, str]:
    """What Slack says without asking the app."""
    errors = {}
    for block_id, block in view.inputs().items():
        value = view.values[block_id][block["element"]["action_id"]]
        if not value and not block.get("optional"):
            errors[block_id] = REQUIRED
        elif said := complaint(block["element"], value):
            errors[block_id] = said
    return errors


async def _sent(world: World, user: User, view: View, entry: Entry) -> Json:
    payload: Any = entry.request
    reply = await sending.send_payload(world, entry, payload)
    if reply.failure or not _obeyed(world, view, reply.body()):
        view.error = SUBMIT_FAILED
    world.changed(user=user.id)
    return {**_submitted(world, view), "id": entry.id}


def _submitted(world: World, view: View) -> Json:
    still = view in world.views.of(view.user)
    return {"ok": True, "closed": not still, "errors": view.errors, "error": view.error}


def _obeyed(world: World, view: View, answer: Any) -> bool:
    """Does what the answer to a submission says; False when it says nothing that Slack understands."""
    if answer == {}:
        world.views.close(view)
        return True
    wish = answer.get("response_action") if isinstance(answer, dict) else None
    try:
        if wish == "update":
            world.views.update(view, view_body(answer.get("view")))
        elif wish == "push":
            world.views.open(view.user, view_body(answer.get("view")))
    except ApiError:
        return False
    if wish == "clear":
        world.views.of(view.user).clear()
    return wish in ("update", "push", "clear") or (wish == "errors" and _errors(view, answer.get("errors")))


def _errors(view: View, errors: Any) -> bool:
    """Keys have to be block_ids of inputs that are in the view."""
    if not isinstance(errors, dict) or not errors or set(errors) - set(view.inputs()):
        return False
    if not all(isinstance(said, str) and said for said in errors.values()):
        return False
    view.errors = errors
    return True


async def close(world: World, act: Json) -> Json:
    """The view and what lies on it, or all of them; the app hears of those that ask for it, unless `quietly`."""
    user = world.workspace.user(act.get("user"))
    view = world.views.find(user.id, act.get("view_id"))
    stack = world.views.of(user.id)
    everything = act.get("all") or view.body.get("clear_on_close")
    gone = stack[0 if everything else stack.index(view) :][::-1]
    for each in gone:
        stack.remove(each)
    world.changed(user=user.id)
    for each in gone:
        if each.body.get("notify_on_close") and not act.get("quietly"):
            payload = payloads.closed(world, user, each, cleared=bool(everything))
            entry = world.traffic.add("user", "closed", each.body.get("callback_id", ""), payload, user.id)
            await sending.send_payload(world, entry, payload)
    return {"ok": True}


async def command(world: World, act: Json) -> Json:
    user = world.workspace.user(act.get("user"))
    channel = seen_channel(world, user, act.get("channel"))
    name = str(act.get("command"))
    if user.id not in channel.members:
        raise NotSeen(f"{user.name} is not in #{channel.name}.")
    if name not in world.commands or user.is_stranger:  # it would have to be in their own workspace
        return {"ok": True, "toast": world.toast(user.id, f"{name} is not a valid command.")}
    form = payloads.command(world, user, channel, name, str(act.get("text", "")))
    entry = world.traffic.add("user", "command", name, form, user.id)
    reply = await sending.send_form(world, entry, form)
    answered = reply.failure is None and apply_answer(world, channel, user, reply.text)
    why = "operation_timeout" if reply.failure == "http_timeout" else "dispatch_failed"
    failed = None if answered else world.toast(user.id, f'{name} failed with the error "{why}".')
    return {"ok": True, "toast": failed, "ack_ms": round(reply.ms, 2), "id": entry.id}
