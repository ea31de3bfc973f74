"""The modals that people have open, at most three on top of one another, and the Home each of them has of the app."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.elements import EXTERNAL, Value, Values, beginning, initial, knowing, places, put_in, state_of
from sandbox.limits import MOST
from sandbox.numbers import Numbers
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
        for (block_id, action_id), element in [*self.elements.items()]:
            before = had.get((block_id, action_id))
            if before and before["type"] == element["type"]:
                if element["type"] in EXTERNAL:
                    self.offer((block_id, action_id), before["options"])
                self.values[block_id][action_id] = _still(self.elements[block_id, action_id], old[block_id][action_id])

    def offer(self, place: tuple[str, str], options: list[Json]) -> None:
        """What the app found for an external select; nothing when the field is gone meanwhile."""
        if place in self.elements:
            self.elements[place] = knowing(self.elements[place], options)

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
    numbers: Numbers
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def of(self, user: str) -> list[View]:
        return self.stacks.setdefault(user, [])

    def find(self, user: str, view_id: object) -> View:
        for view in self.of(user):
            if view.id == view_id:
                return view
        raise NotSeen("This modal is not open.")

    def seen(self, user: str, view_id: object) -> View:
        """An open modal, or the Home."""
        home = self.homes.get(user)
        return home if home and home.id == view_id else self.find(user, view_id)

    def by_id(self, name: str, wanted: object) -> View:
        """A modal by `view_id` or `external_id`. Raises ApiError("not_found") when nobody has it open."""
        for stack in self.stacks.values():
            for view in stack:
                if wanted == (view.id if name == "view_id" else view.body.get("external_id")):
                    return view
        raise ApiError("not_found")

    def open(self, user: str, body: Json) -> View:
        stack = self.of(user)
        if len(stack) >= MOST["views.stacked"]:
            raise ApiError("push_limit_reached")
        self._unique(body, None)
        made = f"V{next(self.numbers):010d}"
        view = View(made, user, {}, "", stack[0].id if stack else made, stack[-1].id if stack else None)
        view.show(body, self._hash())
        stack.append(view)
        return view

    def publish(self, user: str, body: Json) -> View:
        """A person's Home keeps its id however often it is published."""
        view = self.homes.get(user)
        self._unique(body, view)
        if view is None:
            made = f"V{next(self.numbers):010d}"
            view = self.homes[user] = View(made, user, {}, "", made, None)
        view.show(body, self._hash())
        return view

    def update(self, view: View, body: Json) -> None:
        self._unique(body, view)
        known, put_there = set(view.elements), view.put_there
        view.show(body, self._hash())
        fresh = {place: initial(element) for place, element in view.elements.items() if place not in known}
        view.put_there = {place: value for place, value in {**put_there, **fresh}.items() if value}

    def _unique(self, body: Json, itself: View | None) -> None:
        external = body.get("external_id")
        others = (view for view in self._all() if view is not itself)
        if external and any(view.body.get("external_id") == external for view in others):
            raise ApiError("duplicate_external_id")

    def _all(self) -> Iterator[View]:
        yield from self.homes.values()
        for stack in self.stacks.values():
            yield from stack

    def close(self, view: View) -> None:
        if view in self.of(view.user):
            self.of(view.user).remove(view)

    def _hash(self) -> str:
        return f"{next(self.numbers)}.sandbox"
