"""Everything that went between the bot, the people and the sandbox, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.refusals import Json


@dataclass(slots=True)
class Entry:
    """One exchange. `status` is None until it is answered, and stays so when no answer came.

    `team` is the workspace it is about; None: not known, or none.
    """

    id: int
    at: float
    sender: str
    kind: str
    method: str
    user: str | None
    request: Mapping[str, Any]
    team: str | None = None
    status: int | None = None
    answer: Any = None
    ms: float | None = None
    failure: str | None = None
    raw: tuple[bytes, Mapping[str, str]] | None = None

    def shown(self) -> Json:
        return {
            "id": self.id,
            "at": self.at,
            "from": self.sender,
            "kind": self.kind,
            "method": self.method,
            "user": self.user,
            "team": self.team,
            "request": self.request,
            "status": self.status,
            "answer": self.answer,
            "ms": self.ms,
            "failure": self.failure,
        }


@dataclass
class Traffic:
    """What is added here is about `team`; the entries are those of all workspaces."""

    clock: Clock
    entries: list[Entry] = field(default_factory=list)
    team: str | None = None

    def add(self, sender: str, kind: str, method: str, request: Mapping[str, Any], user: str | None = None) -> Entry:
        """`request` is kept as it is and must not be changed afterwards; it holds no tokens."""
        entry = Entry(len(self.entries) + 1, self.clock.now(), sender, kind, method, user, request, self.team)
        self.entries.append(entry)
        return entry

    def find(self, number: int) -> Entry | None:
        return self.entries[number - 1] if 0 < number <= len(self.entries) else None
