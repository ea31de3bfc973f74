"""Workspaces, channels, and who is in them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.columns import list_column, mapping_column, text_column
from storage.words import ChannelState


class Workspace(SQLModel, table=True):
    """A Slack workspace and who the bot is in it, kept so that a start without Slack still answers clicks."""

    team: str = Field(primary_key=True)
    bot_user: str
    bot_id: str
    name: str
    url: str  # where its messages are linked, with a slash at the end
    checked_at: datetime
    removed_at: datetime | None = None  # the app was uninstalled or its token revoked; nothing can be posted
    uninstalled_at: datetime | None = None  # Slack said so: what is stored of it is deleted after a while
    installed_by: str | None = None  # who let it in, where workspaces install the app themselves


class Installation(SQLModel, table=True):
    """The bot's token in a workspace that installed the app itself; every secret is encrypted (bot/vault)."""

    team: str = Field(foreign_key="workspace.team", primary_key=True)
    token: str = text_column()
    refresh_token: str | None = text_column(nullable=True)
    expires_at: datetime | None = Field(default=None, index=True)  # None: the token does not expire
    scopes: list[str] = list_column()
    installed_at: datetime
    refreshing_until: datetime | None = None  # one replica has it; a refresh token is good for one use


class Channel(SQLModel, table=True):
    """A Slack channel in which drafts are reviewed, with its settings."""

    __table_args__ = (UniqueConstraint("team", "slack_id"),)

    id: int | None = Field(default=None, primary_key=True)
    team: str
    slack_id: str
    name: str
    state: str = ChannelState.NEW
    private: bool = False
    members_known: bool = False  # every member was read once; events have kept the list since
    invited_by: str | None = None
    leads: list[str] = list_column()
    digest_channel: str | None = None
    digest_time: str = "09:00"
    time_zone: str = "UTC"
    working_days: list[int] = list_column()
    escalation_channel: str | None = None
    escalation_reasons: list[str] = list_column()
    tags: list[str] = list_column()  # topics that agents may flag, in the order in which they are offered
    reviewers: list[str] = list_column()  # who may review; empty: every human member
    targets: dict[str, float] = mapping_column()  # topic -> wished-for share of the labels, from 0 to 1
    overlap_share: float | None = None  # None: half until thirty shared drafts exist, then a tenth
    open_cards: int = 10
    second_looks: bool = True  # escalated and heavily edited drafts are offered to one more person
    context_template: str | None = text_column(nullable=True)  # of the system message; None: guideline, then context
    writes_drafts: bool = True  # the model is asked for drafts that came without a reply
    model: str | None = None  # which one; None: the environment's
    exports_slack_drafts: bool = False  # drafts made from Slack messages may leave as training data
    guideline: int = 0  # the newest version's number; 0 before there is one
    likeness: float = 0.9  # texts at least this alike count as the same answer
    retention_days: int | None = None  # how long drafts are kept after they came in; None: for ever
    retention_before: int | None = None  # the days until `retention_from`, while a shorter limit is to come
    retention_from: datetime | None = None  # when `retention_days` begins to hold; None: it does
    settings_version: int = 0  # raised by each setup, so that two admins do not overwrite each other
    created_at: datetime

    @property
    def led_by(self) -> list[str]:
        """The leads; until setup names some, whoever invited the bot."""
        return self.leads or ([self.invited_by] if self.invited_by else [])


class Guideline(SQLModel, table=True):
    """One version of a channel's instructions; versions count from 1 and never change."""

    __table_args__ = (UniqueConstraint("channel_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    version: int
    text: str = text_column()
    created_by: str
    created_at: datetime


class Member(SQLModel, table=True):
    """Whether a person is in a channel, as far as events and look-ups have told."""

    channel_id: int = Field(foreign_key="channel.id", primary_key=True)
    user: str = Field(primary_key=True)
    present: bool
    verified: bool = True  # false: Slack was away when they were first seen
    checked_at: datetime


class Person(SQLModel, table=True):
    """What decides a person's role in a workspace; no name, no address."""

    team: str = Field(primary_key=True)
    user: str = Field(primary_key=True)
    admin: bool
    outsider: bool  # a guest, a bot, a stranger of Slack Connect, or somebody who left
    checked_at: datetime
