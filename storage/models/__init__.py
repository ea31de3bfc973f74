"""Every table, in the order of a label's life. Table classes do not validate: the doors do."""

# isort: off
from storage.models.columns import LARGEST_NUMBER
from storage.models.places import Workspace, Installation, Channel, Guideline, Member, Person
from storage.models.drafts import Draft, Slot, Writing
from storage.models.labels import Label, Revision, Effort, Unsaved, Exposure, Gold
from storage.models.deliveries import Delivery, Pace, Seen, Digest
from storage.models.trail import Actor, Audit, Erasing, Tombstone
from storage.models.api import Token, Allowance, Answered, Webhook, Announcement

__all__ = [
    "LARGEST_NUMBER",
    "Actor",
    "Allowance",
    "Announcement",
    "Answered",
    "Audit",
    "Channel",
    "Delivery",
    "Digest",
    "Draft",
    "Effort",
    "Erasing",
    "Exposure",
    "Gold",
    "Guideline",
    "Installation",
    "Label",
    "Member",
    "Pace",
    "Person",
    "Revision",
    "Seen",
    "Slot",
    "Token",
    "Tombstone",
    "Unsaved",
    "Webhook",
    "Workspace",
    "Writing",
]
