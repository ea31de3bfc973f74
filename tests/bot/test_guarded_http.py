"""What a customer's URL may reach: tried with real servers on loopback, which stand for the operator's network."""

import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.addresses import Address, Allowed
from bot.guarded_http import Guarded, RefusedAddress, parsed

NAME = "hooks.example.com"


@dataclass
class Server:
    """A server on several addresses of this machine, and who came where by which name."""

    port: int = 0
    came: list[tuple[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.came.append((request.transport.get_extra_info("sockname")[0], request.host))
        return web.Response(text="inside")


@asynccontextmanager
async def serving(*hosts: str, trust: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    made, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        for host in hosts:
            await web.TCPSite(runner, host, made.port, ssl_context=trust).start()
            made.port = runner.addresses[0][1]
        yield made
    finally:
        await runner.cleanup()


class Names:
    """A name server that answers another thing each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked, self.name = list(answers), 0, ""

    async def __call__(self, host: str, _port: int, _team: str) -> Sequence[Address]:
        self.asked, self.name = self.asked + 1, host
        return [ipaddress.ip_address(one) for one in self.answers[min(self.asked, len(self.answers)) - 1].split()]


async def gets(url: str, allowed: str = "", names: Names | None = None, trust: ssl.SSLContext | None = None) -> str:
    guard = Guarded(Allowed.of(allowed), trust or ssl.create_default_context(), names)
    async with httpx.AsyncClient(transport=guard, trust_env=False) as http:
        return (await http.get(url)).text


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0", "[::ffff:127.0.0.1]", "[::1]"]
)
async def test_nothing_on_this_machine_is_reached_however_it_is_written(host: str) -> None:
    async with serving("127.0.0.1") as server:
        for scheme in ("http", "https"):
            with pytest.raises(RefusedAddress, match="private, local or reserved"):
                await gets(f"{scheme}://{host}:{server.port}/")
        assert server.came == []


async def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address() -> None:
    async with serving("127.0.0.1") as server:
        for answer in ("127.0.0.1", "1.1.1.1 127.0.0.1", "169.254.169.254", "fd00:ec2::254"):
            with pytest.raises(RefusedAddress, match=NAME):
                await gets(f"https://{NAME}:{server.port}/", names=Names(answer))
        assert server.came == []


async def test_a_name_is_asked_once_and_what_was_checked_is_what_is_connected_to() -> None:
    async with serving("127.0.0.2", "127.0.0.1") as server:
        names = Names("127.0.0.2", "127.0.0.1")  # the second answer would lead where nobody may go
        said = await gets(f"http://{NAME}:{server.port}/", "127.0.0.2", names)
        assert (said, names.asked) == ("inside", 1)
        assert server.came == [("127.0.0.2", f"{NAME}:{server.port}")]


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async with serving("127.0.0.2") as server:
        said = await gets(f"http://{NAME}:{server.port}/", "127.0.0.0/8", Names("127.0.0.3 127.0.0.2"))
        assert said == "inside"
        with pytest.raises(httpx.ConnectError):
            await gets(f"http://{NAME}:{server.port}/", "127.0.0.0/8", Names("127.0.0.3 127.0.0.4"))


async def test_what_the_operator_allows_by_name_or_network_is_reached_without_https() -> None:
    async with serving("127.0.0.1") as server:
        for allowed in ("127.0.0.0/8", "localhost", f"localhost:{server.port}"):
            assert await gets(f"http://localhost:{server.port}/", allowed, Names("127.0.0.1")) == "inside"
        with pytest.raises(RefusedAddress, match="private, local or reserved"):
            await gets(f"http://localhost:{server.port}/", "localhost:1", Names("127.0.0.1"))


async def test_a_name_in_any_script_is_asked_for_as_name_servers_write_it() -> None:
    async with serving("127.0.0.1") as server:
        names = Names("127.0.0.1")
        assert await gets(f"http://bücher.example.com:{server.port}/", "xn--bcher-kva.example.com", names) == "inside"
        assert names.name == "xn--bcher-kva.example.com"


async def test_a_public_address_without_https_is_refused() -> None:
    with pytest.raises(RefusedAddress, match="https://"):
        await gets(f"http://{NAME}/", names=Names("1.1.1.1"))


async def test_a_name_without_an_address_cannot_be_reached() -> None:
    with pytest.raises(httpx.ConnectError):
        await gets(f"https://{NAME}/", names=Names(""))


async def test_the_certificate_must_be_for_the_name_not_for_the_address(tmp_path: Path) -> None:
    theirs, ours = _certificate(NAME, tmp_path)
    async with serving("127.0.0.1", trust=theirs) as server:
        names = Names("127.0.0.1")
        assert await gets(f"https://{NAME}:{server.port}/", "127.0.0.1", names, ours) == "inside"
        with pytest.raises(httpx.ConnectError, match=r"not valid for 'other\.example\.com'"):
            await gets(f"https://other.example.com:{server.port}/", "127.0.0.1", names, ours)


async def test_a_connection_is_not_kept_for_another_name_at_the_same_address() -> None:
    async with serving("127.0.0.1") as server:
        guard = Guarded(Allowed.of("127.0.0.1"), ssl.create_default_context(), Names("127.0.0.1"))
        async with httpx.AsyncClient(transport=guard, trust_env=False) as http:
            for name in ("one.example.com", "other.example.com"):
                await http.get(f"http://{name}:{server.port}/")
        assert [host for _, host in server.came] == [f"{one}.example.com:{server.port}" for one in ("one", "other")]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("ftp://hooks.example.com/", "begin with https"),
        ("hooks.example.com", "begin with https"),
        ("https:///path", "name a host"),
        ("https://ana:secret@hooks.example.com/", "no name and password"),
        ("https://hooks.example.com/#top", "no #"),
        ("https://" + "x" * 2_000, "longer than 2,000"),
        ("https://exa mple.com", "no URL"),
        ("https://[::1", "no URL"),
        ("https://a:99999", "no URL"),
        ("https://\u0000", "no URL"),
        ("https://a..b/", "no URL"),
        ("https://xn--a/", "no URL"),
        (f"https://{'a' * 64}.example.com", "no URL"),
    ],
)
def test_what_is_no_usable_url_is_refused_with_a_sentence(written: str, why: str) -> None:
    with pytest.raises(RefusedAddress, match=why):
        parsed(written)


def _certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for a name, and that of a client who trusts it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "server.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=made.public_bytes(pem).decode())
    return server, client
