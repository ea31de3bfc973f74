"""Bodies unpacked piece by piece, so that a small packed one cannot become a large one at once."""

import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import web

from handlers.http.problems import Problem

PIECE = 2**16
PACKINGS = ("gzip", "x-gzip", "deflate")
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


async def pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body's pieces, unpacked. Raises web.RequestPayloadError where it broke off or is packed in another way."""
    if packing_of(request) is None:
        async for chunk in request.content.iter_any():
            yield chunk
        return
    unpacker = zlib.decompressobj(EITHER)
    async for chunk in request.content.iter_any():
        left, piece = chunk, b""
        while left or len(piece) == PIECE:
            try:
                piece = unpacker.decompress(left, PIECE)
            except zlib.error as error:
                raise web.RequestPayloadError("The body is not packed as its Content-Encoding says.") from error
            yield piece
            left = unpacker.unconsumed_tail
            if unpacker.eof and unpacker.unused_data:
                left, unpacker = unpacker.unused_data, zlib.decompressobj(EITHER)
    if not unpacker.eof:
        raise web.RequestPayloadError("The body broke off.")


async def whole(request: web.Request, *, limit: int) -> bytes:
    """The body, unpacked. Raises web.HTTPRequestEntityTooLarge where it is longer than the limit."""
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    return bytes(body)
