"""The shape of a draft as it comes in: names, types, limits."""

import json
import math
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from bot import chunks, texts

DEEPEST = 8
CONVERSATION_LONGEST = 96_000
HEAVIEST = 200_000  # bytes of a draft in JSON; a window holds 250,000, and other things too
NO_TEXT = "holds a character that no text can have (a NUL or half a surrogate pair), or a number without end"
CONTEXT_LONGEST = 100_000  # characters in JSON
LONGEST = 1_000_000  # characters of all of it in JSON
ADDRESS = "^https?://"
LANGUAGE = r"^[A-Za-z]{1,8}([_-][A-Za-z0-9]{1,8})*$"  # en, pt-BR: nothing that a person could be found by

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


def _fitting(reply: str) -> str:
    """The reply, which fits into a window of Slack. Raises ValueError."""
    if texts.slack_length(reply) > chunks.LONGEST:
        raise ValueError(f"has more than {chunks.LONGEST:,} characters")
    if len(json.dumps(reply, ensure_ascii=False).encode()) > HEAVIEST:
        raise ValueError("has too many control characters for a window in Slack")
    return reply


def _language(name: str) -> str:
    if re.fullmatch(LANGUAGE, name) is None:
        raise ValueError("must be the short name of a language, as en or pt-BR")
    return name


def _address(url: str) -> str:
    if re.match(ADDRESS, url) is None:
        raise ValueError("must begin with https:// or http://")
    return url


class Turn(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["system", "user", "assistant"]
    content: Text


class Submission(BaseModel):
    """A draft to be reviewed: the conversation, the proposed reply, and what helps to judge it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: Name = Field(description="The channel's id or #name")
    external_id: Name | None = Field(None, description="Your own id: the same one again is recognised")
    conversation: list[Turn] | None = Field(None, max_length=200, description="Up to 200 messages, the newest last")
    prompt: Text | None = Field(None, description="Short for a conversation of one message by the customer")
    draft: str | None = Field(
        None,
        description="The proposed reply, up to 48,000 characters; absent: a model writes it, or people do",
    )
    model: Name | None = Field(None, description="Which model and version wrote the draft; the digest compares them")
    context: dict[str, Any] = Field(
        default_factory=dict, max_length=50, description="Up to 50 entries, shown on the card and told to the model"
    )
    topic: Annotated[str, StringConstraints(max_length=200)] = Field("", description="As billing/refund")
    source: Name | None = Field(None, description="Where the ticket came from: email, chat")
    group: Name | None = Field(None, description="Ticket or customer, by your own number; gold and labels tell it")
    url: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_address)] | None = Field(
        None, description="The ticket's address, to be opened from the card", json_schema_extra={"pattern": ADDRESS}
    )
    priority: int = Field(0, ge=-100, le=100, description="Higher is asked first")
    uncertainty: float | None = Field(None, ge=0, description="The model's own doubt")
    language: Annotated[str, StringConstraints(max_length=35), AfterValidator(_language)] | None = Field(
        None, description="As en or pt-BR", json_schema_extra={"pattern": LANGUAGE}
    )

    @model_validator(mode="before")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if not isinstance(value, dict | cls):
            raise ValueError("is no JSON object")
        if isinstance(value, dict):
            _weigh(value)
        if _depth(value) > DEEPEST + 1:
            raise ValueError(f"is nested deeper than {DEEPEST} levels")
        if not _storable(value):
            raise ValueError(NO_TEXT)
        return value

    @field_validator("draft")
    @classmethod
    def draft_fits(cls, draft: str | None) -> str | None:
        if draft is not None and not texts.visible(draft):
            raise ValueError("is empty; leave it out to have the reply written from scratch")
        return draft if draft is None else _fitting(draft)

    @model_validator(mode="after")
    def one_conversation(self) -> Self:
        if (self.conversation is None) == (self.prompt is None):
            raise ValueError("give either conversation or prompt")
        if not any(texts.visible(turn["content"]) for turn in self.turns):
            raise ValueError(f"{'conversation' if self.prompt is None else 'prompt'} is empty")
        if sum(len(turn["content"]) for turn in self.turns) > CONVERSATION_LONGEST:
            raise ValueError(f"conversation has more than {CONVERSATION_LONGEST:,} characters")
        return self

    @property
    def turns(self) -> list[dict[str, str]]:
        """The conversation as plain data."""
        if self.conversation is None:
            return [{"role": "user", "content": self.prompt or ""}]
        return [{"role": turn.role, "content": turn.content} for turn in self.conversation]


class PastReply(BaseModel):
    """What a person replied to the customer before, and who it was: from a file, never from the API."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reply: Annotated[Text, AfterValidator(_fitting)]
    annotator: Name = "imported"

    @model_validator(mode="before")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if not _storable(value):
            raise ValueError(NO_TEXT)
        return value


def _weigh(value: dict[str, Any]) -> None:
    """Raises ValueError for what is too much to look at one by one."""
    if _characters(value.get("context")) > CONTEXT_LONGEST:
        raise ValueError(f"context has more than {CONTEXT_LONGEST:,} characters as JSON; send what helps to judge")
    if _characters(value) > LONGEST:
        raise ValueError(f"has more than {LONGEST:,} characters as JSON")


def _characters(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(inner) for inner in value), default=0)
    return 0


_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def _storable(value: object) -> bool:
    if isinstance(value, str):
        return _NO_TEXT.search(value) is None
    if isinstance(value, dict):
        return all(_storable(name) and _storable(inner) for name, inner in value.items())
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, list) or all(map(_storable, value))
