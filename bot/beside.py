"""How often one agent says what the other one says: for the agent, and for leads. Pure; no estimate alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.figures.due import ENOUGH_DRAFTS
from bot.figures.rows import Row, blind_pairs
from bot.measures.estimates import Estimate, wilson
from storage.words import Verdict

ENOUGH_TO_COUNT = 5  # shared drafts: below that a figure says more of single drafts than of a person


@dataclass(frozen=True)
class Beside:
    """Verdicts of one agent that were the other's too, of those that can be compared."""

    same: int
    shared: int

    @property
    def share(self) -> Estimate:
        return wilson(self.same, self.shared)

    @property
    def told(self) -> bool:
        """Whether there is enough to say any number."""
        return self.shared >= ENOUGH_TO_COUNT

    @property
    def lacking(self) -> int:
        """How many shared drafts more it takes until the number means something."""
        return max(0, ENOUGH_DRAFTS - self.shared)


NOTHING = Beside(0, 0)


def by_agent(rows: Sequence[Row], since: datetime) -> Mapping[str, Beside]:
    """Each agent beside the other, over drafts that came in since then and that two people judged blind.

    Drafts were shared at random; second looks and answers without a verdict do not count.
    """
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for answers in blind_pairs(rows, since):
        judged = [row for row in answers if row.verdict != Verdict.NOT_JUDGED]
        if len(judged) == 2:
            one, other = judged
            for row in judged:
                verdicts[row.agent].append(one.verdict == other.verdict)
    return {agent: Beside(sum(alike), len(alike)) for agent, alike in verdicts.items()}
