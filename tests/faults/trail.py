"""The audit trail held against what is stored: what was done is told once, with who, when, before and after.

What must be told is found without the trail: in revisions, gold, drafts, settings and tokens.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from storage.words import AuditAct
from tests.faults.stage import Stage
from tests.faults.witness import seconds
from tests.house import SUPPORT

ENTRIES = "SELECT act, who, about, at, before, after FROM audit ORDER BY id"
ACTORS = 'SELECT id, "user" FROM actor'
DRAFTS = "SELECT id, state, state_at, reviews FROM draft"
SETTLED = """SELECT draft_id, settled_by, settled_at, verdict, escalation, reason FROM gold
WHERE kind = 'adjudicated'"""
REVISIONS = """SELECT label.draft_id, label.agent, revision.saved_at, revision.escalation, revision.withdrawn
FROM revision JOIN label ON label.id = revision.label_id ORDER BY label.draft_id, revision.id"""
CHANNEL = "SELECT settings_version, guideline, open_cards FROM channel WHERE slack_id = :channel"
TOMBSTONES = "SELECT draft_id FROM tombstone"
TOKENS = "SELECT id, created_at, revoked_at FROM token"
HELPDESK = "token:1"  # of the house's helpdesk
OF_DRAFTS = (AuditAct.SETTLED, AuditAct.WITHDRAWN, AuditAct.LABEL_UNDONE, AuditAct.LABEL_CHANGED, AuditAct.CALLED_OFF)


@dataclass(frozen=True)
class Deed:
    """What was done, by whom (an id in Slack, a token, the operator), about what and when."""

    act: str
    who: str
    about: str
    at: float

    def __str__(self) -> str:
        return f"{self.act} of {self.about} by {self.who}"


@dataclass(frozen=True)
class Entry:
    deed: Deed
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass
class Deeds:
    """`certain` must be told; `possible` may be: whether a draft was settled just then, its rows do not always say."""

    certain: "Counter[Deed]" = field(default_factory=Counter)
    possible: "Counter[Deed]" = field(default_factory=Counter)


async def the_trail_is_complete(stage: Stage) -> list[str]:
    entries = await _entries(stage)
    done = await _done(stage)
    # What was done to a draft before it was erased, no row says any more.
    graves = {_draft(number) for (number,) in await stage.witness.rows(TOMBSTONES)}
    told = Counter(one.deed for one in entries if one.deed.act in OF_DRAFTS and one.deed.about not in graves)
    found = [f"The audit trail does not tell of it: {deed}." for deed in (done.certain - told)]
    found += [
        f"The audit trail tells of what nobody did, or twice: {one}." for one in told - done.certain - done.possible
    ]
    for each in (_settled, _settings, _tokens):
        found += await each(stage, entries)
    return found + _erased(entries, len(graves)) + _reported(stage, entries)


def _erased(entries: Sequence[Entry], graves: int) -> list[str]:
    """Each draft that left a tombstone is counted once, and by whose token it went."""
    told = [one for one in entries if one.deed.act == AuditAct.ERASED]
    count = sum(int(one.after.get("draft", 0)) for one in told)
    found = [f"The trail says that {one.deed.who} erased." for one in told if not one.deed.who.startswith("token:")]
    return found + ([] if count == graves else [f"{graves} drafts were erased; the trail tells of {count}."])


def _reported(stage: Stage, entries: Sequence[Entry]) -> list[str]:
    """That words of a draft were reported is told once, where somebody did it."""
    told = Counter(one.deed.about for one in entries if one.deed.act == AuditAct.REPORTED)
    most = {_draft(number): 1 for number in stage.ledger.reports}
    least = [_draft(number) for number, one in stage.ledger.reports.items() if one.confirmed]
    found = [
        f"The trail tells {count} times that words of {one} were reported."
        for one, count in told.items()
        if count > most.get(one, 0)
    ]
    return found + [f"The trail does not tell that words of {one} were reported." for one in least if not told[one]]


async def _entries(stage: Stage) -> list[Entry]:
    people = {f"person:{number}": str(user) for number, user in await stage.witness.rows(ACTORS)}
    return [
        Entry(Deed(act, people.get(who, who), about or "", seconds(at)), _document(before), _document(after))
        for act, who, about, at, before, after in await stage.witness.rows(ENTRIES)
    ]


async def _done(stage: Stage) -> Deeds:
    done = Deeds()
    drafts = {number: (state, at, reviews) for number, state, at, reviews in await stage.witness.rows(DRAFTS)}
    ruled = {number for number, *_ in await stage.witness.rows(SETTLED)}
    for number, (state, at, _) in drafts.items():
        if state == "withdrawn":
            done.certain[Deed(AuditAct.WITHDRAWN, HELPDESK, _draft(number), seconds(at))] += 1
    for draft, rows in groupby(await stage.witness.rows(REVISIONS), key=lambda row: row[0]):
        state, _, reviews = drafts[draft]
        history = [tuple(row) for row in rows]
        plain = state != "withdrawn" and draft not in ruled
        alone = reviews == 1 and len({agent for _, agent, *_ in history}) == 1
        (done.certain if plain and alone else done.possible).update(_revised(history))
        (done.certain if state != "withdrawn" else done.possible).update(_called_off(history))
    for draft, who, at, *_ in await stage.witness.rows(SETTLED):
        done.certain[Deed(AuditAct.SETTLED, who, _draft(draft), seconds(at))] += 1
    return done


def _revised(history: Sequence[tuple[Any, ...]]) -> Iterator[Deed]:
    """Answers that were taken back or changed; where one answer is enough, the draft was settled by then."""
    stands: dict[str, bool] = defaultdict(bool)
    for draft, agent, at, _, withdrawn in history:
        if stands[agent]:
            act = AuditAct.LABEL_UNDONE if withdrawn else AuditAct.LABEL_CHANGED
            yield Deed(act, agent, _draft(draft), seconds(at))
        stands[agent] = not withdrawn


def _called_off(history: Sequence[tuple[Any, ...]]) -> Iterator[Deed]:
    """Moments from which nobody said any more that a human must take over."""
    calling: set[str] = set()
    for draft, agent, at, escalation, withdrawn in history:
        before = bool(calling)
        calling = calling - {agent} if withdrawn or escalation is None else calling | {agent}
        if before and not calling:
            yield Deed(AuditAct.CALLED_OFF, agent, _draft(draft), seconds(at))


async def _settled(stage: Stage, entries: Sequence[Entry]) -> list[str]:
    """The lead's decision as it is stored stands in the entry."""
    told = {one.deed.about: one for one in entries if one.deed.act == AuditAct.SETTLED}
    found = []
    for draft, _, _, verdict, escalation, reason in await stage.witness.rows(SETTLED):
        entry = told.get(_draft(draft))
        ruled = {"verdict": verdict, "escalated": escalation is not None, "reason": reason}
        if entry is not None and (entry.before != {"state": "disputed"} or entry.after != ruled):
            found.append(f"Of draft {draft} the trail tells {entry.after}; stored is {ruled}.")
    return found


async def _settings(stage: Stage, entries: Sequence[Entry]) -> list[str]:
    """Each change goes on from where the one before it ended, and the last one ends at what is stored."""
    saved = [one for one in entries if one.deed.act == AuditAct.SETTINGS]
    found, known = [], dict[str, Any]()
    for entry in saved:
        if entry.deed.who != stage.people["max"].id:
            found.append(f"The trail says that {entry.deed.who} changed settings, which Max did.")
        if wrong := {name for name, value in entry.before.items() if known.get(name) != value}:
            found.append(f"The trail tells of {', '.join(sorted(wrong))} as they were not.")
        known |= entry.after
    ((count, version, cards),) = await stage.witness.rows(CHANNEL, channel=SUPPORT)
    if (known.get("version"), known.get("open_cards")) != (version, cards):
        found.append(f"Settings are version {version} with {cards} cards; the trail ends at {known}.")
    return [
        *found,
        *([] if count == len(saved) else [f"{count} settings were saved; the trail tells of {len(saved)}."]),
    ]


async def _tokens(stage: Stage, entries: Sequence[Entry]) -> list[str]:
    made, ended = (
        Counter(one.deed.about for one in entries if one.deed.act == act)
        for act in (AuditAct.TOKEN_MADE, AuditAct.TOKEN_ENDED)
    )
    rows = await stage.witness.rows(TOKENS)
    wanted = {f"token:{number}": revoked is not None for number, _, revoked in rows}
    found = [f"The trail tells {count} times that {one} was made." for one, count in made.items() if count > 1]
    found += [f"The trail does not tell that {one} was made." for one in wanted.keys() - made.keys()]
    return found + [f"The trail does not tell once that {one} ended." for one in wanted if ended[one] != wanted[one]]


def _draft(number: int) -> str:
    return f"draft:{number}"


def _document(stored: Any) -> Mapping[str, Any]:
    """JSON as the driver gives it: read, or still text."""
    return dict(json.loads(stored) if isinstance(stored, str) else stored or {})
