"""What a file of labels may look like, what is refused and how, and what is measured of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AssayError
from bot.label_files import LabelFile, LabelFileError, UnknownMetric, measure, read_labels

HEADER = "item,annotator,label\n"


def read(text: str) -> LabelFile:
    return read_labels(text.splitlines(keepends=True))


def measured(*units: str, draws: int = 200) -> dict[str, Any]:
    file = LabelFile(tuple(tuple(unit.split()) for unit in units), annotators=2, repeated=0)
    return measure(file, seed=3, draws=draws)


def nulls(figures: Mapping[str, object]) -> set[str]:
    return {name for name, figure in figures.items() if figure is None}


def test_labels_are_gathered_by_item() -> None:
    file = read(HEADER + "1,ana,yes\n2,ana,no\n1,bea,no\n")
    assert file == LabelFile(units=(("yes", "no"), ("no",)), annotators=2, repeated=0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("label,seconds,item,annotator\nyes,3,1,ana\n", id="another order, another column"),
        pytest.param("Item, Annotator ,LABEL\n1,ana,yes\n", id="case and space in the header"),
        pytest.param("\ufeffitem,annotator,label\n1,ana,yes\n", id="a byte order mark"),
        pytest.param('\ufeff"item","annotator","label"\n"1","ana","yes"\n', id="a mark before quotes"),
        pytest.param("item,annotator,label\r\n1,ana,yes\r\n", id="line ends of Windows"),
        pytest.param("\n" + HEADER + "\n1,ana,yes\n,,\n\n", id="empty rows"),
        pytest.param(HEADER + " 1 ,ana, yes \n", id="space around cells"),
        pytest.param(HEADER + "1,ana,yes,,\n", id="empty cells beyond the header"),
        pytest.param(HEADER + "1,ana,yes", id="no line end at the end"),
    ],
)
def test_the_same_label_is_read_from(text: str) -> None:
    assert read(text) == LabelFile(units=(("yes",),), annotators=1, repeated=0)


def test_a_label_may_hold_commas_quotes_and_newlines() -> None:
    assert read(HEADER + '1,ana,"a, ""b""\nc"\n').units == (('a, "b"\nc',),)


def test_an_equal_row_again_is_counted_and_not_another_label() -> None:
    assert read(HEADER + "1,ana,yes\n1,ana,yes\n") == LabelFile((("yes",),), annotators=1, repeated=1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Line 1: the header lacks item, annotator, label; it has: nothing."),
        (
            "item;annotator;label\n",
            "Line 1: the header lacks item, annotator, label; it has: item;annotator;label. "
            "Separate the cells by commas.",
        ),
        ("\nitem,who,label\n", "Line 2: the header lacks annotator; it has: item, who, label."),
        ("item,annotator,label,Label\n", "Line 1: the header has label more than once."),
        (HEADER + "1,ana,yes\n2,,no\n", "Line 3: annotator is empty."),
        (HEADER + "1\n", "Line 2: annotator, label is empty."),
        (HEADER + "1,ana,no, thanks\n", "Line 2 has 4 cells, the header 3; a cell that holds a comma needs quotes."),
        (
            HEADER + '1,ana,"a\nb"\n\n1,ana,c\n',
            "Line 5: annotator “ana” labels item “1” as “c”, but as “a\nb” on an earlier line; keep one of them.",
        ),
        (HEADER + '1,ana,yes\n2,ana,"no\n', "Line 3 is not CSV: unexpected end of data."),
    ],
)
def test_an_error_is_a_sentence_that_names_the_line(text: str, sentence: str) -> None:
    with pytest.raises(LabelFileError) as refusal:
        read(text)
    assert str(refusal.value) == sentence
    assert isinstance(refusal.value, AssayError)


cells = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1)


@given(st.dictionaries(st.tuples(cells, cells), cells, max_size=8))
def test_every_label_written_is_read(labels: dict[tuple[str, str], str]) -> None:
    quoted = (
        ",".join('"' + cell.replace('"', '""') + '"' for cell in (item, annotator, label)) + "\n"
        for (item, annotator), label in labels.items()
    )
    file = read_labels([HEADER, *quoted])
    assert sorted(label for unit in file.units for label in unit) == sorted(labels.values())
    assert len(file.units) == len({item for item, _ in labels})
    assert file.annotators == len({annotator for _, annotator in labels})


def test_a_file_with_a_header_alone_has_figures_that_say_why_not() -> None:
    figures: dict[str, Any] = measure(read(HEADER))
    assert (figures["items"], figures["labels"], figures["annotators"]) == (0, 0, 0)
    assert figures["reason"]["alpha"] == "not enough data: nothing was labelled by two people"


def test_figures_of_two_classes_are_complete() -> None:
    figures = measured(*["yes yes"] * 12, *["yes no"] * 5, *["no no"] * 40, "no")
    assert figures["alpha"] == pytest.approx(1 - (5 / 57) / (2 * 29 * 85 / (114 * 113)))
    assert figures["percent"] == pytest.approx(52 / 57)
    assert figures["positive"] == pytest.approx(24 / 29)
    assert figures["alpha_ci"][0] < figures["alpha"] < figures["alpha_ci"][1]
    assert (figures["items"], figures["shared_items"], figures["labels"], figures["annotators"]) == (58, 57, 115, 2)
    assert (figures["metric"], figures["draws"], figures["seed"], figures["repeated"]) == ("nominal", 200, 3, 0)
    assert nulls(figures) == {"fleiss", "fleiss_ci"}


@pytest.mark.parametrize(
    "units",
    [
        pytest.param(["a b c", "a a b"], id="three classes"),
        pytest.param(["a a", "a a"], id="no variation"),
        pytest.param(["a", "b"], id="nothing shared"),
        pytest.param(["a a"] * 99 + ["a b"], id="value without interval"),
    ],
)
def test_each_null_has_a_sentence_and_the_whole_is_json(units: list[str]) -> None:
    figures = measured(*units)
    assert nulls(figures) == set(figures["reason"])
    assert all(len(sentence) > 10 for sentence in figures["reason"].values())
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


@pytest.mark.parametrize(
    ("units", "positive_class"),
    [
        (["Yes no", "Yes Yes"], "Yes"),
        (["1 0", "1 1"], "1"),
        (["true false", "true true"], "true"),
        (["escalated fine", "fine fine"], "escalated"),
        (["true yes", "true true"], "yes"),
        (["a b"], "b"),
        (["a b", "c c"], None),
    ],
)
def test_the_positive_class_is_the_affirmative_or_the_rarer_one(units: list[str], positive_class: str | None) -> None:
    assert measured(*units)["positive_class"] == positive_class


def test_a_metric_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownMetric, match=r"There is no metric “ordinal”; choose from: nominal\."):
        measure(read(HEADER), metric="ordinal")


def test_a_file_measured_again_gives_the_same_figures() -> None:
    units = ["a a"] * 20 + ["a b"] * 5 + ["b b"] * 9
    assert measured(*units) == measured(*units)
