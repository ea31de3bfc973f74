"""How the answered drafts spread over topics, beside what was wished for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.figures.mix import NO_TOPIC, ON_BALANCE, OTHERS, SHOWN, Mix, target_of
from tests.bot.said import UNTIL, Said, made


def answered(**by_topic: int) -> list[Said]:
    rows: list[Said] = []
    for topic, count in by_topic.items():
        rows += [Said(len(rows) + place, topic=topic.replace("_", "/")) for place in range(count)]
    return rows


def mix(rows: Sequence[Said], targets: Mapping[str, float] | None = None) -> Mix:
    found = made(rows, targets=targets or {}).mix
    assert found is not None
    return found


def counts(found: Mix) -> dict[str, int]:
    return {one.name: one.count for one in found.topics}


def test_without_wishes_topics_are_counted_by_their_first_part_the_largest_first() -> None:
    found = mix([*answered(app_sync=12, billing_refund=10, billing_invoice=8), *[Said(100 + n) for n in range(5)]])
    assert counts(found) == {"billing": 18, "app": 12, NO_TOPIC: 5}
    assert found.drafts == 35
    assert all(one.wished is None for one in found.topics)
    assert (found.stability, found.divergence, found.off) == (None, None, [])
    assert found.effective.value is not None
    assert 2 < found.effective.value < 3


def test_many_topics_end_in_one_line() -> None:
    found = mix(answered(**{f"t{number:02}": 40 - number for number in range(SHOWN + 3)}))
    assert len(found.topics) == SHOWN + 1
    assert counts(found)[OTHERS] == sum(40 - number for number in range(SHOWN, SHOWN + 3))


def test_a_draft_answered_twice_counts_once() -> None:
    rows = answered(billing=30)
    assert mix([*rows, *(replace(row, agent="bea") for row in rows)]).drafts == 30


def test_each_topic_stands_beside_its_wish_and_the_rest_beside_what_is_left() -> None:
    found = mix(answered(billing_refund=61, app=25, how=14), {"billing": 0.4, "app": 0.3})
    assert counts(found) == {"billing": 61, "app": 25, OTHERS: 14}
    assert [round(one.wished or 0, 6) for one in found.topics] == [0.4, 0.3, 0.3]
    assert [one.name for one in found.off] == ["billing", OTHERS]
    assert found.stability is not None
    assert found.stability.reading == "some"
    assert found.divergence is not None
    assert 0 < (found.divergence.value or 0) < 0.1


def test_wishes_that_are_met_are_met() -> None:
    found = mix(answered(billing=42, app=58), {"billing": 0.4, "app": 0.6})
    assert found.off == []
    assert found.stability is not None
    assert found.stability.reading == "no more than chance"


def test_under_thirty_answered_drafts_the_mix_waits() -> None:
    short = made(answered(billing=29))
    (waits,) = [one for one in short.suppressed if one.what == ON_BALANCE]
    assert short.mix is None
    assert (waits.have, waits.need, waits.due) == (29, 30, date(2026, 11, 19))
    old = [replace(row, saved_at=UNTIL - timedelta(days=20)) for row in answered(billing=29)]
    (stands,) = [one for one in made(old).suppressed if one.what == ON_BALANCE]
    assert stands.due is None


def test_the_most_specific_wish_counts() -> None:
    targets = {"billing": 0.2, "billing/refund": 0.3}
    assert target_of("billing/refund/partial", targets) == "billing/refund"
    assert target_of("billing/refunds", targets) == "billing"
    assert target_of("app", targets) == OTHERS
    assert target_of("", targets) == OTHERS


@given(st.lists(st.sampled_from(["a", "a/b", "c", "", "d/e/f"]), min_size=30, max_size=60))
def test_every_answered_draft_stands_in_one_line(topics: list[str]) -> None:
    rows = [Said(place, topic=topic) for place, topic in enumerate(topics)]
    for targets in ({}, {"a": 0.5}, {"a/b": 0.5, "c": 0.5}):
        assert sum(counts(mix(rows, targets)).values()) == len(topics)


def test_a_topic_that_is_called_like_the_rest_is_a_topic_of_its_own() -> None:
    found = mix(answered(all=61, app=39), {"all other topics": 0.4, "app": 0.3})
    assert counts(found) == {"all other topics": 0, "app": 39, OTHERS: 61}
    named = [Said(place, topic="all other topics") for place in range(50)]
    many = [Said(100 + 10 * kind + place, topic=f"t{kind}") for kind in range(SHOWN + 2) for place in range(10)]
    whole = mix([*named, *many])
    assert sum(counts(whole).values()) == 50 + 10 * (SHOWN + 2)
    assert counts(whole)["all other topics"] == 50


def test_a_draft_that_only_an_extra_answer_reached_is_not_in_the_mix() -> None:
    extra = [Said(100 + place, topic="app", kind="extra", in_slot=False) for place in range(9)]
    assert counts(mix([*answered(billing=30), *extra])) == {"billing": 30}
