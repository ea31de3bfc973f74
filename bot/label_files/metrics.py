"""How labels can be compared, and what a cell of a file means then. Pure."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial

from bot.measures import tag_sets

LARGEST = 1e100  # of what is squared and summed


class Metric(StrEnum):
    """What two labels are to each other: names, ranks, numbers, sets, texts."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"
    MASI = "masi"
    JACCARD = "jaccard"
    TEXT = "text"

    @property
    def of_sets(self) -> bool:
        return self in (Metric.MASI, Metric.JACCARD)

    @property
    def of_names(self) -> bool:
        """Whether figures that know equal and different labels alone have a meaning."""
        return self in (Metric.NOMINAL, Metric.ORDINAL)


def meaning(metric: Metric, order: Sequence[str] = ()) -> Callable[[str], str]:
    """From a cell to the label that it means, written alike wherever it means the same.

    `order` has the labels of the ordinal metric from low to high, where they are no numbers. The function raises
    ValueError, with a sentence, for a cell that the metric cannot place.
    """
    if metric.of_sets:
        return _set
    if metric is Metric.ORDINAL and order:
        return partial(_place, frozenset(order), ", ".join(order))
    if metric in (Metric.ORDINAL, Metric.INTERVAL, Metric.RATIO):
        return partial(_number, metric)
    return str


def _set(cell: str) -> str:
    return tag_sets.written(name.strip() for name in cell.split(tag_sets.SEPARATOR) if name.strip())


def _place(order: frozenset[str], named: str, cell: str) -> str:
    if cell not in order:
        raise ValueError(f"“{cell}” is not in the order: {named}.")
    return cell


def _number(metric: Metric, cell: str) -> str:
    try:
        number = float(cell)
    except ValueError as error:
        hint = "Name the order of the labels: --order low,medium,high." if metric is Metric.ORDINAL else _point(cell)
        raise ValueError(f"“{cell}” is no number, which the metric {metric} needs. {hint}") from error
    if not abs(number) <= LARGEST:
        raise ValueError(f"“{cell}” is no number that can be compared. Take the row out, or write its number.")
    if metric is Metric.RATIO and number < 0:
        raise ValueError(f"“{cell}” is below zero, which the metric ratio cannot compare. Try interval.")
    # 2, 2.0 and -0 are one label each, whatever they are written as.
    return repr(number + 0.0).removesuffix(".0")


def _point(cell: str) -> str:
    return "Write decimals with a point." if "," in cell else "Take the row out, or try the metric nominal."
