"""What people see in Slack and what is stored, held against what they did: each check names what differs.

Cards, digests and notices are counted on the screens of people, never in the bot's outbox.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sandbox.people import Message, Person
from tests.faults.ledger import Answer, contradiction
from tests.faults.people import note_about, number_on
from tests.faults.stage import Stage
from tests.faults.trail import the_trail_is_complete
from tests.faults.witness import seconds
from tests.house import ESCALATIONS, LEADS, SUPPORT

LEASE = 15 * 60  # seconds
HEADING = re.compile(r"Labelling digest · (.+)")
NOTICE, CALLED_OFF = "Needs a human", "no human is needed any more"
REVISIONS = """SELECT label.agent, label.draft_id, revision.verdict, revision.text, revision.escalation,
revision.withdrawn FROM revision JOIN label ON label.id = revision.label_id ORDER BY revision.id"""
GOLDS = "SELECT draft_id, kind, text FROM gold"
DRAFTS = "SELECT external_id, id, state FROM draft"
GUIDELINES = "SELECT text FROM guideline WHERE created_by = :by ORDER BY version"
TOMBSTONES = "SELECT draft_id FROM tombstone"
LEASED = "SELECT draft_id, leased_until FROM slot WHERE label_id IS NULL AND leased_until IS NOT NULL"
Found = list[str]


async def everything(person: Person, channel: str) -> list[Message]:
    """All that stands in a channel for this person, the oldest first."""
    found: list[Message] = []
    more, before = True, "9"
    while more:
        query: dict[str, str | int] = {"user": person.id, "channel": channel, "limit": 200, "before": before}
        answer = (await person.http.get("/control/messages", params=query)).raise_for_status().json()
        page = [Message(channel, each) for each in answer["messages"]]
        found, more = page + found, bool(answer["more"])
        before = page[0].ts if page else before
    return found


def twice(what: str, of: Sequence[Any]) -> Iterator[str]:
    """A sentence for whatever stands there more than once."""
    for one, count in Counter(of).items():
        if count > 1:
            yield f"{what} {one} stands there {count} times."


async def no_card_twice(stage: Stage) -> Found:
    return [*twice("The card of draft", await _cards(stage))]


async def no_digest_twice(stage: Stage) -> Found:
    digests = await _digests(stage)
    found = [*twice("The digest of", [day for day, _ in digests])]
    for day, digest in digests:
        thread = await stage.people["max"].reads_thread(digest)
        found += twice(f"Under the digest of {day} the message", [one.text_seen for one in thread])
    return found


async def no_notice_twice(stage: Stage) -> Found:
    notices = [one for one in await everything(stage.people["max"], ESCALATIONS) if NOTICE in one.text]
    found = [*twice("The notice of draft", [number_on(one) for one in notices])]
    for one in notices:
        told = [NOTICE in each.text for each in await stage.people["max"].reads_thread(one)]
        if any(each is other for each, other in pairwise(told)):
            found.append(f"In the thread of draft {number_on(one)} the same is told twice in a row.")
    return found


async def labels_are_kept(stage: Stage) -> Found:
    """What was confirmed is stored with its text, what is stored was said, and nothing twice."""
    stored: dict[tuple[str, int], list[Answer]] = {}
    for agent, draft, verdict, text, escalation, withdrawn in await stage.witness.rows(REVISIONS):
        answer = Answer("", withdrawn=True) if withdrawn else Answer(verdict, text, escalation)
        stored.setdefault((agent, draft), []).append(answer)
    found = []
    for pair in {*stored, *stage.ledger.said}:
        if pair[1] in stage.ledger.erasures:
            continue
        if why := contradiction(stage.ledger.said.get(pair, []), stored.get(pair, [])):
            found.append(f"The answer of {_name(stage, pair[0])} to draft {pair[1]}: {why}.")
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
        if sure and states[one] != "withdrawn"
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


async def erased_messages_are_gone(stage: Stage) -> Found:
    graves = {number for (number,) in await stage.witness.rows(TOMBSTONES)}
    shown = [number_on(one) for one in await everything(stage.people["max"], ESCALATIONS)] + [*await _cards(stage)]
    return [f"Of draft {one}, which was erased, a message is there." for one in shown if one in graves]


async def leases_end(stage: Stage) -> Found:
    latest = stage.clock.now().timestamp() + stage.clock.most_wrong + LEASE + 1
    rows = await stage.witness.rows(LEASED)
    late = [(draft, until) for draft, until in rows if seconds(until) > latest]
    return [f"A slot of draft {draft} is leased until {until}, beyond the lease's time." for draft, until in late]


async def people_were_told_the_truth(stage: Stage) -> Found:
    """What was seen while it happened."""
    return [*stage.ledger.differences]


async def each_draft_has_its_card(stage: Stage) -> Found:
    cards = Counter(await _cards(stage))
    drafts = await stage.witness.rows(DRAFTS)
    # What was withdrawn before its card was posted needs none.
    found = [
        f"Draft {number} has {cards[number]} cards."
        for _, number, state in drafts
        if cards[number] != 1 and (cards[number] or state != "withdrawn")
    ]
    return found + [f"The card of draft {one} is of no draft." for one in cards if one not in {n for _, n, _ in drafts}]


async def cards_show_the_state(stage: Stage) -> Found:
    """An open draft has its buttons, a settled one has none."""
    states = {number: state for _, number, state in await stage.witness.rows(DRAFTS)}
    found = []
    for card in await everything(stage.people["max"], SUPPORT):
        number = None if card.ephemeral else number_on(card)
        if number in states and bool(card.buttons) != (states[number] == "open"):
            found.append(f"The card of draft {number}, which is {states[number]}, shows {card.buttons or 'no button'}.")
    return found


async def each_morning_had_its_digest(stage: Stage) -> Found:
    seen = [day for day, _ in await _digests(stage)]
    wanted, allowed = ([in_words(day) for day in days] for days in (stage.ledger.digests, stage.ledger.digests_at_will))
    found = [f"There is no digest of {day}." for day in wanted if day not in seen]
    odd = [day for day in seen if day not in (*wanted, *allowed)]
    return found + [f"The digest of {day} is of no morning on which one was due." for day in odd]


async def each_escalation_was_told(stage: Stage) -> Found:
    told = {number_on(one) for one in await everything(stage.people["max"], ESCALATIONS) if NOTICE in one.text}
    confirmed = [
        draft
        for (_, draft), those in stage.ledger.said.items()
        if draft not in {*stage.ledger.withdrawals, *stage.ledger.erasures}
        and any(one.confirmed and one.answer.escalation for one in those)
    ]
    return [f"The escalation of draft {draft} was told nobody." for draft in confirmed if draft not in told]


async def _cards(stage: Stage) -> list[int]:
    shown = await everything(stage.people["max"], SUPPORT)
    return [number for one in shown if not one.ephemeral and one.is_bot and (number := number_on(one)) is not None]


async def _digests(stage: Stage) -> list[tuple[str, Message]]:
    shown = await everything(stage.people["max"], LEADS)
    return [(found[1], one) for one in shown if (found := HEADING.match(one.text))]


def in_words(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _name(stage: Stage, agent: str) -> str:
    return next((one.name for one in stage.people.values() if one.id == agent), agent)


Check = Callable[[Stage], Awaitable[Found]]
ALWAYS: tuple[Check, ...] = (
    people_were_told_the_truth,
    no_card_twice,
    no_digest_twice,
    no_notice_twice,
    labels_are_kept,
    drafts_are_kept,
    settled_stays_settled,
    withdrawals_are_kept,
    settings_are_kept,
    erasures_leave_nothing,
    leases_end,
    the_trail_is_complete,
)
IN_THE_END: tuple[Check, ...] = (
    *ALWAYS,
    notes_are_true,
    each_draft_has_its_card,
    cards_show_the_state,
    each_morning_had_its_digest,
    each_escalation_was_told,
    erased_messages_are_gone,
)


async def first_difference(stage: Stage, checks: Sequence[Check]) -> str | None:
    for check in checks:
        if found := await check(stage):
            return found[0]
    return None
