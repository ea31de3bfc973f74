"""Charts as values, and what Slack can show of them: its own block, and lines of text."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot import harmless, texts
from bot.surfaces.blocks import Block

LOW, HIGH = "low", "high"  # two lines whose names end so bound a band around the first line
TITLE, LABEL, AXIS = 50, 20, 50  # characters that Slack takes
CATEGORIES, LINES = 20, 6  # Slack documents 12 lines; older copies of the page say 6
LARGEST = 1e12  # nothing that is measured here is larger, and a scale can be drawn for it
NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """A value for each category; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """Lines, or groups of bars, over categories.

    `alt` says in a sentence what is seen: it stands where no picture can. `floor` and `ceiling` are where the
    scale of a picture begins and ends, unless a value lies beyond; Slack's own charts choose for themselves.
    """

    title: str
    categories: Sequence[str]
    lines: Sequence[Line]
    x_label: str = ""
    y_label: str = ""
    alt: str = ""
    kind: Literal["line", "bar"] = "line"
    floor: float | None = None
    ceiling: float | None = None

    @classmethod
    def stored(cls, kept: Mapping[str, Any]) -> "Chart":
        """What `dataclasses.asdict` made of one, back from JSON."""
        return cls(**{**kept, "lines": [Line(**line) for line in kept["lines"]]})

    @property
    def spoken(self) -> str:
        """What is seen, in words."""
        return self.alt if texts.visible(self.alt) else self.title if texts.visible(self.title) else "A chart"


def tidy(chart: Chart) -> Chart:
    """With one finite value or None a category in each line; without lines that have no value, or beyond the sixth."""
    count = len(chart.categories)
    lines = [Line(one.name, [_measured(value) for value in one.values[:count]]) for one in chart.lines]
    shown = [one for one in lines if any(value is not None for value in one.values)][:LINES]
    whole = [Line(one.name, [*one.values, *[None] * (count - len(one.values))]) for one in shown]
    return replace(chart, lines=whole, floor=_measured(chart.floor), ceiling=_measured(chart.ceiling))


def chart_block(chart: Chart) -> Block | None:
    """Slack's own chart; None where no line has a value.

    Slack knows no gaps: categories in which a line has none are left out (where that leaves nothing, all lines but
    the first). Of more than 20 categories the last are shown, the first of a bar chart.
    """
    whole = tidy(chart)
    lines, at = whole.lines, _complete(whole.lines)
    if not at:
        lines = whole.lines[:1]
        at = _complete(lines)
    if not at:
        return None
    at = at[:CATEGORIES] if chart.kind == "bar" else at[-CATEGORIES:]
    labels = distinct((chart.categories[place] for place in at), LABEL)
    series = [
        {
            "name": name,
            "data": [{"label": label, "value": line.values[place]} for label, place in zip(labels, at, strict=True)],
        }
        for name, line in zip(distinct((one.name for one in lines), LABEL), lines, strict=True)
    ]
    axes = {"x_label": one_line(chart.x_label, AXIS, ""), "y_label": one_line(chart.y_label, AXIS, "")}
    shown = {name: words for name, words in axes.items() if words}
    drawn = {"type": chart.kind, "series": series, "axis_config": {"categories": labels, **shown}}
    return {"type": "data_visualization", "title": one_line(chart.title, TITLE, "Chart"), "chart": drawn}


def chart_lines(chart: Chart) -> list[str]:
    """The title, then each category with its values, as plain words; nothing where no line has a value."""
    whole = tidy(chart)
    told = [_told(whole, place) for place in range(len(whole.categories))]
    values = [f"{category}: {said}" for category, said in zip(whole.categories, told, strict=True) if said]
    return [chart.title, *values] if values else []


def figure(value: float) -> str:
    """A number as people write it: at most three decimals, none that say nothing."""
    if isinstance(value, int) or value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def band(lines: Sequence[Line]) -> tuple[Line, Line] | None:
    """The lines that bound a band around the first: the one whose name ends in `low`, the one in `high`."""
    ends = {(one.name.lower().split() or [""])[-1]: one for one in lines[1:]}
    return (ends[LOW], ends[HIGH]) if {LOW, HIGH} <= set(ends) else None


def distinct(names: Iterable[str], limit: int) -> list[str]:
    """Names of 1 to `limit` characters, no two alike: repeats are numbered."""
    made: list[str] = []
    for name in names:
        word, number = one_line(name, limit), 1
        while word in made:
            number += 1
            tail = f" ({number})"
            word = one_line(name, limit - len(tail)) + tail
        made.append(word)
    return made


def _complete(lines: Sequence[Line]) -> list[int]:
    """The categories in which every line has a value; none without lines."""
    columns = zip(*(one.values for one in lines), strict=True)
    return [place for place, values in enumerate(columns) if None not in values]


def _told(chart: Chart, place: int) -> str:
    """What one category holds, in words; empty where there is nothing."""
    around = band(chart.lines)
    names = [one.name for one in chart.lines if around is None or one not in around]
    values = [one.values[place] for one in chart.lines if around is None or one not in around]
    said = ", ".join(
        figure(value) if len(names) == 1 else f"{name} {figure(value)}"
        for name, value in zip(names, values, strict=True)
        if value is not None
    )
    low, high = (one.values[place] for one in around) if around else (None, None)
    return f"{said} ({figure(low)} to {figure(high)})" if said and low is not None and high is not None else said


def _measured(value: float | None) -> float | None:
    if value is None or not math.isfinite(value) or abs(value) > LARGEST:
        return None
    return value if isinstance(value, int) else round(value, 6)


def one_line(words: str, limit: int, otherwise: str = NOTHING) -> str:
    """At most `limit` characters in which nothing is interpreted; the other ones where nothing can be seen."""
    plain = texts.shortened(harmless.in_plain(words), limit)
    return plain if texts.visible(plain) else otherwise
