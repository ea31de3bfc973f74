"""The digest: plain sentences for leads, every figure in the thread, all of it as text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot import harmless, texts
from bot.figures import Figures, Quality, Question, Suppressed
from bot.measures import agreement
from bot.measures.estimates import Estimate
from bot.surfaces.blocks import Block, Message, button, context, header, label, mrkdwn, section
from bot.surfaces.card import opening_words, title
from storage.models import Draft

MODELS_SHOWN = NOTES_SHOWN = 12  # a message holds 50 blocks and 13,200 characters
NAME_SHOWN = 60
TOPICS = {
    "verdict": "whether to approve, edit or reject",
    "escalation": "when to escalate",
    "tags": "which topics to flag",
}
READINGS: dict[agreement.Reading, str] = {
    "good": "Agents agree well on {topics}: these labels can be trusted.",
    "at least moderate": "Agents agree moderately or better on {topics}: trust these labels with care.",
    "moderate at best": "Agents agree moderately at best on {topics}: talk about the cases below.",
    "poor": "Agents do not agree enough on {topics}: talk about the cases below.",
    "cannot tell yet": "Too unsure to say how far agents agree on {topics}.",
}
HOW_TO_READ = (
    "Agreement is Krippendorff's alpha: 1 is perfect, 0 is what chance gives. Rely on it when the whole interval "
    "lies above 0.80, tentatively above 0.67. AC1 reads the same way and suffers less when escalations are rare; agree "
    "on yes is how often the second person escalated what the first did. Flagged topics are compared as sets: those "
    "that overlap agree in part (MASI). Shares are given with Wilson intervals, agreement with a bootstrap over drafts."
    " Only drafts that were chosen for two people at random count, and only blind answers."
)


@dataclass(frozen=True)
class Dispute:
    """A draft on which agents disagree, and where its card is."""

    draft: Draft
    link: str | None


def lead(made: Figures, disputes: Sequence[Dispute], *, late: bool = False) -> Message:
    """Two paragraphs of findings, one sentence each, and one action, for leads. `late`: its day is over."""
    paragraphs = [trust(made), " ".join([activity(made, late=late), *_quality_line(made)])]
    blocks: list[Block] = [header(heading(made.window.date)), *map(section, paragraphs)]
    asked: list[str] = []
    if disputes:
        asked = ["Read these and settle one:" if len(disputes) > 1 else "Read this and settle it:"]
        blocks.append(section(asked[0]))
        blocks += [_dispute(place, one, len(disputes)) for place, one in enumerate(disputes, 1)]
        asked += [f"• {harmless.in_mrkdwn(title(one.draft))}" for one in disputes]
        asked += [more] if (more := _more(made, disputes)) else []
        blocks += [context(label(more))] if more else []
    foot = "All figures are in the thread."
    blocks.append(context(label(foot)))
    return {"text": "\n".join([heading(made.window.date), *paragraphs, *asked, foot]), "blocks": blocks}


def thread(made: Figures) -> Message:
    """Every figure with its interval, what it rests on, and what is not shown yet."""
    fits = replace(made, quality=made.quality[:MODELS_SHOWN], suppressed=made.suppressed[:NOTES_SHOWN])
    # Question and measure share a column: a phone shows three or four.
    measured = [[f"{question}: {measure}", *rest] for question, measure, *rest in _table(fits)]
    rows = [["Figure", "Value", "95 % interval", "Based on"], *measured]
    table: Block = {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": cell or "–"} for cell in row] for row in rows],
    }
    notes = [_coverage(made), *map(suppressed, fits.suppressed)]
    if left_out := len(made.quality) + len(made.suppressed) - len(fits.quality) - len(fits.suppressed):
        notes.append(f"{left_out:,} more model versions: `assay digest` prints every figure.")
    words = harmless.in_mrkdwn("\n".join([*("  ".join(row) for row in rows[1:]), *notes]))
    blocks: list[Block] = [table, *(context(mrkdwn(harmless.in_mrkdwn(note))) for note in notes)]
    return {"text": f"All figures\n{words}", "blocks": [*blocks, context(label(HOW_TO_READ, limit=2_000))]}


def as_text(made: Figures, disputes: Sequence[Dispute]) -> str:
    """The whole digest as plain text."""
    sentences = [trust(made), activity(made), *_quality_line(made)]
    table = ["  ".join(part for part in row if part) for row in _table(made)]
    lines = [heading(made.window.date), "", *(one.replace("*", "") for one in sentences if one)]
    lines += ["", *table] if table else []
    lines += ["", _coverage(made), *map(suppressed, made.suppressed)]
    if disputes:
        named = ", ".join(title(one.draft) for one in disputes)
        lines += ["", " ".join(part for part in (f"In dispute: {named}.", _more(made, disputes)) if part)]
    return "\n".join([*lines, "", HOW_TO_READ])


def heading(on: date) -> str:
    return f"Labelling digest · {_date(on)}"


def trust(made: Figures) -> str:
    """How far the labels can be trusted, in one or two sentences without a figure of statistics."""
    asked = made.questions
    if not asked:
        soon = next((one for one in made.suppressed if one.unit == "shared drafts"), None)
        have = f"{soon.have} of {soon.need} shared drafts" if soon else "no shared drafts yet"
        return f"Too early to say how far agents agree: {have}.{_about(soon.due if soon else None)}"
    by_reading: dict[agreement.Reading, list[Question]] = {}
    for question in asked:
        by_reading.setdefault(agreement.reading(question.alpha), []).append(question)
    return " ".join(_trusted(reading, questions) for reading, questions in by_reading.items())


def activity(made: Figures, *, late: bool = False) -> str:
    """What was done since the last digest; one that comes `late` names the dates, for its reader's yesterday is not its
    own."""
    window = made.window
    days = _days(window.day, window.until)
    when = "yesterday" if days <= 1 else f"in the last {days} days"
    if late:
        first, last = (_date(window.date - timedelta(days=back)) for back in (days, 1))
        when = f"on {last}" if days <= 1 else f"from {first} to {last}"
    gold, waiting = made.counts.gold, made.counts.waiting
    parts = [
        f"{made.labels:,} label{_s(made.labels)} {when}",
        f"{gold:,} answer{_s(gold)} settled",
        f"{waiting:,} draft{_s(waiting)} waiting",
    ]
    pace = f" Correcting or escalating a draft typically took {_duration(made.seconds)}." if made.seconds else ""
    return f"{', '.join(parts)}.{pace}"


def suppressed(one: Suppressed) -> str:
    """What is not shown, why, and when it will be."""
    due = _about(one.due) or " No date yet: nothing came in during the last two weeks."
    return f"Not shown: {_name(one.what)}. {one.have} of {one.need} {one.unit}.{due}"


def _trusted(reading: agreement.Reading, questions: Sequence[Question]) -> str:
    topics = " and ".join(f"*{TOPICS[one.name]}* ({one.drafts:,} drafts)" for one in questions)
    return READINGS[reading].format(topics=topics)


def _quality_line(made: Figures) -> list[str]:
    return [
        f"{harmless.in_mrkdwn(_name(one.model))}: {_percent(one.approved.value)} of {one.answers:,} answers "
        "approved the draft as is."
        for one in made.quality[:2]
    ]


def _more(made: Figures, disputes: Sequence[Dispute]) -> str:
    """How many disputes there are beside those that are named."""
    more = made.counts.disputed - len(disputes)
    return f"{more:,} more {'waits' if more == 1 else 'wait'} in Home." if more > 0 else ""


def _dispute(place: int, one: Dispute, among: int) -> Block:
    name = harmless.in_mrkdwn(title(one.draft))
    press = button(
        f"Settle {place} of {among}", "dispute:settle", str(one.draft.id), style="primary" if place == 1 else None
    )
    asked = harmless.in_mrkdwn(opening_words(one.draft))
    linked = f"<{one.link}|{name}>" if one.link else name
    shown = section(f"{linked}\n{asked}" if asked else linked, block_id=f"dispute:{one.draft.id}")
    return shown | {"accessory": press}


def _table(made: Figures) -> list[list[str]]:
    rows = []
    if made.verdict:
        rows.append(["Verdict", "alpha", *_cells(made.verdict.alpha), f"{made.verdict.drafts} drafts"])
    if made.escalation:
        rows += _escalation_rows(made.escalation)
    if made.tags:
        rows.append(["Topics to flag", "alpha", *_cells(made.tags.alpha), f"{made.tags.drafts} drafts"])
    for one in made.quality:
        rows += _quality_rows(one)
    return rows


def _escalation_rows(question: Question) -> list[list[str]]:
    based = f"{question.drafts} drafts"
    rows = [["Escalation", "alpha", *_cells(question.alpha), based]]
    if question.ac1 and question.positive and question.counts:
        counts = question.counts
        rows += [
            ["Escalation", "AC1", *_cells(question.ac1), based],
            ["Escalation", "agree on yes", *_cells(question.positive), based],
            ["Escalation", "both, one, none", f"{counts.both}, {counts.one}, {counts.none}", "", based],
        ]
    return rows


def _quality_rows(one: Quality) -> list[list[str]]:
    based = f"{one.answers} answers"
    return [
        [_name(one.model), "approved as is", *_cells(one.approved), based],
        [_name(one.model), "rejected", *_cells(one.rejected), based],
        [_name(one.model), "words changed", *_cells(one.edit_rate), f"{one.edit_rate.n} replies"],
    ]


def _cells(estimate: Estimate) -> tuple[str, str]:
    if estimate.value is None:
        return estimate.reason or "", ""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}", estimate.reason or ""
    return f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}"


def _coverage(made: Figures) -> str:
    window = made.window
    days = _days(window.since, window.until)
    return (
        f"Agreement and quality: {days} days to {window.date - timedelta(days=1)}. "
        f"Shared drafts answered twice: {made.shared_answered} of {made.counts.shared}. "
        f"Seed of the bootstrap: {made.seed}."
    )


def _name(words: str) -> str:
    return texts.shortened(words, NAME_SHOWN)


def _date(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _days(since: datetime, until: datetime) -> int:
    """Dates between two local midnights; a day on which the clocks change has 23 or 25 hours."""
    return round((until - since) / timedelta(days=1))


def _about(due: date | None) -> str:
    return f" About {due.day} {due:%B}." if due else ""


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
