"""The app's tokens: for which workspace each speaks, what it may do there, how long, and what it is renewed with.

https://docs.slack.dev/authentication/installing-with-oauth and https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.refusals import ApiError

TOKEN_SECONDS = 12 * 3600  # of the sandbox's clock; only tokens that rotate end
CODE_SECONDS = 600.0


@dataclass(slots=True)
class Token:
    """`scopes`: None is whatever the app has. `refresh` is what a token that rotates is renewed with, once."""

    word: str
    team: str
    scopes: frozenset[str] | None = None
    expires_at: float | None = None
    refresh: str | None = None
    revoked: bool = False
    renewed: bool = False


@dataclass(slots=True)
class Code:
    """What a person's consent is worth: one token. `redirect_uri`: None when the page was asked for without one."""

    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str | None
    at: float
    used: bool = False


@dataclass
class Tokens:
    by_word: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)

    def keep(self, token: Token) -> Token:
        self.by_word[token.word] = token
        return token

    def give(self, team: str, scopes: frozenset[str], *, now: float, rotating: bool) -> Token:
        """One more token for a workspace; those that it has keep working."""
        word = secrets.token_hex(16)
        if not rotating:
            return self.keep(Token(f"xoxb-{word}", team, scopes))
        made = Token(f"xoxe.xoxb-1-{word}", team, scopes, now + TOKEN_SECONDS, f"xoxe-1-{secrets.token_hex(16)}")
        return self.keep(made)

    def renew(self, refresh: object, *, now: float) -> Token:
        """A token for a refresh token, which is good for one use: the second one is refused like one never given.

        Slack says that the refresh token is revoked; what it answers to the slower of two parallel calls is not
        documented. Raises ApiError.
        """
        old = next((each for each in self.by_word.values() if each.refresh and each.refresh == refresh), None)
        if old is None or old.renewed or old.revoked:
            raise ApiError("invalid_refresh_token")
        old.renewed = True
        return self.give(old.team, old.scopes or frozenset(), now=now, rotating=True)

    def consent(self, code: Code) -> str:
        word = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        self.codes[word] = code
        return word

    def exchange(self, word: object, redirect_uri: object, *, now: float) -> Code:
        """Uses a code up. Raises ApiError."""
        code = self.codes.get(str(word))
        if code is None or now - code.at > CODE_SECONDS:
            raise ApiError("invalid_code")
        if code.used:
            raise ApiError("code_already_used")
        if (redirect_uri or None) != code.redirect_uri:
            raise ApiError("bad_redirect_uri")
        code.used = True
        return code

    def of(self, team: str) -> list[Token]:
        """Those that were not revoked; as long as there is one, the app is installed."""
        return [each for each in self.by_word.values() if each.team == team and not each.revoked]

    def scopes(self, team: str, app: Iterable[str]) -> frozenset[str]:
        """What the app may do in a workspace by any of its tokens, of what it has itself."""
        had = frozenset(app)
        return frozenset().union(*(had if each.scopes is None else had & each.scopes for each in self.of(team)))
