"""What the sandbox knows about the app that is installed in its workspaces."""

from dataclasses import dataclass, field

from sandbox.tokens import Token, Tokens
from sandbox.workspace import TEAM_ID

SCOPES = frozenset({"chat:write", "commands", "users:read", "channels:read", "groups:read"})
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
FILES = frozenset({"files:write"})
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_uninstalled",
        "channel_archive",
        "channel_deleted",
        "channel_rename",
        "channel_unarchive",
        "group_archive",
        "group_deleted",
        "group_rename",
        "group_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "tokens_revoked",
        "user_change",
    }
)


@dataclass(frozen=True)
class Shortcut:
    """`type`: global (in the composer's menu) or message (in the menu of every message)."""

    callback_id: str
    name: str
    type: str = "global"


SHORTCUTS = (
    Shortcut("assay_next", "Review next draft"),
    Shortcut("assay_draft", "Draft a reply", "message"),
)

PLAIN = {
    "roles": "users.info and users.list say nothing of admins, owners and guests",
    "metadata": "messages forget the metadata they were posted with",
    "history": "conversations.history and conversations.replies are unknown methods",
    "files": "files.* are unknown methods",
    "charts": "data_visualization and data_table are unknown blocks",
    "tables": "table is an unknown block",
    "canvases": "canvases.* and conversations.canvases.* are unknown methods",
}
WITHOUT = {
    "history": ("conversations.history", "conversations.replies"),
    "files": ("files.",),
    "canvases": ("canvases.", "conversations.canvases."),
}
UNKNOWN_BLOCKS = {"charts": ("data_visualization", "data_table"), "tables": ("table",)}


@dataclass
class AppConfig:
    """`request_url` receives events, interactivity and commands; None: nothing can be delivered yet.

    `plain` names what this Slack is without (see PLAIN), as other stand-ins and narrow installs are.
    With `socket_mode` they go over the connections that the app opened with its app-level token instead.
    `bot_token` is its token in the first workspace, where it is installed from the beginning; others install it by
    OAuth, which leads back to one of `redirect_urls` or below it. With `token_rotation` new tokens end after 12 hours.
    """

    app_id: str = "A0SANDBOX1"
    bot_name: str = "Assay"
    bot_token: str = "xoxb-sandbox-token"
    app_token: str = "xapp-sandbox-token"
    signing_secret: str = "sandbox-signing-secret"
    client_id: str = "1000000001.2000000002"
    client_secret: str = "sandbox-client-secret"
    redirect_urls: set[str] = field(default_factory=set)
    token_rotation: bool = False
    scopes: set[str] = field(default_factory=lambda: set(SCOPES | HISTORY | FILES))
    request_url: str | None = None
    socket_mode: bool = False
    commands: set[str] = field(default_factory=lambda: {"/assay"})
    shortcuts: list[Shortcut] = field(default_factory=lambda: list(SHORTCUTS))
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    home_tab: bool = True
    messages_tab: bool = True  # without it nobody can be written to directly
    plain: set[str] = field(default_factory=set)
    tokens: Tokens = field(default_factory=Tokens)

    def __post_init__(self) -> None:
        if self.plain - set(PLAIN):
            raise ValueError(f"plain is among {', '.join(PLAIN)}")
        self.tokens.by_word.setdefault(self.bot_token, Token(self.bot_token, TEAM_ID))

    @property
    def installed(self) -> bool:
        """In the first workspace; put back, the app has the token that it began with."""
        return bool(self.tokens.of(TEAM_ID))

    @installed.setter
    def installed(self, installed: bool) -> None:
        self.tokens.by_word[self.bot_token].revoked = not installed

    def granted(self, token: Token) -> frozenset[str]:
        """What a call with this token may do."""
        return frozenset(self.scopes) if token.scopes is None else token.scopes & self.scopes

    def may(self, team: str) -> frozenset[str]:
        """Its scopes in a workspace; one that it lost itself is lost everywhere, sooner than in Slack."""
        return self.tokens.scopes(team, self.scopes)

    def lacks(self, method: str) -> bool:
        return method.startswith(tuple(start for name in self.plain for start in WITHOUT.get(name, ())))

    def knows(self, block: str) -> bool:
        """Whether messages may hold this kind of block."""
        return not any(block in UNKNOWN_BLOCKS.get(name, ()) for name in self.plain)

    @property
    def is_reachable(self) -> bool:
        return self.socket_mode or self.request_url is not None
