"""The kappas and their kin; the rules that `bot.measures.agreement` states hold here too. Pure.

Cohen's and Conger's ask who said what: there a unit maps annotators to labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bot.measures import disagreement
from bot.measures.agreement import DRAWS, check_classes, percent
from bot.measures.counting import Coded, checked, tally, weighed
from bot.measures.estimates import Estimate, mapped
from bot.measures.patterns import Floats, Ints, Patterns, Units, Weights, make_patterns, patterns_of, summed
from bot.measures.resampling import chance_corrected

Said = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class _Sayings:
    """Who said what in each pattern: a saying is one annotator with one class.

    Entries, one for each saying in each pattern, are sorted by saying, and `starts` says where each begins. Sayings
    are sorted by annotator, and `annotator_starts` says where each annotator begins; `annotators` and `classes` hold
    for each saying whose and of which class it is, as numbers.
    """

    patterns: Ints
    starts: Ints
    annotators: Ints
    classes: Ints
    annotator_starts: Ints


def cohen(units: Said, *, seed: int, draws: int = DRAWS, weights: Weights | None = None) -> Estimate:
    """Cohen's kappa of two annotators (Cohen 1960), from the units that both labelled.

    Expected agreement is that of each annotator's own shares of the classes. None where the annotators are more
    or fewer than two.
    """
    if (annotators := len({name for unit in units for name in unit})) != 2:
        return Estimate(None, None, None, 0, f"Cohen's kappa is one of two annotators; here are {annotators}")
    each = checked(weights, len(units))
    both = [at for at, unit in enumerate(units) if len(unit) == 2]
    return conger([units[at] for at in both], seed=seed, draws=draws, weights=None if each is None else each[both])


def conger(units: Said, *, seed: int, draws: int = DRAWS, weights: Weights | None = None) -> Estimate:
    """Conger's kappa (Conger 1980): Cohen's for any number of annotators, each unit labelled by some of them.

    Observed agreement is that of `percent`. Expected agreement is averaged over pairs of annotators, each by their
    own shares of the classes over all units that they labelled (Gwet, Handbook of Inter-Rater Reliability, 2014).
    An annotator who is absent from a resample has no part in its expected agreement. With units that some did not
    label it can fall below -1.
    """
    each = checked(weights, len(units))
    counted = {key: n for key, n in weighed((tuple(sorted(unit.items())) for unit in units), each) if key[0]}
    keys = sorted(counted)
    multisets = [[label for _, label in said] for said, _ in keys]
    patterns = make_patterns(multisets, [counted[key] for key in keys], [weight for _, weight in keys])
    sayings = _sayings([said for said, _ in keys])
    width = len(sayings.patterns)
    return chance_corrected(patterns, partial(_conger, patterns, sayings), seed, draws, width=width)


def brennan_prediger(
    units: Units | Coded, *, classes: Sequence[str], seed: int, draws: int = DRAWS, weights: Weights | None = None
) -> Estimate:
    """Brennan and Prediger's kappa (1981): chance is 1 / the number of classes that could have been chosen.

    Bennett's S (1954) and Randolph's free-marginal kappa are other names for it. It is a straight function of
    `percent`, whose interval is carried over; so it is defined where every label is the same, too.

    Raises ValueError for a label outside `classes`, and for less than two of them.
    """
    check_classes(patterns_of(tally(units)), classes)
    if (known := len(set(classes))) < 2:
        raise ValueError("chance needs at least two classes")
    share = percent(units, seed=seed, draws=draws, weights=weights)
    return mapped(share, lambda alike: (alike - 1 / known) / (1 - 1 / known))


def _sayings(said: Sequence[Sequence[tuple[str, str]]]) -> _Sayings:
    entries = sorted((*saying, at) for at, sayings in enumerate(said) for saying in sayings)
    starts = [at for at, entry in enumerate(entries) if at == 0 or entry[:2] != entries[at - 1][:2]]
    annotators = [entries[at][0] for at in starts]
    begins = [at for at, name in enumerate(annotators) if at == 0 or name != annotators[at - 1]]
    return _Sayings(
        patterns=np.array([at for _, _, at in entries], dtype=np.int64),
        starts=np.array(starts, dtype=np.int64),
        annotators=_numbered(annotators),
        classes=_numbered([entries[at][1] for at in starts]),
        annotator_starts=np.array(begins, dtype=np.int64),
    )


def _numbered(names: Sequence[str]) -> Ints:
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def _conger(patterns: Patterns, sayings: _Sayings, drawn: Ints) -> tuple[Floats, Floats]:
    weights = patterns.weighed(drawn)
    said = summed(weights, sayings.patterns, np.ones(len(sayings.patterns)), sayings.starts)
    labels = np.add.reduceat(said, sayings.annotator_starts, axis=1)
    shares = said / np.where(labels > 0, labels, 1)[:, sayings.annotators]
    # Over pairs of different annotators, sum of p q = (square of the sum - sum of the squares), class by class.
    by_class = np.argsort(sayings.classes, kind="stable")
    class_starts = np.flatnonzero(np.diff(sayings.classes[by_class], prepend=-1))
    together = (np.add.reduceat(shares[:, by_class], class_starts, axis=1) ** 2).sum(axis=1)
    present = (labels > 0).sum(axis=1)
    chance = disagreement.ratio(together - (shares**2).sum(axis=1), present * (present - 1))
    return disagreement.unlike_pairs(patterns, drawn)[0], 1 - chance
