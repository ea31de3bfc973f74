"""The closed sets of words that columns hold, stored as plain strings: both databases can change them."""

from enum import StrEnum
from typing import TypeAlias

# By what a draft is known again in its channel: its external id, or else the hash of its content.
Identity: TypeAlias = tuple[str | None, str | None]


NOBODY = "erased"  # how the name of somebody begins who was erased; ids of people in Slack begin with a capital
SOMEBODY = "somebody who was erased"


class ChannelState(StrEnum):
    """Whether a channel can take drafts."""

    NEW = "new"  # the bot was invited, nobody has set it up
    ACTIVE = "active"
    ARCHIVED = "archived"
    GONE = "gone"  # deleted, or the bot was taken out of it


class DraftOrigin(StrEnum):
    """How a draft came in."""

    API = "api"
    IMPORT = "import"  # from a file
    SLACK = "slack"  # made from a message in Slack
    SAMPLE = "sample"  # sent by Assay itself after setup, to try it; never counted, never exported


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
    REFUSED = "refused"  # taken while Slack was away; its author turned out to be no reviewer
    IMPORTED = "imported"  # given elsewhere, before Assay; never counted in agreement


class Trigger(StrEnum):
    """Why a draft is offered for a second look."""

    ESCALATED = "escalated"
    HEAVILY_EDITED = "heavily_edited"


class GoldKind(StrEnum):
    """How a settled answer came about."""

    SINGLE = "single"
    CONSENSUS = "consensus"
    ADJUDICATED = "adjudicated"
    IMPORTED = "imported"  # a reply that was given elsewhere, before Assay


class DeliveryKind(StrEnum):
    """What the outbox brings to Slack."""

    CARD = "card"
    REDRAW = "redraw"  # of a draft's card, or of the message that is its parent
    NOTICE = "notice"
    CALLED_OFF = "called_off"  # in the notice's thread: no human is needed any more
    ALARM = "alarm"  # to a lead: a notice could not be posted where it belongs
    DIGEST = "digest"
    FIGURES = "figures"  # the digest's thread
    WELCOME = "welcome"  # the first message in a channel
    ERASURE = "erasure"  # takes the message of its parent out of Slack, or shows what is left of it


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"  # Slack may or may not have done it
    FAILED = "failed"
    CANCELLED = "cancelled"  # nobody needed it any more


class WebhookEvent(StrEnum):
    """What a webhook can be told."""

    LABEL_CREATED = "label.created"
    GOLD_SETTLED = "gold.settled"
    DRAFT_ESCALATED = "draft.escalated"


class WritingState(StrEnum):
    """How far the model has come with a draft."""

    WAITING = "waiting"
    ASKING = "asking"
    WRITTEN = "written"
    FAILED = "failed"  # the card is a blank


class AuditAct(StrEnum):
    """What the audit trail tells."""

    SETTINGS = "settings"
    TOKEN_MADE = "token_made"
    TOKEN_ENDED = "token_ended"
    WEBHOOK_MADE = "webhook_made"
    WEBHOOK_OFF = "webhook_off"  # by itself: it failed for too long, or said that it is gone
    WEBHOOK_REPLAYED = "webhook_replayed"  # which switches one on again
    WEBHOOK_DELETED = "webhook_deleted"
    SETTLED = "settled"  # a dispute, by a lead
    WITHDRAWN = "withdrawn"
    LABEL_UNDONE = "label_undone"  # of a draft that was settled
    LABEL_CHANGED = "label_changed"  # the same
    GOLD_READ = "gold_read"
    LABELS_READ = "labels_read"
    EXPORTED = "exported"
    IMPORTED = "imported"
    POSTED_AGAIN = "posted_again"
    REPORTED = "reported"  # personal data, which was struck out
    CALLED_OFF = "called_off"  # an escalation
    INSTALLED = "installed"
    UNINSTALLED = "uninstalled"
    ERASED = "erased"
    MOVED = "moved"  # to another database
    KEYS_ROTATED = "keys_rotated"
    MIGRATED = "migrated"
    RESTORED = "restored"  # a backup was put back


class ErasedBecause(StrEnum):
    """Why a draft is not here any more."""

    TICKET = "ticket"  # somebody asked for a ticket to be erased
    CUSTOMER = "customer"  # or for all that is known of a customer
    AGENT = "agent"  # somebody who answered it asked to be erased with their answers
    RETENTION = "retention"  # it was kept as long as its channel says
