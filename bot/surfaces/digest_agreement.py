"""The sheet of agreement: every question with its interval, what it rests on, and what is kept apart."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.figures import Figures
from bot.figures.agreeing import Edits, Past, Question
from bot.measures import agreement
from bot.measures.estimates import Estimate
from bot.surfaces import digest_words as say
from bot.surfaces.charts import Chart, Line
from bot.surfaces.digest_sheet import Sheet, not_shown
from bot.surfaces.tables import Table
from bot.texts import counted

TITLE = "How far agents agree"
NAMES = {"verdict": "Verdict", "escalation": "Escalation", "tags": "Topics to flag"}
HOW_TO_READ = (
    "How to read this: alpha (Krippendorff) is agreement beyond chance; 1 is perfect, 0 is what chance gives. Rely on "
    "it when the whole interval lies above 0.80, tentatively above 0.67. AC1 (Gwet) reads the same way and suffers "
    "less when escalations are rare; agree on yes: of all the times somebody said yes, how often the other did. Topics "
    "are compared as sets: those that overlap agree in part (MASI). Of edits, sigma is the share of pairs that are "
    "more alike than chance makes edits of different drafts, KS how far the two kinds lie apart. Only drafts that were "
    "chosen for two people at random count, and only blind answers."
)

READINGS: dict[agreement.Reading, str] = {
    "good": "well",
    "at least moderate": "moderately or better",
    "moderate at best": "moderately at best",
    "poor": "not enough",
    "cannot tell yet": "too unsure to say",
}
NONE_SHARED = "No draft has come in that was chosen for two people, so nothing can be compared yet."
SWITCHED_OFF = (
    "No draft is given to two people, so nobody can tell how far the answers can be trusted. An admin can change that: "
    "/assay setup, More…, Drafts that two people review."
)


def agreement_sheet(made: Figures, before: Sequence[Past]) -> Sheet:
    rows = [row for question in made.questions for row in _question_rows(question)]
    rows += _edit_rows(made.edits) if made.edits else []
    header = ["Question", "Value", "95 % interval", "Based on", "Reading"]  # a phone shows the first two
    lacking = [one for one in made.suppressed if one.unit != "answers"]
    notes = [*_coverage(made), *(_edits_in_words(made.edits) if made.edits else []), *not_shown(lacking)]
    return Sheet(
        title=TITLE,
        charts=_charts(made, before),
        table=Table(TITLE, header, rows) if rows else None,
        notes=[*notes, HOW_TO_READ] if rows else notes,
    )


def _reading(estimate: Estimate) -> str:
    return READINGS[agreement.reading(estimate)]


def _question_rows(one: Question) -> list[list[str]]:
    name, based = NAMES[one.name], f"{one.drafts} drafts"
    rows = [[f"{name}: alpha", *say.cells(one.alpha, digits=3), based, _reading(one.alpha)]]
    if one.ac1 and one.positive and one.counts:
        counts = one.counts
        rows += [
            [f"{name}: AC1", *say.cells(one.ac1, digits=3), based, _reading(one.ac1)],
            [f"{name}: agree on yes", *say.cells(one.positive, digits=3), f"{one.positive.n} drafts", ""],
            [f"{name}: both, one, none", f"{counts.both}, {counts.one}, {counts.none}", "", based, ""],
        ]
    return rows


def _edit_rows(edits: Edits) -> list[list[str]]:
    based = f"{edits.drafts} drafts"
    return [
        ["Edits: KS", *say.cells(edits.ks, digits=3), based, ""],
        ["Edits: sigma", *say.cells(edits.sigma, digits=3), based, ""],
    ]


def _edits_in_words(edits: Edits) -> list[str]:
    look = "looks" if edits.by_chance == 1 else "look"
    return [
        f"{counted(edits.drafts, 'draft')} edited by two people: {edits.by_chance} of {edits.pairs} pairs of edits "
        f"{look} no more alike than edits of different drafts."
    ]


def _coverage(made: Figures) -> list[str]:
    window, coverage = made.window, made.coverage
    days = say.days_between(window.since, window.until)
    last = window.date - timedelta(days=1)
    span = f"The {days} days to {say.long_date(last)} {last.year}."
    if not coverage.drafts:
        return [f"{span} {NONE_SHARED if coverage.share else SWITCHED_OFF}", *_apart(made)]
    told = [
        f"{span} Drafts chosen for two people: {coverage.drafts}; both answered blind: {coverage.finished} "
        f"({coverage.answers} of {2 * coverage.drafts} answers are in). Intervals are drawn anew with the number "
        f"{made.seed}, so they can be drawn again."
    ]
    if coverage.worth is not None:
        told.append(_weighing(made))
    if coverage.unseen:
        one = coverage.unseen == 1
        told.append(
            f"{counted(coverage.unseen, 'chosen draft')} {'is' if one else 'are'} of topics in which none is "
            "finished: no figure speaks for them."
        )
    return [*told, *_apart(made)]


def _weighing(made: Figures) -> str:
    plain = ", ".join(f"{NAMES[one.name].lower()} {one.plain:.2f}" for one in made.questions if one.plain is not None)
    unweighed = f" Unweighted alpha: {plain}. Counts and edits are not weighed." if plain else ""
    return (
        "Topics were chosen or finished to different shares, so each draft is weighed by how likely it was to be here; "
        f"{made.coverage.finished} drafts then tell as much as {made.coverage.worth:.0f} of equal weight.{unweighed}"
    )


def _apart(made: Figures) -> list[str]:
    kept = made.apart
    named = [
        (kept.second_looks, "second look", "second looks"),
        (kept.extra, "extra answer", "extra answers"),
        (kept.late, "late answer", "late answers"),
        (kept.exposed, "answer given after another could be seen", "answers given after another could be seen"),
        (kept.imported, "imported reply", "imported replies"),
    ]
    told = [f"{count:,} {one if count == 1 else many}" for count, one, many in named if count]
    return [f"Kept apart, in no figure of agreement: {', '.join(told)}."] if told else []


def _charts(made: Figures, before: Sequence[Past]) -> list[Chart]:
    """Agreement from digest to digest, with its interval as a band; nothing where there is no second point."""
    now = Past(made.window.date, *(one.alpha if one else None for one in (made.verdict, made.escalation)))
    told = [*before, now]
    found = [
        _trend("Agreement on the verdict", [(one.date, one.verdict) for one in told]),
        _trend("Agreement on when to escalate", [(one.date, one.escalation) for one in told]),
    ]
    return [chart for chart in found if chart is not None]


def _trend(title: str, told: Sequence[tuple[date, Estimate | None]]) -> Chart | None:
    whole = [(on, one) for on, one in told if one is not None and one.value is not None and one.low is not None]
    if len(whole) < 2:
        return None
    (first, then), (last, now) = whole[0], whole[-1]
    return Chart(
        title=title,
        categories=[say.short_date(on) for on, _ in whole],
        lines=[
            Line("alpha", [one.value for _, one in whole]),
            Line("low", [one.low for _, one in whole]),
            Line("high", [one.high for _, one in whole]),
        ],
        y_label="alpha, 28 days",
        alt=f"{title}: {then.value:.2f} on {say.short_date(first)}, {now.value:.2f} on {say.short_date(last)}.",
        floor=0.0,
        ceiling=1.0,
    )
