"""Files as Excel and helpdesks write them, read row by row."""

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.import_files import (
    CELL_LONGEST,
    FORMULA,
    NO_QUOTE,
    UNREAD,
    ImportFileError,
    Line,
    guarded,
    read_csv,
    read_jsonl,
    unguarded,
)


def lines_of(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("customer,draft\nHi,Hello\n", ","),
        ("customer;draft\r\nHi;Hello\r\n", ";"),
        ("customer\tdraft\nHi\tHello", "\t"),
        ("\ufeffcustomer;draft\nHi;Hello\n", ";"),
        ("sep=;\r\ncustomer;draft\r\nHi;Hello\r\n", ";"),
        ("sep=|\ncustomer|draft\nHi|Hello\n", "|"),
        ('"customer";draft\rHi;Hello\r', ";"),
        ("customer,draft\n\n,\nHi,Hello\n , \n", ","),
    ],
)
def test_the_separator_is_what_the_first_line_has_most_of(text: str, separator: str) -> None:
    table = read_csv(lines_of(text))
    assert (table.separator, list(table.names)) == (separator, ["customer", "draft"])
    assert [line.values for line in table.lines] == [{"customer": "Hi", "draft": "Hello"}]


def test_separators_within_quotation_marks_of_the_first_line_are_none() -> None:
    table = read_csv(lines_of('"customer, all, of, it";draft\nHi, you;Hello\n'))
    assert (table.separator, table.names[0]) == (";", "customer, all, of, it")


def test_a_row_is_numbered_by_the_line_on_which_it_begins() -> None:
    text = 'id,customer\n1,"Hi\nthere, ""you"""\n2,Hello\n\n3,"a\r\nb"\n4,x\n'
    found = list(read_csv(lines_of(text)).lines)
    assert [(line.number, line.values["customer"]) for line in found] == [
        (2, 'Hi\nthere, "you"'),
        (4, "Hello"),
        (6, "a\r\nb"),
        (8, "x"),
    ]


def test_short_rows_lack_their_last_columns_and_long_ones_are_refused() -> None:
    table = read_csv(lines_of("id,customer,draft\n1,Hi\n2,Hi,Hello,,\n3,Hi, you,Hello\n4,x,y\n"))
    short, padded, broken, whole = table.lines
    assert short == Line(2, {"id": "1", "customer": "Hi"})
    assert padded.problem is None
    assert broken.problem is not None
    assert "has 4 cells where the first line names 3" in broken.problem
    assert broken.values == {UNREAD: "3,Hi, you,Hello\n"}, "nothing of it is cut off"
    assert whole == Line(5, {"id": "4", "customer": "x", "draft": "y"})


@pytest.mark.parametrize("text", ['2,"Hi\n3,Hello\n4,x\n', '2,"Hi', '2,"Hi\n'])
def test_a_quotation_mark_that_is_never_closed_spoils_its_own_row_only(text: str) -> None:
    found = list(read_csv(lines_of('id,customer\n1,5" pipe\n' + text)).lines)
    assert found == [Line(2, {"id": "1", "customer": '5" pipe'}), Line(3, {UNREAD: text}, NO_QUOTE)]


def test_a_cell_under_no_name_is_kept_as_it_stood_in_its_row() -> None:
    named, odd = read_csv(lines_of('id,,customer\n1, ,Hi\n2,"a ""b""\nc",Hello\n')).lines
    assert named == Line(2, {"id": "1", "customer": "Hi"})
    assert odd == Line(3, {"id": "2", "customer": "Hello", UNREAD: '2,"a ""b""\nc",Hello\n'})


def test_a_file_of_very_many_columns_is_read_at_once() -> None:
    began = time.perf_counter()
    read_csv(lines_of(",".join(f"column {number}" for number in range(20_000))))
    assert time.perf_counter() - began < 1


def test_a_cell_without_end_stops_the_reading() -> None:
    endless = 'id,customer\n1,a\n2,"' + "x" * CELL_LONGEST + "\ny\nz,1\n"
    first, last = read_csv(lines_of(endless)).lines
    assert first.problem is None
    assert last.number == 3
    assert "read no further" in (last.problem or "")


@pytest.mark.parametrize(
    ("text", "words"), [("", "is empty"), ("\n\n", "is empty"), ("a,b,a\n", "Two columns are named a")]
)
def test_a_file_without_usable_names_is_refused_whole(text: str, words: str) -> None:
    with pytest.raises(ImportFileError, match=words):
        read_csv(lines_of(text))


def test_json_lines_are_read_one_by_one_and_a_bad_one_spoils_no_other() -> None:
    deep = "[" * 50_000
    text = '\ufeff{"a": 1}\n\n{"b": 2\n[3]\n7\n' + deep + '\n{"c": "\u2028"}'
    found = list(read_jsonl(lines_of(text)))
    assert [(line.number, dict(line.values)) for line in found if line.problem is None] == [
        (1, {"a": 1}),
        (7, {"c": "\u2028"}),
    ]
    problems = {line.number: line.problem for line in found if line.problem}
    assert list(problems) == [3, 4, 5, 6]
    assert "is not JSON" in problems[3]
    assert problems[4] == problems[5] == "is no JSON object; write one object a line"
    assert found[1].values == {UNREAD: '{"b": 2'}


@pytest.mark.parametrize("levels", [100, 400, 950, 5_000])
def test_a_row_that_is_nested_beyond_all_use_is_kept_as_text(levels: int) -> None:
    """Whoever reads it further goes into it level by level, which has an end."""
    deep = '{"customer": "x", "context": {"a": ' + "[" * levels + "]" * levels + "}}"
    (line,) = read_jsonl([f"{deep}\n"])
    assert line == Line(1, {UNREAD: deep}, "is nested too deep; send at most 8 levels")


def test_a_line_that_comes_in_pieces_is_too_long_and_counted_once() -> None:
    pieces = ["{}\n", "x" * (CELL_LONGEST + 1), "y" * (CELL_LONGEST + 1), "z\n", '{"a": 1}\n']
    found = list(read_jsonl(pieces))
    assert [(line.number, line.problem is None) for line in found] == [(1, True), (2, False), (3, True)]


def test_one_big_array_is_told_how_to_become_lines() -> None:
    with pytest.raises(ImportFileError, match="jq -c"):
        list(read_jsonl(['[{"customer": "Hi"}]']))


@given(st.one_of(st.text(), st.text(alphabet="'=+-@\t x＝")))
def test_a_guarded_cell_is_no_formula_and_can_be_had_back_as_it_was(cell: str) -> None:
    assert not guarded(cell).startswith(FORMULA)
    assert unguarded(guarded(cell)) == cell


def test_only_in_a_file_of_ours_is_the_guard_taken_off() -> None:
    theirs = read_csv(lines_of("customer\n'=1+1\n=1+1\n"))
    assert [line.values["customer"] for line in theirs.lines] == ["'=1+1", "=1+1"]
    ours = read_csv(lines_of("assay_line,customer\n3,'=1+1\n4,''=1+1\n"))
    assert [line.values["customer"] for line in ours.lines] == ["=1+1", "'=1+1"]
