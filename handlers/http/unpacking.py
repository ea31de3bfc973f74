"""Bodies unpacked piece by piece, so that a small packed one cannot become a large one at once."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import web

from handlers.http.problems import Problem, too_slow

PIECE = 2**16
IDLE, WHOLE = 30.0, 120.0  # seconds until the next piece of a body, and until all of one that is read as a whole
PACKINGS = ("gzip", "x-gzip", "deflate")
MOST_EMPTY = 1_000  # members of a packed body in which there is nothing
EITHER = 47  # zlib's word for a gzip or a zlib header


def packing_of(request: web.Request) -> str | None:
    """How the body is packed, or None. Raises Problem for a packing that is not taken."""
    named = request.headers.get("Content-Encoding", "").strip().lower()
    if named in ("", "identity"):
        return None
    if named not in PACKINGS:
        detail = "This Content-Encoding is not taken. Send the body as it is, or packed with gzip or deflate."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    return named


async def pieces(request: web.Request, *, idle: float = IDLE) -> AsyncIterator[bytes]:
    """The body's pieces, unpacked. Raises web.RequestPayloadError where it broke off, is packed in another way or into
    a great many members without anything in them, or nothing more of it came for a while."""
    if packing_of(request) is None:
        async for chunk in _arriving(request, idle):
            yield chunk
        return
    members = _Members()
    async for chunk in _arriving(request, idle):
        left, piece = chunk, b""
        while left or len(piece) == PIECE:
            await asyncio.sleep(0)  # a chunk may hold thousands of members: others get their turn
            piece, left = members.unpack(left)
            if piece:
                yield piece
    members.end()


async def whole(request: web.Request, *, limit: int, idle: float = IDLE, seconds: float = WHOLE) -> bytes:
    """The body, unpacked. Raises web.HTTPRequestEntityTooLarge where it is longer than the limit, Problem where it
    does not arrive in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in pieces(request, idle=idle):
                body += piece
                if len(body) > limit:
                    raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    except (TimeoutError, Stalled):
        raise too_slow() from None
    return bytes(body)


class _Members:
    """What a body was packed into: one member mostly, or many behind one another."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(EITHER)
        self._size = self._empty = 0

    def unpack(self, packed: bytes) -> tuple[bytes, bytes]:
        """The next piece, and what is left to unpack. Raises web.RequestPayloadError."""
        try:
            piece = self._unpacker.decompress(packed, PIECE)
        except zlib.error as error:
            raise web.RequestPayloadError("The body is not packed as its Content-Encoding says.") from error
        self._size += len(piece)
        if not (self._unpacker.eof and self._unpacker.unused_data):
            return piece, self._unpacker.unconsumed_tail
        self._empty += self._size == 0
        if self._empty > MOST_EMPTY:
            raise web.RequestPayloadError("Too much of what the body was packed into holds nothing.")
        left, self._size, self._unpacker = self._unpacker.unused_data, 0, zlib.decompressobj(EITHER)
        return piece, left

    def end(self) -> None:
        """Raises web.RequestPayloadError where the last one goes on."""
        if not self._unpacker.eof:
            raise web.RequestPayloadError("The body broke off.")


class Stalled(web.RequestPayloadError):
    """Nothing more of a body came for a while."""


async def _arriving(request: web.Request, idle: float) -> AsyncIterator[bytes]:
    chunks = aiter(request.content.iter_any())
    while True:
        try:
            async with asyncio.timeout(idle):
                chunk = await anext(chunks, b"")
        except TimeoutError:
            raise Stalled("Nothing more came.") from None
        if not chunk:
            return
        yield chunk
