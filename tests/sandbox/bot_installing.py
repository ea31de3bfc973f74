"""How a small bot comes into workspaces, and keeps its tokens fresh."""

import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.bot_posting import Posting, Renewal

SOON = 2 * 3_600.0  # before a token ends it is renewed
COOKIE = "began"


class Installing(Posting):
    """Who comes back from Slack must have been sent there, with the same browser; a refresh token is used once."""

    def sends_off(self) -> web.Response:
        state = secrets.token_urlsafe(16)
        self.disk.states.add(state)
        asked = {"client_id": self.box.app.client_id, "scope": "chat:write,channels:read", "state": state}
        answer = web.Response(status=302, headers={"Location": f"{self.box.url}/oauth/v2/authorize?{urlencode(asked)}"})
        answer.set_cookie(COOKIE, state)
        return answer

    async def comes_back(self, request: web.Request) -> web.Response:
        if not self.began_here(request.query.get("state", ""), request.cookies):
            return web.Response(status=400)
        try:
            await self.asks(code=request.query.get("code", ""))
        except SlackApiError:
            return web.Response(status=400)
        return web.Response(text="Installed")

    def began_here(self, state: str, cookies: Mapping[str, str]) -> bool:
        """Each state is good for one return."""
        known = state in self.disk.states
        self.disk.states.discard(state)
        return known and cookies.get(COOKIE) == state

    async def asks(self, **more: str) -> None:
        """For a token, which is kept. The client's own method for it warns of what aiohttp gives up."""
        app, client = self.box.app, AsyncWebClient(base_url=self.box.api_url, session=self.session)
        form = {"client_id": app.client_id, "client_secret": app.client_secret, **more}
        given: Any = await client.api_call("oauth.v2.access", data=form)
        team = given["team"]["id"]
        self.disk.tokens[team] = given["access_token"]
        if given.get("refresh_token"):
            ends = self.box.clock.now() + given["expires_in"]
            self.disk.renewals[team] = Renewal(given["refresh_token"], ends)

    async def speaks_in(self, team: str) -> AsyncWebClient:
        """With a token that does not end meanwhile."""
        async with self.row_lock():
            renewal = self.disk.renewals.get(team)
            if renewal and renewal.ends - self.box.clock.now() < SOON:
                await self.asks(grant_type="refresh_token", refresh_token=renewal.refresh_token)
        return self.client(team)

    def row_lock(self) -> AbstractAsyncContextManager[object]:
        return self.disk.row_lock
