"""How a model's drafts fared. Pure."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf, sqrt
from statistics import NormalDist

from bot.figures.due import ENOUGH_DRAFTS, Calendar, Suppressed
from bot.figures.rows import Row
from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

UNNAMED = "unnamed model"
UNMEASURED = 0.05  # of the edits


@dataclass(frozen=True)
class Quality:
    """Shares of answers that judged the drafts of one model version, each with its Wilson interval."""

    model: str
    answers: int
    approved: Estimate
    rejected: Estimate
    edit_rate: Estimate  # mean share of words changed, over approved (0) and edited ones
    hter: Estimate  # mean HTER of the same


def by_model(newest: Sequence[Row], calendar: Calendar) -> tuple[list[Quality], list[Suppressed]]:
    """Each model version with enough answers, the most answered first, and those with too few."""
    shown, unsure = [], []
    for model, rows in sorted(_judged(newest).items(), key=lambda item: (-len(item[1]), item[0])):
        if len(rows) < ENOUGH_DRAFTS:
            came = [row.saved_at for row in rows]
            named = f"quality of {model}"
            unsure.append(calendar.short(named, came, need=ENOUGH_DRAFTS, unit="answers", began=min(came)))
        else:
            shown.append(_quality(model, rows))
    return shown, unsure


def _judged(newest: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in newest:
        if not row.blank and row.verdict != Verdict.NOT_JUDGED and row.in_slot:
            found[row.model or UNNAMED].append(row)
    return found


def _quality(model: str, rows: Sequence[Row]) -> Quality:
    said = [row.verdict for row in rows]
    kept = [row for row in rows if row.verdict in (Verdict.APPROVED, Verdict.EDITED)]
    return Quality(
        model=model,
        answers=len(rows),
        approved=wilson(said.count(Verdict.APPROVED), len(rows)),
        rejected=wilson(said.count(Verdict.REJECTED), len(rows)),
        edit_rate=mean([row.edit_rate or 0.0 for row in kept]),
        hter=_work(kept),
    )


def _work(kept: Sequence[Row]) -> Estimate:
    """Mean HTER; none while more edits lack theirs than `UNMEASURED`: approvals alone would say that all is well."""
    edits = sum(row.verdict == Verdict.EDITED for row in kept)
    known = [0.0 if row.verdict == Verdict.APPROVED else row.hter for row in kept]
    measured = [one for one in known if one is not None]
    missing = len(kept) - len(measured)
    if missing > UNMEASURED * edits:
        reason = f"{missing} of {edits} edits are not measured yet"
        return Estimate(None, None, None, len(measured), reason)
    return mean(measured, most=inf)


def mean(work: Sequence[float], *, most: float = 1.0) -> Estimate:
    """The mean of what lies between 0 and `most`, most of it 0, with its 95 % interval.

    It is the share of what is not 0 times the mean of that: Wilson's interval and a normal one, put together by the
    method of variance estimates recovery (Zou, Statistics in Medicine 2008), since few edits among many approvals
    leave more doubt than their spread shows. Where nothing was changed an edit is taken to have changed all (1).
    """
    if len(work) < 2:
        return Estimate(None, None, None, len(work), "not enough data: hardly anything was approved or edited")
    edits = [one for one in work if one > 0]
    share = wilson(len(edits), len(work))
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    if not edits:
        return Estimate(0.0, 0.0, share.high, len(work), None)
    size = statistics.fmean(edits)
    spread = statistics.stdev(edits) if len(edits) > 1 else size / 2
    reach = NormalDist().inv_cdf(0.975) * spread / sqrt(len(edits))
    value = share.value * size
    down = hypot(size * (share.value - share.low), share.value * min(reach, size))
    up = hypot(size * (share.high - share.value), share.value * reach)
    return Estimate(value, max(0.0, value - down), min(most, value + up), len(work), None)
