"""Charts as pictures: one size, all values inside, gaps, names that the font cannot draw."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot.surfaces.chart_letters import drawable, fitted, two_lines, width
from bot.surfaces.chart_png import BAND, HEIGHT, PAPER, TONES, WIDTH, png
from bot.surfaces.chart_scale import scale_of
from bot.surfaces.charts import Chart, Line

TEN = [f"{day} Nov" for day in range(1, 11)]


def seen(chart: Chart) -> Image.Image:
    picture = Image.open(io.BytesIO(png(chart)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (WIDTH, HEIGHT))
    return picture


def columns(picture: Image.Image, tone: str, *, within: int = 48) -> list[int]:
    """Where from left to right something has this colour or nearly, below the title."""
    pixels = np.asarray(picture, dtype=int)[120:]
    apart = abs(pixels - np.array(ImageColor.getrgb(tone))).max(axis=2)
    return [int(x) for x in np.flatnonzero((apart <= within).any(axis=0))]


def widest(places: list[int]) -> int:
    return max(after - before for before, after in pairwise(places))


@pytest.mark.parametrize(
    "chart",
    [
        Chart("One point", ["18 Nov"], [Line("alpha", [0.71]), Line("low", [0.5]), Line("high", [0.8])]),
        Chart("Flat", TEN, [Line("n", [0] * 10)]),
        Chart("Below zero", TEN, [Line("n", range(-5, 5))], kind="bar"),
        Chart("合意", ["月", "火"], [Line("承認", [1, 2]), Line("Одобрено", [2, 1])], y_label="%"),
        Chart("x" * 300, ["y" * 300] * 2, [Line("z" * 300, [1, 2])], x_label="a" * 300, y_label="b" * 300),
        Chart("Large and small", TEN, [Line("n", [1e12, -1e12, 1e-9])]),
        Chart("Nothing", TEN, [Line("n", [None, float("nan")])]),
        Chart("", [], []),
    ],
    ids=lambda chart: chart.title[:16] or "empty",
)
def test_every_chart_is_a_picture_of_one_size_with_nothing_at_its_edges(chart: Chart) -> None:
    picture = seen(chart)
    for x in (12, WIDTH - 12):
        assert {picture.getpixel((x, y)) for y in range(4, HEIGHT - 4)} == {(255, 255, 255)}
    for y in (12, HEIGHT - 12):
        assert {picture.getpixel((x, y)) for x in range(4, WIDTH - 4)} == {(255, 255, 255)}
    assert PAPER == "#ffffff"


@settings(max_examples=8)
@given(
    st.lists(st.lists(st.none() | st.floats(), max_size=12), max_size=7),
    st.lists(st.text(max_size=20), max_size=12),
    st.sampled_from(["line", "bar"]),
)
def test_whatever_the_values_are_there_is_a_picture(
    values: list[list[float | None]], names: list[str], kind: str
) -> None:
    lines = [Line(name, one) for name, one in zip(["n", "low", "high", "a", "b", "c", "d"], values, strict=False)]
    seen(Chart("t", names, lines, kind="bar" if kind == "bar" else "line"))


def test_a_gap_in_a_line_stays_empty() -> None:
    whole = columns(seen(Chart("t", TEN, [Line("n", range(10))])), TONES[0])
    gap = columns(seen(Chart("t", TEN, [Line("n", [0, 1, 2, None, None, None, None, 7, 8, 9])])), TONES[0])
    assert (widest(whole) < 20, widest(gap) > 500) == (True, True)


def test_low_and_high_are_a_band_and_not_two_more_lines() -> None:
    values = [0.5 + at / 100 for at in range(10)]
    low, high = ([value + by for value in values] for by in (-0.2, 0.2))
    banded = seen(Chart("t", TEN, [Line("alpha", values), Line("low", low), Line("high", high)]))
    assert len(columns(banded, BAND, within=2)) > 1_000
    assert columns(banded, TONES[1]) == []
    three = seen(Chart("t", TEN, [Line("alpha", values), Line("approved", low), Line("edited", high)]))
    assert columns(three, BAND, within=2) == []
    assert len(columns(three, TONES[1])) > 1_000


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("Größe – 50 %", "Grosse - 50 %"),
        ("Krippendorff’s α", "Krippendorff’s alpha"),
        ("naïve café", "naive cafe"),
        ("Refunds 💸", "Refunds"),
        ("承認", "Line 1"),
        ("Одобрено", "Line 1"),
        ("GPT 承", "GPT"),
        ("", "Line 1"),
        ("\ud800", "Line 1"),
    ],
)
def test_words_are_drawn_in_letters_that_the_font_has(words: str, drawn: str) -> None:
    assert drawable(words, "Line 1") == drawn


def test_words_that_are_too_wide_are_shortened_to_fit() -> None:
    assert fitted("Agreement", 1_000, 27) == "Agreement"
    assert fitted("Agreement", 90, 27).endswith("…")
    assert width(fitted("Agreement", 90, 27), 27) <= 90
    assert fitted("Agreement", 1, 27) == ""
    first, second = two_lines("Missing information about the order", 200, 27)
    assert (first, second[-1]) == ("Missing", "…")
    assert all(width(row, 27) <= 200 for row in (first, second))


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=6), st.booleans())
def test_a_scale_holds_every_value_between_few_round_lines(values: list[float], bars: bool) -> None:
    scale = scale_of(values, floor=None, ceiling=None, from_zero=bars)
    assert scale.low <= min(values) + scale.step * 1e-6
    assert scale.high >= max(values) - scale.step * 1e-6
    assert 2 <= len(scale.ticks) <= 9
    assert not bars or scale.low <= 0 <= scale.high


@pytest.mark.parametrize(
    ("values", "floor", "ceiling", "ticks"),
    [
        ([0.61, 0.83], None, None, ["0.60", "0.65", "0.70", "0.75", "0.80", "0.85"]),
        ([0.61, 0.83], 0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0.5], 0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([-3, 1_250], None, None, ["-500", "0", "500", "1,000", "1,500"]),
        ([0, 0], None, None, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
    ],
)
def test_a_scale_is_labelled_with_round_numbers(
    values: list[float], floor: float | None, ceiling: float | None, ticks: list[str]
) -> None:
    scale = scale_of(values, floor=floor, ceiling=ceiling, from_zero=False)
    assert [scale.words(value) for value in scale.ticks] == ticks
