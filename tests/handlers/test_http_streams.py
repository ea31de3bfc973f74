"""NDJSON over a bare socket: lines in, answers out, whatever breaks on the way."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text as sql
from sqlmodel import func, select

from bot import tokens
from handlers.http.intake import BATCH
from handlers.http.items import ENDED
from handlers.http.ndjson import BODY_LIMIT
from storage.engine import make_sessions
from storage.models import Draft
from tests.house import House

PATIENCE = 60  # seconds that a test waits for the bot before it fails
MEGABYTE = 2**20


class Stream:
    """A POST of drafts whose body is sent piece by piece."""

    def __init__(self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.writer.write(
            "POST /api/v1/drafts HTTP/1.1\r\nHost: assay\r\nContent-Type: application/x-ndjson\r\n"
            f"Authorization: Bearer {house.token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
        )

    async def sends(self, piece: bytes) -> None:
        self.writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await self.writer.drain()

    async def ends(self) -> list[dict[str, Any]]:
        """Ends the body as it should; the answers."""
        self.writer.write(b"0\r\n\r\n")
        return await self.answers()

    async def answers(self) -> list[dict[str, Any]]:
        """Everything that was answered until the bot closed the connection."""
        return [json.loads(line) async for line in self.lines()]

    async def lines(self) -> AsyncIterator[bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        kept = b""
        while (size := int(await self.reader.readline() or b"0", 16)) > 0:
            *whole, kept = (kept + await self.reader.readexactly(size)).split(b"\n")
            await self.reader.readline()
            for line in whole:
                yield line
        assert kept == b""


@asynccontextmanager
async def stream(house: House) -> AsyncIterator[Stream]:
    address = urlsplit(house.bot.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            yield Stream(house, reader, writer)
        finally:
            writer.transport.abort()


def line(number: int, **more: object) -> bytes:
    body = {"channel": "#support", "prompt": "Help", "draft": f"Draft {number}", "external_id": f"T-{number}"}
    return json.dumps(body | more).encode() + b"\n"


def lines(numbers: Iterable[int]) -> bytes:
    return b"".join(map(line, numbers))


async def drafts(house: House) -> int:
    async with house.sessions.reading() as session:
        return (await session.exec(select(func.count()).select_from(Draft))).one()


def statuses(answers: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["index"], one["status"]) for one in answers]


async def test_each_line_is_answered_in_its_place_however_the_bytes_arrive(house: House) -> None:
    whole = line(1) + b"\n" + b"no json\n" + b"[1]\n" + line(2, draft="Grüße 🙂") + line(1) + line(3).rstrip()
    async with stream(house) as sent:
        for at in range(0, len(whole), 7):
            await sent.sends(whole[at : at + 7])
        answers = await sent.ends()
    assert statuses(answers) == [
        (0, "created"),
        (1, "error"),
        (2, "error"),
        (3, "created"),
        (4, "exists"),
        (5, "created"),
    ]
    assert [one["line"] for one in answers] == [1, 3, 4, 5, 6, 7]
    assert await drafts(house) == 3


async def test_a_stream_whose_token_is_ended_stores_nothing_more(house: House) -> None:
    async with stream(house) as sent:
        await sent.sends(b"".join(map(line, range(BATCH))))
        answers = sent.lines()
        stored = [json.loads(await anext(answers)) for _ in range(BATCH)]
        async with house.sessions.writing() as session:
            assert await tokens.revoke(session, 1, now=house.now())
        await sent.sends(line(BATCH))
        sent.writer.write(b"0\r\n\r\n")
        (refused,) = [json.loads(one) async for one in answers]
    assert {one["status"] for one in stored} == {"created"}
    assert (refused["status"], refused["detail"]) == ("error", ENDED)
    async with house.sessions.reading() as session:
        assert (await session.exec(select(func.count()).select_from(Draft))).one() == BATCH


async def test_a_stream_cut_in_the_middle_of_a_line_stores_whole_batches_only(house: House) -> None:
    async with stream(house) as cut:
        await cut.sends(lines(range(BATCH + 50)) + line(BATCH + 50)[:20])
        answered = cut.lines()
        assert [json.loads(await anext(answered))["status"] for _ in range(BATCH)] == ["created"] * BATCH
    assert await drafts(house) == BATCH
    async with stream(house) as again:
        await again.sends(lines(range(BATCH + 51)))
        answers = await again.ends()
    assert [one["status"] for one in answers] == ["exists"] * BATCH + ["created"] * 51


async def test_a_connection_that_drops_in_the_middle_of_a_line_stores_nothing(house: House) -> None:
    async with stream(house) as cut:
        await cut.sends(lines(range(3)) + line(4).rstrip()[:-1])
    async with stream(house) as whole:
        await whole.sends(line(9))
        assert statuses(await whole.ends()) == [(0, "created")]
    await house.settles()
    assert await drafts(house) == 1


async def test_a_line_beyond_four_megabytes_is_refused_and_its_neighbours_are_not(house: House) -> None:
    async with stream(house) as sent:
        await sent.sends(line(1))
        for _ in range(BODY_LIMIT // MEGABYTE + 2):
            await sent.sends(b"x" * MEGABYTE)
        await sent.sends(b"\n" + line(2))
        answers = await sent.ends()
    assert statuses(answers) == [(0, "created"), (1, "error"), (2, "created")]
    assert "longer than 4 MiB" in answers[1]["detail"]


async def test_when_the_database_goes_away_the_lines_that_were_not_stored_say_so(house: House) -> None:
    other = make_sessions(house.url)
    async with stream(house) as sent:
        await sent.sends(lines(range(BATCH)))
        first = sent.lines()
        stored = [json.loads(await anext(first)) for _ in range(BATCH)]
        async with other.writing() as session:
            lock = "LOCK TABLE draft IN ACCESS EXCLUSIVE MODE" if "postgresql" in house.url else "SELECT 1"
            await (await session.connection()).execute(sql(lock))
            await sent.sends(lines(range(BATCH, BATCH + 3)))
            sent.writer.write(b"0\r\n\r\n")
            refused = [json.loads(one) async for one in first]
    await other.close()
    assert [one["status"] for one in stored] == ["created"] * BATCH
    assert statuses(refused) == [(BATCH + number, "error") for number in range(3)]
    assert all("send it again in a minute" in one["detail"] for one in refused)
    await house.bot.tools.afterwards.done()
    assert await drafts(house) == BATCH


async def test_memory_stays_flat_for_one_line_of_forty_megabytes(house: House) -> None:
    async with stream(house) as sent:
        tracemalloc.start()
        try:
            for _ in range(160):
                await sent.sends(b"x" * (MEGABYTE // 4))
            answers = await sent.ends()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert statuses(answers) == [(0, "error")]
    assert peak < 20 * MEGABYTE


async def test_memory_stays_flat_for_twenty_megabytes_of_bad_lines(house: House) -> None:
    bad = json.dumps({"channel": "#support", "prompt": "x" * 8_000, "draft": ""}).encode() + b"\n"
    counted = 0
    async with stream(house) as sent:

        async def write() -> None:
            for _ in range(250):
                await sent.sends(bad * 10)
            sent.writer.write(b"0\r\n\r\n")

        tracemalloc.start()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(write())
                async for answer in sent.lines():
                    counted += b'"error"' in answer
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert counted == 2_500
    assert peak < 14 * MEGABYTE
    assert await drafts(house) == 0
