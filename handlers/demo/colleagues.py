"""The demo's colleagues: what each would answer to a ticket, and how often they slip."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.demo.tickets import Ticket


@dataclass(frozen=True)
class Colleague:
    """An agent who answers by what the ticket needs, and by chance wrongly; `slips` is a share of answers."""

    name: str
    slips: float


@dataclass(frozen=True)
class Answer:
    """The button that a colleague presses, and what they fill in."""

    button: str  # Approve, Edit, Write, Escalate or Reject
    reply: str | None = None
    reason: str | None = None
    topics: tuple[str, ...] = ()  # to flag


TEAM = (
    Colleague("Ana", 0.04),
    Colleague("Bea", 0.08),
    Colleague("Chen", 0.10),
    Colleague("Dilan", 0.14),
    Colleague("Emre", 0.20),
    Colleague("Farah", 0.06),
)


NEWCOMER = Colleague("Gita", 0.10)


def answer(colleague: Colleague, ticket: Ticket, chance: random.Random) -> Answer:
    """What this colleague answers this time."""
    if chance.random() < colleague.slips:
        return _slip(ticket, chance)
    return _right(ticket, chance)


def unprepared(*, reply: str | None) -> Answer:
    """What anybody answers to a draft that somebody else sent: it is good, or where there is none, this reply."""
    return Answer("Approve") if reply is None else Answer("Write", reply)


def _right(ticket: Ticket, chance: random.Random) -> Answer:
    if ticket.escalate is not None:
        reply = ticket.better if chance.random() < 0.3 and len(ticket.better) < 3_000 else None
        return Answer("Escalate", reply, ticket.escalate, _topics(ticket, chance))
    if ticket.reject is not None:
        return Answer("Reject", None, ticket.reject)
    if ticket.flaw is not None:
        return Answer("Edit", _own_words(ticket.better, chance))
    return Answer("Approve")


def _slip(ticket: Ticket, chance: random.Random) -> Answer:
    """A mistake that people make: waving a flaw through, missing an escalation, changing what was good."""
    if ticket.escalate or ticket.flaw or ticket.reject:
        return Answer("Approve")
    kind = chance.random()
    if kind < 0.5:
        return Answer("Edit", f"{ticket.draft}\n\nPlease also send us your order number and a screenshot.")
    return Answer("Reject", None, "wrong tone") if kind < 0.75 else Answer("Escalate", None, "other")


FLAGGED = {
    "legal threat": ("Legal",),
    "safety": ("Safety",),
    "security incident": ("Personal data", "Safety"),
}


def _topics(ticket: Ticket, chance: random.Random) -> tuple[str, ...]:
    """Now and then somebody forgets one."""
    return tuple(topic for topic in FLAGGED.get(ticket.escalate or "", ()) if chance.random() < 0.85)


def _own_words(reply: str, chance: random.Random) -> str:
    """Two people who correct the same flaw seldom write the very same text."""
    endings: Mapping[int, str] = {0: "", 1: "", 2: "\n\nThank you for your patience.", 3: "\n\nKind regards"}
    return reply + endings[chance.randrange(4)]
