"""What was measured, as a table and as JSON."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from tests.bench.rounds import Comparison
from tests.databases import postgres_version

HEADS = ("measured", "figure", "first", "second", "ratio", "least", "most", "n")


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {postgres_version()}; "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )


def table(comparisons: Iterable[Comparison]) -> str:
    rows = [HEADS, *(row for one in comparisons for row in _rows(one))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    return "\n".join(_line(row, widths) for row in rows)


def document(comparisons: Iterable[Comparison], notes: Iterable[str]) -> str:
    measured = [
        {
            "name": one.name,
            "sides": one.sides,
            "each": one.each,
            "figures": {name: asdict(spread) for name, spread in one.figures().items()},
            "rounds": one.rounds,
        }
        for one in comparisons
    ]
    return json.dumps({"machine": machine(), "notes": list(notes), "measured": measured}, indent=2)


def _rows(one: Comparison) -> Iterable[tuple[str, ...]]:
    for name, spread in one.figures().items():
        yield (
            f"{one.name}: {one.sides[0]} / {one.sides[1]}",
            name,
            _short(spread.first),
            _short(spread.second),
            *(f"{ratio:.2f}" for ratio in (spread.middle, spread.least, spread.most)),
            f"{len(one.rounds)} x {one.each}",
        )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(
        cell.ljust(width) if place in (0, 1, 7) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip()
