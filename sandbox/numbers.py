"""Numbers that are given out once."""

from dataclasses import dataclass


@dataclass(slots=True)
class Numbers:
    """1, 2, 3 and so on. Unlike itertools.count it can be copied on every Python."""

    given: int = 0

    def __next__(self) -> int:
        self.given += 1
        return self.given
