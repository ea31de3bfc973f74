"""A chart as a picture, for workspaces that do not draw charts themselves.

Shapes are drawn twice as large and made smaller, which smooths their edges; letters are drawn last, as they are.
The ground is opaque: the same picture is read in light and in dark.
"""

import io
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TypeVar

from PIL import Image, ImageDraw

from bot.surfaces.chart_letters import drawable, fitted, font, two_lines, width
from bot.surfaces.chart_scale import Scale, scale_of
from bot.surfaces.charts import Chart, Line, band, figure, tidy

WIDTH, HEIGHT = 1_200, 540  # shown half as large, on phones a quarter: so letters are large
SMOOTH = 2
PAPER, INK, QUIET, GRID, EDGE = "#ffffff", "#1c2023", "#5c6368", "#e6e6e1", "#d3d4cf"
BAND, BAND_EDGE = "#d9ebe5", "#9cc8bb"
TONES = ("#0b6653", "#b47611", "#3f70b4", "#b0503a", "#7d5fae", "#66727a")
TITLE, WORDS = 32, 26  # the height of letters
MARGIN, GAP = 32, 18
TOP, FOOT = 128, 66
SIDE = 300  # the most that names take beside the lines
HEADROOM = 1.08  # over bars, for their numbers
MANY = 24  # points on a line, above which they have no dots; bars, above which they have no numbers

Point = tuple[float, float]
T = TypeVar("T")


def png(chart: Chart) -> bytes:
    """A PNG of 1,200 by 540 pixels, meant to be shown half as large.

    A chart without values is an empty frame that says so. Lines named `low` and `high` are drawn as a band around the
    first line; a category in which a line has no value is a gap in it. Takes about a tenth of a second: call
    it in a thread.
    """
    picture = _Picture(tidy(chart))
    picture.draw()
    held = io.BytesIO()
    picture.image.save(held, "PNG")
    return held.getvalue()


class _Picture:
    """The frame, and where values lie in it."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.values = [value for line in chart.lines for value in line.values if value is not None]
        self.bars = chart.kind == "bar"
        self.band = None if self.bars else band(chart.lines)
        self.lines = [line for line in chart.lines if line not in (self.band or ())]
        self.names = [drawable(line.name, f"Line {place}") for place, line in enumerate(self.lines, 1)]
        self.scale = self._scale()
        ticks = [self.scale.words(value) for value in self.scale.ticks]
        self.left = MARGIN + max(width(tick, WORDS) for tick in ticks) + GAP
        self.right = WIDTH - MARGIN - self._beside()
        self.bottom = HEIGHT - FOOT - (WORDS + 8) * (bool(chart.x_label.strip()) + self.bars)  # bars' names: two rows
        self.image = Image.new("RGB", (WIDTH * SMOOTH, HEIGHT * SMOOTH), PAPER)
        self.shapes = ImageDraw.Draw(self.image)

    def draw(self) -> None:
        self._frame()
        if self.bars:
            self._bars()
        else:
            self._lines()
        self.image = self.image.reduce(SMOOTH)
        self.letters = ImageDraw.Draw(self.image)
        self._words()

    # Places

    def _scale(self) -> Scale:
        ends = [value * (HEADROOM if self.bars else 1) for value in self.values]
        return scale_of(ends or [0, 1], floor=self.chart.floor, ceiling=self.chart.ceiling, from_zero=self.bars)

    def x(self, place: int) -> float:
        return self.left + self.slot * (place + 0.5)

    @property
    def slot(self) -> float:
        return (self.right - self.left) / max(1, len(self.chart.categories))

    def y(self, value: float) -> float:
        return self.bottom - self.scale.share(value) * (self.bottom - TOP)

    def _beside(self) -> float:
        """What the names of lines need beside them; bars have theirs above."""
        if self.bars or not self.values:
            return 0
        return max(width(words, WORDS) for words in self._ends()) + GAP

    # Shapes

    def _frame(self) -> None:
        self._box((0, 0), (WIDTH, HEIGHT), PAPER, outline=EDGE)
        for value in self.scale.ticks:
            self._stroke([(self.left, self.y(value)), (self.right, self.y(value))], GRID, 2)

    def _lines(self) -> None:
        if self.band:
            self._band(*self.band)
        for line, tone in reversed([*zip(self.lines, TONES, strict=False)]):
            for run in _runs(line.values):
                self._stroke([(self.x(place), self.y(value)) for place, value in run], tone, 5)
                dots = len(self.chart.categories) <= MANY or len(run) == 1
                for place, value in run if dots else ():
                    self._dot((self.x(place), self.y(value)), tone)

    def _band(self, low: Line, high: Line) -> None:
        """From low to high; where a single category has both, a bar stands for it."""
        pairs = zip(low.values, high.values, strict=True)
        both = [None if under is None or over is None else (under, over) for under, over in pairs]
        for run in _runs(both):
            under = [(self.x(place), self.y(ends[0])) for place, ends in run]
            over = [(self.x(place), self.y(ends[1])) for place, ends in run]
            if len(run) == 1:
                (at, foot), (_, head) = under[0], over[0]
                self._box((at - 9, min(head, foot)), (at + 9, max(head, foot)), BAND, outline=BAND_EDGE)
                continue
            self.shapes.polygon([_large(point) for point in [*over, *reversed(under)]], fill=BAND)
            self._stroke(over, BAND_EDGE, 2)
            self._stroke(under, BAND_EDGE, 2)

    def _bars(self) -> None:
        base = self.y(min(max(0, self.scale.low), self.scale.high))
        for at, (line, tone) in enumerate(zip(self.lines, TONES, strict=False)):
            for place, value in enumerate(line.values):
                if value is not None:
                    left, right = self._sides(place, at)
                    self._box((left, min(self.y(value), base)), (right, max(self.y(value), base)), tone)
        self._stroke([(self.left, base), (self.right, base)], QUIET, 2)

    def _sides(self, place: int, at: int) -> tuple[float, float]:
        """Where one bar of a group begins and ends."""
        group = min(self.slot * 0.72, 120 * len(self.lines))
        wide = group / len(self.lines)
        left = self.x(place) - group / 2 + wide * at
        return left, left + max(2, wide - min(4, wide / 4))

    def _stroke(self, points: Sequence[Point], tone: str, thick: int) -> None:
        self.shapes.line([_large(point) for point in points], fill=tone, width=thick * SMOOTH, joint="curve")

    def _dot(self, at: Point, tone: str) -> None:
        (x, y), size = _large(at), 8 * SMOOTH
        self.shapes.ellipse((x - size, y - size, x + size, y + size), fill=tone, outline=PAPER, width=2 * SMOOTH)

    def _box(self, first: Point, last: Point, tone: str, *, outline: str | None = None) -> None:
        (left, top), (right, bottom) = _large(first), _large(last)
        place = (left, top, max(left, right - 1), max(top, bottom - 1))
        self.shapes.rectangle(place, fill=tone, outline=outline, width=2 * SMOOTH)

    # Letters

    def _words(self) -> None:
        title = fitted(drawable(self.chart.title, "Chart"), WIDTH - 2 * MARGIN, TITLE)
        self._write((MARGIN, 28), title, INK, size=TITLE)
        above = self._legend() if self.bars and len(self.lines) > 1 else MARGIN
        unit = fitted(drawable(self.chart.y_label, ""), WIDTH - MARGIN - above, WORDS)
        self._write((above, 88), unit, QUIET, anchor="lm")
        for value in self.scale.ticks:
            self._write((self.left - GAP, self.y(value)), self.scale.words(value), QUIET, anchor="rm")
        if not self.values:
            middle = ((self.left + self.right) / 2, (TOP + self.bottom) / 2)
            self._write(middle, "No figures yet", QUIET, anchor="mm")
        self._categories()
        below = fitted(drawable(self.chart.x_label, ""), self.right - self.left, WORDS)
        self._write(((self.left + self.right) / 2, HEIGHT - 28), below, QUIET, anchor="mm")
        if self.bars:
            self._numbers()
        else:
            self._names_beside()

    def _categories(self) -> None:
        names = [drawable(name, str(place)) for place, name in enumerate(self.chart.categories, 1)]
        every = 1 if self.bars else self._every(names)
        room = max(self.slot * every - GAP, min(self.slot, 60))
        for place, name in enumerate(names):
            if (len(names) - 1 - place) % every == 0:  # the newest has its name in any case
                for row, words in enumerate(two_lines(name, room, WORDS)[: 2 if self.bars else 1]):
                    half = width(words, WORDS) / 2
                    at = min(max(self.x(place), MARGIN + half), WIDTH - MARGIN - half)
                    self._write((at, self.bottom + 30 + row * (WORDS + 6)), words, QUIET, anchor="mm")

    def _every(self, names: Sequence[str]) -> int:
        """Each how many-th category has its name below, so that names do not touch."""
        widest = max((width(name, WORDS) for name in names), default=0)
        most = max(1, len(names))
        return next((every for every in range(1, most) if self.slot * every >= widest + GAP), most)

    def _ends(self) -> list[str]:
        """What stands beside each line: its name and its last value."""
        last = [next(value for value in reversed(line.values) if value is not None) for line in self.lines]
        tails = [f"  {figure(value)}" for value in last]
        words = [
            fitted(name, SIDE - width(tail, WORDS), WORDS) + tail for name, tail in zip(self.names, tails, strict=True)
        ]
        return words + [
            fitted(drawable(line.name, side), SIDE, WORDS)
            for line, side in zip(self.band or (), ("low", "high"), strict=False)
        ]

    def _names_beside(self) -> None:
        """Names at the ends of their lines, moved apart where they would touch."""
        lines = [*self.lines, *(self.band or ())]
        tones = [*TONES[: len(self.lines)], QUIET, QUIET]
        if not self.values:
            return
        ends = [self.y(next(value for value in reversed(line.values) if value is not None)) for line in lines]
        apart = _apart(ends, WORDS + 10, TOP, self.bottom)
        for words, at, tone in zip(self._ends(), apart, tones, strict=False):
            self._write((self.right + GAP, at), words, tone, anchor="lm")

    def _legend(self) -> float:
        """Names of bars in a row above them; where the row ends."""
        at, room = float(MARGIN), (WIDTH - 2 * MARGIN) / len(self.names) - 60
        for name, tone in zip(self.names, TONES, strict=False):
            words = fitted(name, room, WORDS)
            self.letters.rounded_rectangle((at, 78, at + 20, 98), radius=4, fill=tone)
            self._write((at + 32, 88), words, INK, anchor="lm")
            at += 32 + width(words, WORDS) + 36
        return at

    def _numbers(self) -> None:
        """Each bar's number at its end, where there are few enough to read."""
        told = [(place, at, value) for at, line in enumerate(self.lines) for place, value in enumerate(line.values)]
        numbers = [(place, at, value, figure(value)) for place, at, value in told if value is not None]
        room = self.slot / max(1, len(self.lines))
        if len(numbers) > MANY or any(width(words, WORDS) > room for *_, words in numbers):
            return
        for place, at, value, words in numbers:
            left, right = self._sides(place, at)
            end = self.y(value) - 18 if value >= 0 else self.y(value) + 18
            self._write(((left + right) / 2, end), words, INK, anchor="mm")

    def _write(self, at: Point, words: str, tone: str, *, size: int = WORDS, anchor: str = "la") -> None:
        self.letters.text(at, words, fill=tone, font=font(size), anchor=anchor)


def _runs(values: Sequence[T | None]) -> list[list[tuple[int, T]]]:
    """What lies between gaps: places and values that follow one another."""
    parts = groupby(enumerate(values), key=lambda one: one[1] is not None)
    return [[(place, value) for place, value in part if value is not None] for there, part in parts if there]


def _apart(places: Sequence[float], distance: float, top: float, bottom: float) -> list[float]:
    """Each place, moved as little as needed for all to lie so far from one another, from top to bottom."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = list(places)
    for before, at in pairwise(order):
        moved[at] = max(moved[at], moved[before] + distance)
    over = max(0.0, max(moved, default=bottom) - bottom)
    limit = bottom
    for at in reversed(order):
        moved[at] = min(moved[at], limit) if over else moved[at]
        limit = moved[at] - distance
    return [max(at, top) for at in moved] if len(moved) == 1 else moved


def _large(point: Point) -> Point:
    return point[0] * SMOOTH, point[1] * SMOOTH
