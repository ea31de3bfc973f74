"""A month whose error rates are known: the figures find them again, and weights undo what biased completion does."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from bot.figures import Figures
from bot.measures.estimates import Estimate
from storage.words import Verdict
from tests.bot.said import Said, made

MONTHS = 30
DRAFTS = 1_600  # that come in; 4 in 10 are chosen for two people
SHARE = 0.4
SAYS = (Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED)


@dataclass(frozen=True)
class Topic:
    """What a topic's drafts deserve, and how often an agent, independently of all others, says something else."""

    name: str
    deserved: tuple[float, float, float]  # approved, edited, rejected
    slips: float  # one of the other two verdicts, each as likely
    escalates: float  # of drafts that need a human
    missed: float
    needless: float

    @property
    def agreeing(self) -> float:
        """How often two agents give one verdict: both right, or both wrong in the same way."""
        return (1 - self.slips) ** 2 + self.slips**2 / 2

    @property
    def verdicts(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        deserved = np.array(self.deserved)
        return deserved * (1 - self.slips) + (1 - deserved) * self.slips / 2


EASY = Topic("how-to", (0.8, 0.15, 0.05), slips=0.04, escalates=0.03, missed=0.1, needless=0.01)
HARD = Topic("billing", (0.4, 0.4, 0.2), slips=0.4, escalates=0.15, missed=0.3, needless=0.06)
TOPICS = (EASY, HARD)  # half of the drafts each


def true_alpha() -> float:
    """Of all drafts: 1 - observed / expected disagreement, in the limit of many."""
    observed = 1 - float(np.mean([topic.agreeing for topic in TOPICS]))
    shares = np.mean([topic.verdicts for topic in TOPICS], axis=0)
    return 1 - observed / (1 - float((shares**2).sum()))


def true_agreement_on_yes() -> float:
    """2 P(both) / (2 P(both) + P(one)), that is P(both) over the share of yes."""
    both = [one.escalates * (1 - one.missed) ** 2 + (1 - one.escalates) * one.needless**2 for one in TOPICS]
    yes = [one.escalates * (1 - one.missed) + (1 - one.escalates) * one.needless for one in TOPICS]
    return float(np.mean(both) / np.mean(yes))


def month(seed: int, finished: Callable[[Topic], float]) -> Figures:
    """A month's drafts, of which a share that depends on the topic was finished by both."""
    chance = np.random.default_rng(seed)
    shared = chance.random(DRAFTS) < SHARE
    both = shared & (chance.random(DRAFTS) < _each(finished))
    # 0 is deserved below the first bound, 1 below the second; a slip goes one or two verdicts on.
    bounds = np.array([np.cumsum(topic.deserved[:2]) for topic in TOPICS])[np.arange(DRAFTS) % 2]
    deserved = (chance.random((DRAFTS, 1)) >= bounds).sum(axis=1, keepdims=True)
    slipped = chance.random((DRAFTS, 2)) < _each(lambda topic: topic.slips)[:, np.newaxis]
    verdicts = (deserved + slipped * chance.integers(1, 3, (DRAFTS, 2))) % 3
    needs = chance.random(DRAFTS) < _each(lambda topic: topic.escalates)
    likely = np.where(needs, _each(lambda topic: 1 - topic.missed), _each(lambda topic: topic.needless))
    escalated = chance.random((DRAFTS, 2)) < likely[:, np.newaxis]
    drawn = zip(shared.tolist(), both.tolist(), verdicts.tolist(), escalated.tolist(), strict=True)
    rows = [
        Said(
            draft,
            agent,
            SAYS[verdict],
            "other" if human else None,
            topic=TOPICS[draft % 2].name,
            probability=SHARE,
            shared=chosen,
        )
        for draft, (chosen, twice, said, humans) in enumerate(drawn)
        for agent, verdict, human in zip(("ana", "bea")[: 1 + twice], said, humans, strict=False)
    ]
    sampled = Counter((TOPICS[draft % 2].name, SHARE) for draft in np.flatnonzero(shared).tolist())
    return made(rows, sampled=sampled)


def _each(figure: Callable[[Topic], float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A figure of each draft's topic."""
    return np.array([figure(topic) for topic in TOPICS])[np.arange(DRAFTS) % 2]


def holds(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def everybody(_topic: Topic) -> float:
    return 1.0


def hard_ones_stay(topic: Topic) -> float:
    """Agents finish the easy drafts and leave the hard ones lying."""
    return 1.0 if topic is EASY else 0.3


@pytest.fixture(scope="module")
def whole() -> list[Figures]:
    return [month(seed, everybody) for seed in range(MONTHS)]


@pytest.fixture(scope="module")
def biased() -> list[Figures]:
    return [month(seed, hard_ones_stay) for seed in range(MONTHS)]


def test_known_error_rates_are_found_again_within_their_intervals(whole: list[Figures]) -> None:
    verdicts = [one.verdict.alpha for one in whole if one.verdict]
    assert sum(holds(one, true_alpha()) for one in verdicts) >= 0.875 * MONTHS
    on_yes = [one.escalation.positive for one in whole if one.escalation]
    assert sum(holds(one, true_agreement_on_yes()) for one in on_yes) >= 0.875 * MONTHS
    approved = float(np.mean([topic.verdicts[0] for topic in TOPICS]))
    assert sum(holds(one.quality[0].approved, approved) for one in whole) >= 0.8 * MONTHS


def test_where_hard_drafts_stay_unfinished_the_weighed_figure_is_right_and_the_naive_one_is_not(
    biased: list[Figures],
) -> None:
    truth = true_alpha()
    questions = [one.verdict for one in biased if one.verdict]
    assert len(questions) == MONTHS
    assert sum(holds(one.alpha, truth) for one in questions) >= 0.875 * MONTHS
    values = [one.alpha.value or 0.0 for one in questions]
    naive = [one.plain or 0.0 for one in questions]
    assert np.mean(values) == pytest.approx(truth, abs=0.02)
    assert np.mean(naive) > truth + 0.1
    reach = [(one.alpha.high or 1.0) - (one.alpha.low or 0.0) for one in questions]
    assert sum(abs(one - truth) <= width / 2 for one, width in zip(naive, reach, strict=True)) <= 0.25 * MONTHS


def test_what_had_to_be_weighed_is_said(whole: list[Figures], biased: list[Figures]) -> None:
    assert all(one.coverage.worth is None or one.coverage.worth > 0.999 * one.coverage.finished for one in whole)
    assert all(one.coverage.worth and one.coverage.worth < 0.9 * one.coverage.finished for one in biased)
