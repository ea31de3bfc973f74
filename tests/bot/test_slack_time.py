"""What time it is at Slack, learnt from answers that say whole seconds and come late."""

from dataclasses import dataclass
from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from bot.slack_time import STALE, SlackTime

NOON = 1_795_003_200.0


@dataclass
class World:
    """Slack's clock is right; ours say something else."""

    true: float = NOON
    ahead: float = 0.0  # of our wall clock

    def steady(self) -> float:
        return self.true - NOON + 77.0

    def wall(self) -> float:
        return self.true + self.ahead

    def slack_time(self) -> SlackTime:
        return SlackTime(self.steady, self.wall)

    def answers(self, heard: SlackTime, *, there: float = 0.0, back: float = 0.0) -> None:
        """Slack hears a call after so many seconds, and its answer takes so many."""
        began = self.steady()
        self.true += there
        date = formatdate(self.true, usegmt=True)
        self.true += back
        heard.hear({"Date": date}, began)


def test_nothing_is_known_until_slack_has_answered() -> None:
    world = World()
    heard = world.slack_time()
    assert heard.now() is None
    heard.hear({}, world.steady())
    heard.hear({"Date": "soon"}, world.steady())
    heard.hear({"Date": "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"}, world.steady())
    assert heard.now() is None


seconds = st.floats(min_value=0, max_value=9)


@given(st.floats(0, 1), st.lists(st.tuples(seconds, seconds, st.floats(0, 600)), min_size=1, max_size=20))
def test_it_is_right_to_a_second_and_the_time_of_the_quickest_answer(
    fraction: float, answers: list[tuple[float, float, float]]
) -> None:
    world = World(NOON + fraction)
    heard = world.slack_time()
    for there, back, pause in answers:
        world.answers(heard, there=there, back=back)
        world.true += pause
    now = heard.now()
    assert now is not None
    quickest = min(there + back for there, back, _ in answers)
    assert abs(now - world.true) <= 1 + quickest + 1e-3


@given(st.lists(st.floats(0, 30), min_size=2, max_size=50))
def test_quick_answers_never_turn_it_back(pauses: list[float]) -> None:
    world = World()
    heard = world.slack_time()
    before = 0.0
    for pause in pauses:
        world.answers(heard)
        now = heard.now()
        assert now is not None
        assert now >= before - 1e-6
        before, world.true = now, world.true + pause


def test_our_own_clock_may_be_an_hour_wrong() -> None:
    world = World(ahead=-3_600)
    heard = world.slack_time()
    world.answers(heard)
    world.true += 60
    assert heard.now() == NOON + 60


def test_slack_is_asked_again_when_our_clock_was_set_or_the_machine_stood_still() -> None:
    world = World()
    heard = world.slack_time()
    world.answers(heard)
    world.ahead = 10.0
    assert heard.now() is None
    world.answers(heard)
    assert heard.now() == NOON


def test_what_was_heard_long_ago_is_not_trusted() -> None:
    world = World()
    heard = world.slack_time()
    world.answers(heard)
    world.true += STALE
    assert heard.now() == world.true
    world.true += 1
    assert heard.now() is None
