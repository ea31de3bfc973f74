"""How Slack's messages come to the bot: signed requests to its address, or a connection that it opened."""

import pytest

IN_BOTH_TRANSPORTS = pytest.mark.parametrize(
    ("kind", "transport"),
    [("sqlite", "http"), ("postgresql", "http"), ("sqlite", "socket")],
    indirect=True,
)
