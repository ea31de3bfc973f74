"""Wilson's interval against known bounds."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.measures.estimates import Estimate, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(0, 50, 0, 0.071), (18, 20, 0.699, 0.972), (50, 50, 0.929, 1)]
)
def test_wilson_gives_the_known_bounds(successes: int, n: int, low: float, high: float) -> None:
    share = wilson(successes, n)
    assert (share.value, share.n, share.reason) == (successes / n, n, None)
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_mirrors_successes_and_failures(successes: int, failures: int) -> None:
    assume(successes + failures)
    ours, theirs = wilson(successes, successes + failures), wilson(failures, successes + failures)
    assert ours.low is not None
    assert theirs.high is not None
    assert ours.low == pytest.approx(1 - theirs.high)


def test_a_wider_level_gives_a_wider_share() -> None:
    narrow, wide = wilson(5, 20, level=0.8), wilson(5, 20, level=0.99)
    assert (wide.low or 0) < (narrow.low or 0) < 0.25 < (narrow.high or 0) < (wide.high or 0)


def test_wilson_of_nothing_has_a_reason() -> None:
    assert wilson(0, 0) == Estimate(None, None, None, 0, "not enough data: nothing was counted")


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} successes of {n}"):
        wilson(successes, n)
