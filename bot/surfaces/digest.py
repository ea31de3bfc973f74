"""The digest: plain sentences for leads and one thing to do, every figure in the thread, all of it as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import harmless
from bot.figures import Figures
from bot.figures.agreeing import Past, Question
from bot.figures.changes import Change
from bot.figures.mix import OTHERS
from bot.measures import agreement
from bot.surfaces import digest_words as say
from bot.surfaces.blocks import Block, Message, button, context, header, label, section
from bot.surfaces.card import opening_words, title
from bot.surfaces.charts import Chart
from bot.surfaces.composed import composed
from bot.surfaces.digest_agreement import agreement_sheet
from bot.surfaces.digest_balance import balance_sheet, topic_named, weeks_sheet
from bot.surfaces.digest_drafts import drafts_sheet
from bot.surfaces.digest_sheet import Sheet, as_lines, as_message, parts
from bot.texts import counted
from storage.models import Draft

TOPICS = {
    "verdict": "whether to approve, edit or reject",
    "escalation": "when to escalate",
    "tags": "which topics to flag",
}
READINGS: dict[agreement.Reading, str] = {
    "good": "Agents agree well on {topics}: these labels can be trusted.",
    "at least moderate": "Agents agree moderately or better on {topics}: trust these labels with care.",
    "moderate at best": "Agents agree moderately at best on {topics}: the guideline needs a clearer rule.",
    "poor": "Agents do not agree enough on {topics}: let no model learn this before the rule is clearer.",
    "cannot tell yet": (
        "Too unsure to say how far agents agree on {topics}: more drafts that two people review will tell."
    ),
}
CHANGES_SAID = 2
FEWEST_TIMED = 5
FOOT, FIGURES_FOLLOW = "All figures are in the thread.", "All figures follow."
_LISTED = re.compile(r"• .* · #(\d+)")


@dataclass(frozen=True)
class Dispute:
    """A draft on which agents disagree, and where its card is."""

    draft: Draft
    link: str | None


@dataclass(frozen=True)
class Made:
    """A digest's figures, the disputes to read, and how agreement stood in the digests before it.

    `late`: its day is over, so that its reader's yesterday is not its own.
    """

    figures: Figures
    disputes: Sequence[Dispute] = ()
    before: Sequence[Past] = ()
    late: bool = False


def messages(made: Made, *, weekly: bool = False) -> list[Message]:
    """The lead message and those of its thread. `weekly`: the weeks before are summed up."""
    found = sheets(made, drafts_sheet(made.figures), weekly=weekly)
    return [lead(made, weekly=weekly), *map(as_message, found)]


def privately(made: Made) -> list[Message]:
    """The digest for one reader: what leads read, then every figure in one message."""
    found = sheets(made, drafts_sheet(made.figures), weekly=True)
    told = [part for sheet in found for part in parts(sheet)]
    return [lead(made, weekly=True, foot=FIGURES_FOLLOW), composed("All figures", told)]


def sheets(made: Made, drafts: Sheet, *, weekly: bool) -> list[Sheet]:
    """Every figure with its interval, what it rests on, and what is not shown yet."""
    figures = made.figures
    found = [agreement_sheet(figures, made.before), drafts]
    found += [balance_sheet(figures.mix)] if figures.mix else []
    found += [weeks_sheet(figures.weeks)] if weekly else []
    return [sheet for sheet in found if sheet.table or sheet.notes]


def lead(made: Made, *, weekly: bool = False, foot: str = FOOT) -> Message:
    """Findings, a sentence each, and what to do: three short paragraphs and at most three disputes."""
    paragraphs = _paragraphs(made, weekly=weekly)
    top = heading(made.figures)
    blocks: list[Block] = [header(top), *map(section, paragraphs)]
    asked: list[str] = []
    disputes = made.disputes
    if disputes:
        asked = ["Read these and settle one:" if len(disputes) > 1 else "Read this and settle it:"]
        blocks.append(section(asked[0]))
        blocks += [_dispute(place, one, len(disputes)) for place, one in enumerate(disputes, 1)]
        asked += [_listed(one.draft) for one in disputes]
        asked += [more] if (more := _more(made)) else []
        blocks += [context(label(more))] if more else []
    blocks.append(context(label(foot)))
    return {"text": "\n".join([top, *paragraphs, *asked, foot]), "blocks": blocks}


def without(message: Message, drafts: Sequence[Draft]) -> Message:
    """The digest's message without what it says of these drafts."""
    blocks, numbers = {f"dispute:{one.id}" for one in drafts}, {str(one.id) for one in drafts}
    text = "\n".join(line for line in str(message.get("text", "")).split("\n") if _number_in(line) not in numbers)
    first, *others = [
        [block for block in way if block.get("block_id") not in blocks]
        for way in (message.get("blocks", []), *message.get("plainer", ()))
    ]
    return {**message, "text": text, "blocks": first} | ({"plainer": others} if others else {})


def _listed(draft: Draft) -> str:
    return f"• {harmless.in_mrkdwn(title(draft))}"


def _number_in(line: str) -> str | None:
    """The number of the draft that a line lists; its topic may have been reworded since."""
    listed = _LISTED.fullmatch(line)
    return listed[1] if listed else None


def charts(made: Made) -> Sequence[Chart]:
    """Those of agreement, which are there from the second digest on that told it."""
    return agreement_sheet(made.figures, made.before).charts


def as_text(made: Made) -> str:
    """The whole digest as plain text."""
    return "\n".join(text_lines(made))


def text_lines(made: Made) -> list[str]:
    """The same, a line each."""
    figures = made.figures
    lines = [heading(figures), "", *(one.replace("*", "") for one in _paragraphs(made, weekly=True))]
    for sheet in sheets(made, drafts_sheet(figures, most=None), weekly=True):
        lines += ["", *as_lines(sheet)]
    if made.disputes:
        named = ", ".join(title(one.draft) for one in made.disputes)
        lines += ["", " ".join(part for part in (f"In dispute: {named}.", _more(made)) if part)]
    return lines


def heading(made: Figures) -> str:
    return f"Labelling digest · {say.long_date(made.window.date)}"


def trust(made: Figures) -> str:
    """How far the labels can be trusted, in one or two sentences without a figure of statistics."""
    asked = made.questions
    if not asked:
        soon = next((one for one in made.suppressed if one.unit == "shared drafts"), None)
        have = f"{soon.have} of {soon.need} shared drafts" if soon else "no shared drafts yet"
        return f"Too early to say how far agents agree: {have}.{say.about(soon.due if soon else None)}"
    by_reading: dict[agreement.Reading, list[Question]] = {}
    for question in asked:
        by_reading.setdefault(agreement.reading(question.alpha), []).append(question)
    return " ".join(_trusted(reading, questions) for reading, questions in by_reading.items())


def activity(made: Figures, *, late: bool = False) -> str:
    """What was done since the last digest; `late` names the dates."""
    window = made.window
    days = say.days_between(window.day, window.until)
    when = "yesterday" if days <= 1 else f"in the last {days} days"
    if late:
        first, last = (say.long_date(window.date - timedelta(days=back)) for back in (days, 1))
        when = f"on {last}" if days <= 1 else f"from {first} to {last}"
    told = [f"{counted(made.labels, 'label')} {when}", f"{counted(made.counts.gold, 'answer')} settled"]
    if made.counts.waiting is not None:
        told.append(f"{counted(made.counts.waiting, 'draft')} waiting")
    return f"{', '.join(told)}.{_pace(made)}"


def _pace(made: Figures) -> str:
    """How long a window was open, where enough were for that to mean something."""
    if made.seconds is None or made.timed < FEWEST_TIMED:
        return ""
    return f" Correcting or escalating a draft typically took {say.duration(made.seconds)} ({made.timed:,} timed)."


def changed(made: Figures) -> str:
    """What moved last week by more than chance; where nothing did, that, and where nothing can be told yet, nothing."""
    alarms = [one for one in made.changes if one.alarming]
    if made.changes and not alarms:
        return "Last week was like the weeks before it, as far as chance lets one tell."
    return " ".join(_moved(one) for one in alarms[:CHANGES_SAID])


def balance(made: Figures) -> str:
    """The topic that is furthest from its wish, where the mix is further off than chance explains."""
    mix = made.mix
    if mix is None or not mix.off or mix.stability is None or mix.stability.reading not in ("some", "much"):
        return ""
    worst = next((one for one in mix.off if one.name != OTHERS), mix.off[0])
    few = (worst.share.value or 0.0) < (worst.wished or 0.0)
    return (
        f"Of the answered drafts {say.in_hundred(worst.share.value)} in 100 are about "
        f"{harmless.in_mrkdwn(topic_named(worst, mix))}; you wish for {say.in_hundred(worst.wished)}: send "
        f"{'more' if few else 'fewer'} of them."
    )


def week(made: Figures) -> str:
    """The last week beside the one before."""
    if len(made.weeks) < 2 or not made.weeks[-1].labels:
        return ""
    before, last = made.weeks[-2:]
    return (
        f"Last week: {counted(last.labels, 'label')} and {counted(last.settled, 'answer')} settled "
        f"(the week before: {before.labels:,} and {before.settled:,})."
    )


def _paragraphs(made: Made, *, weekly: bool) -> list[str]:
    figures = made.figures
    work = [activity(figures, late=made.late), *([week(figures)] if weekly else []), *_quality_line(figures)]
    # A week is judged once: said again each day an old alarm would look like a new one.
    moved = [changed(figures)] if weekly else []
    told = [trust(figures), " ".join(filter(None, work)), " ".join(filter(None, [*moved, balance(figures)]))]
    return [words for words in told if words]


def _trusted(reading: agreement.Reading, questions: Sequence[Question]) -> str:
    topics = say.listed([f"*{TOPICS[one.name]}* ({one.drafts:,} drafts)" for one in questions])
    return READINGS[reading].format(topics=topics)


def _quality_line(made: Figures) -> list[str]:
    return [
        f"{harmless.in_mrkdwn(say.name(one.model))}: {say.percent(one.approved.value)} of {one.answers:,} answers "
        "approved the draft as is."
        for one in made.quality[:2]
    ]


def _moved(one: Change) -> str:
    """One change as a lead reads it."""
    assert one.now.value is not None
    assert one.before.value is not None
    rose = "rose" if one.now.value > one.before.value else "fell"
    now, before = say.in_hundred(one.now.value), say.in_hundred(one.before.value)
    model = harmless.in_mrkdwn(say.name(one.model or ""))
    if one.against is not None:
        than = harmless.in_mrkdwn(say.name(one.against))
        return f"*{model}*: {now} in 100 approved as is, {before} of {than}: more than chance."
    what = "Escalations" if one.what == "escalated" else f"Approvals of *{model}*"
    if one.creeping is not None and one.creeping_since is not None and not one.beyond_chance:
        since = say.short_date(one.creeping_since)
        return f"{what} have crept {one.creeping} since about {since}, a little each week: more than chance."
    return f"{what} {rose} from {before} to {now} in 100: more than chance."


def _more(made: Made) -> str:
    """How many disputes there are beside those that are named."""
    more = (made.figures.counts.disputed or 0) - len(made.disputes)
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
