"""The time of the sandbox: it moves with real time, or stands still until it is set."""

import time


class Clock:
    """Epoch seconds. Message timestamps, triggers, response addresses and rate limits read it; signatures do not."""

    def __init__(self, *, offset: float = 0.0, standing: float | None = None) -> None:
        self._offset = offset
        self._standing = standing

    @classmethod
    def real(cls, offset: float = 0.0) -> "Clock":
        """Moves with real time, `offset` seconds ahead of it."""
        return cls(offset=offset)

    @classmethod
    def at(cls, epoch: float) -> "Clock":
        """Stands still at `epoch` until it is advanced or set."""
        return cls(standing=epoch)

    @property
    def is_real(self) -> bool:
        return self._standing is None

    def now(self) -> float:
        return time.time() + self._offset if self._standing is None else self._standing

    def advance(self, seconds: float) -> None:
        if self._standing is None:
            self._offset += seconds
        else:
            self._standing = round(self._standing + seconds, 6)  # as datetimes are, or sums drift apart from theirs

    def run(self) -> None:
        """Move with real time from here on."""
        if self._standing is not None:
            self._offset, self._standing = self._standing - time.time(), None

    def set(self, epoch: float) -> None:
        self.advance(epoch - self.now())
