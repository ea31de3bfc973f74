"""Shells, whose databases are made once and copied for every test."""

import asyncio
import shutil
from pathlib import Path

import pytest

from storage import migrate
from tests.handlers.shells import Shell, work


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shells") / "migrated.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def busy_file(migrated_file: Path) -> Path:
    file = Path(shutil.copy(migrated_file, migrated_file.with_name("busy.db")))
    asyncio.run(work(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def empty_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def shell(empty_shell: Shell, migrated_file: Path) -> Shell:
    shutil.copy(migrated_file, empty_shell.file)
    return empty_shell


@pytest.fixture
def busy_shell(empty_shell: Shell, busy_file: Path) -> Shell:
    shutil.copy(busy_file, empty_shell.file)
    return empty_shell
