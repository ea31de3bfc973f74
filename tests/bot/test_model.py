"""The model client against a real server that answers well, slowly, not at all, or with lies."""

import asyncio
import gzip
import json
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from bot.model import LARGEST, Model, Patience
from bot.model_answers import ModelUnavailable, Usage, Written
from bot.settings import Settings
from tests.model_server import (
    KEY,
    REPLY,
    Behaviour,
    ModelServer,
    completion,
    drops,
    gives,
    gives_raw,
    model_server,
    never_ends,
    refuses,
    says,
    streams,
    waits_for,
    writes,
)

ASKED = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where is my money?"}]


PATIENT = Patience()
NEEDED = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "a-signing-secret-of-a-test"}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as running:
        yield running


async def reply(server: ModelServer, behaviour: Behaviour, *, patience: Patience = PATIENT, key: str = KEY) -> Written:
    server.plan.append(behaviour)
    async with httpx.AsyncClient(verify=False) as http:
        return await Model(http, server.url, SecretStr(key), "support-1", patience).reply(ASKED)


async def failure(server: ModelServer, behaviour: Behaviour, *, patience: Patience = PATIENT) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as raised:
        await reply(server, behaviour, patience=patience)
    return raised.value


async def test_the_conversation_goes_to_the_model_as_it_is_with_the_key(server: ModelServer) -> None:
    written = await reply(server, says(REPLY))
    assert written == Written(REPLY, "support-1-0811", Usage(120, 30))
    assert server.asked == [{"model": "support-1", "messages": ASKED, "stream": False}]
    assert server.keys == [f"Bearer {KEY}"]


async def test_a_server_of_ones_own_needs_no_key(server: ModelServer) -> None:
    await reply(server, says(REPLY), key="")
    assert server.keys == [None]


@pytest.mark.parametrize("line", ["\n", "\r\n"])
async def test_a_stream_that_nobody_asked_for_is_read_as_well(server: ModelServer, line: str) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    written = await reply(server, streams("Grüße", " aus\n\nKöln", " 😀", line=line, usage=usage))
    assert written == Written("Grüße aus\n\nKöln 😀", "support-1-0811", Usage(7, 3))


async def test_a_stream_without_its_last_line_is_whole_when_it_said_that_it_ends(server: ModelServer) -> None:
    assert (await reply(server, streams(REPLY, end=b""))).text == REPLY


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("\n Hello. \n", "Hello."),
        ("<think>He wants\nmoney.</think>\n\nHello.", "Hello."),
        ("Use <think> as a tag, </think> too.", "Use <think> as a tag, </think> too."),
        ("Hel\0lo\x1b\ud83d.", "Hello."),
        ("One\n\n\tTwo\r\n", "One\n\n\tTwo"),
        ("<th\0ink>He wants money.</think>Hello.", "Hello."),
    ],
)
async def test_what_no_reader_should_see_is_left_out(server: ModelServer, content: str, text: str) -> None:
    assert (await reply(server, says(content))).text == text


@pytest.mark.parametrize("model", [None, 7, "", "x" * 201])
async def test_a_model_that_does_not_say_its_name_has_the_one_it_was_asked_by(
    server: ModelServer, model: object
) -> None:
    assert (await reply(server, says(REPLY, model=model))).model == "support-1"


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": -1, "completion_tokens": True}, {"prompt_tokens": "9"}])
async def test_tokens_that_are_not_counted_are_estimated(server: ModelServer, usage: object) -> None:
    spent = (await reply(server, says("a" * 40, usage=usage))).usage
    assert spent.completion == 10
    assert 30 < spent.prompt < 60


LIES = {
    "no choices": gives({**completion(REPLY), "choices": []}),
    "choices of another type": gives({**completion(REPLY), "choices": "many"}),
    "a choice of another type": gives({**completion(REPLY), "choices": [REPLY]}),
    "no message": gives({**completion(REPLY), "choices": [{}]}),
    "null content": says(None),
    "content of another type": says([{"type": "text", "text": REPLY}]),
    "a list": gives([completion(REPLY)]),
    "null": gives(None),
    "html": gives_raw(b"<html><body>Welcome to nginx</body></html>", content_type="text/html"),
    "no UTF-8": gives_raw(json.dumps(completion("caf\xe9"), ensure_ascii=False).encode("latin-1")),
    "nothing": gives_raw(b""),
    "depths": gives_raw(b"[" * 200_000),
    "an empty text": says(" \n "),
    "nothing but thoughts": says("<think>Hm.</think>"),
    "thoughts without an end": says("<think>I should not tell him that"),
    "a text that nobody can see": says("\u200b\u202e \u3164\u2800\ufeff"),
    "packed": gives_raw(gzip.compress(json.dumps(completion(REPLY)).encode()), Content_Encoding="gzip"),
    "a stream that broke off": gives_raw(b'data: {"choices": [{"delta": {"content": "Hel"}}]}\n\n'),
    "a stream with an error": streams("Hel", error={"message": KEY}),
    "a stream of no JSON": gives_raw(b"data: hello\n\ndata: [DONE]\n\n"),
    "a stream of numbers": gives_raw(b'data: {"choices": [{"delta": {"content": 7}}]}\n\ndata: [DONE]\n\n'),
    "less than was promised": writes(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{}"),
    "more than was promised": writes(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + json.dumps(completion(REPLY)).encode()
    ),
    "no HTTP": writes(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a dropped connection": drops,
    "500": refuses(500),
    "503": refuses(503),
    "429": refuses(429),
    "408": refuses(408),
}
REFUSALS = {
    "400": refuses(400),
    "401": refuses(401),
    "403": refuses(403),
    "404": refuses(404),
    "elsewhere": refuses(302, Location="https://example.com/"),
    "a hundred megabytes": never_ends,
    "a text that is too long": says("word " * 10_000),
    "a reply that was cut off": gives(
        completion("", choices=[{"message": {"content": "Hel"}, "finish_reason": "length"}])
    ),
    "a reply that was held back": gives(
        completion("", choices=[{"message": {"content": None}, "finish_reason": "content_filter"}])
    ),
}


@pytest.mark.parametrize("name", LIES)
async def test_what_may_pass_is_tried_again(server: ModelServer, name: str) -> None:
    assert (await failure(server, LIES[name])).again, name


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_stays_as_it_is_is_not(server: ModelServer, name: str) -> None:
    assert not (await failure(server, REFUSALS[name])).again, name


@pytest.mark.parametrize("name", [*LIES, *REFUSALS])
async def test_no_failure_tells_the_key_or_the_servers_words(server: ModelServer, name: str) -> None:
    told = "".join(traceback.format_exception(await failure(server, (LIES | REFUSALS)[name])))
    assert KEY not in told
    assert "nginx" not in told


@pytest.mark.parametrize("reason", [[], ["stop"], {"why": "stop"}, 7, True])
async def test_a_strange_reason_to_end_is_no_reason_to_drop_the_reply(server: ModelServer, reason: object) -> None:
    choices = [{"message": {"content": REPLY}, "finish_reason": reason}]
    assert (await reply(server, gives(completion("", choices=choices)))).text == REPLY


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: ModelServer) -> None:
    big = gives_raw(b" " * (LARGEST + 1))
    assert str(await failure(server, big)) == "The model's answer is far too large."


async def test_silence_and_dawdling_have_an_end(server: ModelServer) -> None:
    free = asyncio.Event()
    impatient = [Patience(read=0.05), Patience(whole=0.05)]
    for patience in impatient:
        error = await failure(server, waits_for(free, says(REPLY)), patience=patience)
        assert (str(error), error.again) == ("The model did not answer in time.", True)
    free.set()


async def test_nobody_there_is_a_failure_like_another() -> None:
    async with httpx.AsyncClient(verify=False) as http:
        with pytest.raises(ModelUnavailable, match="cannot be reached") as raised:
            await Model(http, "http://127.0.0.1:9/v1", SecretStr(KEY), "support-1").reply(ASKED)
    assert raised.value.again


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("7", "", 7.0),
        ("0.5", "", 0.5),
        ("86400", "", 900.0),
        ("Wed, 18 Nov 2026 12:00:30 GMT", "Wed, 18 Nov 2026 12:00:10 GMT", 20.0),
        ("Wed, 18 Nov 2026 12:00:00 GMT", "Wed, 18 Nov 2026 12:00:10 GMT", 0.0),
        ("soon", "Wed, 18 Nov 2026 12:00:10 GMT", None),
        ("-5", "", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Wed, 18 Nov 2026 12:00:10 GMT", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999", "Wed, 18 Nov 2026 12:00:10 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2300", "Wed, 18 Nov 2026 12:00:10 GMT", 0.0),
    ],
)
async def test_a_server_says_when_to_come_again(
    server: ModelServer, said: str, date: str, seconds: float | None
) -> None:
    """As seconds or as a time on its own clock, but for no more than a quarter of an hour."""
    error = await failure(server, refuses(429, Retry_After=said, **({"Date": date} if date else {})))
    assert error.seconds == seconds


class TestSettings:
    def read(self, **changed: str) -> Settings:
        return Settings.model_validate(
            NEEDED | {"ASSAY_MODEL_URL": "https://api.example.com/v1", "ASSAY_MODEL_NAME": "m"} | changed
        )

    @pytest.mark.parametrize(
        "url", ["ftp://a/v1", "api.example.com", "https://me:pw@a/v1", "https://a/v1?k=1", "https://"]
    )
    def test_the_address_is_one_of_the_web_and_holds_no_secret(self, url: str) -> None:
        with pytest.raises(ValidationError):
            self.read(ASSAY_MODEL_URL=url)

    def test_a_key_that_no_header_can_hold_is_told_at_the_start_and_not_shown(self) -> None:
        with pytest.raises(ValidationError) as raised:
            self.read(ASSAY_MODEL_KEY="sk-se\ncret")
        assert "cret" not in str(raised.value)

    def test_the_line_end_of_a_file_is_no_part_of_the_key(self) -> None:
        assert self.read(ASSAY_MODEL_KEY=f"{KEY}\n").model_key.get_secret_value() == KEY

    def test_an_address_needs_a_name(self) -> None:
        with pytest.raises(ValidationError) as raised:
            self.read(ASSAY_MODEL_NAME="")
        assert [(one["loc"], one["type"]) for one in raised.value.errors()] == [(("ASSAY_MODEL_NAME",), "missing")]

    @pytest.mark.parametrize("more", ["", "/", "/chat/completions", "/chat/completions/"])
    def test_the_whole_address_of_the_method_means_its_base(self, more: str) -> None:
        assert self.read(ASSAY_MODEL_URL=f"https://api.example.com/v1{more}").model_url == "https://api.example.com/v1"

    def test_without_an_address_no_model_is_set_up(self) -> None:
        assert self.read(ASSAY_MODEL_URL="").model is None
        assert self.read().model == "m"
