"""The modals that people have open: at most three on top of one another, each with what was typed into it."""

import itertools
from dataclasses import dataclass, field

from sandbox.elements import Value, Values, beginning, initial, places, put_in, state_of
from sandbox.limits import MOST
from sandbox.refusals import ApiError, Json, NotSeen


@dataclass(slots=True)
class View:
    """`hash` changes with every update; `errors` (by block_id) and `error` are what its person reads now.

    `put_there` holds what an update put into new fields. As long as nobody changes it, the state does not tell it:
    Slack leaves such fields out at times (bolt-js #1073), here always.
    """

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str | None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    elements: dict[tuple[str, str], Json] = field(default_factory=dict)
    put_there: dict[tuple[str, str], Value] = field(default_factory=dict)

    def show(self, body: Json, hash: str) -> None:
        """Shows another body. A field with the same block_id and action_id keeps what stands in it, as in Slack."""
        old, had = self.values, self.elements
        self.body, self.hash, self.errors, self.error = body, hash, {}, None
        self.elements = places(body["blocks"])
        self.values = beginning(self.elements)
        for (block_id, action_id), element in self.elements.items():
            before = had.get((block_id, action_id))
            if before and before["type"] == element["type"]:
                self.values[block_id][action_id] = _still(element, old[block_id][action_id])

    def state(self) -> Json:
        told = {place: element for place, element in self.elements.items() if self._is_told(place)}
        return {"values": state_of(told, self.values)}

    def _is_told(self, place: tuple[str, str]) -> bool:
        block_id, action_id = place
        return place not in self.put_there or self.values[block_id][action_id] != self.put_there[place]

    def inputs(self) -> dict[str, Json]:
        return {block["block_id"]: block for block in self.body["blocks"] if block["type"] == "input"}


def _still(element: Json, value: Value) -> Value:
    """What stood in the field, unless its options are others now."""
    try:
        return put_in(element, value)
    except NotSeen:
        return initial(element)


@dataclass
class Views:
    stacks: dict[str, list[View]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def of(self, user: str) -> list[View]:
        return self.stacks.setdefault(user, [])

    def find(self, user: str, view_id: object) -> View:
        for view in self.of(user):
            if view.id == view_id:
                return view
        raise NotSeen("This modal is not open.")

    def by_id(self, name: str, wanted: object) -> View:
        """By `view_id` or `external_id`. Raises ApiError("not_found") when nobody has it open."""
        for stack in self.stacks.values():
            for view in stack:
                if wanted == (view.id if name == "view_id" else view.body.get("external_id")):
                    return view
        raise ApiError("not_found")

    def open(self, user: str, body: Json) -> View:
        stack = self.of(user)
        if len(stack) >= MOST["views.stacked"]:
            raise ApiError("push_limit_reached")
        external = body.get("external_id")
        if external and any(view.body.get("external_id") == external for each in self.stacks.values() for view in each):
            raise ApiError("duplicate_external_id")
        made = f"V{next(self._numbers):010d}"
        view = View(made, user, {}, "", stack[0].id if stack else made, stack[-1].id if stack else None)
        view.show(body, self._hash())
        stack.append(view)
        return view

    def update(self, view: View, body: Json) -> None:
        known, put_there = set(view.elements), view.put_there
        view.show(body, self._hash())
        fresh = {place: initial(element) for place, element in view.elements.items() if place not in known}
        view.put_there = {place: value for place, value in {**put_there, **fresh}.items() if value}

    def close(self, view: View) -> None:
        if view in self.of(view.user):
            self.of(view.user).remove(view)

    def _hash(self) -> str:
        return f"{next(self._numbers)}.sandbox"
