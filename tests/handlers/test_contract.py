"""Everything that the document allows, and much that it does not, is asked of a running API by schemathesis."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from bot import tokens
from bot.tokens import Scope
from tests.house import SUPPORT, House
from tests.houses import Houses

EXAMPLES, SEED = 12, 20_261_127
# Not asked: whether all that a schema allows is accepted. A channel must be there, and one of two fields be given.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,"
    "allow_header_conformance,use_after_free,ensure_resource_availability,ignored_auth"
)


# Asked of a channel that is there. Of an array each item is answered by itself, so that a bad one is told by a 207.
CONFIG = f"""
[parameters]
"path.channel" = "{SUPPORT}"
"query.channel" = "{SUPPORT}"

[[operations]]
include-name = "POST /api/v1/drafts"
[operations.checks.negative_data_rejection]
expected-statuses = ["207", "4xx"]
"""


async def run(house: House, folder: Path, *more: str) -> tuple[int, str]:
    """What schemathesis says of the house's API, and how it ends."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        *(f"{house.bot.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {house.token}"),
        *("--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-color"),
        *("--generation-database", "none", "--warnings", "off", "--continue-on-failure", "--request-timeout", "30"),
        *more,
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.timeout(600)
async def test_nothing_that_is_asked_gets_an_answer_that_the_document_does_not_know(
    houses: Houses, tmp_path: Path
) -> None:
    async with houses.open(more={"ASSAY_API_RATE": 1_000_000}) as house:
        async with house.sessions.writing() as session:
            house.token = await tokens.create(session, "tester", scopes=[Scope.ADMIN], now=house.now())
        await house.draft()
        ended, said = await run(house, tmp_path)
    assert ended == 0, said
    cases = re.search(r"(\d+) generated", said)
    assert cases is not None, said
    assert int(cases[1]) > 300, said
