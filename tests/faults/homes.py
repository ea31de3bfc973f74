"""What Home tells people of their own answers, held against what is stored."""

import re

from storage.words import Verdict
from tests.faults.kept import REVISIONS
from tests.faults.people import Agent
from tests.faults.stage import Stage
from tests.faults.waits import within

ANSWER = re.compile(r"#(\d+)\* · (approved as is|edited|rejected|for a human|undone)")
WORDS = {
    Verdict.APPROVED: "approved as is",
    Verdict.EDITED: "edited",
    Verdict.REJECTED: "rejected",
    Verdict.NOT_JUDGED: "for a human",
}
PATIENCE = 30.0  # seconds in which Home is drawn anew


async def home_shows_what_is_stored(stage: Stage, *, patience: float = PATIENCE) -> list[str]:
    found = []
    for agent in stage.agents:

        async def true(agent: Agent = agent) -> bool:
            return not await _untrue(stage, agent)

        if not await true() and not await within(patience, true):
            found += await _untrue(stage, agent)
    return found


async def _untrue(stage: Stage, agent: Agent) -> list[str]:
    """What Home says of the newest answers of an agent, and they do not."""
    stored = {}
    for who, draft, verdict, _, _, withdrawn in await stage.witness.rows(REVISIONS):
        if who == agent.person.id:
            stored[draft] = "undone" if withdrawn else WORDS[verdict]
    page = await agent.person.opens_home()
    told = {int(draft): words for draft, words in ANSWER.findall(page.text)}
    found = [
        f"{agent.person.name}'s Home says that draft {draft} is {words}; stored is {stored.get(draft)}."
        for draft, words in told.items()
        if stored.get(draft) != words
    ]
    return found + ([] if told or not stored else [f"{agent.person.name}'s Home shows no answer."])
