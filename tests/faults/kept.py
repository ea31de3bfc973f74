"""What is stored, held against what people did and read: nothing confirmed is lost, nothing more is there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.faults.ledger import Answer, contradiction
from tests.faults.people import note_about
from tests.faults.stage import Stage
from tests.faults.witness import seconds

LEASE = 15 * 60  # seconds
REVISIONS = """SELECT label.agent, label.draft_id, revision.verdict, revision.text, revision.escalation,
revision.withdrawn FROM revision JOIN label ON label.id = revision.label_id ORDER BY revision.id"""
GOLDS = "SELECT draft_id, kind, text FROM gold"
DRAFTS = "SELECT external_id, id, state FROM draft"
GUIDELINES = "SELECT text FROM guideline WHERE created_by = :by ORDER BY version"
TOMBSTONES = "SELECT draft_id FROM tombstone"
LEASED = "SELECT draft_id, leased_until FROM slot WHERE label_id IS NULL AND leased_until IS NOT NULL"
Found = list[str]


def twice(what: str, of: Sequence[Any]) -> Iterator[str]:
    """A sentence for whatever stands there more than once."""
    for one, count in Counter(of).items():
        if count > 1:
            yield f"{what} {one} stands there {count} times."


async def labels_are_kept(stage: Stage) -> Found:
    """What was confirmed is stored with its text, what is stored was said, and nothing twice."""
    stored = histories(await stage.witness.rows(REVISIONS))
    found = []
    for pair in {*stored, *stage.ledger.said}:
        if pair[1] in stage.ledger.erasures:
            continue
        if why := stage.ledger.contradicted_by(*pair, stored.get(pair, [])):
            found.append(f"The answer of {name_of(stage, pair[0])} to draft {pair[1]}: {why}.")
    return found


def histories(rows: Sequence[Any]) -> dict[tuple[str, int], list[Answer]]:
    """What each agent said of each draft, in order, of the rows of REVISIONS.

    Who was second and saves the same again takes a slot that a colleague has freed meanwhile: that is no new answer.
    """
    found: dict[tuple[str, int], list[Answer]] = {}
    last: dict[tuple[str, int], int] = {}
    freed: dict[int, int] = {}
    for place, (agent, draft, verdict, text, escalation, withdrawn) in enumerate(rows):
        answer = Answer("", withdrawn=True) if withdrawn else Answer(verdict, text, escalation)
        history, before = found.setdefault((agent, draft), []), last.get((agent, draft), place)
        last[agent, draft] = place
        if withdrawn:
            freed[draft] = place
        elif answer in history[-1:] and freed.get(draft, -1) > before:
            continue
        history.append(answer)
    return found


async def notes_are_true(stage: Stage) -> Found:
    """Whoever read that an answer is saved has one."""
    labelled = {(agent, draft) for agent, draft, *_ in await stage.witness.rows(REVISIONS)}
    found = []
    for agent in stage.agents:
        told = {note_about(one) for one in await agent.notes(limit=200) if one.text.startswith("Saved")}
        found += [
            f"{agent.person.name} read that the answer to draft {draft} is saved, and it is not."
            for draft in told
            if draft is not None and (agent.person.id, draft) not in labelled and draft not in stage.ledger.erasures
        ]
    return found


async def settled_stays_settled(stage: Stage) -> Found:
    golds = {draft: (kind, text) for draft, kind, text in await stage.witness.rows(GOLDS)}
    found = []
    for draft, text in stage.ledger.settled.items():
        if draft in stage.ledger.withdrawals or draft in stage.ledger.erasures:
            continue
        kind, stored = golds.get(draft, ("nothing", None))
        if kind != "adjudicated" or (text is not None and stored != text):
            found.append(f"A lead settled draft {draft} with {text!r}; stored is {kind} {stored!r}.")
    return found


async def settings_are_kept(stage: Stage) -> Found:
    """Each guideline that the admin saw saved is a version, in their order, and none twice."""
    rows = await stage.witness.rows(GUIDELINES, by=stage.people["max"].id)
    stored = [Answer("guideline", text) for (text,) in rows[1:]]  # the first one came with the house
    why = contradiction(stage.ledger.guidelines, stored)
    return [f"The channel's guideline: {why}."] if why else []


async def withdrawals_are_kept(stage: Stage) -> Found:
    """What the helpdesk was told is withdrawn is so, and nothing that it did not ask for."""
    states = {number: state for _, number, state in await stage.witness.rows(DRAFTS)}
    asked = stage.ledger.withdrawals
    lost = [
        f"Draft {one} was withdrawn, and is {states[one]}."
        for one, sure in asked.items()
        if sure and states.get(one, "withdrawn") != "withdrawn"
    ]
    return lost + [
        f"Nobody withdrew draft {one}." for one, is_ in states.items() if is_ == "withdrawn" and one not in asked
    ]


async def drafts_are_kept(stage: Stage) -> Found:
    """Each accepted draft is stored under the number that the helpdesk was told, and none twice."""
    rows = await stage.witness.rows(DRAFTS)
    found = [*twice("The draft", [name for name, _, _ in rows])]
    stored = {name: number for name, number, _ in rows}
    for name, number in stage.ledger.accepted.items():
        if number not in stage.ledger.erasures and stored.get(name) != number:
            found.append(f"{name} was accepted as draft {number}; stored is {stored.get(name)}.")
    return found


async def erasures_leave_nothing(stage: Stage) -> Found:
    """Of what the steward was told is erased a tombstone is left, and no row; of anything else there is none."""
    rows = {number for _, number, _ in await stage.witness.rows(DRAFTS)}
    rows |= {draft for _, draft, *_ in await stage.witness.rows(REVISIONS)}
    graves = {number for (number,) in await stage.witness.rows(TOMBSTONES)}
    asked = stage.ledger.erasures
    found = [
        f"Draft {one} was erased, and is stored."
        for one, sure in asked.items()
        if one in rows and (sure or one in graves)
    ]
    found += [
        f"Draft {one} was erased, and has no tombstone." for one, sure in asked.items() if sure and one not in graves
    ]
    return found + [f"Nobody had draft {one} erased." for one in graves if one not in asked]


async def leases_end(stage: Stage) -> Found:
    latest = stage.clock.now().timestamp() + stage.clock.most_wrong + LEASE + 1
    rows = await stage.witness.rows(LEASED)
    late = [(draft, until) for draft, until in rows if seconds(until) > latest]
    return [f"A slot of draft {draft} is leased until {until}, beyond the lease's time." for draft, until in late]


def name_of(stage: Stage, agent: str) -> str:
    return next((one.name for one in stage.people.values() if one.id == agent), agent)
