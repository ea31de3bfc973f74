"""What the sandbox knows about the app that is installed in its workspace."""

from dataclasses import dataclass, field

SCOPES = frozenset({"chat:write", "commands", "users:read", "channels:read", "groups:read"})
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
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


@dataclass
class AppConfig:
    """`request_url` receives events, interactivity and commands; None: nothing can be delivered yet."""

    app_id: str = "A0SANDBOX1"
    bot_name: str = "Assay"
    bot_token: str = "xoxb-sandbox-token"
    signing_secret: str = "sandbox-signing-secret"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES | HISTORY))
    request_url: str | None = None
    commands: set[str] = field(default_factory=lambda: {"/assay"})
    shortcuts: list[Shortcut] = field(default_factory=lambda: list(SHORTCUTS))
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    installed: bool = True
    home_tab: bool = True

    @property
    def offered_shortcuts(self) -> list[Shortcut]:
        """Shortcuts need the scope for commands."""
        return self.shortcuts if "commands" in self.scopes else []
