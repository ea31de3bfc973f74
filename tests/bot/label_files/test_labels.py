"""What a file of labels may look like, and what is refused and how."""

import json
import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AssayError
from bot.label_files.labels import LabelFile, read_labels
from bot.label_files.metrics import Metric, meaning
from bot.label_files.rows import LabelFileError, read_columns

HEADER = "item,annotator,label\n"


def read(text: str, metric: Metric = Metric.NOMINAL, *order: str, columns: str = "") -> LabelFile:
    return read_labels(
        text.splitlines(keepends=True),
        columns=read_columns([columns]),
        label_of=meaning(metric, order),
        empty=metric.of_sets,
    )


def test_labels_are_gathered_by_item() -> None:
    file = read(HEADER + "1,ana,yes\n2,ana,no\n1,bea,no\n")
    assert file.units() == [["yes", "no"], ["no"]]
    assert (file.annotator_count, file.repeated, file.sizes.tolist()) == (2, 0, [2, 1])
    assert (file.items.tolist(), file.annotators.tolist(), file.labels.tolist()) == ([0, 1, 0], [0, 0, 1], [0, 1, 1])


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
        pytest.param("item;annotator;label\n1;ana;yes\n", id="semicolons"),
        pytest.param("item\tannotator\tlabel\n1\tana\tyes\n", id="tabs"),
        pytest.param('{"item": 1, "annotator": "ana", "label": "yes"}\n', id="JSON lines"),
        pytest.param(
            '\ufeff\n{"Label": " yes", "n": 3, "item": "1", "annotator": "ana"}\n\n', id="JSON, a mark, blank"
        ),
    ],
)
def test_the_same_label_is_read_from(text: str) -> None:
    file = read(text)
    assert (file.units(), file.annotator_count, file.repeated) == ([["yes"]], 1, 0)


def test_columns_may_have_other_names() -> None:
    file = read("Ticket;item;Who;Verdict\n1;x;ana;yes\n", columns="item=ticket, annotator=Who,label=Verdict")
    assert file.units() == [["yes"]]


def test_a_label_may_hold_commas_quotes_and_newlines() -> None:
    assert read(HEADER + '1,ana,"a, ""b""\nc"\n').units() == [['a, "b"\nc']]
    assert read('{"item": 1, "annotator": 2, "label": "a, \\"b\\"\\nc"}').units() == [['a, "b"\nc']]


def test_values_of_json_are_labels_as_a_table_would_write_them() -> None:
    lines = [{"item": 1, "annotator": 7, "label": value} for value in (True,)] + [
        {"item": 2, "annotator": 7, "label": 2.5},
        {"item": 3, "annotator": 7, "label": 4},
    ]
    assert read("\n".join(map(json.dumps, lines))).units() == [["true"], ["2.5"], ["4"]]


def test_sets_may_be_empty_and_are_the_same_in_any_order() -> None:
    rows = HEADER + "1,ana,b| a\n1,bea,a|b|b\n2,ana,\n2,bea, | \n"
    assert read(rows, Metric.MASI).units() == [["a|b", "a|b"], ["", ""]]
    line = '{"item": 1, "annotator": "ana", "label": ["b", "a"]}\n{"item": 2, "annotator": "ana", "label": []}'
    assert read(line, Metric.JACCARD).units() == [["a|b"], [""]]


def test_numbers_are_the_same_however_they_are_written() -> None:
    rows = HEADER + "1,ana,2\n1,bea,2.0\n1,chen,+2e0\n2,ana,-0\n2,bea,0\n3,ana,0.5\n"
    for metric in (Metric.ORDINAL, Metric.INTERVAL, Metric.RATIO):
        assert read(rows, metric).units() == [["2"] * 3, ["0"] * 2, ["0.5"]]


def test_an_equal_row_again_is_counted_and_not_another_label() -> None:
    file = read(HEADER + "1,ana,yes\n1,bea,no\n1,ana,yes\n1,ana,yes\n")
    assert (file.units(), file.repeated) == ([["yes", "no"]], 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "",
            "Line 1: the header lacks item, annotator, label; it has: nothing. "
            "If columns have other names: --map item=…,annotator=…,label=…",
        ),
        (
            "\nitem,who,label\n",
            "Line 2: the header lacks annotator; it has: item, who, label. "
            "If columns have other names: --map item=…,annotator=…,label=…",
        ),
        ("item,annotator,label,Label\n", "Line 1: the header has label more than once."),
        (HEADER + "1,ana,yes\n2,,no\n", "Line 3: annotator is empty."),
        (HEADER + "1\n", "Line 2: annotator, label is empty."),
        (HEADER + "1,ana,no, thanks\n", "Line 2 has 4 cells, the header 3; a cell that holds a comma needs quotes."),
        (
            HEADER + '1,ana,"a\nb"\n\n1,ana,c\n',
            "Line 5: annotator “ana” labels item “1” as “c”, but as “a\nb” on line 2; keep one of them.",
        ),
        (
            HEADER + "1,ana,a\n2,ana,b\n2,ana,c\n1,ana,c\n",
            "Line 4: annotator “ana” labels item “2” as “c”, but as “b” on line 3; keep one of them.",
        ),
        (HEADER + '1,ana,yes\n2,ana,"no\n', "Line 3 is not CSV: unexpected end of data."),
        ('{"item": 1, "annotator": 2, "label": 3}\n\n[1]', "Line 3 is no JSON object."),
        ('{"item": 1, "annotator": 2, "label": null}', "Line 1: label is empty."),
        ('{"item": 1, "label": 3}', "Line 1: annotator is empty."),
    ],
)
def test_an_error_is_a_sentence_that_names_the_line(text: str, sentence: str) -> None:
    with pytest.raises(LabelFileError) as refusal:
        read(text)
    assert str(refusal.value) == sentence
    assert isinstance(refusal.value, AssayError)


def test_what_is_not_json_is_said_to_be() -> None:
    with pytest.raises(LabelFileError, match=r"^Line 2 is not JSON: "):
        read('{"item": 1, "annotator": 2, "label": 3}\n{"item": ')


@pytest.mark.parametrize(
    ("label", "metric", "sentence"),
    [
        ("high", Metric.INTERVAL, "“high” is no number, which the metric interval needs. Take the row out, or try"),
        ('"1,5"', Metric.INTERVAL, "“1,5” is no number, which the metric interval needs. Write decimals with a point."),
        ("high", Metric.ORDINAL, "“high” is no number, which the metric ordinal needs. Name the order of the labels"),
        ("nan", Metric.INTERVAL, "“nan” is no number that can be compared."),
        ("-inf", Metric.ORDINAL, "“-inf” is no number that can be compared."),
        ("1e999", Metric.RATIO, "“1e999” is no number that can be compared."),
        ("-1", Metric.RATIO, "“-1” is below zero, which the metric ratio cannot compare. Try interval."),
    ],
)
def test_a_label_that_the_metric_cannot_place_is_named_with_its_line(label: str, metric: Metric, sentence: str) -> None:
    with pytest.raises(LabelFileError) as refusal:
        read(f"{HEADER}1,ana,1\n1,bea,{label}\n", metric)
    assert str(refusal.value).startswith(f"Line 3: {sentence}")


def test_ordinal_labels_may_be_named_in_their_order() -> None:
    assert read(HEADER + "1,ana,low\n1,bea,high\n", Metric.ORDINAL, "low", "high").units() == [["low", "high"]]
    with pytest.raises(LabelFileError, match=r"^Line 2: “High” is not in the order: low, high\.$"):
        read(HEADER + "1,ana,High\n", Metric.ORDINAL, "low", "high")


@pytest.mark.parametrize("words", ["ticket=item", "item", "item="])
def test_a_column_that_is_none_of_ours_cannot_be_named(words: str) -> None:
    with pytest.raises(LabelFileError, match=f"^“{words}” names no column"):
        read_columns([words])


cells = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1)
tables = st.dictionaries(st.tuples(cells, cells), cells, max_size=8)


def is_all_of(file: LabelFile, labels: dict[tuple[str, str], str]) -> None:
    assert sorted(label for unit in file.units() for label in unit) == sorted(labels.values())
    assert len(file.sizes) == len({item for item, _ in labels})
    assert file.annotator_count == len({annotator for _, annotator in labels})


@given(tables.filter(len), st.sampled_from(",;\t"))
def test_every_label_written_is_read(labels: dict[tuple[str, str], str], separator: str) -> None:
    quoted = (
        separator.join('"' + cell.replace('"', '""') + '"' for cell in (item, annotator, label)) + "\n"
        for (item, annotator), label in labels.items()
    )
    is_all_of(read_labels([HEADER.replace(",", separator), *quoted]), labels)


@given(tables.filter(len))
def test_every_label_written_as_json_is_read(labels: dict[tuple[str, str], str]) -> None:
    rows = ({"item": item, "annotator": who, "label": label} for (item, who), label in labels.items())
    is_all_of(read_labels(json.dumps(row) + "\n" for row in rows), labels)


def test_rows_are_read_one_by_one_and_little_is_kept_of_each() -> None:
    def lines() -> Iterator[str]:
        chance = random.Random(1)
        yield HEADER
        for number in range(40_000):
            yield f"item {number // 8},annotator {number % 8},{chance.choice(['yes', 'no'])}\n"

    tracemalloc.start()
    try:
        file = read_labels(lines())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(file.labels), len(file.sizes)) == (40_000, 5_000)
    assert peak < 6 * 2**20, "150 bytes a row, of which most goes when the file is read"


def test_an_object_that_is_nested_too_deep_is_refused_by_its_line() -> None:
    deep = '{"item": ' + "[" * 100_000 + "]" * 100_000 + "}\n"
    with pytest.raises(LabelFileError, match="Line 1 is nested too deep"):
        read_labels([deep])
