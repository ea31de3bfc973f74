"""Statements are compiled once for the whole run: each test has engines of its own, which would compile them again."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def compiled_once(patch: pytest.MonkeyPatch) -> None:
    """Engines that are made from now on share what the first one of their kind of database has compiled."""
    first: dict[str, Engine] = {}

    def made(*args: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*args, **options)
        like = first.setdefault(engine.dialect.name, engine.sync_engine)
        # A compiled statement is found by its dialect, so that belongs to it.
        engine.sync_engine.dialect, engine.sync_engine._compiled_cache = like.dialect, like._compiled_cache
        return engine

    patch.setattr("storage.engine.create_async_engine", made)
