"""A sheet: one message of the digest's thread, with its charts, its table and what has to be known of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import harmless
from bot.figures.due import Suppressed
from bot.surfaces import digest_words as say
from bot.surfaces.blocks import Message, context, mrkdwn, section
from bot.surfaces.charts import Chart
from bot.surfaces.composed import Part, composed
from bot.surfaces.tables import Table

NOTHING = Suppressed("", 0, 0, "", None)


@dataclass(frozen=True)
class Sheet:
    """Notes are sentences without markup."""

    title: str
    table: Table | None = None
    charts: Sequence[Chart] = ()
    notes: Sequence[str] = ()


def as_message(sheet: Sheet) -> Message:
    """A sheet as Slack shows it, richly or plainly; its text says it all."""
    return composed("\n".join([sheet.title, *map(harmless.in_mrkdwn, sheet.notes)]), parts(sheet))


def parts(sheet: Sheet) -> list[Part]:
    """What a sheet is composed of."""
    notes = [context(mrkdwn(harmless.in_mrkdwn(note))) for note in sheet.notes]
    named: list[Part] = [sheet.table] if sheet.table else [section(f"*{sheet.title}*")]  # a table has its own title
    return [*sheet.charts, *named, *notes]


def as_lines(sheet: Sheet) -> list[str]:
    """A sheet as plain text, a row of its table on a line."""
    rows = [sheet.table.header, *sheet.table.rows] if sheet.table else []
    return [sheet.title, *("  ".join(str(cell or "–") for cell in row) for row in rows), *sheet.notes]


def not_shown(missing: Sequence[Suppressed]) -> list[str]:
    """What is not shown, why, and when it will be; figures that wait for the same are named together."""
    alike: dict[Suppressed, list[str]] = {}
    for one in missing:
        nothing = one.have == 0 and one.due is None
        alike.setdefault(NOTHING if nothing else replace(one, what=""), []).append(say.name(one.what))
    return [_not_shown(names, one) for one, names in alike.items()]


def _not_shown(names: Sequence[str], one: Suppressed) -> str:
    first, *others = names
    told = [first, *(name.removeprefix("agreement ") for name in others)]
    named = say.listed(told)
    if one is NOTHING:
        return f"Not shown: {named}. There is nothing to count yet."
    return f"Not shown: {named}. {one.have} of {one.need} {one.unit}.{_when(one)}{_sooner(one)}"


def _when(one: Suppressed) -> str:
    if one.never:
        return " At this pace 28 days never hold so many."
    return say.about(one.due) or " No date yet: nothing came in during the last two weeks."


def _sooner(one: Suppressed) -> str:
    if one.sooner is None:
        return ""
    share, then = one.sooner.share, one.sooner.due
    drafts = "every draft" if share == 1 else f"{10 * share:.0f} in 10 drafts"
    return f" Two reviews of {drafts} would bring it to {then.day} {then:%B}."
