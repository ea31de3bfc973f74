"""What each annotator of a file says beside the others; values by hand."""

import json
from typing import Any

import pytest

from bot.label_files import people as rules
from bot.label_files.people import ALONE, TIED, measure_people
from bot.label_files.people_table import FOOT, people_table
from bot.measures.estimates import wilson
from bot.measures.resampling import NOTHING_SHARED
from tests.bot.label_files.test_labels import HEADER, read

# Bea takes two noes for yes; item 5 she labels alone; on item 6 she is against one other, on item 7 against two who
# differ.
THREE = {"1": "yyy", "2": "nyn", "3": "nyn", "4": "nnn", "5": ".n.", "6": "yn.", "7": "yyn"}


def measured(items: dict[str, str], names: str = "ana bea chen") -> dict[str, Any]:
    words = {"y": "yes", "n": "no"}
    rows = [
        f"{item},{name},{words[sign]}\n"
        for item, signs in items.items()
        for name, sign in zip(names.split(), signs, strict=True)
        if sign != "."
    ]
    return measure_people(read(HEADER + "".join(rows)))


def test_each_is_compared_with_the_majority_of_the_others() -> None:
    found = measured(THREE)
    assert (found["consensus"], found["labels"], found["items"], found["shared_items"]) == ("majority", 18, 7, 6)
    assert found["consensus_reason"].startswith("items that several people labelled have 2.8 labels on average; ")
    ana, bea, chen = found["people"]
    assert [one["annotator"] for one in (ana, bea, chen)] == ["ana", "bea", "chen"]
    # Ana: on items 2, 3 and 7 the other two differ.
    assert (ana["labels"], ana["shared"], ana["compared"]) == (6, 6, 3)
    assert ana["confusion"] == {"no": {"no": 1, "yes": 1}, "yes": {"yes": 1}}
    assert (bea["labels"], bea["shared"], bea["compared"]) == (7, 6, 5)
    assert bea["confusion"] == {"no": {"no": 1, "yes": 2}, "yes": {"no": 1, "yes": 1}}
    expected = wilson(2, 5)
    assert (bea["agreeing"], bea["agreeing_ci"], bea["reason"]) == (0.4, [expected.low, expected.high], {})
    assert chen["confusion"] == {"no": {"no": 1}, "yes": {"no": 1, "yes": 1}}


def test_with_three_labels_an_item_the_model_says_what_the_others_mean() -> None:
    """Four say what is so; the fifth always says yes, and the model does not take it for a vote."""
    items = {str(place): "yyyyy" if place % 2 else "nnnny" for place in range(40)}
    found = measured(items | {"split": "ynnyy"}, "ana bea chen dan eve")
    assert (found["consensus"], found["consensus_reason"]) == (
        "dawid_skene",
        "items that several people labelled have 5.0 labels on average",
    )
    assert found["people"][4]["confusion"]["no"]["yes"] >= 20
    assert found["people"][0]["compared"] == 41
    assert found["people"][1]["agreeing"] >= 40 / 41


def test_where_a_model_would_take_too_long_the_majority_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    items = {str(place): "yyn" if place % 3 else "nny" for place in range(9)}
    monkeypatch.setattr(rules, "MOST_CELLS", 53)  # 27 labels, 2 classes
    found = measured(items)
    assert (found["consensus"], found["consensus_reason"]) == (
        "majority",
        "so many labels, people and classes take a model too long",
    )
    monkeypatch.setattr(rules, "MOST_CELLS", 54)
    assert measured(items)["consensus"] == "dawid_skene"


@pytest.mark.parametrize(
    ("items", "consensus", "reason"),
    [
        pytest.param({"1": "y..", "2": ".n.", "3": "..n"}, None, ALONE, id="nothing shared"),
        pytest.param({"1": "y..", "2": ".nn"}, "majority", ALONE, id="one alone"),
        pytest.param({"1": "yyn", "2": ".nn", "3": ".yn"}, "majority", TIED, id="one between others who differ"),
    ],
)
def test_what_is_not_known_has_a_reason(items: dict[str, str], consensus: str | None, reason: str) -> None:
    found = measured(items)
    ana = found["people"][0]
    assert found["consensus"] == consensus
    assert (ana["compared"], ana["agreeing"], ana["agreeing_ci"], ana["confusion"]) == (0, None, None, {})
    assert ana["reason"] == {"agreeing": reason, "agreeing_ci": reason}
    assert f"not known: {reason}" in people_table(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    if consensus is None:
        assert f"No consensus: {NOTHING_SHARED}." in people_table(found)


def test_people_stand_in_the_order_of_their_names_numbers_from_low_to_high() -> None:
    found = measured({"1": "yyyn", "2": "nnny"}, "10 9 bea ana")
    assert [one["annotator"] for one in found["people"]] == ["ana", "bea", "9", "10"]


def test_a_line_for_each_says_how_often_and_in_what_they_differ() -> None:
    shown = people_table(measured(THREE)).splitlines()
    assert shown[0] == "18 labels, 3 annotators, 7 items, of which 6 with two labels or more."
    assert shown[1].startswith("Consensus: the majority of the others, items on which they are tied left out;")
    assert " ".join(shown[4].split()) == "annotator labels shared as consensus share interval differs by"
    assert " ".join(shown[6].split()) == (
        "bea 7 6 2 of 5 40% 12% to 77% said yes where it was no: 2 of 3; no where it was yes: 1 of 2"
    )
    assert "\n".join(shown[-2:]) == FOOT


def test_long_names_and_line_ends_stay_in_their_line() -> None:
    lines = [{"item": 1, "annotator": who, "label": f"{who}\n{'long' * 20}"} for who in ("ana\nbea", "c" * 50)]
    shown = people_table(measure_people(read("\n".join(map(json.dumps, lines)))))
    assert "\nana?bea " in shown
    assert max(map(len, shown.splitlines())) < 160
