"""What the sandbox knows about the app that is installed in its workspace."""

from dataclasses import dataclass, field

SCOPES = frozenset({"chat:write", "commands", "users:read", "channels:read", "groups:read"})
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
EVENTS = frozenset(
    {
        "app_uninstalled",
        "channel_archive",
        "channel_rename",
        "group_archive",
        "group_rename",
        "member_joined_channel",
        "member_left_channel",
        "tokens_revoked",
    }
)


@dataclass
class AppConfig:
    """`request_url` receives events, interactivity and commands; None: nothing can be delivered yet.

    With `socket_mode` they go over the connections that the app opened with its app-level token instead.
    """

    app_id: str = "A0SANDBOX1"
    bot_name: str = "Assay"
    bot_token: str = "xoxb-sandbox-token"
    app_token: str = "xapp-sandbox-token"
    signing_secret: str = "sandbox-signing-secret"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES | HISTORY))
    request_url: str | None = None
    socket_mode: bool = False
    commands: set[str] = field(default_factory=lambda: {"/assay"})
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    installed: bool = True

    @property
    def is_reachable(self) -> bool:
        return self.socket_mode or self.request_url is not None
