"""An HTTP transport for addresses that customers name: what it checked is what it connects to.

A name is resolved once, every address that it has is checked, and the connection goes to one of those addresses: a
name that says another thing the second time (DNS rebinding) is not asked a second time.
"""

import asyncio
import re
import ssl
from collections.abc import Sequence

import httpx

from bot.addresses import Address, Allowed, is_special
from bot.errors import AssayError
from bot.lookups import Lookups, Resolver, TooManyLookups

MOST_TRIED = 3  # addresses of one name
PATIENCE = 5.0  # seconds that a name may take to be resolved while somebody waits for an answer
LONGEST = 2_000  # characters of a URL
TEAM = "assay_team"  # the extension of a request that says for which workspace it is made
HIGHEST_PORT = 65_535
NO_URL = "This is no URL. One looks like https://hooks.example.com/assay."
_HOST = re.compile(rb"[a-z0-9_.-]+|[0-9a-f:.]+")


class RefusedAddress(AssayError):
    """A URL that is not called; the message says why, and what to do."""


class Guarded(httpx.AsyncBaseTransport):
    """Connects to public addresses over https, and to what the operator allows. Redirects are the client's: none."""

    def __init__(self, allowed: Allowed, trust: ssl.SSLContext, resolve: Resolver | None = None) -> None:
        # A kept connection would be found by its address, whatever name it was opened for.
        self._inner = httpx.AsyncHTTPTransport(verify=trust, limits=httpx.Limits(max_keepalive_connections=0))
        self._allowed = allowed
        self._resolve = resolve or Lookups()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises RefusedAddress, TooManyLookups, and whatever httpx raises."""
        try:
            addresses = await self.checked(request.url, request.extensions.get(TEAM, ""))
        except OSError as error:
            raise httpx.ConnectError(f"{request.url.host} has no address", request=request) from error
        failed: httpx.ConnectError | None = None
        for address in addresses[:MOST_TRIED]:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except httpx.ConnectError as error:
                failed = error
        assert failed is not None
        raise failed

    async def checked(self, url: httpx.URL, team: str = "") -> Sequence[Address]:
        """The addresses behind a URL, all of which may be called. Raises RefusedAddress, TooManyLookups, OSError."""
        check_form(url)
        host, port = _ascii(url), _port(url)
        addresses = await self._resolve(host, port, team)
        if not addresses:
            raise OSError(f"{url.host} has no address")
        if self._allowed.by_name(host, port):
            return addresses
        outside = [one for one in addresses if not self._allowed.address(one)]
        if any(map(is_special, outside)):
            raise RefusedAddress(
                f"{url.host} leads to an address that is private, local or reserved, and Assay calls none of those. "
                "An operator can allow it in ASSAY_ALLOW_PRIVATE_URLS."
            )
        if outside and url.scheme != "https":
            raise RefusedAddress(f"Give {url.host} with https://: what is sent there is nobody else's business.")
        return addresses

    async def look_at(self, written: str) -> None:
        """Refuse what is seen to be wrong now; a name that nobody knows may be known later. Raises RefusedAddress."""
        url = parsed(written)
        try:
            async with asyncio.timeout(PATIENCE):
                await self.checked(url)
        except (OSError, TimeoutError, TooManyLookups):
            if url.scheme != "https" and not self._allowed.by_name(_ascii(url), _port(url)):
                words = "cannot be looked up just now. Give it with https://, or try again."
                raise RefusedAddress(f"{url.host} {words}") from None

    async def aclose(self) -> None:
        await self._inner.aclose()


def check_form(url: httpx.URL) -> None:
    """What can be told without asking anybody. Raises RefusedAddress."""
    if url.scheme not in ("https", "http") or not url.raw_host:
        raise RefusedAddress("The URL must begin with https:// and name a host.")
    if not _can_be_looked_up(url) or not _HOST.fullmatch(url.raw_host) or (url.port or 0) > HIGHEST_PORT:
        raise RefusedAddress(NO_URL)
    if url.userinfo:
        raise RefusedAddress("The URL must hold no name and password: it is shown and logged.")
    if url.fragment:
        raise RefusedAddress("The URL must have no #: nobody is sent what follows it.")


def _can_be_looked_up(url: httpx.URL) -> bool:
    """Whether each part of the host's name is one that name servers know."""
    try:
        return bool(url.host and _ascii(url).encode("idna"))
    except UnicodeError:
        return False


def parsed(written: str) -> httpx.URL:
    """A URL as somebody wrote it. Raises RefusedAddress."""
    if len(written) > LONGEST:
        raise RefusedAddress(f"The URL is longer than {LONGEST:,} characters.")
    try:
        url = httpx.URL(written)
    except (httpx.InvalidURL, UnicodeError):
        raise RefusedAddress(NO_URL) from None
    check_form(url)
    return url


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _ascii(url: httpx.URL) -> str:
    """The host as name servers and certificates write it."""
    return url.raw_host.decode("ascii")


def _to(address: Address, request: httpx.Request) -> httpx.Request:
    """The same request to one address; the name goes on in its Host header, and is what the certificate must be for."""
    extensions = {**request.extensions, "sni_hostname": _ascii(request.url)}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )
