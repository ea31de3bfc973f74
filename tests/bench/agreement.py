"""Agreement of a million labels with its interval; both sides start from the same objects, and say the same."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import numpy as np

from bot.measures.agreement import DRAWS, alpha
from bot.measures.counting import Coded
from bot.measures.patterns import Floats
from tests.bench import floor_agreement as floor
from tests.bench.rounds import Comparison, Figures, in_turn

CLASSES = ("approved", "edited", "rejected", "not judged")
UNITS, ANNOTATORS, ASKED = 400_000, 3, 5 / 6
CALLS = 5  # in a round
SEED = 7
Measured = tuple[float, Floats]  # a value and its bounds


async def agreement(rounds: int) -> list[Comparison]:
    """Alpha of names with 2,000 draws, from arrays of numbers and from lists of names."""
    numbers = _labels()
    names = _names(numbers)
    arrays = partial(floor.of_arrays, numbers.units, numbers.labels, classes=len(CLASSES), draws=DRAWS, seed=SEED)
    lists = partial(floor.of_names, names, classes=CLASSES, draws=DRAWS, seed=SEED)
    return [
        await _compared("agreement, arrays", partial(_ours, numbers), arrays, rounds),
        await _compared("agreement, lists of names", partial(_ours, names), lists, rounds),
    ]


async def _compared(name: str, ours: Callable[[], Measured], theirs: Callable[[], Measured], rounds: int) -> Comparison:
    (value, bounds), (other, others) = ours(), theirs()
    assert abs(value - other) < 1e-12
    assert np.abs(bounds - others).max() < 1e-3
    comparison = Comparison(name, ("Assay", "floor"), f"{CALLS} x {UNITS * ANNOTATORS * ASKED:,.0f} labels")
    return await in_turn(comparison, partial(_timed, ours), partial(_timed, theirs), rounds=rounds)


async def _timed(measure: Callable[[], Measured]) -> Figures:
    began, before = time.perf_counter(), time.process_time()
    for _ in range(CALLS):
        measure()
    took, used = time.perf_counter() - began, time.process_time() - before
    return {"ms": took * 1_000 / CALLS, "CPU ms": used * 1_000 / CALLS}


def _ours(units: Coded | Sequence[Sequence[str]]) -> Measured:
    estimate = alpha(units, seed=SEED)
    assert estimate.value is not None
    return estimate.value, np.array([estimate.low, estimate.high], dtype=np.float64)


def _labels() -> Coded:
    """Annotators who see what is right in four of five units and guess in the others; some labels are missing."""
    generator = np.random.default_rng(SEED)
    right = generator.choice(len(CLASSES), size=(UNITS, 1), p=(0.5, 0.3, 0.15, 0.05))
    seen = generator.random((UNITS, ANNOTATORS)) < 0.8
    labels = np.where(seen, right, generator.integers(len(CLASSES), size=(UNITS, ANNOTATORS)))
    asked = generator.random((UNITS, ANNOTATORS)) < ASKED
    return Coded(np.nonzero(asked)[0], labels[asked], CLASSES)


def _names(coded: Coded) -> list[list[str]]:
    labels = iter([CLASSES[label] for label in coded.labels.tolist()])
    return [list(islice(labels, size)) for size in np.bincount(coded.units, minlength=UNITS).tolist()]
