"""Agents strike out a customer's name that no rule recognised."""

from tests.faults.ledger import Reported
from tests.faults.people import Agent, number_on
from tests.faults.tickets import NAME
from tests.house import SUPPORT

REPORT, WORDS = "Report personal data", "Words that are personal data, one a line"
GONE = "not in this draft"


async def reports_a_name(agent: Agent) -> None:
    """One that stands on a card of the channel."""
    shown = await agent.person.reads(SUPPORT, limit=40)
    cards = [one for one in shown if REPORT in one.buttons and NAME.search(one.text_seen)]
    if not cards:
        return
    card = agent.chance.choice(cards)
    draft, found = number_on(card), NAME.search(card.text_seen)
    assert draft is not None
    assert found is not None
    if await agent.opens(REPORT, card, WORDS) is None:
        return
    await agent.person.fills({WORDS: found[0]})
    reported = agent.ledger.reports.setdefault(draft, Reported(found[0]))
    # Where the first press was stored unseen, the next one finds the name no more.
    if await agent.sends(None, {WORDS: found[0]}) or any(GONE in one for one in agent.ledger.refusals[-1:]):
        reported.confirmed = True
