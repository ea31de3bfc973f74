"""Which answers are Slack's own: what stands between us, a proxy or a page to sign in, may give others."""

from slack_sdk.web.async_slack_response import AsyncSlackResponse


def is_slacks(answer: object) -> bool:
    """Whether it is an answer of the Web API: an object that says that the call went well, or a word of why not."""
    data = answer.data if isinstance(answer, AsyncSlackResponse) else None
    if not isinstance(data, dict):
        return False
    return data.get("ok") is True or (data.get("ok") is False and isinstance(data.get("error"), str))
