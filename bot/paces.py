"""What Slack lets an app post, by its own documentation, and how much of it we use.

Sources: https://docs.slack.dev/apis/web-api/rate-limits (one message a second and channel, short bursts tolerated;
several hundred a minute and workspace; Tier 3 is 50 a minute and more), and the page of each method for its tier.
"""

from storage.models import Delivery
from storage.queries.deliveries import CHANGES
from storage.queries.pace import Limit

POST, UPDATE, HISTORY = "chat.postMessage", "chat.update", "conversations.history"
EVERYWHERE = ""  # no place: the workspace as a whole
# A refusal that asks for longer than this is about the workspace: a channel opens again every second.
OF_ONE_CHANNEL = 5.0


# Tier 3, of replies as of a channel's history. Some workspaces allow one a minute: that is learnt from their refusals.
LOOKS = Limit(HISTORY, EVERYWHERE, every=60 / 50, burst=20)


def method_of(delivery: Delivery) -> str:
    """Redraws change a message, what is erased is changed or deleted (which is as limited); all else is posted."""
    return UPDATE if delivery.kind in CHANGES else POST


def limits_of(delivery: Delivery) -> list[Limit]:
    """What a delivery takes out of, the workspace's bucket first: all processes take them in this order."""
    if delivery.kind in CHANGES:
        return [Limit(UPDATE, EVERYWHERE, every=60 / 50, burst=10)]
    # A burst of two: clocks tick once a second, and not on the second.
    return [Limit(POST, EVERYWHERE, every=60 / 300, burst=15), Limit(POST, delivery.to, every=1.0, burst=2)]


def closed_by(delivery: Delivery, seconds: float) -> list[str]:
    """The places where nobody calls the method while Slack wants so many seconds; everywhere first, as above.

    Changes have one limit for the whole workspace: however short the wait, it is no single channel's.
    """
    if delivery.kind in CHANGES:
        return [EVERYWHERE]
    return [EVERYWHERE, delivery.to] if seconds > OF_ONE_CHANNEL else [delivery.to]
