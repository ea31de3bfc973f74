"""What a lead reads of changes, of the mix and of what is kept apart, word by word."""

from dataclasses import replace
from datetime import date

import pytest

from bot.figures import Counts
from bot.figures.changes import Change
from bot.measures.estimates import wilson
from bot.surfaces import digest
from bot.surfaces.digest import Made
from bot.surfaces.digest_agreement import agreement_sheet
from bot.surfaces.digest_drafts import change_in_figures
from tests.bot.said import Said, made

ROSE = Change("escalated", None, wilson(20, 1_000), wilson(12, 200), beyond_chance=True, weeks=11)
LIKE = replace(ROSE, beyond_chance=False, visible_rise=0.06)
CREPT = replace(LIKE, creeping="down", creeping_since=date(2026, 10, 26))
BETTER = Change("approved", "two", wilson(54, 100), wilson(75, 100), beyond_chance=True, against="one")
FELL = Change("approved", "one", wilson(600, 1_000), wilson(80, 200), beyond_chance=True, weeks=1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], ""),
        ([LIKE], "Last week was like the weeks before it, as far as chance lets one tell."),
        ([ROSE], "Escalations rose from 2 to 6 in 100: more than chance."),
        ([FELL], "Approvals of *one* fell from 60 to 40 in 100: more than chance."),
        ([CREPT], "Escalations have crept down since about 26 Oct, a little each week: more than chance."),
        ([BETTER], "*two*: 75 in 100 approved as is, 54 of one: more than chance."),
        ([ROSE, FELL, BETTER], "Escalations rose from 2 to 6 in 100: more than chance. Approvals of *one* fell from 60 "
         "to 40 in 100: more than chance."),
    ],
)  # fmt: skip
def test_a_change_is_one_sentence_with_its_direction(changes: list[Change], said: str) -> None:
    assert digest.changed(replace(made([]), changes=changes)) == said


def test_a_change_in_figures_says_how_it_was_judged_and_what_could_have_been_seen() -> None:
    share = "Escalated: 6.0 in 100 (3.5 to 10) last week, 2 in 100 (1.3 to 3.1) in the 11 weeks before: "
    share = share.replace("6.0", "6")
    assert change_in_figures(ROSE) == f"{share}more than chance explains."
    told = f"{share}within what chance does at this volume. 200 answers can only show a rise to 6 in 100."
    assert change_in_figures(LIKE) == told
    assert "creeping down since about 26 Oct, more than chance explains" in change_in_figures(CREPT)


def test_changes_are_said_in_the_first_digest_of_a_week_and_in_the_thread_each_day() -> None:
    whole = Made(replace(made([Said()]), changes=[ROSE]))
    monday, tuesday = digest.messages(whole, weekly=True), digest.messages(whole)
    assert "Escalations rose" in monday[0]["text"]
    assert "Escalations rose" not in tuesday[0]["text"]
    assert "Escalated: 6 in 100" in tuesday[2]["text"]


def test_a_mix_that_is_off_says_of_what_to_send_more() -> None:
    rows = [Said(place, topic="billing/refund" if place < 20 else "app") for place in range(100)]
    off = made(rows, targets={"billing": 0.6})
    assert (
        digest.balance(off) == "Of the answered drafts 20 in 100 are about Billing; you wish for 60: send more of them."
    )
    nested = made(rows, targets={"billing": 0.5, "billing/invoice": 0.1})
    assert "are about Billing, the rest; you wish for 50" in digest.balance(nested)
    assert digest.balance(made(rows, targets={"billing": 0.25})) == ""
    assert digest.balance(made(rows)) == ""


def test_what_is_kept_apart_and_what_is_not_seen_are_said() -> None:
    rows = [Said(1), Said(1, "bea"), replace(Said(1, "chen"), kind="extra", in_slot=False)]
    figures = made(rows, counts=Counts(0, 0, imported=1_200), sampled={("", 0.4): 1, ("app", 0.4): 7})
    notes = " ".join(agreement_sheet(figures, []).notes)
    assert "Drafts chosen for two people: 8; both answered blind: 1 (2 of 16 answers are in)." in notes
    assert "7 chosen drafts are of topics in which none is finished: no figure speaks for them." in notes
    assert "Kept apart, in no figure of agreement: 1 extra answer, 1,200 imported replies." in notes
