"""Slack's Web client for each workspace: by the one token of the environment, or by the one that it installed with."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotNow
from bot.vault import Vault
from storage.engine import Sessions
from storage.queries import installations


@dataclass(frozen=True)
class Clients:
    """Clients that share connections. `bare` has the token of the environment, or none where workspaces install."""

    bare: AsyncWebClient
    sessions: Sessions | None = None  # where installed tokens are; None: one token for all
    vault: Vault | None = None

    async def of(self, team: str) -> AsyncWebClient:
        """The client that speaks for the app in this workspace.

        The token is read each time: another replica may have refreshed it, or taken an uninstall. Raises NotNow where
        the app is not installed, DatabaseAway, and NoKey.
        """
        if self.sessions is None or self.vault is None:
            return self.bare
        async with self.sessions.reading() as session:
            installed = await installations.of(session, team)
        if installed is None:
            raise NotNow(NOT_INSTALLED, everywhere=True)
        return self.with_token(self.vault.opened(installed.token))

    def with_token(self, token: str) -> AsyncWebClient:
        bare = self.bare
        return AsyncWebClient(token, base_url=bare.base_url, session=bare.session, retry_handlers=[])


NOT_INSTALLED = "not_installed"  # our own word, beside Slack's
