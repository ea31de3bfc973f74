"""What a person can click, type and choose on a message or in a modal."""

from collections.abc import Mapping

from sandbox.elements import KINDS, ONCE, Given, Value, Values, interactive, put_in
from sandbox.refusals import Json, NotSeen
from sandbox.workspace import User
from sandbox.world import World


def seen_element(blocks: list[Json], act: Json) -> tuple[Json, Json]:
    """The block and the element an act names. `value`, when given, has to be the value of the button that is seen."""
    for block, element in interactive(blocks):
        same = element["action_id"] == act.get("action_id")
        right_block = act.get("block_id") in (None, block["block_id"])
        right_value = element["type"] != "button" or act.get("value") in (None, element.get("value"))
        if same and right_block and right_value:
            return block, element
    seen = ", ".join(element["action_id"] for _, element in interactive(blocks)) or "nothing to click"
    raise NotSeen(f"There is no {act.get('action_id')} here; there is {seen}.")


def picked(world: World, user: User, element: Json, act: Json) -> Value:
    """What an act chooses in the element; None for a button."""
    if element["type"] not in KINDS and element["type"] not in ONCE:
        return None
    value = _put(world, user, element, act["selected"] if "selected" in act else act.get("value"))
    if element["type"] in ONCE and value is None:
        raise NotSeen("Choose one of the options.")
    return value


def fill_in(world: World, user: User, elements: Mapping[tuple[str, str], Json], values: Values, act: Json) -> None:
    """Puts the `values` of an act into the fields. Raises NotSeen for a field that is not there."""
    given: Given = act.get("values") or {}
    for block_id, fields in given.items():
        for action_id, value in fields.items():
            if (block_id, action_id) not in elements:
                raise NotSeen(f"There is no field {block_id}/{action_id} here.")
            values[block_id][action_id] = _put(world, user, elements[block_id, action_id], value)


def _put(world: World, user: User, element: Json, value: Value) -> Value:
    """Raises NotSeen for people and channels that this person is not offered."""
    held = put_in(element, value)
    for each in [held] if isinstance(held, str) else held or []:
        if element["type"].endswith("users_select"):
            world.workspace.user(each)
        if element["type"].endswith(("conversations_select", "channels_select")):
            _offered(world, user, element, each)
    return held


def _offered(world: World, user: User, element: Json, channel_id: str) -> None:
    channel = world.workspace.channel(channel_id)
    kinds = element.get("filter", {}).get("include", ["public", "private", "im", "mpim"])
    offered = ["public"] if element["type"].endswith("channels_select") else kinds
    if not channel.sees(user) or channel.kind not in offered:
        raise NotSeen(f"{channel_id} is not among the channels to choose from.")
