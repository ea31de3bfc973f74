"""Garbage is collected between tests, not within one.

All the objects of a worker are looked through in that: on a busy machine it takes seconds, in which no loop turns, and
the sandbox would say that the app did not answer.
"""

import gc
from itertools import count

EVERY = 200  # tests
_tests = count(1)


def pytest_sessionstart() -> None:
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 1_000_000)  # the old ones are left to what follows


def pytest_runtest_logfinish() -> None:
    if next(_tests) % EVERY == 0:
        gc.collect()
