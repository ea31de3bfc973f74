"""A seed says what happens: every window and every fault has its turn."""

from collections import Counter
from datetime import date

import pytest
import typer

from tests.faults import tickets
from tests.faults.__main__ import main
from tests.faults.plan import CHANGES, KILLS_A_DAY, LEAST, WINDOWS, Night, next_morning, plan

STRIKES = [*"abcdefghijklmno"]


@pytest.mark.parametrize("seed", range(20))
def test_ten_kills_strike_every_window_every_fault_and_every_kind_of_night(seed: int) -> None:
    steps = plan(seed, 10, STRIKES)
    assert {step.window for step in steps} == {*WINDOWS}
    assert {strike for step in steps for strike in step.strikes} == {*STRIKES}
    assert sum(step.socket for step in steps) == 5
    assert {step.night for step in steps if step.night} == {*Night}
    assert sum(step.night is not None for step in steps) == 10 // KILLS_A_DAY


@pytest.mark.parametrize("seed", range(20))
def test_the_smallest_plan_strikes_every_window(seed: int) -> None:
    assert {step.window for step in plan(seed, LEAST, STRIKES)} == {*WINDOWS}


@pytest.mark.parametrize(("kills", "on", "least"), [(1, "sqlite", 4), (3, "PostgreSQL", 4), (7, None, 8)])
def test_a_run_too_small_to_strike_every_window_is_refused_and_says_how_many_it_takes(
    kills: int, on: str | None, least: int
) -> None:
    with pytest.raises(typer.BadParameter, match=f"make {least}\\."):
        main(kills=kills, on=on)


def test_a_long_run_favours_none() -> None:
    steps = plan(1, 1_000, STRIKES)
    for counts in (Counter(step.window for step in steps), Counter(one for step in steps for one in step.strikes)):
        assert max(counts.values()) - min(counts.values()) <= 1


def test_the_same_seed_makes_the_same_plan_and_another_seed_another() -> None:
    assert plan(7, 30, STRIKES) == plan(7, 30, STRIKES) != plan(8, 30, STRIKES)


def test_mornings_go_forward_whatever_night_comes() -> None:
    day = date(2027, 3, 26)
    for night in [*Night] * 20:
        assert next_morning(night, day) > day
        day = next_morning(night, day)
    assert next_morning(Night.CHANGE, date(2027, 3, 26)) in CHANGES


def test_no_two_tickets_read_alike() -> None:
    assert len({tickets.code(number) for number in range(20_000)}) == 20_000
    assert tickets.CODE.findall(tickets.reply_to(tickets.code(300))) == [tickets.code(300)]


def test_some_customers_sign_and_no_two_have_one_name() -> None:
    names = [name for number in range(20_000) if (name := tickets.customer(tickets.code(number)))]
    assert 5_000 < len(names) == len({*names}) < 10_000
    for number in range(20_000):
        reply = tickets.reply_to(tickets.code(number))
        assert tickets.NAME.findall(reply) == [name for name in [tickets.customer(tickets.code(number))] if name]
