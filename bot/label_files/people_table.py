"""What each annotator says beside the others, as people read it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.label_files.exported import OURS, told

SHOWN = 2  # confusions of each annotator, the most frequent
LONGEST = 24  # signs of a name
RULES = {
    "dawid_skene": "Consensus: what the others most probably mean, by Dawid and Skene's model;\n{}.",
    "majority": "Consensus: the majority of the others, items on which they are tied left out;\n{}.",
    None: "No consensus: {}.",
}
FOOT = """In the order of names, which is no ranking. Where most people err alike it does not show here.
Intervals: Wilson's, 95 %."""


def people_table(measured: Mapping[str, Any]) -> str:
    """What `measure_people` found, one line an annotator."""
    rows = [(short(one["annotator"]), _line(one)) for one in measured["people"]]
    width = max(len("annotator"), *(len(name) for name, _ in rows), 0)
    head = f"{'annotator':{width}}{'labels':>9}{'shared':>9}{'as consensus':>17}{'share':>8}  {'interval':13}differs by"
    lines = [f"{name:{width}}{line}".rstrip() for name, line in rows]
    return "\n".join([*_about(measured), *(["", head, *lines, "", FOOT] if lines else [])])


def _about(measured: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{measured['labels']:,} labels, {measured['annotators']:,} annotators, {measured['items']:,} items, of which "
        f"{measured['shared_items']:,} with two labels or more."
    )
    if (left_out := measured.get("left_out")) is not None:
        yield f"{OURS} {told(left_out)}".rstrip()
    yield RULES[measured["consensus"]].format(measured["consensus_reason"])


def _line(one: Mapping[str, Any]) -> str:
    counts = f"{one['labels']:9,}{one['shared']:9,}"
    if one["agreeing"] is None:
        return f"{counts}   not known: {one['reason']['agreeing']}"
    low, high = one["agreeing_ci"]
    agreeing = sum(said.get(consensus, 0) for consensus, said in one["confusion"].items())
    of, interval = f"{agreeing:,} of {one['compared']:,}", f"{low:.0%} to {high:.0%}"
    return f"{counts}{of:>17}{one['agreeing']:8.0%}  {interval:13}{_confusions(one['confusion'])}"


def _confusions(table: Mapping[str, Mapping[str, int]]) -> str:
    wrong = [
        (-count, consensus, label, sum(said.values()))
        for consensus, said in table.items()
        for label, count in said.items()
        if label != consensus
    ]
    told = [
        f"{short(label)} where it was {short(consensus)}: {-less:,} of {of:,}"
        for less, consensus, label, of in sorted(wrong)[:SHOWN]
    ]
    return f"said {'; '.join(told)}" if told else ""


def short(name: str) -> str:
    """On one line, whatever the name holds."""
    line = "".join(sign if sign.isprintable() else "?" for sign in name)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
