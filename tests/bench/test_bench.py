"""What a benchmark starts is what Assay takes; the figures themselves are no test."""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.settings import Settings
from tests.bench import asked, runs, years
from tests.bench.lately import Lately
from tests.bench.rounds import Comparison
from tests.bench.servers import settings_for
from tests.databases import Postgres

SMALL = Lately(single=450, shared=60, disputed=3, waiting=5)


def test_the_settings_of_a_measured_server_are_taken() -> None:
    taken = Settings.model_validate(settings_for("sqlite+aiosqlite:///bench.db", slack=3_000, port=3_001))
    assert (taken.port, taken.slack_api_url) == (3_001, "http://127.0.0.1:3000/api/")


async def test_digests_are_compared_with_few_labels_and_with_more(
    tmp_path: Path, postgres: Postgres, kind: str
) -> None:
    place = runs.Place(tmp_path, postgres, slack=0, rounds=1, labels=(2_000, 40), lately=SMALL, asked=1)
    measured = await runs.digest(place, {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind])
    assert [one.name.partition(",")[0] for one in measured] == list(asked.QUESTIONS)
    assert all(_both_sides(one) for one in measured)


def _both_sides(one: Comparison) -> bool:
    return all(0 < side["SQL ms"] < side["ms"] for pair in one.rounds for side in pair)


async def test_whatever_leads_ask_sqlite_works_no_more_where_history_is_longer(tmp_path: Path) -> None:
    few, many = [await _steps(tmp_path / f"{labels}.db", labels) for labels in (400, 8_000)]
    assert {question: many[question] <= few[question] * 1.1 for question in few} == dict.fromkeys(asked.QUESTIONS, True)


async def _steps(file: Path, labels: int) -> Mapping[str, int]:
    """How often SQLite's machine takes twenty steps, by questions."""
    url = await years.assay(f"sqlite+aiosqlite:///{file}", labels=labels, lately=SMALL)
    steps, question = Counter[str](), ""

    def step() -> None:
        steps[question] += 1

    def connected(connection: Any, _: Any) -> None:
        connection.run_async(lambda driver: driver.set_progress_handler(step, 20))

    async with aclosing(asked.Reader(url)) as reader:
        for engine in reader.engines:
            event.listen(engine, "connect", connected)
        for question in asked.QUESTIONS:
            await reader.takes(question)
    return steps


async def test_exports_are_compared_with_their_rows_read_and_encoded(
    tmp_path: Path, postgres: Postgres, kind: str
) -> None:
    place = runs.Place(tmp_path, postgres, slack=0, rounds=1, rows=20)
    measured = await runs.export(place, {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind])
    assert len(measured) == 4
    assert all(side["peak MB"] > 10 for one in measured for pair in one.rounds for side in pair)
