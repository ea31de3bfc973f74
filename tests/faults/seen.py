"""What people see in Slack, held against what is stored: cards, digests and notices, each once and as it should be.

They are counted on the screens of people, never in the bot's outbox.
"""

import re
from collections import Counter
from datetime import date
from itertools import pairwise

from sandbox.people import Message, Person
from tests.faults.kept import DRAFTS, TOMBSTONES, Found, twice
from tests.faults.people import number_on
from tests.faults.stage import Stage
from tests.house import ESCALATIONS, LEADS, SUPPORT

HEADING = re.compile(r"Labelling digest · (.+)")
NOTICE, CALLED_OFF = "Needs a human", "no human is needed any more"


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


async def no_card_twice(stage: Stage) -> Found:
    return [*twice("The card of draft", await cards(stage))]


async def no_digest_twice(stage: Stage) -> Found:
    shown = await digests(stage)
    found = [*twice("The digest of", [day for day, _ in shown])]
    for day, digest in shown:
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


async def each_draft_has_its_card(stage: Stage) -> Found:
    shown = Counter(await cards(stage))
    drafts = await stage.witness.rows(DRAFTS)
    # One that was answered in focus mode, or withdrawn, before its card was posted needs none.
    found = [
        f"Draft {number} has {shown[number]} cards."
        for _, number, state in drafts
        if shown[number] != 1 and (shown[number] or state == "open" or number in stage.ledger.carded)
    ]
    return found + [f"The card of draft {one} is of no draft." for one in shown if one not in {n for _, n, _ in drafts}]


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
    seen = [day for day, _ in await digests(stage)]
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


async def erased_messages_are_gone(stage: Stage) -> Found:
    graves = {number for (number,) in await stage.witness.rows(TOMBSTONES)}
    shown = [number_on(one) for one in await everything(stage.people["max"], ESCALATIONS)] + [*await cards(stage)]
    return [f"Of draft {one}, which was erased, a message is there." for one in shown if one in graves]


async def cards(stage: Stage) -> list[int]:
    shown = await everything(stage.people["max"], SUPPORT)
    return [number for one in shown if not one.ephemeral and one.is_bot and (number := number_on(one)) is not None]


async def digests(stage: Stage) -> list[tuple[str, Message]]:
    shown = await everything(stage.people["max"], LEADS)
    return [(found[1], one) for one in shown if (found := HEADING.match(one.text))]


def in_words(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
