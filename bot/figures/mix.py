"""How the answered drafts spread over topics, beside the mix that the channel wishes for. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.figures.due import ENOUGH_DRAFTS, Calendar, Suppressed
from bot.figures.rows import Row
from bot.measures import balance
from bot.measures.balance import ClassShare, Description, Stability

OTHERS, NO_TOPIC = "/others", "/none"  # no wish begins with a slash, and no first part; surfaces name them
SHOWN = 10  # topics; the rest is counted together
ON_BALANCE = "balance of topics"


@dataclass(frozen=True)
class Mix:
    """Topics with their shares of the answered drafts, the largest first, or in the order of the wishes."""

    drafts: int
    topics: Sequence[ClassShare]
    evenness: Description
    effective: Description  # how many equally frequent topics would be as diverse
    # Against what is wished; None: nothing is.
    stability: Stability | None
    divergence: Description | None

    @property
    def off(self) -> list[ClassShare]:
        """Topics whose share is not the wished one, the furthest off first; chance does not explain them."""
        return sorted((one for one in self.topics if one.off), key=_gap, reverse=True)


def of_topics(
    newest: Sequence[Row], targets: Mapping[str, float], calendar: Calendar
) -> tuple[Mix | None, Suppressed | None]:
    """The mix of the drafts that were answered in the window; each counts once."""
    answered = {row.draft: row for row in newest if row.in_slot}
    if len(answered) < ENOUGH_DRAFTS:
        came = [row.saved_at for row in answered.values()]
        return None, calendar.short(ON_BALANCE, came, need=ENOUGH_DRAFTS, unit="answered drafts", began=calendar.began)
    wished = _whole(targets)
    counts = _by_target(answered.values(), wished) if wished else _by_first_part(answered.values())
    return Mix(
        drafts=len(answered),
        topics=balance.shares(counts, wished or None),
        evenness=balance.evenness(counts),
        effective=balance.effective_classes(counts),
        stability=balance.stability(counts, wished) if wished else None,
        divergence=balance.divergence(counts, wished) if wished else None,
    ), None


def target_of(topic: str, targets: Mapping[str, float]) -> str:
    """The most specific target that a topic lies under."""
    parts = topic.split("/")
    paths = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((path for path in paths if path in targets), OTHERS)


def _whole(targets: Mapping[str, float]) -> dict[str, float]:
    """What is wished, with what is left to all other topics."""
    if not targets:
        return {}
    left = 1 - sum(targets.values())
    return {**targets, OTHERS: left} if left > balance.OFF_BY else dict(targets)


def _by_target(answered: Iterable[Row], wished: Mapping[str, float]) -> dict[str, int]:
    told = Counter(target_of(row.topic, wished) for row in answered)
    return {name: told[name] for name in dict.fromkeys([*wished, *told])}


def _by_first_part(answered: Iterable[Row]) -> dict[str, int]:
    told = Counter(row.topic.split("/")[0] or NO_TOPIC for row in answered)
    ranked = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in ranked[SHOWN:])
    return dict(ranked[:SHOWN]) | ({OTHERS: rest} if rest else {})


def _gap(one: ClassShare) -> float:
    return abs((one.share.value or 0.0) - (one.wished or 0.0))
