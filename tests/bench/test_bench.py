"""What a benchmark starts is what Assay takes; the figures themselves are no test."""

from bot.settings import Settings
from tests.bench.servers import settings_for


def test_the_settings_of_a_measured_server_are_taken() -> None:
    taken = Settings.model_validate(settings_for("sqlite+aiosqlite:///bench.db", slack=3_000, port=3_001))
    assert (taken.port, taken.slack_api_url) == (3_001, "http://127.0.0.1:3000/api/")
