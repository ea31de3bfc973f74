"""The demo's customers: hand-written tickets of an invented company, with the reply an expert would send."""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Flaw = Literal["tone", "facts", "promise", "incomplete", "unsafe"]
Escalation = Literal["refund above limit", "legal threat", "safety", "security incident", "churn risk"]
Rejection = Literal["wrong facts", "wrong tone", "unsafe", "not answerable"]


@dataclass(frozen=True)
class Turn:
    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Ticket:
    """What a draft is made from, and what the demo's people know about it: Assay is shown neither
    `better` nor what stands below it."""

    id: str
    topic: str
    product: Literal["Ledger", "Tally", "Courier", "Vault"]
    region: Literal["EU", "US", "UK", "APAC"]
    tier: Literal["Free", "Pro", "Business", "Enterprise"]
    app: str
    source: Literal["email", "chat", "report", "review"]
    language: str
    conversation: tuple[Turn, ...]
    draft: str
    better: str
    """The reply a careful expert sends; equal to the draft where nothing is wrong with that."""
    flaw: Flaw | None
    escalate: Escalation | None
    reject: Rejection | None
    """Why the draft is beyond repair; `better` is then written from scratch."""
    long: bool
    near: str | None
    """The id of the ticket that this one repeats almost word for word."""


def load() -> tuple[Ticket, ...]:
    """All tickets, in the order of the file."""
    return tuple(_ticket(json.loads(_as_issued(line))) for line in _package_text("tickets.jsonl").splitlines())


def guideline() -> str:
    """The labelling guideline of the demo's channel, in Markdown."""
    return _package_text("guideline.md")


def _as_issued(line: str) -> str:
    """Made-up keys as their issuer would write them: in one piece, as no file of ours holds one."""
    return re.sub(r"\bsk_test_\w+", lambda key: f"sk_test_{key[0].removeprefix('sk_test_').replace('_', '')}", line)


def _ticket(row: dict[str, Any]) -> Ticket:
    return Ticket(**{**row, "conversation": tuple(Turn(**turn) for turn in row["conversation"])})


def _package_text(name: str) -> str:
    return files("handlers.demo").joinpath(name).read_text(encoding="utf-8")
