"""Which of Slack's limits a delivery takes out of, and which are closed when Slack wants none of it for a while."""

from datetime import UTC, datetime

import pytest

from bot import paces
from storage.models import Delivery
from storage.queries.deliveries import CHANGES
from storage.words import DeliveryKind

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def of(kind: DeliveryKind) -> Delivery:
    return Delivery(id="d", team="T1", key="k", kind=kind, channel_id=1, to="C1", due_at=NOON)


@pytest.mark.parametrize("kind", DeliveryKind)
def test_no_two_processes_wait_for_each_others_buckets(kind: DeliveryKind) -> None:
    """Whoever spends and whoever closes take them in one order."""
    spent = [limit.place for limit in paces.limits_of(of(kind))]
    for seconds in (1, 30):
        closed = [place for place in paces.closed_by(of(kind), seconds) if place in spent]
        assert closed == sorted(closed, key=spent.index)


def test_a_short_wait_is_about_the_channel_and_a_long_one_about_the_workspace() -> None:
    card = of(DeliveryKind.CARD)
    assert paces.closed_by(card, 1) == ["C1"]
    assert paces.closed_by(card, 30) == [paces.EVERYWHERE, "C1"]


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("seconds", [1, 30])
def test_a_wait_for_changes_is_the_workspaces_for_so_is_their_limit(kind: DeliveryKind, seconds: float) -> None:
    assert paces.closed_by(of(kind), seconds) == [paces.EVERYWHERE]
