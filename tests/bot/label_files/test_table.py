"""The figures of a file as people read them."""

import re

import pytest

from bot.label_files.metrics import Metric
from bot.label_files.table import COMPARED, table
from tests.bot.label_files.test_measuring import measured, words
from tests.bot.measures.test_free_text import TICKETS

YES_AND_NO = words(*["yes yes"] * 12, *["yes no"] * 5, *["no no"] * 40, "no")


def test_every_figure_stands_beside_its_interval_and_what_it_rests_on() -> None:
    shown = table(measured(YES_AND_NO))
    assert shown.startswith(
        "115 labels, 2 annotators, 58 items, of which 57 with two labels or more. Compared as names."
    )
    rows = re.findall(r"^(\w+) +(-?\d\.\d{3}) +(-?\d\.\d{3}) to (-?\d\.\d{3}) +(\d+)   \S.*$", shown, re.MULTILINE)
    assert [row[0] for row in rows] == ["alpha", "ac1", "cohen", "percent", "positive"]
    assert all(float(low) <= float(value) <= float(high) for _, value, low, high, _ in rows)
    assert [row[4] for row in rows] == ["57", "57", "57", "57", "17"]
    assert "of all the times “yes” is said, how often the other says it, too" in shown
    assert "fleiss     not known: items have different numbers of labels, from 1 to 2" in shown
    assert "ks" not in re.findall(r"^\w+", shown, re.MULTILINE), "texts are no part of it"


def test_columns_are_aligned() -> None:
    rows = table(measured(YES_AND_NO)).splitlines()[2:8]
    assert len({len(row[:49].rstrip()) for row in rows}) == 1
    assert all(row[46:49].isspace() for row in rows[1:])


@pytest.mark.parametrize(
    ("units", "reading"),
    [
        (["a a"] * 60 + ["b b"] * 60, "Agreement is good: "),
        (["a a"] * 56 + ["b b"] * 56 + ["a b"] * 8, "Agreement is moderate or better: "),
        (["a a"] * 40 + ["b b"] * 40 + ["a b"] * 60, "Agreement is not enough to build on: "),
        (["a a"] * 3 + ["b b"] * 3 + ["a b"], "How good agreement is cannot be told yet: "),
    ],
)
def test_the_interval_of_alpha_is_put_into_words(units: list[str], reading: str) -> None:
    assert reading in table(measured(words(*units)))


def test_of_texts_pairs_are_counted_in_place_of_a_word_for_alpha() -> None:
    shown = table(measured(TICKETS, Metric.TEXT))
    assert (
        "Of 4 pairs of texts of one item, 2 look no more alike than texts of different items, "
        "of which 24 pairs were compared." in shown
    )
    assert "Agreement is" not in shown
    drawn = measured(TICKETS, Metric.TEXT)
    drawn["texts"]["pairs_in_all"] = 4_000
    assert "Of 4 pairs of texts of one item (drawn from 4,000), 2 look" in table(drawn)


@pytest.mark.parametrize("metric", Metric)
def test_what_is_not_known_has_its_reason_and_no_number(metric: Metric) -> None:
    shown = table(measured(words("1", "2"), metric))
    assert COMPARED[metric] in shown
    assert "alpha      not known: not enough data: nothing was labelled by two people" in shown
    assert not re.search(r"\d\.\d|nan|None", shown)


def test_a_value_without_an_interval_says_why() -> None:
    shown = table(measured(words(*["a a"] * 99, "a b")))
    assert re.search(r"^alpha +-?\d\.\d{3} +not known +100 ", shown, re.MULTILINE)
    assert re.search(r"^alpha_ci +not known: no interval: too few of the rarer labels", shown, re.MULTILINE)


def test_repeated_rows_are_mentioned() -> None:
    figures = measured(YES_AND_NO)
    assert "Repeated" not in table(figures)
    assert "Repeated rows left out: 3." in table(figures | {"repeated": 3})


def test_what_an_interval_takes_is_said() -> None:
    figures = measured(YES_AND_NO) | {"wish": 0.1, "wished_items": 1_234, "wished_items_of_a_share": 93}
    assert "An interval of alpha of ± 0.1 takes about 1,234 items, each with as many labels as here." in table(figures)
    assert "An interval of any share of ± 0.1 takes 93 items at most." in table(figures)
    unknown = figures | {"wished_items": None, "reason": figures["reason"] | {"wished_items": "alpha has no interval"}}
    assert "wished_items not known: alpha has no interval" in table(unknown)
