"""Weights for drafts that were drawn, or finished, with unequal probability."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# A draft's topic, and the probability (0 to 1, not 0) with which it was chosen.
Stratum: TypeAlias = tuple[str, float]

RARE: Stratum = ("", 0.0)  # nothing is chosen with probability 0
ALIKE = 1e-9
FEWEST = 5  # chosen drafts of a stratum: below that its share of finished ones says nothing, and it joins the others


@dataclass(frozen=True)
class Weights:
    """One weight a finished draft, in their order, with mean 1; None where all are alike.

    `unseen` counts chosen drafts of strata of which none was finished: no weight can speak for them.
    """

    each: Sequence[float] | None
    unseen: int

    @property
    def worth(self) -> float | None:
        """How many equally weighted drafts tell as much: (sum w)² / sum w² (Kish 1965). None without weights."""
        return None if self.each is None else sum(self.each) ** 2 / sum(weight**2 for weight in self.each)


def inverse_propensities(chosen: Mapping[Stratum, int], finished: Sequence[Stratum]) -> Weights:
    """What each finished draft has to count for so that all drafts are represented (Horvitz & Thompson 1952).

    The propensity of a draft is the probability with which it was chosen times the share of its stratum's chosen
    drafts that were finished. Strata of which fewer than `FEWEST` were chosen share one such share.
    """
    group = {stratum: stratum if count >= FEWEST else RARE for stratum, count in chosen.items()}
    wanted = Counter[Stratum]()
    for stratum, count in chosen.items():
        wanted[group[stratum]] += count
    done = Counter(group.get(stratum, stratum) for stratum in finished)
    unseen = sum(count for name, count in wanted.items() if not done[name])
    raw = [1 / (stratum[1] * _share(group.get(stratum, stratum), done, wanted)) for stratum in finished]
    return Weights(_scaled(raw), unseen)


def _share(stratum: Stratum, done: Mapping[Stratum, int], wanted: Mapping[Stratum, int]) -> float:
    """Of what was finished. Finished but not among the chosen any more: as if all of its kind were finished."""
    return min(1.0, done[stratum] / wanted[stratum]) if wanted[stratum] else 1.0


def _scaled(raw: Sequence[float]) -> list[float] | None:
    """With mean 1; None where all are alike."""
    if not raw or max(raw) - min(raw) <= ALIKE * max(raw):
        return None
    scale = len(raw) / sum(raw)
    return [weight * scale for weight in raw]
