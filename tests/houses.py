"""What is made once for the whole run and copied for every test: migrated databases, and furnished houses."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage import migrate
from tests.databases import Postgres, copied
from tests.house import Furnished, House, furnish, open_house


@dataclass
class Templates:
    """Made when first asked for. Nobody is connected to what stands here, so that it can be copied."""

    folder: Path
    databases: dict[bool, str] = field(default_factory=dict)
    houses: dict[tuple[bool, str, bool], Furnished] = field(default_factory=dict)

    async def migrated(self, server: Postgres | None) -> str:
        """The URL of a migrated database on the server, or in a file."""
        key = server is not None
        if key not in self.databases:
            url = server.url(server.create()) if server else f"sqlite+aiosqlite:///{self.folder / 'migrated.db'}"
            await migrate.upgrade(url)
            self.databases[key] = url
        return self.databases[key]

    async def furnished(self, server: Postgres | None, *, overlap: str, set_up: bool, **fields: Any) -> Furnished:
        """`fields` are asked for once a run: a house with others is another run's."""
        key = (server is not None, overlap, set_up)
        if key not in self.houses:
            folder = self.folder / uuid.uuid4().hex
            folder.mkdir()
            url = copied(await self.migrated(server), folder, server)
            self.houses[key] = await furnish(url, overlap=overlap, set_up=set_up, **fields)
        return self.houses[key]


@dataclass(frozen=True)
class Houses:
    """The houses of one test; each has a database of its own. One a test on SQLite, where it lies in `folder`."""

    templates: Templates
    server: Postgres | None
    folder: Path

    @asynccontextmanager
    async def open(self, *, overlap: str = "None", set_up: bool = True, **more: Any) -> AsyncIterator[House]:
        """`more` is what `open_house` takes."""
        furnished = await self.templates.furnished(self.server, overlap=overlap, set_up=set_up)
        url = copied(furnished.url, self.folder, self.server)
        try:
            async with open_house(furnished, url, **more) as house:
                yield house
        finally:
            if self.server is not None:
                self.server.drop(url)
