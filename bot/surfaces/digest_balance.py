"""The sheets of the mix of topics and of the weeks before."""

from collections.abc import Sequence

from bot.figures.mix import Mix
from bot.figures.weeks import Week
from bot.measures.balance import ClassShare
from bot.measures.estimates import Estimate
from bot.surfaces import digest_words as say
from bot.surfaces.digest_sheet import Sheet
from bot.surfaces.tables import Table

TITLE = "Week by week"
ALL_MODELS = "Of all model versions together. Shares with their 95 % intervals."


def balance_sheet(mix: Mix) -> Sheet:
    wished = any(one.wished is not None for one in mix.topics)
    header = ["Topic", "Share", *(["Wished"] if wished else []), "95 % interval", "Drafts"]
    table = Table("Balance of topics", header, [_topic_row(one, mix, wished=wished) for one in mix.topics])
    return Sheet("Balance of topics", table, notes=[f"{mix.drafts} answered drafts of 28 days.", _spread(mix)])


def topic_named(one: ClassShare, mix: Mix) -> str:
    """A topic as people read it; one of whose parts another wish speaks is only the rest of itself."""
    inner = any(other.name.startswith(f"{one.name}/") for other in mix.topics)
    return f"{say.topic(one.name)}, the rest" if inner else say.topic(one.name)


def _topic_row(one: ClassShare, mix: Mix, *, wished: bool) -> list[str]:
    low, high = one.share.low, one.share.high
    interval = f"{say.percent(low)} to {say.percent(high)}" if low is not None else one.share.reason or ""
    told = [topic_named(one, mix), say.percent(one.share.value), *([say.percent(one.wished)] if wished else [])]
    return [*told, interval, f"{one.count:,}"]


def _spread(mix: Mix) -> str:
    if mix.stability is not None and mix.stability.value is not None:
        moved = mix.stability.reading
        return (
            f"Distance from the wished mix (PSI): {mix.stability.value:.3f}, {moved}. Below 0.1 is little, 0.25 much."
        )
    if mix.evenness.value is None or mix.effective.value is None:
        return mix.evenness.reason or ""
    return (
        f"As varied as {mix.effective.value:.1f} equally frequent topics (evenness {mix.evenness.value:.2f} of 1). Say "
        "what mix you wish for in /assay setup, More…, and it is held against that."
    )


def weeks_sheet(weeks: Sequence[Week]) -> Sheet:
    if not any(one.labels for one in weeks):
        return Sheet(TITLE)
    header = ["Week", "Labels", "Settled", "Approved as is", "Escalated"]
    rows = [
        [
            say.span(one.first, one.last),
            f"{one.labels:,}",
            f"{one.settled:,}",
            _share(one.approved),
            _share(one.escalated),
        ]
        for one in weeks
    ]
    return Sheet(TITLE, Table(TITLE, header, rows), notes=[ALL_MODELS])


def _share(share: Estimate) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "–"
    return f"{say.percent(share.value)} ({say.in_hundred(share.low)} to {say.in_hundred(share.high)})"
