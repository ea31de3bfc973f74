"""What fails for one channel or workspace keeps it from no other, and is not forgotten."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Failures(Generic[T]):
    """Of something that is done for one after the other; `tell` is called where each is caught."""

    def __init__(self, tell: Callable[[T, Exception], None]) -> None:
        self._tell = tell
        self.first: Exception | None = None

    @contextmanager
    def of(self, one: T) -> Iterator[None]:
        """What fails in the block is told and kept until all had their turn."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the others get theirs, and it is raised in the end
            self._tell(one, error)
            self.first = self.first or error

    def end(self) -> None:
        """All had their turn: whoever called is told that not everything was done."""
        if self.first is not None:
            raise self.first
