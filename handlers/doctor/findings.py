"""What the doctor found."""

from dataclasses import dataclass
from enum import StrEnum

PATIENCE = 10.0  # seconds for each answer


class State(StrEnum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and in words what to do."""

    state: State
    about: str
    words: str
