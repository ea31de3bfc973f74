"""What people ask of webhooks over HTTP: names, types, limits."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot import dates
from bot.guarded_http import LONGEST
from storage.words import WebhookEvent

MOST_IDS = 1_000


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a zero byte, which no id has")
    return value


def _moment(value: datetime) -> datetime:
    if (found := dates.in_utc(value)) is None:
        raise ValueError("is beyond the calendar")
    return found


Id = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_text)]
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]


class WebhookWanted(BaseModel):
    """A webhook to be made."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] = Field(
        description="Where to, https://…; addresses inside of the operator's network are refused",
        examples=["https://hooks.example.com/assay"],
    )
    events: list[WebhookEvent] = Field(
        description="What it is told", min_length=1, max_length=10, examples=[["gold.settled"]]
    )
    channel: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Id or name of the one channel to tell of; without it every channel of the workspace"
    )


class Replay(BaseModel):
    """What a webhook is to be told once more."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, description="Everything that happened since then")
    ids: list[Id] | None = Field(None, description="These announcements", min_length=1, max_length=MOST_IDS)

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        if (self.since is None) == (self.ids is None):
            raise ValueError("give either since or ids")
        return self
