"""Focus mode and Home under fire: one draft after the other, skipped and come back to, and answers changed in Home."""

import asyncio
from dataclasses import dataclass

from sandbox.people import Home, Modal
from tests.faults.ledger import Answer
from tests.faults.people import HUMAN, NUMBER, PAUSE, REPLY, TRIES, Agent, is_final
from tests.faults.tickets import CODE, reply_to, without_names
from tests.house import SUPPORT

TITLE = "Review"
IN_A_ROW = 3  # drafts of one sitting, at most
CHANGED = {"This draft is": "Good with my changes", HUMAN: "No, a reply is enough"}


@dataclass(frozen=True)
class Shown:
    """The draft in the window."""

    draft: int
    text: str  # of the model's reply
    stands: str  # in the field: the same, or what was typed before; without a name that was reported

    @property
    def untouched(self) -> bool:
        return without_names(self.stands) == without_names(self.text)


async def reviews_next(agent: Agent) -> None:
    """`/assay next`, or *Start reviewing* in Home, and a few drafts."""
    await agent.puts_away()
    shown = await _begins(agent)
    for _ in range(agent.chance.randint(1, IN_A_ROW)):
        if shown is None:
            break
        if agent.chance.random() < 0.3:
            shown = await _skips_and_comes_back(agent, shown)
        shown = await _saves(agent, shown) if shown is not None else None
    await agent.puts_away()


async def changes_in_home(agent: Agent) -> None:
    """The newest of the answers that Home lists."""
    page = await agent.person.opens_home()
    if "Change" not in page.buttons:
        return
    # Home may be drawn anew meanwhile, and another answer be the newest: the window says whose it is.
    shown = _shown(await agent.opens("Change", page, REPLY))
    if shown is not None:
        await agent.writes(shown.draft, shown.text, CHANGED)


async def _begins(agent: Agent) -> Shown | None:
    for _ in range(TRIES):
        page = await agent.person.opens_home() if agent.chance.random() < 0.5 else None
        start = _start(page)
        if page is not None and start is not None:
            await agent.person.clicks(start, page)
        else:
            await agent.person.types("/assay next", in_=SUPPORT)
        if (window := await agent.sees(lambda one: one.title == TITLE)) is not None:
            return _shown(window)
    return None


def _start(page: Home | None) -> str | None:
    return next((words for words in page.buttons if words.startswith("Start reviewing")), None) if page else None


def _shown(window: Modal | None) -> Shown | None:
    """None where the window says that nothing waits, or where there is none any more."""
    if window is None or REPLY not in window.fields:
        return None
    number, code = NUMBER.search(window.text), CODE.findall(window.text)
    assert number is not None, window.text
    return Shown(int(number[1]), reply_to(code[0]), str(window.fields[REPLY] or ""))


async def _saves(agent: Agent, shown: Shown) -> Shown | None:
    """Answers the draft in the window, until the next one comes; what was typed stands there as long as it does not."""
    typed, verdict = shown.stands, "approved" if shown.untouched else "edited"
    if agent.chance.random() < 0.4:
        typed, verdict = agent.own_words(shown.text), "edited"
        await agent.person.fills({REPLY: typed})
    agent.done.add(shown.draft)
    said = agent.ledger.means(agent.person.id, shown.draft, Answer(verdict, typed))
    for _ in range(TRIES):
        outcome = await agent.person.submits()
        if outcome.closed or (outcome.error is None and not outcome.errors):
            said.confirmed = True
            return None if outcome.closed else _shown(await agent.person.modal())
        agent.checks(await agent.person.modal(), {REPLY: typed})
        agent.ledger.refusals += outcome.errors.values()
        if is_final(outcome):
            break
        await asyncio.sleep(PAUSE * agent.chance.uniform(1, 5))
    agent.done.discard(shown.draft)
    return None


async def _skips_and_comes_back(agent: Agent, shown: Shown) -> Shown | None:
    """What was typed before a skip stands there when one comes back."""
    typed = agent.own_words(shown.text)
    for _ in range(TRIES):
        await agent.person.fills({REPLY: typed})
        await agent.person.clicks("Skip")
        if await _turns(agent, shown.draft, away=True):
            break
    for _ in range(TRIES):
        window = await agent.person.modal()
        if window is None or "Back" not in window.buttons:
            return None
        await agent.person.clicks("Back")
        if await _turns(agent, shown.draft, away=False):
            break
    again = _shown(await agent.person.modal())
    if again is not None and again.draft == shown.draft and without_names(again.stands) != without_names(typed):
        agent.ledger.differs(f"{agent.person.name} typed {typed!r} and skipped; back there it reads {again.stands!r}.")
    return again


async def _turns(agent: Agent, draft: int, *, away: bool) -> bool:
    """Whether the window comes to show this draft, or with `away` anything else."""

    def turned(window: Modal) -> bool:
        shown = _shown(window)
        return (shown is not None and shown.draft == draft) is not away

    return await agent.sees(turned) is not None
