"""Weights for drafts that were drawn, or finished, with unequal probability."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# A draft's topic, and the probability (0 to 1, not 0) with which it was chosen.
Stratum: TypeAlias = tuple[str, float]

RARE = "\0"  # no topic is called so
ALIKE = 1e-9
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
    group = _grouped(chosen)
    wanted = _counted((group[topic], count) for (topic, _), count in chosen.items())
    done = _counted((group.get(topic, topic), 1) for topic, _ in finished)
    unseen = sum(count for name, count in wanted.items() if not done[name])
    # Finished but not among the chosen any more (withdrawn since): as if all of its kind were finished.
    shares = {name: min(1.0, count / wanted[name]) if wanted[name] else 1.0 for name, count in done.items()}
    raw = [1 / (probability * shares[group.get(topic, topic)]) for topic, probability in finished]
    if not raw or max(raw) - min(raw) <= ALIKE * max(raw):
        return Weights(None, unseen)
    scale = len(raw) / sum(raw)
    return Weights([weight * scale for weight in raw], unseen)


def _grouped(chosen: Mapping[Stratum, int]) -> dict[str, str]:
    """Each topic's group: itself, or the one of the rare topics."""
    counted = _counted((topic, count) for (topic, _), count in chosen.items())
    return {topic: topic if count >= FEWEST else RARE for topic, count in counted.items()}


def _counted(parts: Iterable[tuple[str, int]]) -> Counter[str]:
    counted = Counter[str]()
    for name, count in parts:
        counted[name] += count
    return counted
