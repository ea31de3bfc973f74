"""Slack's Web client for each workspace: by the one token of the environment, or by the one that it installed with."""

from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotNow
from bot.slack_time import SlackTime, listening
from bot.vault import NoKey, Vault
from storage.engine import Sessions
from storage.queries import installations

NOT_INSTALLED, NO_KEY = "not_installed", "token_cannot_be_read"  # our own words, beside Slack's


@dataclass(frozen=True)
class Clients:
    """Clients that share connections. `bare` has the token of the environment, or none where workspaces install."""

    bare: AsyncWebClient
    sessions: Sessions | None = None  # where installed tokens are; None: one token for all
    vault: Vault | None = None
    time: SlackTime = field(default_factory=SlackTime)
    # By the one token, once Slack has told of which workspace it is.
    served: set[str] = field(default_factory=set, compare=False)

    async def of(self, team: str) -> AsyncWebClient:
        """The client that speaks for the app in this workspace.

        The token is read each time: another replica may have refreshed it, or taken an uninstall. Raises NotNow where
        the app is not installed or no key opens its token, and DatabaseAway.
        """
        if self.sessions is None or self.vault is None:
            if self.served and team not in self.served:
                # A channel may have the same id in both: nothing of theirs may come to ours.
                raise NotNow(NOT_INSTALLED, everywhere=True)
            return self.bare
        async with self.sessions.reading() as session:
            installed = await installations.of(session, team)
        if installed is None:
            raise NotNow(NOT_INSTALLED, everywhere=True)
        try:
            return self.with_token(self.vault.opened(installed.token))
        except NoKey as error:
            raise NotNow(NO_KEY, everywhere=True) from error

    def with_token(self, token: str) -> AsyncWebClient:
        return listening(self.bare, self.time, token)
