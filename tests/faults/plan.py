"""What a seed makes happen, in order: between two kills two other faults, now and then a night."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tests.faults.kills import ACK, ANYWHERE, COMMIT, POST

WINDOWS = (COMMIT, POST, ACK, ANYWHERE)
LEAST = len(WINDOWS)  # kills of a plan in which each has its turn
KILLS_A_DAY = 3
STRIKES_A_KILL = 2
CHANGES = (date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29))  # Berlin's clocks


class Night(StrEnum):
    PLAIN = "plain"  # the next day; the digest falls due in each replica as it starts
    CHANGE = "change"  # to the next day on which the clocks change
    DOWN = "down"  # everything is down for days


@dataclass(frozen=True)
class Step:
    """One kill with the faults before it; `night`: what follows. `socket`: Slack's messages come over Socket Mode."""

    window: str
    strikes: tuple[str, ...]
    socket: bool = False
    night: Night | None = None


def plan(seed: int | str, kills: int, strikes: Sequence[str]) -> list[Step]:
    """Each window and each fault comes as often as any other, in an order of the seed's.

    One end of the run is in Socket Mode.
    """
    chance = random.Random(seed)
    windows, faults = _rounds(chance, WINDOWS, kills), iter(_rounds(chance, strikes, kills * STRIKES_A_KILL))
    nights = iter(_rounds(chance, [*Night], kills // KILLS_A_DAY))
    socket_first = chance.random() < 0.5
    return [
        Step(
            window,
            tuple(next(faults) for _ in range(STRIKES_A_KILL)),
            socket=(place <= kills // 2) is socket_first,
            night=Night(next(nights)) if place % KILLS_A_DAY == 0 else None,
        )
        for place, window in enumerate(windows, 1)
    ]


def _rounds(chance: random.Random, of: Sequence[str], count: int) -> list[str]:
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += chance.sample(of, len(of))
    return drawn[:count]


def next_morning(night: Night, today: date) -> date:
    """The day whose digest comes next."""
    if night is Night.DOWN:
        return today + timedelta(days=4)
    later = [day for day in CHANGES if day > today]
    return later[0] if night is Night.CHANGE and later else today + timedelta(days=1)
