"""The sheet of the drafts: how each model version fared, and what changed."""

from collections.abc import Sequence

from bot.figures import Figures
from bot.figures.changes import Change
from bot.figures.due import Suppressed
from bot.figures.quality import Quality
from bot.measures.estimates import Estimate
from bot.surfaces import digest_words as say
from bot.surfaces.digest_sheet import Sheet, not_shown
from bot.surfaces.tables import Table
from bot.texts import counted

TITLE = "The drafts"
HEADER = ("Drafts", "Value", "95 % interval", "Based on")
SHOWN = 12  # model versions: a message holds 50 blocks and 13,200 characters


def drafts_sheet(made: Figures, *, most: int | None = SHOWN) -> Sheet:
    """Every model version with enough answers, the most answered first; `most` of them, None: all."""
    shown, lacking = made.quality[:most], _lacking(made)
    rows = [row for one in shown for row in _quality_rows(one)]
    notes = [*map(change_in_figures, made.changes), *not_shown(lacking[:most])]
    if left := len(made.quality) - len(shown) + len(lacking) - len(lacking[:most]):
        notes.append(f"{left:,} more model versions: `assay digest` prints every figure.")
    return Sheet(TITLE, Table(TITLE, HEADER, rows) if rows else None, notes=notes)


def _lacking(made: Figures) -> Sequence[Suppressed]:
    return [one for one in made.suppressed if one.unit == "answers"]


def _quality_rows(one: Quality) -> list[list[str]]:
    name, based = say.name(one.model), f"{one.answers} answers"
    return [
        [f"{name}: approved as is", *say.cells(one.approved), based],
        [f"{name}: rejected", *say.cells(one.rejected), based],
        [f"{name}: words changed", *say.cells(one.edit_rate), f"{one.edit_rate.n} replies"],
        [f"{name}: HTER", *say.cells(one.hter), f"{one.hter.n} replies"],
    ]


def change_in_figures(one: Change) -> str:
    """A change with both sides, and what could have been seen at all."""
    now, earlier = when(one)
    said = f"{change_named(one)}: {_in_hundred(one.now)}{now}, {_in_hundred(one.before)} {earlier}"
    if one.beyond_chance:
        judged = "more than chance explains"
    elif one.creeping is not None and one.creeping_since is not None:
        judged = f"creeping {one.creeping} since about {say.short_date(one.creeping_since)}, more than chance explains"
    else:
        judged = "within what chance does at this volume"
    return f"{said}: {judged}.{_visible(one)}"


def change_named(one: Change) -> str:
    return "Escalated" if one.what == "escalated" else f"Approved as is, {say.name(one.model or '')}"


def when(one: Change) -> tuple[str, str]:
    """When a share was as it is, and when as it was."""
    if one.against is not None:
        return "", f"of {say.name(one.against)}"
    return " last week", f"in the {counted(one.weeks, 'week')} before"


def _visible(one: Change) -> str:
    """Which changes this many answers could have shown."""
    seen = [
        f"{word} {say.in_hundred(share)}"
        for word, share in (("a fall to", one.visible_fall), ("a rise to", one.visible_rise))
        if share is not None
    ]
    return f" {one.now.n:,} answers can only show {' or '.join(seen)} in 100." if seen else ""


def _in_hundred(share: Estimate) -> str:
    interval = f" ({say.in_hundred(share.low)} to {say.in_hundred(share.high)})"
    return f"{say.in_hundred(share.value)} in 100{interval if share.low is not None else ''}"
