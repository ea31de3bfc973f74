"""Every figure of a digest counted again from the exported labels, by the definitions of docs/agreement.md.

Nothing here knows the bot: where both agree, two people have read the definitions alike.
"""

import math
import random
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Pair = list[str]

ENOUGH_DRAFTS, ENOUGH_ESCALATIONS, DRAWS = 30, 5, 1_000
Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Days:
    """Local midnights, `until` excluded: 28 days, two weeks of pace, and what came since the last digest."""

    since: datetime
    pace: datetime
    activity: datetime
    until: datetime

    @classmethod
    def of(cls, on: date, last: date, zone: str) -> "Days":
        since, pace = on - timedelta(days=28), on - timedelta(days=14)
        return cls(*(datetime.combine(day, time(), ZoneInfo(zone)) for day in (since, pace, last, on)))


@dataclass(frozen=True)
class Labels:
    """The rows of labels.jsonl, oldest first, as the digest of some days sees them."""

    rows: Sequence[Row]
    days: Days

    @property
    def seen(self) -> list[Row]:
        given = [row for row in self.rows if row["kind"] != "imported"]
        return [row for row in given if self.days.since <= saved(row) < self.days.until]

    @property
    def newest(self) -> list[Row]:
        """What each agent says in the end, without what was undone."""
        said = {(row["draft"], row["agent"]): row for row in self.seen}
        return [row for row in said.values() if not row["withdrawn"]]

    @property
    def lately(self) -> list[Row]:
        return [row for row in self.newest if saved(row) >= self.days.activity]

    def settled(self) -> int:
        settled = {row["draft"]: row["gold"] for row in self.rows if row["gold"] and row["gold"]["kind"] != "imported"}
        golds = {draft: datetime.fromisoformat(gold["settled_at"]) for draft, gold in settled.items()}
        return sum(self.days.activity <= moment < self.days.until for moment in golds.values())

    def median_seconds(self) -> float:
        opened = [row for row in self.lately if row["opened_at"]]
        return statistics.median((saved(row) - _moment(row, "opened_at")).total_seconds() for row in opened)

    def pairs(self) -> list[list[Row]]:
        """Blind answers of the shared drafts that have two of them."""
        standing = {(row["draft"], row["agent"]) for row in self.newest}
        blind: dict[int, dict[str, Row]] = defaultdict(dict)
        for row in self.seen:
            fits = row["shared"] and row["in_slot"] and not row["exposed"] and not row["withdrawn"]
            if fits and (row["draft"], row["agent"]) in standing and _moment(row, "came_in") >= self.days.since:
                blind[row["draft"]][row["agent"]] = row
        return [list(answers.values()) for answers in blind.values() if len(answers) == 2]

    def verdicts(self) -> list[Pair]:
        both = [[row["verdict"] for row in pair] for pair in self.pairs()]
        return [pair for pair in both if "not_judged" not in pair]

    def escalations(self) -> list[Pair]:
        return [["yes" if row["escalation"] else "no" for row in pair] for pair in self.pairs()]

    def topics(self) -> list[Pair]:
        return [["|".join(sorted(row["tags"])) for row in pair] for pair in self.pairs()]

    def judged(self, model: str) -> list[Row]:
        """The answers that judged a model's drafts and hold a slot."""
        mine = [row for row in self.newest if row["model"] == model and row["draft_text"] is not None]
        return [row for row in mine if row["verdict"] != "not_judged" and row["in_slot"]]

    def due(self, have: int, need: int, lately: int) -> date | None:
        """When the rest is there at the pace of the last two weeks."""
        if not lately:
            return None
        return self.days.until.date() + timedelta(days=math.ceil((need - have) * 14 / lately))


def saved(row: Row) -> datetime:
    return _moment(row, "saved_at")


def _moment(row: Row, name: str) -> datetime:
    return datetime.fromisoformat(row[name])


def alpha(pairs: Sequence[Pair]) -> float:
    """Krippendorff's, nominal, two labels a unit: from the coincidence matrix, as in his own paper."""
    coincidences: Counter[tuple[str, str]] = Counter()
    for one, other in pairs:
        coincidences[one, other] += 1
        coincidences[other, one] += 1
    totals = Counter(label for pair in pairs for label in pair)
    n = sum(totals.values())
    observed = sum(count for (one, other), count in coincidences.items() if one != other)
    expected = sum(totals[one] * totals[other] for one in totals for other in totals if one != other) / (n - 1)
    return 1 - observed / expected if expected else math.nan


def alpha_of_sets(pairs: Sequence[Pair]) -> float:
    """Krippendorff's with MASI: every pair of labels that stands in one draft against every pair there is."""
    labels = [label for pair in pairs for label in pair]
    observed = statistics.fmean(masi(*pair) for pair in pairs)
    told = Counter(labels)
    expected = sum(told[one] * told[other] * masi(one, other) for one in told for other in told)
    return 1 - observed * len(labels) * (len(labels) - 1) / expected if expected else math.nan


def masi(one: str, other: str) -> float:
    """1 - (shared / all) times 1, 2/3 or 1/3: equal, one inside the other, overlapping."""
    a, b = set(filter(None, one.split("|"))), set(filter(None, other.split("|")))
    if not a | b:
        return 0.0
    factor = 1.0 if a == b else 2 / 3 if a < b or b < a else 1 / 3
    return 1 - factor * len(a & b) / len(a | b)


def ac1(pairs: Sequence[Pair]) -> float:
    """Gwet's, for yes and no."""
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    yes = sum(pair.count("yes") for pair in pairs) / (2 * len(pairs))
    chance = 2 * yes * (1 - yes)
    return (agreed - chance) / (1 - chance)


def on_yes(pairs: Sequence[Pair]) -> float:
    both, one, _ = both_one_none(pairs)
    return 2 * both / (2 * both + one) if both + one else math.nan


def both_one_none(pairs: Sequence[Pair]) -> tuple[int, int, int]:
    says = Counter(pair.count("yes") for pair in pairs)
    return says[2], says[1], says[0]


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The roots of (p - share)² = z² p (1 - p) / n."""
    share = successes / n
    a, b, c = 1 + Z**2 / n, -(2 * share + Z**2 / n), share**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def bootstrap(pairs: Sequence[Pair], figure: Callable[[Sequence[Pair]], float], *, seed: int) -> tuple[float, float]:
    """Percentiles of the figure over drafts drawn with replacement."""
    chance = random.Random(seed)
    drawn = sorted(value for _ in range(DRAWS) if not math.isnan(value := figure(chance.choices(pairs, k=len(pairs)))))
    return drawn[round(0.025 * (len(drawn) - 1))], drawn[round(0.975 * (len(drawn) - 1))]


def words_changed(rows: Sequence[Row]) -> tuple[float, float, float, int]:
    """The mean share over approved answers (0) and edited ones, 1.96 standard errors either side, and how many."""
    kept = [row for row in rows if row["verdict"] in ("approved", "edited")]
    shares = [0.0 if row["verdict"] == "approved" else distance(row["draft_text"], row["text"]) for row in kept]
    mean, margin = statistics.fmean(shares), Z * statistics.stdev(shares) / math.sqrt(len(shares))
    return mean, mean - margin, mean + margin, len(shares)


def distance(before: str, after: str) -> float:
    """Levenshtein's over words and marks, by the longer text: the plain table, one row at a time."""
    old, new = _words(before), _words(after)
    row = list(range(len(new) + 1))
    for i, word in enumerate(old, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(new, 1):
            step = corner + (word != other)
            corner, row[j] = row[j], min(step, row[j] + 1, row[j - 1] + 1)
    return row[-1] / max(len(old), len(new), 1)


def _words(text: str) -> list[str]:
    return [found[0] for found in _WORD_OR_MARK.finditer(text)]


_WORD_OR_MARK = re.compile(r"\w+(?:['’]\w+|(?<=\d)[.,:]\d+)*|([^\w\s])\1*")
