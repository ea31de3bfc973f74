"""What a webhook was told, held against what is stored and what people said: each thing once at least, by one id.

Nothing is told that did not happen. What is stored is held against what people saw elsewhere (`kept`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from storage.words import GoldKind, WebhookEvent
from tests.faults.kept import Found, twice
from tests.faults.stage import Stage
from tests.faults.waits import within
from tests.faults.witness import seconds

KEPT = timedelta(days=30).total_seconds()  # what happened longer ago is told nobody any more
PATIENCE = 30.0  # seconds in which what people did at the very end is told
REVISIONS = """SELECT label.draft_id, label.agent, revision.number, revision.verdict, revision.escalation,
revision.withdrawn, revision.saved_at FROM revision JOIN label ON label.id = revision.label_id"""
DRAFTS = "SELECT id, state, state_at FROM draft"
GOLDS = "SELECT draft_id, kind, verdict, escalation, settled_at FROM gold"
UNTOLD = """SELECT count(*) FROM announcement JOIN draft ON draft.id = announcement.draft_id
WHERE announcement.state IN ('pending', 'sending') AND (event <> 'label.created' OR draft.state <> 'open')"""
Said = tuple[str, str | None]  # a verdict, and why a human must take over


@dataclass(frozen=True)
class Revision:
    draft: int
    agent: str
    number: int
    verdict: str
    escalation: str | None
    withdrawn: bool
    saved_at: float

    def __str__(self) -> str:
        return f"answer {self.number} of {self.agent} to draft {self.draft}"


@dataclass(frozen=True)
class Happened:
    """All that can be told of."""

    revisions: Mapping[tuple[int, str, int], Revision]
    said: Mapping[int, set[Said]]  # draft -> what somebody answered at some time
    golds: Mapping[int, tuple[Any, ...]]
    states: Mapping[int, tuple[str, float]]
    gone: Iterable[int]  # drafts that were erased, or perhaps: no row says any more what was


async def each_message_has_one_id(stage: Stage) -> Found:
    """However often it came, it is about the same; and an answer has one message."""
    about: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for message, told in stage.subscriber.messages():
        data = told["data"]
        about[message].add((told["type"], data["draft"], data.get("agent"), data.get("revision")))
    found = [f"The webhook message {one} told of {len(what)} things." for one, what in about.items() if len(what) > 1]
    answers = [what for those in about.values() for what in those if what[0] == WebhookEvent.LABEL_CREATED]
    return [*found, *twice("Under an id of its own the message", answers)]


async def nothing_is_told_that_did_not_happen(stage: Stage) -> Found:
    happened = await _happened(stage)
    told = dict(stage.subscriber.messages())  # as it was drawn the last time
    found = [why for one in told.values() if (why := _untrue(one, happened))]
    return found + _too_often(told, happened)


async def all_that_happened_was_told(stage: Stage, *, patience: float = PATIENCE) -> Found:
    """Answers of drafts that wait for nobody, what is settled, and that a human must take over."""

    async def told() -> bool:
        return not await _untold(stage)

    return [] if await within(patience, told) else await _untold(stage)


async def _untold(stage: Stage) -> Found:
    happened = await _happened(stage)
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, one in stage.subscriber.messages():
        events[one["type"]].append(one["data"])
    answers = {(one["draft"], one["agent"], one["revision"]) for one in events[WebhookEvent.LABEL_CREATED]}
    golds = {(one["draft"], seconds(one["settled_at"])) for one in events[WebhookEvent.GOLD_SETTLED]}
    calls = {one["draft"] for one in events[WebhookEvent.DRAFT_ESCALATED]}
    found = [
        f"No webhook was told of {one}." for one in _owed(happened) if (one.draft, one.agent, one.number) not in answers
    ]
    found += [
        f"No webhook was told how draft {draft} was settled."
        for draft, (*_, at) in happened.golds.items()
        if (draft, seconds(at)) not in golds
    ]
    return found + [
        f"No webhook was told that draft {draft} needs a human." for draft in _calling(happened) if draft not in calls
    ]


async def _happened(stage: Stage) -> Happened:
    rows = [_revision(*row) for row in await stage.witness.rows(REVISIONS)]
    said: dict[int, set[Said]] = defaultdict(set)
    for one in rows:
        said[one.draft].add((one.verdict, one.escalation))
    for (_, draft), those in stage.ledger.said.items():
        if draft in stage.ledger.erasures:
            said[draft] |= {(one.answer.verdict, one.answer.escalation) for one in those}
    states = {number: (state, seconds(at)) for number, state, at in await stage.witness.rows(DRAFTS)}
    golds = {draft: tuple(rest) for draft, *rest in await stage.witness.rows(GOLDS)}
    revisions = {(one.draft, one.agent, one.number): one for one in rows}
    return Happened(revisions, said, golds, states, stage.ledger.erasures.keys())


def _revision(draft: int, agent: str, number: int, *said: Any) -> Revision:
    verdict, escalation, withdrawn, saved_at = said
    return Revision(draft, agent, number, verdict, escalation, bool(withdrawn), seconds(saved_at))


def _untrue(told: Mapping[str, Any], happened: Happened) -> str | None:
    data, draft = told["data"], told["data"]["draft"]
    if told["type"] == WebhookEvent.LABEL_CREATED and draft not in happened.gone:
        stored = happened.revisions.get((draft, data["agent"], data["revision"]))
        true = stored is not None and _as_told(data) == (stored.verdict, stored.escalation, stored.withdrawn)
    elif told["type"] == WebhookEvent.DRAFT_ESCALATED:
        true = data["reason"] in {escalation for _, escalation in happened.said[draft]}
    elif data.get("kind") == GoldKind.ADJUDICATED:
        stands = happened.golds.get(draft, ())[:3] == (data["kind"], data["verdict"], data["escalation"])
        true = stands or draft in happened.gone or happened.states[draft][0] == "withdrawn"
    else:
        true = data.get("withdrawn", False) or (data["verdict"], data["escalation"]) in happened.said[draft]
    return None if true else f"A webhook was told what did not happen: {dict(told)}."


def _as_told(data: Mapping[str, Any]) -> tuple[Any, ...]:
    return data["verdict"], data["escalation"], data["withdrawn"]


def _too_often(told: Mapping[str, Mapping[str, Any]], happened: Happened) -> Found:
    """Nothing is settled or escalated more often than somebody answered, and a lead decides once."""
    came = Counter((one["type"], one["data"]["draft"]) for one in told.values())
    answers = Counter(one.draft for one in happened.revisions.values())
    return [
        f"A webhook was told {count} times, by as many ids, of {kind} of draft {draft}."
        for (kind, draft), count in came.items()
        if kind != WebhookEvent.LABEL_CREATED and draft not in happened.gone and count > answers[draft] + 1
    ]


def _owed(happened: Happened) -> Iterator[Revision]:
    for one in happened.revisions.values():
        state, since = happened.states[one.draft]
        if state != "open" and since - one.saved_at < KEPT:
            yield one


def _calling(happened: Happened) -> set[int]:
    """Drafts of which somebody says still that a human must take over."""
    newest = {(one.draft, one.agent): one for one in sorted(happened.revisions.values(), key=lambda one: one.number)}
    return {
        one.draft
        for one in newest.values()
        if one.escalation and not one.withdrawn and happened.states[one.draft][0] != "withdrawn"
    }
