"""Time zones are found by what people type, the best first."""

from datetime import UTC, datetime

import pytest

from bot import time_zones

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("berlin", "Europe/Berlin"),
        ("BERL", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("america new", "America/New_York"),
        ("Europe/Lisbon (UTC)", "Europe/Lisbon"),
        ("utc+05:30", "Asia/Calcutta"),
        ("utc", "UTC"),
    ],
)
def test_what_is_typed_finds_the_zone(typed: str, first: str) -> None:
    assert time_zones.found(typed, NOON, limit=100)[0] == first


def test_every_name_finds_itself_first_and_no_more_than_fit_are_shown() -> None:
    for name in time_zones.names()[::20]:
        found = time_zones.found(name, NOON, limit=5)
        assert name in found
        assert len(found) <= 5
    assert len(time_zones.found("a", NOON, limit=100)) == 100


def test_a_zone_is_described_with_its_offset_of_today() -> None:
    assert time_zones.described("Europe/Berlin", NOON) == "Europe/Berlin (UTC+01:00)"
    assert time_zones.described("Europe/Berlin", NOON.replace(month=7)) == "Europe/Berlin (UTC+02:00)"
    assert time_zones.described("America/St_Johns", NOON) == "America/St_Johns (UTC-03:30)"
