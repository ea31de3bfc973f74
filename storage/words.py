"""The closed sets of words that columns hold. Stored as plain strings: both databases can change them."""

from enum import StrEnum


class ChannelState(StrEnum):
    """Whether a channel can take drafts."""

    NEW = "new"  # the bot was invited, nobody has set it up
    ACTIVE = "active"
    ARCHIVED = "archived"


class DraftState(StrEnum):
    """Where a draft stands on its way to gold."""

    OPEN = "open"
    DISPUTED = "disputed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What an agent says of the draft's text."""

    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    NOT_JUDGED = "not_judged"  # escalated without a reply


class LabelKind(StrEnum):
    """How a label counts."""

    COUNTED = "counted"  # it holds a slot
    EXTRA = "extra"  # the slots were taken meanwhile
    LATE = "late"  # the draft was withdrawn meanwhile


class GoldKind(StrEnum):
    """How a settled answer came about."""

    SINGLE = "single"
    CONSENSUS = "consensus"
    ADJUDICATED = "adjudicated"


class DeliveryKind(StrEnum):
    """What the outbox brings to Slack."""

    CARD = "card"
    REDRAW = "redraw"
    NOTICE = "notice"
    DIGEST = "digest"
    FIGURES = "figures"  # the digest's thread


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"  # Slack may or may not have done it
    FAILED = "failed"
