"""Weights for drafts that were drawn, or finished, with unequal probability."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# A draft's topic, and the probability (0 to 1, not 0) with which it was chosen.
Stratum: TypeAlias = tuple[str, float]

FEWEST = 5  # chosen drafts of a topic: below that its share of finished ones says nothing, and it joins the others


@dataclass(frozen=True)
class Weights:
    """One weight a finished draft, in their order, with mean 1; None where all are alike.

    `unseen` counts chosen drafts of topics of which none was finished: no weight can speak for them.
    """

    each: Sequence[float] | None
    unseen: int

    @property
    def worth(self) -> float | None:
        """How many equally weighted drafts tell as much: (sum w)² / sum w² (Kish 1965). None without weights."""
        return None if self.each is None else sum(self.each) ** 2 / sum(weight**2 for weight in self.each)


def inverse_propensities(chosen: Mapping[Stratum, int], finished: Sequence[Stratum]) -> Weights:
    """What each finished draft has to count for so that all drafts are represented (Horvitz & Thompson 1952).

    The propensity of a draft is the probability with which it was chosen times the share of its topic's chosen
    drafts that were finished. Topics of which fewer than `FEWEST` were chosen share one such share.
    """
    groups = Counter[str]()
    for (topic, _), count in chosen.items():
        groups[topic] += count
    rare = {topic for topic, count in groups.items() if count < FEWEST}
    wanted, done = Counter[str](), Counter[str]()
    for topic, count in groups.items():
        wanted["" if topic in rare else topic] += count
    for topic, _ in finished:
        done["" if topic in rare else topic] += 1
    # Finished but not among the chosen any more (withdrawn since): as if all of it were finished.
    shares = {topic: min(1.0, done[topic] / wanted[topic]) for topic in wanted}
    raw = [1 / (probability * shares.get("" if topic in rare else topic, 1.0)) for topic, probability in finished]
    unseen = sum(count for topic, count in wanted.items() if not done[topic])
    if not raw or max(raw) - min(raw) <= 1e-9 * max(raw):
        return Weights(None, unseen)
    scale = len(raw) / sum(raw)
    return Weights([weight * scale for weight in raw], unseen)
