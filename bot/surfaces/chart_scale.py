"""The scale of a picture: from where to where, and at which values a line is drawn across."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LINES_ACROSS = 5


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest value of a picture; `step` lies between two lines across."""

    low: float
    high: float
    step: float

    def share(self, value: float) -> float:
        """Where a value lies: 0 at the bottom, 1 at the top."""
        return (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + self.step * place for place in range(count + 1)]

    def words(self, value: float) -> str:
        """A value with as many decimals as the step needs."""
        decimals = next((count for count in range(7) if abs(round(self.step, count) - self.step) < self.step * 1e-6), 6)
        return f"{value:,.{decimals}f}" if abs(value) > self.step * 1e-6 else "0"


def scale_of(values: Sequence[float], *, floor: float | None, ceiling: float | None, from_zero: bool) -> Scale:
    """Holds every value, the floor and the ceiling, and zero where bars stand on it; its ends are round numbers."""
    ends = [*values, *([0.0] if from_zero else []), *(end for end in (floor, ceiling) if end is not None)]
    low, high = min(ends), max(ends)
    if high - low < max(abs(high), abs(low)) * 1e-6 or high == low:  # a flat line lies in the middle
        around = abs(high) / 10 or 1.0
        low, high = low - (0.0 if low == floor else around), high + (0.0 if high == ceiling else around)
        high = high if high > low else low + around
    step = _round_step((high - low) / LINES_ACROSS)
    return Scale(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return float(next(step * size for step in STEPS if step * size >= rough * (1 - 1e-9)))
