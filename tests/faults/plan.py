"""What a seed makes happen, in order: between two kills one other fault, now and then a night."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tests.faults.kills import ACK, ANYWHERE, COMMIT, POST

WINDOWS = (COMMIT, POST, ACK, ANYWHERE)
KILLS_A_DAY = 3
CHANGES = (date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29))  # Berlin's clocks


class Night(StrEnum):
    PLAIN = "plain"  # the next day; the digest falls due in each replica as it starts
    CHANGE = "change"  # to the next day on which the clocks change
    DOWN = "down"  # everything is down for days


@dataclass(frozen=True)
class Step:
    """One kill with the fault before it; `night`: what follows."""

    window: str
    strike: str
    night: Night | None = None


def plan(seed: int, kills: int, strikes: Sequence[str]) -> list[Step]:
    """Each window and each fault comes as often as any other, in an order of the seed's."""
    chance = random.Random(seed)
    windows, faults = _rounds(chance, WINDOWS, kills), _rounds(chance, strikes, kills)
    nights = iter(_rounds(chance, [*Night], kills // KILLS_A_DAY))
    return [
        Step(window, fault, Night(next(nights)) if place % KILLS_A_DAY == 0 else None)
        for place, (window, fault) in enumerate(zip(windows, faults, strict=True), 1)
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
