"""How long webhooks that fail are waited for, and when nothing is sent to them any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.models import Announcement, Webhook

# After each attempt that failed, a fifth more or less; ten attempts in a little over three days.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600)
)
LEAST, MOST = 0.8, 1.2
# A webhook that fails is left alone as a whole, so that a long queue does not knock at a closed door.
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=10)
LONGEST_ASKED = timedelta(days=1)  # that a receiver can ask us to wait
GIVE_UP = timedelta(days=3)  # of failing without a success in between
# And so many failures in a row, as one announcement has: time in which nobody tried counts for nothing.
ENOUGH = len(WAITS) + 1
GONE = 410


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt: `error` for people, which may name their server; `code` for the log, which must not."""

    status: int | None = None
    error: str | None = None
    asked_to_wait: timedelta | None = None
    code: str = "answered"

    @property
    def took_it(self) -> bool:
        return self.error is None


def wait_after(attempts: int, *, chance: float) -> timedelta:
    """Until the next attempt: longer each time, and not the same for all that failed together."""
    return WAITS[attempts - 1] * (LEAST + (MOST - LEAST) * chance)


def rest_after(failures: int) -> timedelta:
    """How long a webhook is left alone that failed so often in a row before this time."""
    return min(FIRST_REST * (1 << min(failures, 16)), LONGEST_REST)


def failing_since(webhook: Webhook, claimed: Announcement) -> datetime | None:
    """Since when it fails, without the time in which nobody tried although nobody was to wait; None: it did not."""
    if webhook.failing_since is None or webhook.rests_until is None or claimed.started_at is None:
        return None
    meant = min(max(claimed.due_at, webhook.rests_until), webhook.rests_until + WAITS[-1] * MOST)
    return webhook.failing_since + max(claimed.started_at - meant, timedelta())


def hopeless(attempt: Attempt, *, failures: int, failing: timedelta) -> str | None:
    """Why nothing is sent to it any more."""
    if attempt.status == GONE:
        return "It answered 410: gone."
    if failing >= GIVE_UP and failures >= ENOUGH:
        return f"It failed for {GIVE_UP.days} days. The last time: {attempt.error}"
    return None
