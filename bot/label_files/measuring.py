"""The figures of a label file, ready for JSON. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from bot.label_files.labels import LabelFile
from bot.label_files.metrics import Metric
from bot.measures.agreement import DRAWS, ac1, alpha, fleiss, percent, positive
from bot.measures.counting import Coded
from bot.measures.estimates import Estimate, unknown
from bot.measures.free_text import TextAgreement, text_agreement
from bot.measures.kappas import brennan_prediger, cohen
from bot.measures.power import units_for, units_for_share
from bot.measures.resampling import NO_VARIATION
from bot.measures.tag_sets import jaccard, masi

FIGURES = ("alpha", "ac1", "fleiss", "cohen", "percent", "positive", "brennan_prediger", "ks", "sigma")
AFFIRMATIVE = frozenset({"yes", "y", "true", "t", "1"})
# Each is compared with each: a second or two.
MOST_COMPARED = 1_000

NAMES_ONLY = "it knows names, which are equal or not; labels are compared as {}"
TEXTS_ONLY = "it is of texts: --metric text"
TOO_MANY = "there are {:,} different labels; more than {:,} are not compared with each other"


def figures_of(metric: Metric) -> tuple[str, ...]:
    """Those of FIGURES that mean something with a metric."""
    if metric is Metric.TEXT:
        return ("alpha", "ks", "sigma")
    return FIGURES[:-2] if metric.of_names else ("alpha", "percent")


@dataclass(frozen=True)
class Question:
    """What is asked of a file: how its labels are compared, and how intervals are drawn."""

    metric: Metric = Metric.NOMINAL
    order: tuple[str, ...] = ()
    seed: int = 0
    draws: int = DRAWS
    wish: float | None = None  # half the width that intervals of alpha, and of a share, should have


def measure(file: LabelFile, question: Question) -> dict[str, Any]:
    """Each of FIGURES with its interval as `<figure>_ci` and what it rests on in `n`, and the counts of the file.

    `reason` has a sentence for each key that is None, as figures are that the metric has no use for. The classes are
    those that occur in the file. `positive` needs exactly two; the positive one is the only affirmative word of the two
    (yes, y, true, t, 1), else the rarer, else the later in the alphabet, and is named in `positive_class`. Of texts
    alpha is `bot.measures.free_text`'s, and `texts` says what it rests on. With a wish `wished_items` is how many
    shared items alpha takes, if they are as mixed as those in the file, and `wished_items_of_a_share` how many items
    any share takes at most.
    """
    estimates, texts = (
        _of_texts(file, question) if question.metric is Metric.TEXT else (_of_labels(file, question), None)
    )
    figures, reason = _figures(estimates)
    yes = _positive_class(file) if question.metric.of_names else None
    if yes is None:
        reason["positive_class"] = reason["positive"]
    if question.wish is not None:
        figures |= _wished(estimates["alpha"], question.wish)
        if figures["wished_items"] is None:
            reason["wished_items"] = f"alpha has no interval: {estimates['alpha'].reason}"
    rests_on = {"n": {name: estimates[name].n for name in FIGURES}} | ({"texts": texts} if texts else {})
    return figures | {"positive_class": yes} | counts_of(file) | rests_on | _asked(question) | {"reason": reason}


def _figures(estimates: Mapping[str, Estimate]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and intervals, and why those are None that are."""
    figures: dict[str, Any] = {}
    reason: dict[str, str] = {}
    for name in FIGURES:
        estimate = estimates[name]
        bounded = estimate.low is not None
        figures |= {name: estimate.value, f"{name}_ci": [estimate.low, estimate.high] if bounded else None}
        missing = [name] * (estimate.value is None) + [f"{name}_ci"] * (not bounded)
        reason |= dict.fromkeys(missing, estimate.reason or "")
    return figures, reason


def _wished(alpha: Estimate, wish: float) -> dict[str, Any]:
    return {"wished_items": units_for(alpha, wish), "wished_items_of_a_share": units_for_share(wish)}


def _asked(question: Question) -> dict[str, Any]:
    asked = asdict(question) | {"metric": str(question.metric), "order": list(question.order)}
    return {name: value for name, value in asked.items() if value is not None}


def counts_of(file: LabelFile) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "items": len(file.sizes),
        "shared_items": int((file.sizes > 1).sum()),
        "labels": len(file.labels),
        "annotators": file.annotator_count,
        "repeated": file.repeated,
    }
    return counts if file.left_out is None else counts | {"left_out": dict(file.left_out)}


def _of_texts(file: LabelFile, question: Question) -> tuple[dict[str, Estimate], dict[str, int]]:
    found = text_agreement(file.units(), seed=question.seed, draws=question.draws)
    others = dict.fromkeys(FIGURES, unknown(NAMES_ONLY.format("texts")))
    return others | {"alpha": found.alpha, "ks": found.ks, "sigma": found.sigma}, _behind(found)


def _behind(found: TextAgreement) -> dict[str, int]:
    return {
        "pairs": found.pairs,
        "pairs_in_all": found.pairs_in_all,
        "by_chance": found.by_chance,
        "baseline": found.baseline,
    }


def _of_labels(file: LabelFile, question: Question) -> dict[str, Estimate]:
    coded = Coded(file.items, file.labels, file.classes)
    seed, draws = question.seed, question.draws
    found = dict.fromkeys(("ks", "sigma"), unknown(TEXTS_ONLY))
    found |= {"alpha": _alpha(coded, question), "percent": percent(coded, seed=seed, draws=draws)}
    if not question.metric.of_names:
        kind = "sets" if question.metric.of_sets else "numbers"
        return dict.fromkeys(FIGURES, unknown(NAMES_ONLY.format(kind))) | found
    yes = _positive_class(file)
    return found | {
        "ac1": ac1(coded, classes=file.classes, seed=seed, draws=draws),
        "fleiss": fleiss(coded, seed=seed, draws=draws),
        "cohen": _cohen(file, question),
        "positive": positive(coded, yes=yes, seed=seed, draws=draws) if yes else unknown(_not_two(file)),
        "brennan_prediger": brennan_prediger(coded, classes=file.classes, seed=seed, draws=draws)
        if len(file.classes) > 1
        else unknown(NO_VARIATION),
    }


def _alpha(coded: Coded, question: Question) -> Estimate:
    asked = partial(alpha, coded, seed=question.seed, draws=question.draws)
    match question.metric:
        case Metric.MASI | Metric.JACCARD | Metric.RATIO if len(coded.classes) > MOST_COMPARED:
            return unknown(TOO_MANY.format(len(coded.classes), MOST_COMPARED))
        case Metric.MASI:
            return asked(distance=masi)
        case Metric.JACCARD:
            return asked(distance=jaccard)
        case Metric.ORDINAL:
            return asked(metric="ordinal", order=question.order or None)
        case Metric.INTERVAL:
            return asked(metric="interval")
        case Metric.RATIO:
            return asked(metric="ratio")
        case _:
            return asked()


def _cohen(file: LabelFile, question: Question) -> Estimate:
    if len(both := np.unique(file.annotators)) != 2:
        return unknown(f"Cohen's kappa is of two annotators; the file has {len(both)}")
    return cohen(_said(file, both.tolist()), seed=question.seed, draws=question.draws)


def _said(file: LabelFile, both: Sequence[int]) -> list[dict[str, str]]:
    """What each of two annotators said of each item. Items of which the same was said share one mapping."""
    by_each = np.full((2, len(file.sizes)), -1, dtype=np.int64)
    for said, annotator in zip(by_each, both, strict=True):
        theirs = file.annotators == annotator
        said[file.items[theirs]] = file.labels[theirs]
    distinct, places = np.unique(by_each, axis=1, return_inverse=True)
    sayings = [
        {str(place): file.classes[label] for place, label in enumerate(said) if label >= 0}
        for said in distinct.T.tolist()
    ]
    return [sayings[place] for place in places.tolist()]


def _positive_class(file: LabelFile) -> str | None:
    if len(file.classes) != 2:
        return None
    affirmative = [name for name in file.classes if name.casefold() in AFFIRMATIVE]
    if len(affirmative) == 1:
        return affirmative[0]
    counts = np.bincount(file.labels, minlength=2).tolist()
    return max(name for name, count in zip(file.classes, counts, strict=True) if count == min(counts))


def _not_two(file: LabelFile) -> str:
    return f"positive agreement needs exactly two different labels; the file has {len(file.classes)}"
