"""Every figure of a digest counted again from the exported labels, by the definitions of docs/agreement.md.

Nothing here knows the bot: where both agree, two people have read the definitions alike.
"""

import math
import random
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Pair = list[str]
Weighed = tuple[float, list[Row]]
Said = tuple[float, Pair]  # what two people said of a draft, and what it counts for

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
    chosen: Mapping[str, int]  # the window's drafts that were chosen for two people, by topic

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

    def weighed(self) -> list[Weighed]:
        """Each pair with what it counts for: one over the probability with which it was chosen, and over the share of
        its topic's chosen drafts that were finished; topics of which fewer than five were chosen go together."""
        pairs = self.pairs()
        group = {topic: topic if count >= 5 else "rare" for topic, count in self.chosen.items()}
        chosen: Counter[str] = Counter()
        for topic, count in self.chosen.items():
            chosen[group[topic]] += count
        done = Counter(group[pair[0]["topic"]] for pair in pairs)
        shares = {one: done[one] / chosen[one] for one in done}
        return [(1 / (pair[0]["overlap_probability"] * shares[group[pair[0]["topic"]]]), pair) for pair in pairs]

    def verdicts(self) -> list[Said]:
        both = [(weight, [row["verdict"] for row in pair]) for weight, pair in self.weighed()]
        return [(weight, pair) for weight, pair in both if "not_judged" not in pair]

    def escalations(self) -> list[Said]:
        return [(weight, ["yes" if row["escalation"] else "no" for row in pair]) for weight, pair in self.weighed()]

    def topics(self) -> list[Said]:
        return [(weight, ["|".join(sorted(row["tags"])) for row in pair]) for weight, pair in self.weighed()]

    def edited_by_both(self) -> int:
        return sum(all(row["verdict"] == "edited" for row in pair) for pair in self.pairs())

    def by_topic(self) -> Counter[str]:
        """The answered drafts by the first part of their topic."""
        held = {row["draft"]: row["topic"] for row in self.newest if row["in_slot"]}
        return Counter(topic.split("/")[0] for topic in held.values())

    def of_days(self, first: date, last: date) -> list[Row]:
        """What stands that was saved from one local day to another, both included."""
        said = {(row["draft"], row["agent"]): row for row in self.rows if row["kind"] != "imported"}
        stands = [row for row in said.values() if not row["withdrawn"]]
        zone = self.days.until.tzinfo
        return [row for row in stands if first <= saved(row).astimezone(zone).date() <= last]

    def judged(self, model: str) -> list[Row]:
        """The answers that judged a model's drafts and hold a slot."""
        mine = [row for row in self.newest if row["model"] == model and row["draft_text"] is not None]
        return [row for row in mine if row["verdict"] != "not_judged" and row["in_slot"]]

    def due(self, have: int, need: int, came: Sequence[datetime]) -> date:
        """When the rest is there at the pace of the last two weeks, or of the days since it began, at least three."""
        lately = sum(moment >= self.days.pace for moment in came)
        span = math.ceil(min(14.0, max(3.0, (self.days.until - min(came)) / timedelta(days=1))))
        return self.days.until.date() + timedelta(days=math.ceil((need - have) * span / lately))


def saved(row: Row) -> datetime:
    return _moment(row, "saved_at")


def _moment(row: Row, name: str) -> datetime:
    return datetime.fromisoformat(row[name])


def alpha(said: Sequence[Said]) -> float:
    """Krippendorff's, nominal, two labels a unit: from the coincidence matrix, as in his own paper, a draft as often as
    it weighs."""
    return _alpha(said, lambda one, other: float(one != other))


def alpha_of_sets(said: Sequence[Said]) -> float:
    """Krippendorff's with MASI: every pair of labels that stands in one draft against every pair there is."""
    return _alpha(said, masi)


def _alpha(said: Sequence[Said], distance: Callable[[str, str], float]) -> float:
    whole, told = sum(weight for weight, _ in said), Counter[str]()
    for weight, pair in said:
        for label in pair:
            told[label] += weight / whole / 2  # type: ignore[assignment]
    observed = sum(weight * distance(*pair) for weight, pair in said) / whole
    expected = sum(told[one] * told[other] * distance(one, other) for one in told for other in told)
    labels = 2 * len(said)
    return 1 - observed * (labels - 1) / labels / expected if expected else math.nan


def masi(one: str, other: str) -> float:
    """1 - (shared / all) times 1, 2/3 or 1/3: equal, one inside the other, overlapping."""
    a, b = set(filter(None, one.split("|"))), set(filter(None, other.split("|")))
    if not a | b:
        return 0.0
    factor = 1.0 if a == b else 2 / 3 if a < b or b < a else 1 / 3
    return 1 - factor * len(a & b) / len(a | b)


def ac1(said: Sequence[Said]) -> float:
    """Gwet's, for yes and no."""
    whole = sum(weight for weight, _ in said)
    agreed = sum(weight for weight, (one, other) in said if one == other) / whole
    yes = sum(weight * pair.count("yes") for weight, pair in said) / (2 * whole)
    chance = 2 * yes * (1 - yes)
    return (agreed - chance) / (1 - chance)


def on_yes(said: Sequence[Said]) -> float:
    both, one = (sum(weight for weight, pair in said if pair.count("yes") == count) for count in (2, 1))
    return 2 * both / (2 * both + one) if both + one else math.nan


def both_one_none(said: Sequence[Said]) -> tuple[int, int, int]:
    says = Counter(pair.count("yes") for _, pair in said)
    return says[2], says[1], says[0]


def worth(said: Sequence[tuple[float, object]]) -> float:
    """How many drafts of equal weight tell as much."""
    return sum(weight for weight, _ in said) ** 2 / sum(weight**2 for weight, _ in said)


def wilson(successes: float, n: float) -> tuple[float, float]:
    """The roots of (p - share)² = z² p (1 - p) / n."""
    share = successes / n
    a, b, c = 1 + Z**2 / n, -(2 * share + Z**2 / n), share**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def bootstrap(pairs: Sequence[Said], figure: Callable[[Sequence[Said]], float], *, seed: int) -> tuple[float, float]:
    """Percentiles of the figure over drafts drawn with replacement, each with its weight."""
    chance = random.Random(seed)
    drawn = sorted(value for _ in range(DRAWS) if not math.isnan(value := figure(chance.choices(pairs, k=len(pairs)))))
    return drawn[round(0.025 * (len(drawn) - 1))], drawn[round(0.975 * (len(drawn) - 1))]


def words_changed(rows: Sequence[Row]) -> tuple[float, float, float, int]:
    """The mean share over approved answers (0) and edited ones, with its bounds, and how many."""
    kept = [row for row in rows if row["verdict"] in ("approved", "edited")]
    shares = [0.0 if row["verdict"] == "approved" else distance(row["draft_text"], row["text"]) for row in kept]
    return *mean(shares), len(shares)


def mean(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean, and bounds from those of the share that is not 0 and of how large that is: each bound's distance is
    the root of the squares of what either alone would make of it."""
    edits = [value for value in values if value > 0]
    share, size = len(edits) / len(values), statistics.fmean(edits)
    low, high = wilson(len(edits), len(values))
    reach = Z * statistics.stdev(edits) / math.sqrt(len(edits))
    down = math.sqrt(((share - low) * size) ** 2 + (share * reach) ** 2)
    up = math.sqrt(((high - share) * size) ** 2 + (share * reach) ** 2)
    return share * size, share * size - down, share * size + up


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
