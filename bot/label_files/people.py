"""What each annotator of a file says beside what the others say of the same items, ready for JSON. Pure.

Never a ranking: annotators stand in the order of their names.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.label_files.labels import LabelFile
from bot.label_files.measuring import counts_of
from bot.measures.annotators import LABELS_AN_ITEM, Answer, Confusion, confusion_with, dawid_skene, votes_of
from bot.measures.resampling import NOTHING_SHARED

# Rounds of the model look at this many numbers each: half a minute at most.
MOST_CELLS = 1_000_000

ALONE = "nobody else labelled any of these items"
TIED = "on each of these items the others are tied"


@dataclass(frozen=True)
class _Consensus:
    """What the others say of each answer's item, None where they are tied; and by which rule, and why by this one."""

    rule: Literal["dawid_skene", "majority"] | None
    reason: str
    labels: Sequence[str | None]


def measure_people(file: LabelFile) -> dict[str, Any]:
    """For each of `people`, in the order of their names, how their labels compare with the consensus of the others.

    The consensus is of the others alone: with their own label everybody agrees by themselves. `consensus` names its
    rule: `dawid_skene`, where shared items have three labels or more on average, or `majority`; `consensus_reason`
    says why. `agreeing` is the share of `compared` labels that are the consensus, with Wilson's interval, and
    `confusion` has for each consensus how often each label was given. `reason` has a sentence for each key that is
    None.
    """
    shared = list(_shared(file))
    consensus = _consensus(file, shared)
    # An item is another one for each annotator: each has other others.
    settled = {
        (one.item, one.annotator): label
        for one, label in zip(shared, consensus.labels, strict=True)
        if label is not None
    }
    each = confusion_with(settled, (Answer((one.item, one.annotator), one.annotator, one.label) for one in shared))
    given = Counter(file.names[place] for place in file.annotators.tolist())
    beside = Counter(one.annotator for one in shared)
    return {
        "consensus": consensus.rule,
        "consensus_reason": consensus.reason,
        **counts_of(file),
        "people": [
            {"annotator": name, "labels": given[name], "shared": beside[name]}
            | _compared(each.get(name, Confusion({})), beside[name])
            for name in sorted(file.names, key=_as_listed)
        ],
    }


def _shared(file: LabelFile) -> Iterator[Answer]:
    rows = zip(file.items.tolist(), file.annotators.tolist(), file.labels.tolist(), strict=True)
    sizes = file.sizes.tolist()
    return (
        Answer(item, file.names[annotator], file.classes[label]) for item, annotator, label in rows if sizes[item] > 1
    )


def _consensus(file: LabelFile, shared: Sequence[Answer]) -> _Consensus:
    if not shared:
        return _Consensus(None, NOTHING_SHARED, ())
    mean = len(shared) / int((file.sizes > 1).sum())
    have = f"items that several people labelled have {mean:.1f} labels on average"
    if mean < LABELS_AN_ITEM:
        return _of_majority(shared, f"{have}; below {LABELS_AN_ITEM:g} a model hardly knows more")
    if max(len(shared), len(file.names) * len(file.classes)) * len(file.classes) > MOST_CELLS:
        return _of_majority(shared, "so many labels, people and classes take a model too long")
    return _Consensus("dawid_skene", have, dawid_skene(shared).without(shared))


def _of_majority(shared: Sequence[Answer], reason: str) -> _Consensus:
    votes = votes_of(shared)
    return _Consensus("majority", reason, [votes.majority(one.item, without=one.label) for one in shared])


def _compared(confusion: Confusion, shared: int) -> dict[str, Any]:
    agreeing, table = confusion.agreeing, dict[str, dict[str, int]]()
    for (consensus, said), count in sorted(confusion.counts.items()):
        table.setdefault(consensus, {})[said] = count
    known = agreeing.value is not None
    why = TIED if shared else ALONE
    return {
        "compared": confusion.n,
        "agreeing": agreeing.value,
        "agreeing_ci": [agreeing.low, agreeing.high] if known else None,
        "confusion": table,
        "reason": {} if known else {"agreeing": why, "agreeing_ci": why},
    }


def _as_listed(name: str) -> tuple[int, str]:
    """Names as they are, numbers from low to high."""
    return len(name) if name.isdecimal() else 0, name
