"""What an answer of Slack means: how long it asks to wait."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackBusy
from bot.slack_calls import answered


async def limited(**headers: str) -> None:
    answer = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.example/api/chat.postMessage",
        req_args={},
        data={"ok": False, "error": "ratelimited"},
        headers=headers,
        status_code=429,
    )
    raise SlackApiError("ratelimited", answer)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30),
        ("0.5", 0.5),
        ("999999999", 3_600),
        ("", 1),
        ("inf", 1),
        ("nan", 1),
        ("-5", 1),
        ("9" * 400, 1),
        ("Wed, 18 Nov 2026 12:00:30 GMT", 1),
    ],
)
async def test_slack_is_asked_again_when_it_says_or_soon_where_it_says_nothing_usable(
    said: str, seconds: float
) -> None:
    with pytest.raises(SlackBusy) as raised:
        await answered(limited(**{"Retry-After": said}))
    assert raised.value.seconds == seconds


async def test_slack_is_asked_again_soon_where_it_does_not_say_when() -> None:
    with pytest.raises(SlackBusy) as raised:
        await answered(limited())
    assert raised.value.seconds == 1
