"""The signed word that travels to Slack and back: ours, fresh, or worth nothing."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.installing import STATE_LASTS, States
from tests.house import NOON

STATES = States(b"key")


def test_a_state_is_good_for_ten_minutes() -> None:
    state = STATES.new(NOON)
    assert STATES.is_good(state, NOON)
    assert STATES.is_good(state, NOON + STATE_LASTS - timedelta(seconds=1))
    assert not STATES.is_good(state, NOON + STATE_LASTS + timedelta(seconds=1))


def test_a_state_from_the_future_is_no_good_beyond_what_clocks_differ_by() -> None:
    state = STATES.new(NOON + timedelta(minutes=2))
    assert not STATES.is_good(state, NOON)


def test_two_states_are_never_the_same() -> None:
    assert STATES.new(NOON) != STATES.new(NOON)


def test_a_state_of_another_app_is_no_good() -> None:
    assert not STATES.is_good(States(b"another key").new(NOON), NOON)


@given(st.text())
def test_whatever_somebody_makes_up_is_no_good(state: str) -> None:
    assert not STATES.is_good(state, NOON)


@given(st.integers(min_value=0), st.characters())
def test_one_sign_changed_is_no_good(place: int, sign: str) -> None:
    state = STATES.new(NOON)
    place %= len(state)
    changed = state[:place] + sign + state[place + 1 :]
    assert STATES.is_good(changed, NOON) == (changed == state)
