"""Assay's own export as a file of labels: of many revisions the blind answers that the digest compares. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from storage.words import DraftState, LabelKind, Verdict

Fields: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str]  # a draft and who answered it

ITEM, ANNOTATOR = "draft", "agent"
VERDICT, ESCALATION, TEXT = "verdict", "escalation", "text"
MARKS = frozenset({ITEM, ANNOTATOR, "revision", "withdrawn", "kind", "in_slot", "shared", "exposed", "state"})
ERASED = "erased"
OURS = "Assay's own export: each agent's last blind answer to drafts that two people answer, all of one weight."

# Why an answer is not compared, by what its last revision says of it.
APART: tuple[tuple[str, Callable[[Fields], bool]], ...] = (
    ("imported", lambda row: row["kind"] == LabelKind.IMPORTED),
    ("to drafts that were taken back", lambda row: row["state"] == DraftState.WITHDRAWN),
    ("undone", lambda row: bool(row["withdrawn"])),
    ("to drafts that one person is asked for", lambda row: not row["shared"]),
    ("extra, late or second looks", lambda row: not row["in_slot"]),
)
NOT_BLIND = "given after another could be seen"
# Who wrote from nothing had no draft to judge or to edit.
SAYS_NOTHING: Mapping[str, Callable[[Fields], bool]] = {
    VERDICT: lambda row: row[VERDICT] == Verdict.NOT_JUDGED or row.get("draft_text") is None,
    TEXT: lambda row: row[VERDICT] != Verdict.EDITED or row.get("draft_text") is None,
}
NOTHING_SAID = {VERDICT: "without a verdict on a draft", TEXT: "without an edit"}


def told(left_out: Mapping[str, int]) -> str:
    """What was left out, as a sentence; nothing where nothing was."""
    return f"Left out: {', '.join(f'{count:,} {why}' for why, count in left_out.items() if count)}." if left_out else ""


def nothing_blind(left_out: Mapping[str, int]) -> str:
    return (
        f"It is Assay's export, and holds no blind answer to a draft that two people answer. {told(left_out)}".strip()
    )


def is_ours(row: Fields) -> bool:
    """Whether a line can only be Assay's: a revision, or the tombstone of an erased draft."""
    return row.keys() >= MARKS or (row.keys() == {ITEM, ERASED, "at"})


@dataclass
class Exported:
    """Reads revisions as the digest does: each agent's last answer before exposure, to drafts that were chosen for two
    people. `left_out` counts the other answers by why once the rows were read; it is None for a file that is not ours.
    """

    label: str = VERDICT
    left_out: Counter[str] | None = None
    _blind: dict[Key, tuple[int, list[Any] | None]] = field(default_factory=dict)  # None: it says nothing
    _last: dict[Key, tuple[int, str | None]] = field(default_factory=dict)  # its revision, and why it stands apart
    _erased: set[str] = field(default_factory=set)

    def answers(self, rows: Iterable[tuple[int, Fields]], names: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """The lines that count and what they say in these fields, by the draft that came first."""
        self.left_out = Counter()
        for line, row in rows:
            self._meet(line, row, names)
        for key, (_, why) in self._last.items():
            line, said = self._blind.get(key, (0, None))
            if key[0] in self._erased:
                self.left_out["erased"] += 1
            elif why or not line:
                self.left_out[why or NOT_BLIND] += 1
            elif said is None:
                self.left_out[NOTHING_SAID[self.label]] += 1
            else:
                yield line, said

    def _meet(self, line: int, row: Fields, names: Sequence[str]) -> None:
        if ERASED in row:
            self._erased.add(str(row[ITEM]))
            return
        key, number = (str(row[ITEM]), str(row[ANNOTATOR])), row["revision"]
        revision = number if isinstance(number, int) else 0
        if revision < self._last.get(key, (0, None))[0]:
            return  # pages of the API may bring a row again
        why = next((why for why, is_apart in APART if is_apart(row)), None)
        self._last[key] = revision, why
        if why is None and not row["exposed"]:
            nothing = self.label in SAYS_NOTHING and SAYS_NOTHING[self.label](row)
            self._blind[key] = line, None if nothing else [_cell(name, row) for name in names]


def _cell(name: str, row: Fields) -> Any:
    """What a line says in a field: of an escalation whether there is one."""
    return ("yes" if row.get(name) else "no") if name == ESCALATION else row.get(name)
