"""The figures of a digest, from rows made by hand whose answers are known."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.figures import Counts, Figures
from bot.figures.due import Calendar, Suppressed
from storage.words import Verdict
from tests.bot.said import UNTIL, WINDOW, YESTERDAY, Said, made

APPROVED, EDITED, REJECTED, NOT_JUDGED = Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED, Verdict.NOT_JUDGED


def both(draft: int, **more: object) -> list[Said]:
    """Two people's equal answers to a draft."""
    return [replace(Said(draft, agent), **more) for agent in ("ana", "bea")]  # type: ignore[arg-type]


def many(count: int, *, first: int = 1, **more: object) -> list[Said]:
    return [row for draft in range(first, first + count) for row in both(draft, **more)]


def missing(figures: Figures, what: str) -> Suppressed:
    return next(one for one in figures.suppressed if one.what == what)


def test_work_counts_an_agent_once_a_draft_and_not_what_was_undone() -> None:
    changed = [Said(1), Said(1, verdict=EDITED)]
    undone = [Said(2), Said(2, withdrawn=True)]
    redone = [Said(3), Said(3, withdrawn=True), Said(3, verdict=REJECTED)]
    assert made([*changed, *undone, *redone, Said(1, "bea")]).labels == 3


def test_work_is_what_came_since_the_last_digest_to_the_second() -> None:
    before = replace(Said(1), saved_at=WINDOW.day - timedelta(seconds=1))
    assert made([before, replace(Said(2), saved_at=WINDOW.day)]).labels == 1


def test_a_change_of_mind_is_work_of_the_day_on_which_it_came() -> None:
    old = replace(Said(1), saved_at=WINDOW.day - timedelta(days=2))
    assert made([old, Said(1, verdict=EDITED)]).labels == 1


def test_extra_and_late_answers_are_work_but_judge_no_draft() -> None:
    figures = made([replace(Said(draft), in_slot=False) for draft in range(40)])
    assert figures.labels == 40
    assert (figures.coverage.finished, list(figures.quality)) == (0, [])


def test_the_pace_is_the_median_of_windows_and_leaves_out_clicks() -> None:
    waits = [(1, 10), (2, 60), (3, 1_000)]
    rows = [replace(Said(draft), opened_at=YESTERDAY - timedelta(seconds=wait)) for draft, wait in waits]
    assert made([*rows, Said(4)]).seconds == 60
    assert made([Said(4)]).seconds is None


def test_a_day_without_labels_or_gold_is_quiet() -> None:
    assert made([]).quiet
    assert not made([], counts=Counts(gold=1, waiting=0)).quiet
    assert not made([Said()]).quiet


def test_agreement_is_shown_from_thirty_shared_drafts_on() -> None:
    assert made(many(29)).verdict is None
    shown = made(many(30)).verdict
    assert shown is not None
    assert (shown.drafts, shown.alpha.n, shown.alpha.reason) == (30, 30, "no variation: every label is the same")


def test_the_verdict_is_compared_on_drafts_that_two_people_judged() -> None:
    judged = [*many(20), *many(10, first=21, verdict=REJECTED)]
    half = [Said(31), Said(31, "bea", NOT_JUDGED, "other")]
    figures = made([*judged, *half])
    assert figures.verdict is not None
    assert (figures.verdict.drafts, figures.verdict.alpha.value, figures.coverage.finished) == (30, 1.0, 31)


def test_alpha_of_a_known_table() -> None:
    # 24 alike (16 approved, 8 rejected), 8 unlike: observed 8 of 32; of 64 labels 40 and 24, expected 60/126.
    unlike = [row for draft in range(25, 33) for row in (Said(draft), Said(draft, "bea", REJECTED))]
    figures = made([*many(16), *many(8, first=17, verdict=REJECTED), *unlike])
    assert figures.verdict is not None
    assert figures.verdict.alpha.value == pytest.approx(1 - (8 / 32) / (2 * 40 * 24 / (64 * 63)))


def test_escalation_is_shown_once_five_shared_drafts_were_escalated() -> None:
    rows = many(36)
    four = [*rows, *many(4, first=37, escalation="other")]
    short = missing(made(four), "agreement on when to escalate")
    assert (short.have, short.need, short.unit) == (4, 5, "escalated shared drafts")
    one_says_so = [Said(41, escalation="other"), Said(41, "bea")]
    shown = made([*four, *one_says_so]).escalation
    assert shown is not None
    assert shown.counts is not None
    assert (shown.drafts, shown.counts.both, shown.counts.one, shown.counts.none) == (41, 4, 1, 36)
    assert shown.positive is not None
    assert shown.positive.value == pytest.approx(8 / 9)


@pytest.mark.parametrize(
    "more",
    [
        {"shared": False},
        {"in_slot": False},
        {"exposed": True},
        {"came_in": WINDOW.since - timedelta(seconds=1)},
    ],
)
def test_only_blind_answers_in_slots_of_the_windows_shared_drafts_count(more: dict[str, object]) -> None:
    assert made(many(1)).coverage.finished == 1
    assert made([replace(row, **more) for row in both(1)]).coverage.finished == 0  # type: ignore[arg-type]
    assert made([Said(), replace(Said(1, "bea"), **more)]).coverage.finished == 0  # type: ignore[arg-type]


def test_a_draft_of_the_windows_first_second_counts() -> None:
    assert made(many(1, came_in=WINDOW.since)).coverage.finished == 1


def test_an_answer_counts_as_it_was_before_its_author_saw_anothers() -> None:
    unlike = [Said(draft, "bea", REJECTED) for draft in range(1, 31)]
    before = [Said(draft) for draft in range(1, 31)]
    after = [replace(Said(draft, verdict=REJECTED), exposed=True) for draft in range(1, 31)]
    shown = made([*unlike, *before, *after]).verdict
    assert shown is not None
    assert shown.alpha.value is not None
    assert shown.alpha.value < 0


def test_a_blind_change_of_mind_is_the_answer() -> None:
    changed = [row for draft in range(1, 31) for row in (Said(draft), Said(draft, "bea", REJECTED), Said(draft, "bea"))]
    shown = made([*changed, *many(1, first=31, verdict=EDITED)]).verdict
    assert shown is not None
    assert shown.alpha.value == 1


def test_what_was_undone_agrees_with_nobody_even_if_it_was_undone_after_the_exposure() -> None:
    undone = replace(Said(1, "bea"), withdrawn=True, exposed=True)
    assert made([*both(1), undone]).coverage.finished == 0


def test_the_rest_is_due_at_the_pace_of_the_last_two_weeks() -> None:
    old = many(6, saved_at=UNTIL - timedelta(days=15))
    late = missing(made([*old, *many(4, first=7)]), "agreement on the verdict")
    # 20 are lacking and four came in two weeks: 28 days never hold more than eight.
    assert (late.have, late.need, late.unit, late.due, late.never) == (10, 30, "shared drafts", None, True)
    assert late.sooner is None
    fast = missing(made([*old, *many(16, first=7)]), "agreement on the verdict")
    # 8 are lacking and sixteen came in two weeks: seven days.
    assert (fast.have, fast.due, fast.never) == (22, date(2026, 11, 25), False)


def test_the_pace_begins_two_weeks_before_the_digest() -> None:
    first = missing(made(many(20, saved_at=UNTIL - timedelta(days=14))), "agreement on the verdict")
    assert first.due == date(2026, 11, 18) + timedelta(days=7)
    none = missing(made(many(20, saved_at=UNTIL - timedelta(days=14, seconds=1))), "agreement on the verdict")
    assert (none.due, none.never) == (None, False)


def test_a_draft_counts_for_the_pace_when_its_second_answer_came() -> None:
    early = [replace(Said(draft), saved_at=UNTIL - timedelta(days=20)) for draft in range(16)]
    late = [Said(draft, "bea") for draft in range(16)]
    assert missing(made([*early, *late]), "agreement on when to escalate").due == date(2026, 12, 1)


def test_nothing_yet_has_no_date() -> None:
    assert [(one.have, one.due) for one in made([]).suppressed] == [(0, None)] * 5


def test_quality_is_shown_for_each_model_from_thirty_answers_on() -> None:
    said = [*[APPROVED] * 20, *[EDITED] * 6, *[REJECTED] * 4]
    rows = [Said(place, verdict=verdict, edit_rate=0.5) for place, verdict in enumerate(said)]
    few = [replace(Said(100 + place), model=None) for place in range(29)]
    figures = made([*rows, *few])
    assert [one.model for one in figures.quality] == ["one"]
    quality = figures.quality[0]
    assert (quality.answers, quality.approved.value, quality.rejected.value) == (30, 20 / 30, 4 / 30)
    assert quality.approved.low == pytest.approx(0.4878, abs=0.0001)
    assert (quality.edit_rate.value, quality.edit_rate.n) == (0.5, 26)
    assert quality.edit_rate.low == pytest.approx(0.5 * 0.8713, abs=0.0001)  # Wilson's bound for 26 of 26
    short = missing(figures, "quality of unnamed model")
    assert (short.have, short.need, short.due) == (29, 30, date(2026, 11, 19))


def test_words_changed_leave_rejections_out_and_count_nothing_as_nothing() -> None:
    approved = [replace(Said(place), edit_rate=None) for place in range(20)]
    edited = [Said(20 + place, verdict=EDITED, edit_rate=0.3) for place in range(10)]
    rejected = [Said(30 + place, verdict=REJECTED, edit_rate=0.9) for place in range(10)]
    mean = made([*approved, *edited, *rejected]).quality[0].edit_rate
    assert [mean.value, mean.n] == pytest.approx([0.1, 30])
    # Ten of thirty were edited, Wilson's bounds 0.1923 and 0.5122, each by the same 0.3.
    assert [mean.low, mean.high] == pytest.approx([0.3 * 0.1923, 0.3 * 0.5122], abs=0.0001)
    untouched = made(approved + [Said(40 + place) for place in range(10)]).quality[0].edit_rate
    assert (untouched.value, untouched.low) == (0, 0)
    assert untouched.high == pytest.approx(0.1135, abs=0.0001), "no edit among thirty is no proof that none comes"
    none = made([*rejected, *(Said(50 + place, verdict=REJECTED) for place in range(20))]).quality[0].edit_rate
    assert (none.value, none.n, none.reason) == (None, 0, "not enough data: hardly anything was approved or edited")


@pytest.mark.parametrize("more", [{"blank": True}, {"verdict": NOT_JUDGED}, {"in_slot": False}, {"withdrawn": True}])
def test_answers_that_judge_no_draft_do_not_count_for_quality(more: dict[str, object]) -> None:
    figures = made([replace(Said(place), **more) for place in range(30)])  # type: ignore[arg-type]
    assert list(figures.quality) == []


def test_models_come_by_their_number_of_answers() -> None:
    rows = [replace(Said(place), model="few" if place < 30 else "many") for place in range(70)]
    assert [one.model for one in made(rows).quality] == ["many", "few"]


def test_a_channel_that_has_just_begun_is_not_measured_by_two_weeks() -> None:
    """Nine came yesterday; three days are taken for them, since one busy day is no pace: 21 more take seven."""
    begun = missing(made(many(9)), "agreement on the verdict")
    assert begun.due == date(2026, 11, 25)


def test_a_larger_share_of_double_reviews_brings_a_figure_sooner() -> None:
    rows = many(9)
    slow = missing(made(rows, share=0.1), "agreement on the verdict")
    assert slow.sooner is not None
    assert (slow.sooner.share, slow.sooner.due) == (0.2, date(2026, 11, 22))
    for share in (1.0, 0.0):
        assert missing(made(rows, share=share), "agreement on the verdict").sooner is None


def test_what_the_window_never_holds_names_the_share_that_it_takes() -> None:
    old = many(3, saved_at=UNTIL - timedelta(days=20))
    slow = missing(made([*old, *many(5, first=4)], share=0.1), "agreement on the verdict")
    assert (slow.due, slow.never) == (None, True)
    assert slow.sooner is not None
    assert (slow.sooner.share, slow.sooner.due) == (0.4, date(2026, 12, 4))


def test_what_counts_in_no_figure_of_agreement_is_kept_apart_and_counted() -> None:
    rows = [
        *both(1),
        replace(Said(1, "chen"), kind="extra", in_slot=False),
        replace(Said(2), kind="late", in_slot=False),
        replace(Said(3), in_slot=False, second_look=True),
        replace(Said(4), exposed=True),
        replace(Said(5), in_slot=False, second_look=True, withdrawn=True),
        Said(6),
        replace(Said(6), exposed=True),
    ]
    apart = made(rows, counts=Counts(0, 0, imported=7)).apart
    assert (apart.second_looks, apart.extra, apart.late, apart.exposed, apart.imported) == (1, 1, 1, 1, 7)


def test_the_answers_that_are_in_are_counted_of_those_that_were_asked_for() -> None:
    coverage = made([*both(1), Said(2), replace(Said(3), exposed=True)]).coverage
    assert (coverage.drafts, coverage.finished, coverage.answers) == (3, 1, 3)


def test_edits_are_held_against_edits_of_other_drafts() -> None:
    rows = [replace(row, revision=2 * row.draft + (row.agent == "bea")) for row in many(30, verdict=EDITED)]
    texts = {row.revision: f"Case {row.draft} is about subject {row.draft * 7919 % 997}." for row in rows}
    texts[2 * 30] = "Nothing that the other one wrote stands in here at all, whatever it was."
    told = made(rows, texts=texts).edits
    assert told is not None
    assert (told.drafts, told.pairs, told.by_chance) == (30, 30, 1)
    assert told.sigma.value == pytest.approx(29 / 30)
    short = missing(made(rows[:-2], texts=texts), "agreement of edits")
    assert (short.have, short.unit) == (29, "shared drafts edited by both")


def test_hter_waits_until_nearly_every_edit_is_measured() -> None:
    approved = [Said(place) for place in range(20)]
    edited = [Said(20 + place, verdict=EDITED, hter=0.5) for place in range(20)]
    whole = made([*approved, *edited]).quality[0].hter
    assert (whole.value, whole.n) == (0.25, 40)
    one_lacks = made([*approved, *edited[:-1], replace(edited[-1], hter=None)]).quality[0].hter
    assert one_lacks.n == 39
    assert one_lacks.value == pytest.approx(9.5 / 39)
    two_lack = made([*approved, *edited[:-2], *(replace(one, hter=None) for one in edited[-2:])]).quality[0].hter
    assert (two_lack.value, two_lack.reason) == (None, "2 of 20 edits are not measured yet")


def test_a_draft_that_was_taken_back_after_it_was_finished_is_in_no_pair() -> None:
    back = [replace(row, wanted=False) for row in both(2)]
    assert made([*both(1), *back], sampled={("", 0.4): 1}).coverage.finished == 1


def test_replies_to_blanks_agree_on_no_verdict_and_are_no_edits() -> None:
    """Each is an edit of nothing: a month of them would look like full agreement."""
    written = many(40, first=100, verdict=EDITED, blank=True)
    figures = made([*many(20), *many(10, first=21, verdict=REJECTED), *written])
    assert figures.verdict is not None
    assert figures.verdict.drafts == 30
    assert missing(figures, "agreement of edits").have == 0
    assert figures.coverage.finished == 70


@pytest.mark.parametrize(("have", "named"), [(18, True), (26, False)])
def test_a_share_is_named_where_it_saves_two_days_or_more(have: int, named: bool) -> None:
    """At four a day the twelve that lack take three days, and one at twice the share; the last four take one."""
    came = [UNTIL - timedelta(days=(place + 1) / 4) for place in range(have)]
    calendar = Calendar(WINDOW, UNTIL - timedelta(days=have / 4), 0.1)
    pairs = [tuple(both(draft, saved_at=came[draft])) for draft in range(have)]
    told = calendar.lacking("x", pairs, need=30, unit="u")
    assert told.due is not None
    assert (told.sooner is not None) == named
    if told.sooner:
        assert told.due - told.sooner.due >= timedelta(days=2)
