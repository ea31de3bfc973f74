"""The figures of a label file as people read them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.label_files.exported import OURS, told
from bot.label_files.measuring import FIGURES, figures_of
from bot.label_files.metrics import Metric
from bot.label_files.people_table import short
from bot.measures.agreement import reading
from bot.measures.estimates import Estimate

COMPARED = {
    Metric.NOMINAL: "as names",
    Metric.ORDINAL: "as ranks",
    Metric.INTERVAL: "as numbers, by squared difference",
    Metric.RATIO: "as numbers, by squared share of their sum",
    Metric.MASI: "as sets, by MASI distance",
    Metric.JACCARD: "as sets, by Jaccard distance",
    Metric.TEXT: "as texts, by Levenshtein distance in characters",
}
MEANS = {
    "alpha": "Krippendorff: 1 full agreement, 0 chance",
    "ac1": "Gwet: less moved than alpha by how rare a label is",
    "fleiss": "Fleiss: as alpha of names, for equal numbers of labels",
    "cohen": "Cohen's kappa: chance by each annotator's own habits",
    "percent": "share of pairs that are equal; chance not taken off",
    "positive": "of all the times “{yes}” is said, how often the other says it, too",
    "ks": "1: texts of an item are always closer than others, 0: never",
    "sigma": "share of pairs that are closer than chance explains",
}
OF_TEXTS = "1 less the distance within items over that between items"
READINGS = {
    "good": "Agreement is good: the whole interval of alpha lies at .800 or above.",
    "at least moderate": "Agreement is moderate or better: the whole interval of alpha lies at .667 or above.",
    "moderate at best": "Agreement is moderate at best: the interval of alpha ends below .800.",
    "poor": "Agreement is not enough to build on: the whole interval of alpha lies below .667.",
    "cannot tell yet": "How good agreement is cannot be told yet: label more items twice.",
}


def table(measured: Mapping[str, Any]) -> str:
    """What `measure` found of the figures in `MEANS`, each with what it means; what is not known has its reason."""
    shown = [name for name in FIGURES if name in MEANS and measured[name] is not None]
    return "\n".join(
        [_about(measured), "", *_rows(measured, shown), "", *_said(measured), *_not_known(measured, shown)]
    )


def _about(measured: Mapping[str, Any]) -> str:
    if (left_out := measured.get("left_out")) is not None:
        return f"{_counted(measured)}\n{OURS} {told(left_out)}".rstrip()
    return _counted(measured)


def _counted(measured: Mapping[str, Any]) -> str:
    repeated = f" Repeated rows left out: {measured['repeated']:,}." if measured["repeated"] else ""
    return (
        f"{measured['labels']:,} labels, {measured['annotators']:,} annotators, {measured['items']:,} items, of which "
        f"{measured['shared_items']:,} with two labels or more. "
        f"Compared {COMPARED[Metric(measured['metric'])]}.{repeated}"
    )


def _rows(measured: Mapping[str, Any], shown: list[str]) -> Iterator[str]:
    if not shown:
        return
    yield f"{'':9}{'value':>7}  {'95 % interval':>17}{'items':>11}"
    for name in shown:
        bounds = measured[f"{name}_ci"]
        interval = f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "not known"
        means = OF_TEXTS if name == "alpha" and measured["metric"] == Metric.TEXT else MEANS[name]
        means = means.format(yes=short(measured["positive_class"] or ""))
        if name != "alpha" and measured["metric"] == Metric.ORDINAL:
            means += " (compared as names)"
        yield f"{name:9}{measured[name]:7.3f}  {interval:>17}{measured['n'][name]:11,}   {means}"


def _said(measured: Mapping[str, Any]) -> Iterator[str]:
    """What to take from it."""
    if texts := measured.get("texts"):
        if texts["pairs"]:
            of_all = "" if texts["pairs"] == texts["pairs_in_all"] else f" (drawn from {texts['pairs_in_all']:,})"
            yield (
                f"Of {texts['pairs']:,} pairs of texts of one item{of_all}, {texts['by_chance']:,} look no more alike "
                f"than texts of different items, of which {texts['baseline']:,} pairs were compared."
            )
    elif measured["alpha"] is not None:
        low, high = measured["alpha_ci"] or (None, None)
        yield READINGS[reading(Estimate(measured["alpha"], low, high, measured["n"]["alpha"], None))]
    if needed := measured.get("wished_items"):
        yield (
            f"An interval of alpha of ± {measured['wish']:g} takes about {needed:,} items, "
            "each with as many labels as here."
        )
    if most := measured.get("wished_items_of_a_share"):
        yield f"An interval of any share of ± {measured['wish']:g} takes {most:,} items at most."
    drawn = f"{measured['draws']:,} draws over items, seed {measured['seed']}"
    yield f"Intervals: {drawn}; Wilson's where a figure is a share."


def _not_known(measured: Mapping[str, Any], shown: list[str]) -> Iterator[str]:
    """Figures that the metric has, without value or interval."""
    keys = [f"{name}_ci" if name in shown else name for name in figures_of(Metric(measured["metric"])) if name in MEANS]
    if missing := [key for key in (*keys, "wished_items") if key in measured and measured[key] is None]:
        yield ""
    for key in missing:
        yield f"{key:10} not known: {measured['reason'][key]}"
