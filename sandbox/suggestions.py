"""A person types in a field whose options the app finds."""

from sandbox import payloads, sending
from sandbox.elements import EXTERNAL
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.rules import suggested
from sandbox.screen import seen_message
from sandbox.views import View
from sandbox.workspace import Channel, Message, User
from sandbox.world import World

NOT_LOADED = "Couldn't load results"
LEAST = 3  # characters before the app is asked, unless the field says otherwise


async def suggest(world: World, act: Json) -> Json:
    """In a view ({view_id}) or on a message ({channel, ts}); `value` is what was typed."""
    user = world.workspace.user(act.get("user"))
    where = world.views.seen(user.id, act["view_id"]) if "view_id" in act else seen_message(world, user, act)
    query = {"action_id": str(act["action_id"]), "block_id": str(act["block_id"]), "value": str(act.get("value", ""))}
    _asked_enough(_field(world, user, where, query), query["value"])
    payload = payloads.suggestion(world, user, query, where)
    entry = world.traffic.add("user", "suggestion", query["action_id"], payload, user.id)
    reply = await sending.send_payload(world, entry, payload)
    try:
        groups = suggested(reply.body()) if reply.failure is None else None
    except ApiError as error:
        groups, entry.failure = None, "; ".join(error.answer["response_metadata"]["messages"])
    options = [option for group in groups or [] for option in group["options"]]
    _offer(world, user, where, (query["block_id"], query["action_id"]), options)
    return {"ok": True, "groups": groups or [], "error": NOT_LOADED if groups is None else None, "id": entry.id}


def _field(world: World, user: User, where: View | tuple[Channel, Message], query: Json) -> Json:
    elements = where.elements if isinstance(where, View) else payloads.elements_on(world, user.id, where[1])
    found = elements.get((query["block_id"], query["action_id"]))
    if found is None or found["type"] not in EXTERNAL:
        raise NotSeen(f"There is no field {query['block_id']}/{query['action_id']} here to search in.")
    return found


def _asked_enough(element: Json, typed: str) -> None:
    least = element.get("min_query_length", LEAST)
    if len(typed) < least:
        raise NotSeen(f"Type at least {least} character{'' if least == 1 else 's'} to search.")


def _offer(
    world: World,
    user: User,
    where: View | tuple[Channel, Message],
    place: tuple[str, str],
    options: list[Json],
) -> None:
    """From here on the person can choose these, until the message is redrawn or the view is closed."""
    if isinstance(where, View):
        where.offer(place, options)
    else:
        found = world.found.setdefault(where[1].ts, {}).setdefault(user.id, {})
        found[place] = [*found.get(place, []), *options]
