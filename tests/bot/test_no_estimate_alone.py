"""No estimate stands without what it rests on and how sure it is; where there is none, a sentence says why."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.figures import Figures
from bot.figures.agreeing import Past
from bot.figures.document import as_json
from bot.measures.estimates import Estimate
from bot.surfaces import digest
from bot.surfaces.digest_drafts import drafts_sheet
from storage.words import Verdict
from tests.bot.said import UNTIL, WINDOW, Said, made

SAID = st.builds(
    Said,
    draft=st.integers(1, 45),
    agent=st.sampled_from("abc"),
    verdict=st.sampled_from(list(Verdict)),
    escalation=st.sampled_from([None, None, "legal threat"]),
    tags=st.sampled_from([(), (), ("legal",), ("legal", "safety")]),
    model=st.sampled_from([None, "m-1", "m-2"]),
    edit_rate=st.none() | st.floats(0, 1),
    blank=st.booleans(),
    shared=st.sampled_from([True, True, False]),
    in_slot=st.sampled_from([True, True, False]),
    withdrawn=st.sampled_from([False, False, True]),
    exposed=st.sampled_from([False, False, True]),
    opened_at=st.none() | st.just(UNTIL - timedelta(hours=4)),
)
UNIFORM = [Said(draft, agent) for draft in range(40) for agent in "ab"]
ROWS: dict[str, Sequence[Said]] = {
    "nothing": [],
    "one label": [Said(1, "a")],
    "one pair": [Said(1, "a"), Said(1, "b")],
    "every label the same": UNIFORM,
    "every label the same, all escalated": [Said(one.draft, one.agent, escalation="legal threat") for one in UNIFORM],
    "nobody ever agrees": [
        Said(draft, agent, verdict=verdict, escalation=reason)
        for draft in range(40)
        for agent, verdict, reason in (("a", Verdict.APPROVED, None), ("b", Verdict.REJECTED, "legal threat"))
    ],
    "rejections only": [Said(draft, "a", verdict=Verdict.REJECTED, edit_rate=None) for draft in range(40)],
    "nothing judged": [
        Said(draft, agent, verdict=Verdict.NOT_JUDGED, escalation="legal threat", edit_rate=None)
        for draft in range(40)
        for agent in "ab"
    ],
    "one rejection among many": [
        Said(draft, agent, verdict=Verdict.REJECTED if (draft, agent) == (7, "a") else Verdict.APPROVED)
        for draft in range(40)
        for agent in "ab"
    ],
}


@pytest.mark.parametrize("what", ROWS)
def test_few_no_and_uniform_labels_give_sentences_in_place_of_figures(what: str) -> None:
    _is_honest(made(ROWS[what]))


@settings(max_examples=60)
@given(st.lists(SAID, max_size=150))
def test_whatever_was_labelled_no_figure_stands_alone(rows: list[Said]) -> None:
    _is_honest(made(rows))


def test_below_thirty_shared_drafts_and_five_escalations_nothing_is_estimated() -> None:
    few = made([Said(draft, agent) for draft in range(29) for agent in "ab"])
    assert (few.verdict, few.escalation) == (None, None)
    assert [(one.have, one.need, one.unit) for one in few.suppressed][:2] == [(29, 30, "shared drafts")] * 2
    rare = made([Said(d, a, escalation="x" if d < 4 else None) for d in range(40) for a in "ab"])
    assert rare.escalation is None
    assert ("escalated shared drafts", 4, 5) in [(one.unit, one.have, one.need) for one in rare.suppressed]


def test_labels_without_variation_are_said_to_have_none() -> None:
    verdict = made(UNIFORM).verdict
    assert verdict is not None
    assert (verdict.alpha.value, verdict.alpha.low, verdict.alpha.high) == (None, None, None)
    assert verdict.alpha.reason == "no variation: every label is the same"
    assert verdict.alpha.n == 40


def _is_honest(made: Figures) -> None:
    """Numbers that JSON knows; estimates whole or explained; the digest says no NaN and no None."""
    as_json(made)
    for one in _estimates(made):
        _is_whole(one)
    for missing in made.suppressed:
        assert 0 <= missing.have < missing.need
        assert missing.due is None or missing.due >= WINDOW.date
        assert missing.sooner is None or missing.due is None or WINDOW.date <= missing.sooner.due < missing.due
    before = [Past(WINDOW.date - timedelta(days=1), *(one.alpha if one else None for one in (made.verdict, None)))]
    whole = digest.Made(made, before=before)
    said, shown = digest.as_text(whole), json.dumps(digest.messages(whole, weekly=True))
    for words in (said, shown):
        assert not {"NaN", "nan", "inf", "None"} & {word.strip('.,;:"') for word in words.split()}
    for sheet in digest.sheets(whole, drafts_sheet(made), weekly=True):
        for row in sheet.table.rows if sheet.table else ():
            _row_is_honest([str(cell) for cell in row])


def _row_is_honest(row: list[str]) -> None:
    """A value with its interval, or with why it has none; each with what it rests on."""
    assert all(cell is not None for cell in row)
    assert any(cell.split(" ")[0].replace(",", "").isdecimal() for cell in row[1:]), row


def _is_whole(one: Estimate) -> None:
    assert one.n >= 0
    if one.value is None:
        assert one.reason
        assert (one.low, one.high) == (None, None)
    elif one.low is None or one.high is None:
        assert one.reason
    else:
        assert one.n > 0
        assert one.low <= one.value <= one.high
        assert all(math.isfinite(bound) for bound in (one.low, one.value, one.high))


def _estimates(node: Any) -> Iterator[Estimate]:
    if isinstance(node, Estimate):
        yield node
    elif is_dataclass(node) and not isinstance(node, type):
        for each in fields(node):
            yield from _estimates(getattr(node, each.name))
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _estimates(each)
