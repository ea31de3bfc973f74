"""By what a submission is known again: its id, or its content, hashed where it holds personal data."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import overload

from bot import redaction
from bot.redaction import Kind
from bot.submissions import PastReply, Submission
from storage.words import Identity

OPAQUE = re.compile(r"private-[0-9a-f]{32}")
"""An id that held personal data, as `opaque` writes it."""


@dataclass(frozen=True)
class Named:
    """A submission by which it is known again; ids that hold personal data are hashed."""

    submission: Submission
    body_hash: str
    length: int  # in characters, as JSON
    past: PastReply | None = None

    @property
    def identity(self) -> Identity:
        """Its external id, else its content."""
        external_id = self.submission.external_id
        return external_id, self.body_hash if external_id is None else None


def name(key: bytes, submission: Submission, past: PastReply | None = None) -> Named:
    """The submission as it is known again; `past` is what a person replied to it before."""
    named = {"external_id": opaque(key, submission.external_id), "group": opaque(key, submission.group)}
    content = _canonical(submission)
    if past is not None:
        content += past.model_dump_json()
        past = past.model_copy(update={"annotator": opaque(key, past.annotator)})
    return Named(submission.model_copy(update=named), _hash(key, content), len(content), past)


def erased_hash(key: bytes, channel_id: int, external_id: str) -> str:
    """By what an erased draft is known again. Keyed, and another one in each channel: nobody can try ids against it."""
    return _hash(key, f"erased\0{channel_id}\0{external_id}")


def _canonical(submission: Submission) -> str:
    """The submission as text, the same for each way to write it: the order of keys, a prompt for one turn."""
    told = submission.model_dump(mode="json", exclude={"channel", "conversation", "prompt"})
    return json.dumps(told | {"turns": submission.turns}, sort_keys=True, ensure_ascii=False)


def _hash(key: bytes, content: str) -> str:
    # Keyed, so that nobody who holds the database can try values against it.
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


@overload
def opaque(key: bytes, name: str) -> str: ...
@overload
def opaque(key: bytes, name: None) -> None: ...
def opaque(key: bytes, name: str | None) -> str | None:
    """An id as it is, or a keyed hash of one that holds personal data: ids are compared, never read."""
    if name is None or all(span.kind is Kind.URL for span in redaction.find(name)):
        return name
    return f"private-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]}"
