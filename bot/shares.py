"""What one workspace may have under way in a process: one that gets no answers keeps no other waiting. Pure."""

from collections import Counter
from dataclasses import dataclass, field


def full(held: Counter[str], *, of: int, most: int) -> set[str]:
    """Workspaces that hold as much as they may: half of what the others leave, and `most` at the most."""
    return {team for team, count in held.items() if count >= max(1, min(most, (of - held.total() + count) // 2))}


@dataclass
class Turns:
    """Who has how much under way, and who had a turn since all had one."""

    held: Counter[str] = field(default_factory=Counter)
    served: set[str] = field(default_factory=set)

    def begin(self, team: str) -> None:
        """It is the turn of this workspace; nobody else was there who had none yet, where it had one."""
        self.served = {team} if team in self.served else self.served | {team}
        self.held[team] += 1

    def end(self, team: str) -> None:
        self.held[team] -= 1
