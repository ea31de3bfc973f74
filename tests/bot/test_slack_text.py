"""What Slack writes becomes the words that people read."""

import pytest

from bot.slack_text import read


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (" Hi \n", "Hi"),
        ("Is 1 &lt; 2 &amp; &amp;lt; so?", "Is 1 < 2 & &lt; so?"),
        ("<@U0ANA> and <@U0BEA|bea>, see <#C01|help> or <#C02>", "@someone and @someone, see #help or #channel"),
        ("<!here> <!channel|channel> <!subteam^S01|@crew> <!subteam^S01>", "@here channel @crew @subteam"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("<http://example.com|http://example.com>", "http://example.com"),
        (
            "<mailto:a@example.com|a@example.com>, <tel:+4930123456|030 123456>",
            "a@example.com, 030 123456 (+4930123456)",
        ),
        ("a < b > c <b> <>", "a < b > c <b> <>"),
    ],
)
def test_read(written: str, words: str) -> None:
    assert read(written) == words
