"""What can become of a delivery that was tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import NotNow
from bot.slack_channels import ARCHIVED, GONE
from bot.surfaces.composed import plainer
from bot.workspaces import NOT_INSTALLED
from storage.models import Delivery
from storage.queries import deliveries
from storage.words import DeliveryKind, DeliveryState

# Without their buttons these would be no use.
NEED_BLOCKS = (DeliveryKind.CARD, DeliveryKind.REDRAW)
# What Slack says of a channel, and of a workspace, in which nothing can be posted any more: those posts wait.
CLOSED = {"is_archived": ARCHIVED, "channel_not_found": GONE, "not_in_channel": GONE}
# Slack has been known to say invalid_auth for an hour to everybody, so that is asked again.
ENDED = frozenset({"account_inactive", "token_revoked"})
REMOVED = ENDED | {NOT_INSTALLED}
AGAIN, AGAIN_AT_LEAST_EVERY = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True)
class Ending:
    """What became of a delivery that was tried."""

    state: DeliveryState
    values: Mapping[str, object]
    drawn: bool = False  # a redraw that was done, for what was wanted then
    refused: NotNow | None = None  # the place is closed, not the delivery wrong
    busy: float | None = None  # seconds: Slack takes no more of these in that place before
    may_come: bool = False  # Slack did not say how it ended, and may do it yet
    silent: bool = False  # Slack did not say whether it happened

    @property
    def closes(self) -> bool:
        """Whether others are held back by it as well."""
        return self.refused is not None or self.busy is not None


def ending(state: DeliveryState, **values: object) -> Ending:
    return Ending(state, values)


def unclear(state: DeliveryState, **values: object) -> Ending:
    """Where Slack did not say how it ended, and may do it yet."""
    return Ending(state, values, may_come=True)


def is_repeatable(delivery: Delivery) -> bool:
    """Done twice it does no harm, not done it would: no look decides whether it goes again."""
    return delivery.kind in (DeliveryKind.REDRAW, DeliveryKind.ERASURE) or delivery.is_direct


def with_less(delivery: Delivery) -> dict[str, object]:
    """What Slack failed at so often is tried with fewer blocks: they may be what it fails at."""
    less = plainer(delivery.body) if delivery.body is not None and delivery.attempts >= deliveries.OFTEN else None
    return {} if less is None else {"body": less}


def is_unheard(delivery: Delivery, end: Ending) -> bool:
    """Whether nobody was told that a human must act, and others can be reached."""
    held = end.refused is not None and not end.refused.everywhere and str(end.refused) not in CLOSED
    lost = end.state == DeliveryState.FAILED or held or is_never_there(delivery, end)
    return delivery.kind == DeliveryKind.NOTICE and not delivery.is_direct and lost


def is_never_there(delivery: Delivery, end: Ending) -> bool:
    """Whether it was looked for and is posted once more, and that did not help so often: others shall not wait.

    What Slack asked to wait with counts as a try: rather told twice than never.
    """
    again = delivery.state == DeliveryState.AMBIGUOUS and end.state == DeliveryState.PENDING
    return again and delivery.attempts >= deliveries.OFTEN


def pause(delivery: Delivery) -> timedelta:
    """How long to wait before the next try: longer each time, at least hourly, and not as long as others wait.

    Each delivery's own number scatters them by a tenth, so that what failed together does not come back together.
    """
    wait = min(AGAIN * (1 << min(delivery.attempts - 1, 16)), AGAIN_AT_LEAST_EVERY)
    return wait * (1 - int(delivery.id[:4], 16) / 0xFFFF / 10)


def due_again(delivery: Delivery, now: datetime) -> datetime:
    return now + pause(delivery)
