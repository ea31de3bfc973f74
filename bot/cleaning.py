"""What is kept of a submission: its texts redacted, on the placeholders that its ticket has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from bot import redaction
from bot.naming import Named
from bot.redaction import NOTHING_KNOWN, Redactor
from storage.words import DraftState, Identity

Row = dict[str, Any]
Placeholders: TypeAlias = Mapping[str | None, Mapping[str, str]]  # by ticket


@dataclass(frozen=True)
class Ready:
    """A submission redacted, on the placeholders that its ticket had `before`."""

    before: Mapping[str, str]
    row: Row
    reply: str | None = None


NOTHING_READY: Mapping[Identity, Ready] = MappingProxyType({})


def in_turn(
    fresh: Sequence[Named], known: Placeholders, *, key: bytes, ready: Mapping[Identity, Ready] = NOTHING_READY
) -> Mapping[Identity, Ready]:
    """Each submission redacted, after the ones before it that belong to the same ticket.

    What is `ready` is taken as it is, unless its ticket has got other placeholders since.
    """
    newest, made = dict(known), dict[Identity, Ready]()
    for one in fresh:
        ticket = one.submission.group
        before = newest.get(ticket, NOTHING_KNOWN) if ticket is not None else NOTHING_KNOWN
        found = ready.get(one.identity)
        made[one.identity] = found if found and found.before == before else _ready(one, before, key)
        newest[ticket] = made[one.identity].row["placeholders"]
    return made


def _ready(one: Named, before: Mapping[str, str], key: bytes) -> Ready:
    redactor = Redactor(key, before)
    row = _clean(one, redactor)
    reply = redactor.redact(one.past.reply) if one.past is not None else None
    return Ready(dict(before), row | {"placeholders": redactor.known, "redacted": redactor.counts}, reply)


def _clean(named: Named, redactor: Redactor) -> Row:
    submission, clean = named.submission, redactor.redact
    external_id, content_hash = named.identity
    return {
        "external_id": external_id,
        "content_hash": content_hash,
        "body_hash": named.body_hash,
        "conversation": [{"role": turn["role"], "content": clean(turn["content"])} for turn in submission.turns],
        "text": clean(submission.draft) if submission.draft is not None else None,
        "model": clean(submission.model) if submission.model else None,
        "context": redactor.redact_all(submission.context),
        "topic": clean(submission.topic),
        "source": clean(submission.source) if submission.source else None,
        "ticket": submission.group,
        "url": clean(submission.url) if submission.url else None,
        "priority": submission.priority,
        "uncertainty": submission.uncertainty,
        "language": submission.language,
        "state": DraftState.OPEN if named.past is None else DraftState.SETTLED,
        "redactor": redaction.VERSION,
    }
