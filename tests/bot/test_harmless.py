"""No text of a model, a customer or an agent pings, links or formats its way out, whatever it holds."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.harmless import in_markdown, in_mrkdwn, in_plain

JOINER = "\u2060"
SURFACES = [in_markdown, in_mrkdwn, in_plain]
FRAGMENTS = [
    *"<>!@#[](){}|`~*_\\:/.-=+\"'& \n\r\t",
    *[
        "channel",
        "here",
        "everyone",
        "<!channel>",
        "<!subteam^S1|@x>",
        "<@U1>",
        "<#C1>",
        "@Here",
        "<!date^1^a^http://e.vil|x>",
    ],
    *["http://evil.com", "HTTPS://", "www.", "evil", ".com", "mailto:", "bob@evil.com", "tel:1", "//", "x.y/(z)"],
    *["](", "](http://evil.com)", "[a](b)", "![", "[a]", "]:", "[a]: ", "](/x 't')", "<a href=", "<!--", "-->", "</b>"],
    *[
        "``",
        "```",
        "````",
        "~~~",
        "~~~~",
        "\n```\n",
        "\n  ```py\n",
        "\n    ```\n",
        "\n> ",
        "\n- ",
        "\n1. ",
        "\n\n",
        "    ",
    ],
    *[
        "\n|-|-|\n",
        "|-",
        "&lt;",
        "&#64;",
        "&colon;",
        "&#x2f;",
        "&amp;",
        JOINER,
        "é",
        "‵",
        "1",
        "\u200b",
        "\\`",
        "\\\\",
        ":tada:",
    ],
]
hostile = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), st.text(max_size=40))
plain_sentences = st.text(alphabet="abc XYZ äß é 返金 0123 ,!?;'’“”()—…%€\n")

PING = re.compile(r"<[!@#]|@(?:channel|here|everyone)", re.IGNORECASE)
LINK = re.compile(r"\w://|\b(?:mailto|tel):[^\s\u2060]|\bwww\.\w|[^\W_]\.[^\W\d_]{2}", re.IGNORECASE)

# A reader of its own: what it takes for links, images, HTML or mentions, Slack might.
reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def read(text: str) -> Iterator[Token]:
    for token in reader.parse(text):
        yield token
        yield from token.children or ()


def visible(text: str) -> str:
    return text.replace(JOINER, "")


@pytest.mark.parametrize("surface", SURFACES)
@given(text=hostile)
@example("<[!channel>](x)")
@example("@[here](x)")
@example("`<!channel>`")
@example("\\<!here>")
def test_nothing_pings_anywhere(surface: Callable[[str], str], text: str) -> None:
    assert not PING.search(surface(text))


@pytest.mark.parametrize("surface", SURFACES)
@given(text=plain_sentences)
def test_plain_sentences_stay_as_they_are(surface: Callable[[str], str], text: str) -> None:
    assert surface(text) == (" ".join(text.split()) if surface is in_plain else text)


@given(hostile)
@example("  ```\n```\n[x](http://evil.com)\n```")
@example("- ```\n[x](http://evil.com)\n  ```")
@example("    ```\n[x](http://evil.com)\n    ```")
@example("> ```\n[x](http://evil.com)\n```")
@example("|a|\n|-|\n|`x|y` z `http://evil.com`|")
@example("`a`http://evil.com`b`")
@example("\\http://evil.com")
@example("[a][(http://evil.com)](x)")
@example("[foo`]: http://evil.com '`'\n[foo`]")
@example("evil[.com](x) https:[//evil.com](x) https:\\/\\/evil\\.com https&colon;//evil&period;com")
def test_a_markdown_reader_finds_no_link_image_html_or_address(text: str) -> None:
    for token in read(in_markdown(text)):
        assert token.type not in ("link_open", "image", "html_block", "html_inline")
        if token.type == "text":
            assert not LINK.search(token.content)
            assert not PING.search(token.content)


@given(hostile)
def test_mrkdwn_has_no_control_sequence_address_or_formatting_left(text: str) -> None:
    shown = in_mrkdwn(text)
    assert not re.search(r"[<>`]|&(?!amp;|lt;|gt;)", shown)
    assert not LINK.search(shown)
    assert not re.search(r"(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])", shown)
    assert not re.search(r"^[ \t]*&gt;", shown, re.MULTILINE)


@given(hostile)
def test_plain_text_is_one_line_without_emoji_codes_or_addresses(text: str) -> None:
    shown = in_plain(text)
    assert shown == shown.strip()
    assert not re.search(r"[\n\r\t]|:[^\s:\u2060]+:", shown)
    assert not LINK.search(shown)
    assert not re.search(r"@\w", shown)
    assert visible(shown) == visible(" ".join(text.split()))


@given(hostile)
def test_a_second_time_changes_nothing(text: str) -> None:
    assert in_plain(in_plain(text)) == in_plain(text)
    assert visible(in_markdown(in_markdown(text))) == visible(in_markdown(text))


@given(hostile)
def test_nothing_grows_beyond_its_factor(text: str) -> None:
    assert len(in_markdown(text)) <= 2 * len(text)
    assert len(in_plain(text)) <= 2 * len(text)
    assert len(in_mrkdwn(text)) <= 5 * len(text)


MARKDOWN = """# Your refund

Hi **Ana**, it is _on its way_ ~~today~~:

- first `code`, then ``co`de``
- [x] done

1. one
2. two

> a quote

| a | b |
|---|---|
| 1 | 2 |

```python
print("http://example.com", items[0](x))
```
"""


def test_standard_markdown_stays() -> None:
    assert in_markdown(MARKDOWN) == MARKDOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [the docs](https://a.io/x).", "See the docs (`https://a.io/x`)."),
        ("[**b** `c`](/x 'title')", "**b** `c` (`/x`)"),
        ("![logo](https://a.io/i.png)", "logo (`https://a.io/i.png`)"),
        ("[https://a.io](https://a.io)", "`https://a.io`"),
        ("[wiki](https://a.io/b_(c))", "wiki (`https://a.io/b_(c)`)"),
        ("[https://bank.io](https://evil.io)", "`https://bank.io` (`https://evil.io`)"),
        ("<https://a.io> <https://a.io|here>", "`https://a.io` here (`https://a.io`)"),
        ("Go to https://a.io/b?c=d, or www.a.io.", "Go to `https://a.io/b?c=d`, or `www.a.io`."),
        ("**https://a.io**", "**`https://a.io`**"),
        ("Write to bob@a.io or mailto:bob@a.io", "Write to `bob@a.io` or `mailto:bob@a.io`"),
        ("Visit a.io/b", f"Visit a.{JOINER}io/b"),
        ("[a]: https://a.io\n[a]", f"[a]{JOINER}: `https://a.io`\n[a]"),
        ("[![i](j)](k)", f"[{JOINER}i (`j`)]{JOINER}(k)"),
        ("<!channel> @here <@U1> <#C1>", f"<{JOINER}!channel> @{JOINER}here <{JOINER}@{JOINER}U1> <{JOINER}#C1>"),
        ("`<!here> @channel http://a.io`", f"`<{JOINER}!here> @{JOINER}channel http://a.io`"),
        ("```\n<@U1> @here @bob\n```", f"```\n<{JOINER}@U1> @{JOINER}here @bob\n```"),
        ("  ```sh\n  ls\n x\n  ```", "```sh\nls\nx\n```"),
        ("~~~\n```\n~~~", f"```\n`{JOINER}``\n```"),
        ("```\nno end", "‵‵‵\nno end"),
        ("a ` b", "a ‵ b"),
        ("`a|b`", "`a|b`"),
        ("|a|\n|-|\n|`a|b`|", "|a|\n|-|\n|`a∣b`|"),
        ("a < b > c", "a < b > c"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ],
)
def test_markdown_shows_addresses_as_text(text: str, expected: str) -> None:
    assert in_markdown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*b* _i_ ~s~ `c`", "∗b∗ ˍiˍ ∼s∼ ‵c‵"),
        ("snake_case, 2*3", "snake_case, 2*3"),
        ("<!channel> & <@U1>", f"&lt;{JOINER}!channel&gt; &amp; &lt;{JOINER}@{JOINER}U1&gt;"),
        ("@bob in #general, ticket #42", f"@{JOINER}bob in #{JOINER}general, ticket #42"),
        ("https://a.io", f"https:{JOINER}//a.{JOINER}io"),
        ("> quote\n 1 > 0", f"{JOINER}&gt; quote\n 1 &gt; 0"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
def test_mrkdwn_shows_every_letter_and_formats_none(text: str, expected: str) -> None:
    assert in_mrkdwn(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi\n\n Ana ", "Hi Ana"),
        (":tada: done :+1:", f":{JOINER}tada: done :{JOINER}+1:"),
        ("at 10:30, a: b", "at 10:30, a: b"),
        ("@bob a.io", f"@{JOINER}bob a.{JOINER}io"),
    ],
)
def test_plain_text_is_one_line_of_letters(text: str, expected: str) -> None:
    assert in_plain(text) == expected


@pytest.mark.parametrize("sign", ["\u202e", "\u202b", "\u2067", "\u2068"])
def test_no_sign_turns_the_words_behind_it_around(sign: str) -> None:
    assert in_mrkdwn(f"gpt{sign}evil") == in_plain(f"gpt{sign}evil") == "gptevil"
