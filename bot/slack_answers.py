"""Which answers are Slack's own: what stands between us, a proxy or a page to sign in, may give others."""

from slack_sdk.web.async_slack_response import AsyncSlackResponse


def is_slacks(answer: object) -> bool:
    """Whether it is an answer of the Web API: an object that says whether the call went well."""
    data = answer.data if isinstance(answer, AsyncSlackResponse) else None
    return isinstance(data, dict) and isinstance(data.get("ok"), bool)
