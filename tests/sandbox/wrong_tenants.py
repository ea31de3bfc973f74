"""Bots that mix workspaces up, or lose the tokens they have for them: by one mistake each."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from sandbox.workspace import TEAM_ID
from tests.sandbox.bots import Bot


class BelievingInStrangersBot(Bot):
    """Takes whoever comes back with a code, whatever state they bring."""

    def began_here(self, state: str, cookies: Mapping[str, str]) -> bool:  # noqa: ARG002
        return True


class AnyBrowserBot(Bot):
    """Knows its states, but not which browser it gave them to."""

    def began_here(self, state: str, cookies: Mapping[str, str]) -> bool:  # noqa: ARG002
        return state in self.disk.states


class RowWithoutWorkspaceBot(Bot):
    """Stores who joined, and not in which workspace."""

    def stores(self, team: str, newcomer: str) -> None:  # noqa: ARG002
        super().stores(TEAM_ID, newcomer)


class RacingBot(Bot):
    """Renews a token whenever it is about to end, twice at once where two need it."""

    def row_lock(self) -> AbstractAsyncContextManager[object]:
        return nullcontext()


class NeverRenewingBot(Bot):
    """Takes a token for good."""

    def row_lock(self) -> AbstractAsyncContextManager[object]:
        self.disk.renewals.clear()
        return nullcontext()
