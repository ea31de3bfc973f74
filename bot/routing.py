"""Who works on a draft: the model where it came without a reply, and how many reviewers.

Second reviews are drawn at random, balanced within each topic, with a known probability.
"""

import hashlib
import hmac
import random
from functools import lru_cache

from storage.models import Channel

EARLY_SHARE = 0.5
EARLY_DRAFTS = 30
LATER_SHARE = 0.1
BLOCK = 10


def share_by_itself(*, shared_so_far: int) -> float:
    """The share of drafts reviewed twice where the channel names none: half until thirty exist, then a tenth."""
    return EARLY_SHARE if shared_so_far < EARLY_DRAFTS else LATER_SHARE


def model_for(channel: Channel, model: str | None) -> str | None:
    """The model that writes a channel's drafts which came without a reply; None: people do.

    `model` is the one of the environment, None where none is set up.
    """
    return (channel.model or model) if model is not None and channel.writes_drafts else None


def is_shared(key: bytes, *, channel: int, topic: str, place: int, share: float) -> bool:
    """Whether the draft at `place` (from 0) of its topic is reviewed twice.

    Each block of ten drafts of a topic holds ten times `share` shared ones (a fraction is drawn), so that the
    probability of each draft is exactly `share` and no topic goes without. The key keeps people from guessing.
    """
    block, position = divmod(place, BLOCK)
    return position in _shared_places(key, channel, topic, block, share)


@lru_cache(maxsize=256)
def _shared_places(key: bytes, channel: int, topic: str, block: int, share: float) -> frozenset[int]:
    seed = hmac.new(key, f"{channel}\0{topic}\0{block}".encode(), hashlib.sha256).digest()
    # Not for secrecy (the key is): a generator that gives the same draws on each replica.
    draw = random.Random(seed)
    whole, fraction = divmod(BLOCK * share, 1)
    chosen = int(whole) + (draw.random() < fraction)
    return frozenset(draw.sample(range(BLOCK), chosen))
