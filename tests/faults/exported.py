"""What leaves over the API, held against what people said: every answer once, and of what was erased a tombstone."""

from collections import defaultdict

from storage.words import AuditAct, Verdict
from tests.faults.engineer import GOLD, LABELS, Name, named
from tests.faults.kept import DRAFTS, TOMBSTONES, Found, name_of
from tests.faults.ledger import Answer
from tests.faults.stage import Stage
from tests.faults.told import REVISIONS

GOLDS = "SELECT draft_id, verdict, escalation, text FROM gold"
TOLD = "SELECT count(*) FROM audit WHERE act = :act"


async def labels_leave_as_they_were_said(stage: Stage) -> Found:
    """Read from the start, they are the confirmed answers of all drafts that wait for nobody."""
    rows = await stage.engineer.reads_everything()
    told: dict[tuple[str, int], list[Answer]] = defaultdict(list)
    for (draft, agent, _), row in sorted(rows.items(), key=lambda one: one[0][2]):
        answer = Answer("", withdrawn=True)
        if not row["withdrawn"]:
            answer = Answer(row["verdict"], row["text"], row["escalation"])
        told[agent, draft].append(answer)
    closed, found = await _closed(stage), []
    for agent, draft in {*told, *stage.ledger.said}:
        if draft in closed and (why := stage.ledger.contradicted_by(agent, draft, told[agent, draft])):
            found.append(f"Read over the API, the answer of {name_of(stage, agent)} to draft {draft}: {why}.")
    odd = {draft for _, draft in told} - closed
    return found + [f"Labels of draft {draft} left, which waits for somebody, or is erased." for draft in odd]


async def a_copy_that_is_read_on_is_whole(stage: Stage) -> Found:
    """Whoever always goes on from where they were has the same, and heard of each erased draft."""
    await stage.engineer.reads_on()
    closed = await _closed(stage)
    stored: set[Name] = {(row[0], row[1], row[2]) for row in await stage.witness.rows(REVISIONS)}
    copy = {*stage.engineer.copy}
    found = [f"Whoever reads on never heard of {named(one)}." for one in stored - copy if one[0] in closed]
    found += [f"Whoever reads on keeps {named(one)}, which is not there." for one in copy - stored]
    graves = {number for (number,) in await stage.witness.rows(TOMBSTONES)}
    return found + [
        f"Whoever reads on was not told that draft {one} is erased." for one in graves - stage.engineer.graves
    ]


async def gold_leaves_as_it_was_settled(stage: Stage) -> Found:
    rows = {row["meta"]["draft"]: row["completion"][0]["content"] for row in await stage.engineer.reads_gold()}
    stored = {
        draft: text
        for draft, verdict, escalation, text in await stage.witness.rows(GOLDS)
        if escalation is None and verdict != Verdict.REJECTED and text is not None
    }
    found = [
        f"Gold of draft {one} is {rows.get(one)!r} over the API; stored is {stored.get(one)!r}."
        for one in {*rows, *stored}
        if rows.get(one) != stored.get(one)
    ]
    erased = {row["draft"] for row in await stage.engineer.reads_gold("erased")}
    graves = {number for (number,) in await stage.witness.rows(TOMBSTONES)}
    return found + [f"Draft {one} is erased, and not among the erased ones." for one in graves ^ erased]


async def readings_are_in_the_trail(stage: Stage) -> Found:
    """Each that brought rows, and none that nobody asked for."""
    found = []
    for what, act in ((GOLD, AuditAct.GOLD_READ), (LABELS, AuditAct.LABELS_READ)):
        told, again = await stage.witness.count(TOLD, act=act), stage.balancer.again[f"/api/v1/{what}"]
        if not stage.engineer.read[what] <= told <= stage.engineer.asked[what] + again:
            came, asked = stage.engineer.read[what], stage.engineer.asked[what]
            found.append(f"{what.capitalize()} came {came} times of {asked}; the trail tells of {told}.")
    return found


async def _closed(stage: Stage) -> set[int]:
    """Drafts that wait for nobody."""
    return {number for _, number, state in await stage.witness.rows(DRAFTS) if state != "open"}
