"""The manifest of the Slack app: the scopes that it asks for, and the file with an address filled in."""

from pathlib import Path

SCOPES = frozenset({"channels:read", "chat:write", "commands", "groups:read", "users:read"})
OPTIONAL_SCOPES = frozenset({"channels:history", "files:write", "groups:history"})
EXAMPLE = "https://assay.example.com"
# In a checkout the file lies at the root, in an installed package beside this one.
_PLACES = (Path(__file__).parents[1] / "manifest.yml", Path(__file__).with_name("manifest.yml"))


def filled_in(url: str) -> str:
    """manifest.yml for a bot that Slack reaches at `url`, to be pasted at api.slack.com/apps."""
    return "".join(_lines()).replace(EXAMPLE, url.rstrip("/"))


def for_socket() -> str:
    """manifest.yml for a bot that takes Slack's messages over Socket Mode, and so has no address."""
    kept = "".join(line for line in _lines() if EXAMPLE not in line)
    return kept.replace("socket_mode_enabled: false", "socket_mode_enabled: true")


def _lines() -> list[str]:
    file = next(place for place in _PLACES if place.exists())
    return file.read_text(encoding="utf-8").splitlines(keepends=True)[1:]  # the first line speaks of the example
