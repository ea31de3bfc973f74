"""One Slack: a stage, and the workspaces on it."""

import copy
from collections.abc import Iterator
from typing import Self

from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.events import Events
from sandbox.rates import Rates
from sandbox.refusals import NotSeen
from sandbox.stage import Stage
from sandbox.tokens import Token
from sandbox.traffic import Traffic
from sandbox.workspace import Team
from sandbox.world import World, new_world


class Slack:
    """The first workspace has the app from the beginning; the others install it."""

    def __init__(self, stage: Stage, *worlds: World) -> None:
        self.stage = stage
        self.events: dict[str, Events] = {}
        for world in worlds:
            self._take_in(world)

    @classmethod
    def new(cls, app: AppConfig, clock: Clock, ack_seconds: float) -> Self:
        stage = Stage(app, clock, ack_seconds, Traffic(clock), Rates(clock))
        first = new_world(stage)
        first.workspace.admit_bot()
        return cls(stage, first)

    def twin(self) -> Self:
        """A Slack of its own in which everything stands as here; nobody is connected to it."""
        stage, worlds = copy.deepcopy((self.stage, [*self.worlds]))
        return type(self)(stage, *worlds)

    @property
    def worlds(self) -> Iterator[World]:
        return (each.world for each in self.events.values())

    @property
    def first(self) -> World:
        return next(self.worlds)

    def add(self, name: str) -> World:
        """One more workspace; nobody is in it yet."""
        return self._take_in(new_world(self.stage, Team(len(self.events) + 1, name)))

    def install(self, world: World, scopes: frozenset[str]) -> Token:
        """A token of the app for this workspace, where its bot now is."""
        app = self.stage.app
        world.workspace.admit_bot()
        world.changed()
        return app.tokens.give(world.team.id, scopes, now=self.stage.clock.now(), rotating=app.token_rotation)

    def _take_in(self, world: World) -> World:
        self.events[world.team.id] = Events(world)
        return world

    def of(self, team: object) -> Events:
        """The workspace with this id, the first when none is named, and what the app hears of it. Raises NotSeen."""
        if team in (None, ""):
            return next(iter(self.events.values()))
        if str(team) not in self.events:
            raise NotSeen(f"There is no workspace {team}.")
        return self.events[str(team)]

    def stop(self) -> None:
        for world in self.worlds:
            world.close()
