"""The audit of what the lock file pins: silent about nothing, whether something was found or nobody answered."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

ROOT = Path(__file__).parents[1]
Audited = tuple[int, str]


class Advisories:
    """A stand-in for osv.dev that knows of something in one package; `status` is what it answers."""

    def __init__(self) -> None:
        self.bad, self.status = "", 200
        self.asked: set[str] = set()

    async def batch(self, request: web.Request) -> web.Response:
        queries = (await request.json())["queries"]
        names = [query["package"]["name"] for query in queries]
        self.asked |= set(names)
        found = {"vulns": [{"id": "OSV-2026-1", "modified": "2026-01-01T00:00:00Z"}]}
        answer = {"results": [found if name == self.bad else {} for name in names]}
        return web.json_response(answer, status=self.status)

    async def one(self, _request: web.Request) -> web.Response:
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
        package = {"ecosystem": "PyPI", "name": self.bad}
        told = {"id": "OSV-2026-1", "modified": "2026-01-01T00:00:00Z", "summary": "Made up for this test"}
        return web.json_response(told | {"affected": [{"package": package, "ranges": ranges}]})


@pytest.fixture
async def advisories() -> AsyncIterator[tuple[Advisories, str]]:
    made, app = Advisories(), web.Application()
    app.add_routes([web.post("/v1/querybatch", made.batch), web.get("/v1/vulns/{id}", made.one)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield made, f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def audited(service: str, **more: str) -> Audited:
    environment = os.environ | {"AUDIT_SERVICE": service, "UV_HTTP_RETRIES": "0", **more}
    process = await asyncio.create_subprocess_exec(
        ROOT / ".ci" / "audit", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_what_is_known_of_a_package_fails_the_check(advisories: tuple[Advisories, str]) -> None:
    service, address = advisories
    service.bad = "aiohttp"
    code, said = await audited(address)
    assert code == 1
    assert "aiohttp" in said
    assert "OSV-2026-1: Made up for this test" in said


async def test_where_nothing_is_known_of_any_package_it_says_how_many_were_asked_for(
    advisories: tuple[Advisories, str],
) -> None:
    service, address = advisories
    code, said = await audited(address)
    assert (code, said[:9]) == (0, "audited: ")
    assert {"aiohttp", "slack-bolt", "pytest", "uv"} <= service.asked


@pytest.mark.parametrize("how", ["nobody listens", "it fails"])
async def test_a_service_that_does_not_answer_is_said_and_fails_where_an_audit_is_required(
    advisories: tuple[Advisories, str], how: str
) -> None:
    service, address = advisories
    service.status = 503
    away = address if how == "it fails" else "http://127.0.0.1:9/"
    code, said = await audited(away)
    assert code == 0
    assert said.startswith("not audited: the advisory service did not answer"), said
    assert (await audited(away, AUDIT="required"))[0] == 3
