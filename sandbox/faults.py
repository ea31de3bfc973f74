"""Failures on demand: what goes wrong with the next calls of a method."""

from dataclasses import dataclass, field

KINDS = frozenset(
    {
        "drop_after",
        "drop_before",
        "error",
        "error_after",
        "foreign",
        "foreign_after",
        "status",
        "ratelimit",
        "delay",
        "history_lag",
        "slow_file",
    }
)


@dataclass
class Fault:
    """`method` is a Web API method, `response_url`, `upload` or `*`; the fault strikes `times` times, in the workspace
    `team` only where one is named.

    drop_before and drop_after close the connection without an answer, before or after the work is done.
    error_after does the work and then says that it went wrong, as Slack's internal_error may.
    foreign and foreign_after answer as something between that is not Slack, before or after the work is done: with the
    text `error` of a `type`, by a clock that is `seconds` ahead.
    `delay` waits `seconds` of real time; `history_lag` hides messages younger than `seconds` of the clock.
    `slow_file` makes a file that is completed fit for messages only so many seconds of the clock later.
    """

    method: str
    kind: str
    error: str = "internal_error"
    status: int = 500
    seconds: float = 1.0
    times: int = 1
    team: str | None = None
    type: str = "text/plain"


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def clear(self) -> None:
        self.waiting.clear()

    def strike(self, method: str, team: str | None) -> Fault | None:
        """The oldest fault that waits for this method in this workspace, used up once more."""
        for fault in self.waiting:
            if fault.method in (method, "*") and fault.team in (None, team):
                return self._used(fault)
        return None

    def _used(self, fault: Fault) -> Fault:
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.remove(fault)
        return fault
