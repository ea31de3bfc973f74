"""The command for a channel can be pasted as it is shown."""

import json
import shlex
from datetime import UTC, datetime

from bot.submissions import Submission
from bot.surfaces import welcome
from storage.models import Channel


def test_the_curl_for_a_channel_is_a_whole_command() -> None:
    channel = Channel(team="T", slack_id="C0SUPPORT1", name="support", created_at=datetime(2026, 11, 18, tzinfo=UTC))
    words = shlex.split(welcome.curl(channel, "https://assay.example.com/"))
    assert words[:3] == ["curl", "-sS", "https://assay.example.com/api/v1/drafts"]
    assert "Authorization: Bearer $ASSAY_TOKEN" in words
    assert Submission.model_validate(json.loads(words[-1])).channel == "C0SUPPORT1"
