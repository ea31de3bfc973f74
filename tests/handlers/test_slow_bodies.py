"""A body that comes drop by drop is not waited for without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from handlers.http.problems import as_documents
from handlers.http.unpacking import pieces, whole

HEAD = b"POST /api/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"


@asynccontextmanager
async def connected(**patience: float) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that reads a body with this patience."""

    async def take(request: web.Request) -> web.Response:
        if "seconds" in patience:
            return web.Response(body=await whole(request, limit=100, **patience))
        return web.Response(body=b"".join([piece async for piece in pieces(request, **patience)]))

    app = web.Application(middlewares=[as_documents])
    app.router.add_post("/api/", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
    try:
        yield reader, writer
    finally:
        writer.close()
        await runner.cleanup()


async def status(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readline()).split()[1]


async def test_a_body_of_which_nothing_more_comes_gets_a_408() -> None:
    async with connected(idle=0.01, seconds=60) as (reader, writer):
        writer.write(HEAD + b"half")
        assert await status(reader) == b"408"


async def test_a_body_that_never_pauses_and_never_ends_gets_a_408() -> None:
    async with connected(idle=60, seconds=0.01) as (reader, writer):
        writer.write(HEAD + b"half")
        assert await status(reader) == b"408"
        await reader.readuntil(b"did not arrive in time")  # what is left of the body is heard for ten seconds yet


async def test_a_stream_that_stalls_counts_as_one_that_broke_off() -> None:
    async with connected(idle=0.01) as (reader, writer):
        writer.write(HEAD + b"half")
        assert await status(reader) == b"400"


async def test_a_body_in_two_parts_is_read_whole() -> None:
    async with connected(idle=60, seconds=60) as (reader, writer):
        writer.write(HEAD + b"half")
        await writer.drain()
        writer.write(b"+half.")
        assert await status(reader) == b"200"
