"""The page about replicas: every command on it is run, in its order, and does what stands there."""

import os
import re
import socket
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.databases import Postgres
from tests.house import House
from tests.stories.steps import one_database

PAGE = Path(__file__).parents[1] / "docs" / "scaling-out.md"
ADDRESS = "postgresql+psycopg://assay@db.example.com/assay"
STEPS = ["assay migrate", f"assay move --to {ADDRESS}", f"export ASSAY_DATABASE_URL={ADDRESS}", "assay doctor"]
STEPS += ["assay serve"]


def blocks(language: str) -> Iterator[str]:
    yield from re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Each command with what stands below it."""
    return [
        (command, said.strip())
        for block in blocks("console")
        for command, said in re.findall(r"^\$ (.*)\n((?:(?!\$).*\n)*)", block, re.MULTILINE)
    ]


@one_database
async def test_every_command_on_the_page_does_what_it_says(house: House, postgres: Postgres, tmp_path: Path) -> None:
    house.box.clock.set(time.time())  # the doctor looks at the machine's clock
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        for statement in "".join(blocks("sql")).split(";"):
            if statement.strip():
                connection.execute(statement)
    theirs = make_url(postgres.url("assay")).set(username="assay").render_as_string(hide_password=False)
    environment = os.environ | {
        "ASSAY_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'first.db'}",
        "SLACK_BOT_TOKEN": house.box.app.bot_token,
        "SLACK_SIGNING_SECRET": house.box.app.signing_secret,
        "ASSAY_SLACK_API_URL": house.box.api_url,
        "ASSAY_PORT": str(free_port()),
    }
    assert [command for command, _ in commands()] == STEPS
    for command, said in commands():
        words = command.replace(ADDRESS, theirs).split()
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
        elif words[1] == "serve":
            await serves(words, environment)
        else:
            assert said in await runs(words, environment)


async def runs(words: list[str], environment: dict[str, str]) -> str:
    process = await create_subprocess_exec(*at_home(words), env=environment, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def serves(words: list[str], environment: dict[str, str]) -> None:
    """It runs, and ends in order when it is told to."""
    process = await create_subprocess_exec(*at_home(words), env=environment, stdout=PIPE, stderr=STDOUT)
    assert process.stdout is not None
    while b"assay is running" not in (line := await process.stdout.readline()):
        assert line, "it ended instead"
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


def at_home(words: list[str]) -> list[str]:
    return [str(Path(sys.executable).with_name(words[0])), *words[1:]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_whatever_is_named_on_the_page_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    asked = subprocess.run([*at_home(["assay", "move"]), "--help"], capture_output=True, text=True, check=True)
    assert all(option in asked.stdout for option in set(re.findall(r"--\w+", page)))
