"""Every table, in the order of a label's life. Table classes do not validate: the doors do."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Computed, Index, Integer, MetaData, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.words import (
    AuditAct,
    ChannelState,
    DeliveryKind,
    DeliveryState,
    DraftOrigin,
    DraftState,
    ErasedBecause,
    GoldKind,
    LabelKind,
    Verdict,
    WritingState,
)

# Batch migrations on SQLite need every constraint to have a name.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

LARGEST_NUMBER = 2**31 - 1  # that a column of whole numbers holds
# SQLite gives the number of a newest row that was erased once more, unless it is asked not to.
NEVER_AGAIN = {"sqlite_autoincrement": True}

Json = JSON(none_as_null=True)  # not JSONB: the order in which a context's names came is what a model is told


def json_column(*, nullable: bool = False) -> Any:
    """A fresh JSON column: a column object can belong to one table only."""
    return Field(sa_column=Column(Json, nullable=nullable))


def list_column() -> Any:
    """A JSON column that holds a list, empty at first."""
    return Field(default_factory=list, sa_column=Column(Json, nullable=False))


def mapping_column() -> Any:
    """A JSON column that holds an object, empty at first."""
    return Field(default_factory=dict, sa_column=Column(Json, nullable=False))


def text_column(*, nullable: bool = False) -> Any:
    """Text without a length, on both databases."""
    return Field(default=None, sa_column=Column(Text, nullable=nullable))


class Workspace(SQLModel, table=True):
    """A Slack workspace and who the bot is in it, kept so that a start without Slack still answers clicks."""

    team: str = Field(primary_key=True)
    bot_user: str
    bot_id: str
    name: str
    url: str  # where its messages are linked, with a slash at the end
    checked_at: datetime
    removed_at: datetime | None = None  # the app was uninstalled or its token revoked; nothing can be posted
    uninstalled_at: datetime | None = None  # Slack said so in an event: what is stored of it is deleted after a while
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


_SHARED, _SHARED_1 = text("shared"), text("shared = 1")  # as each database is asked for it


class Draft(SQLModel, table=True):
    """The model's proposed reply with its conversation and context, redacted."""

    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        UniqueConstraint("channel_id", "content_hash"),
        Index("ix_draft_channel_id_state", "channel_id", "state"),
        Index("ix_draft_channel_id_topic_place", "channel_id", "topic", "place"),
        Index("ix_draft_channel_id_ticket", "channel_id", "ticket"),
        Index("ix_draft_channel_id_created_at", "channel_id", "created_at"),
        # Drafts with two reviews are few: what agreement rests on is read from them, whatever the history.
        Index("ix_draft_shared", "channel_id", "created_at", sqlite_where=_SHARED_1, postgresql_where=_SHARED),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    external_id: str | None = None
    content_hash: str | None = None  # identifies a draft that came without an external id
    body_hash: str  # tells an equal repeat from a conflict
    conversation: list[dict[str, str]] = json_column()
    text: str | None = text_column(nullable=True)  # None: a blank
    model: str | None = None
    context: dict[str, Any] = json_column()
    topic: str = ""
    source: str | None = None
    ticket: str | None = None
    url: str | None = text_column(nullable=True)
    priority: int = 0
    uncertainty: float | None = None
    language: str | None = None
    origin: str = DraftOrigin.API
    state: str = DraftState.OPEN
    reviews: int  # how many slots it has; none when it came with a reply from elsewhere
    shared: bool  # chosen at random for overlap
    overlap_probability: float
    place: int  # its number within channel and topic, from 0; -1 outside of the draw
    placeholders: dict[str, str] = json_column()  # keyed hash -> placeholder, never a value
    redacted: dict[str, int] = json_column()
    redactor: str
    created_at: datetime
    state_at: datetime


_FREE = text("label_id IS NULL")


class Slot(SQLModel, table=True):
    """One review that a draft needs; the lease says who has it open, the label who answered.

    A slot with a trigger is a second look: offered in Home and in focus mode only, and never needed.
    """

    __table_args__ = (
        UniqueConstraint("draft_id", "number"),
        # Free slots are few, whatever the history: queues are read from them.
        Index("ix_slot_draft_id_free", "draft_id", sqlite_where=_FREE, postgresql_where=_FREE),
    )

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    number: int
    trigger: str | None = None
    leased_by: str | None = None
    leased_until: datetime | None = None
    label_id: int | None = Field(default=None, foreign_key="label.id", unique=True)


class Label(SQLModel, table=True):
    """One agent's answer to one draft; what it says is its newest revision."""

    __table_args__ = (UniqueConstraint("draft_id", "agent"), Index("ix_label_agent", "agent", "id"))

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    agent: str
    kind: str = LabelKind.COUNTED
    newest: int = 1  # number of the newest revision


class Revision(SQLModel, table=True):
    """What a label said at one time. Rows are only ever added."""

    __table_args__ = (
        UniqueConstraint("label_id", "number"),
        Index("ix_revision_channel_id_saved_at", "channel_id", "saved_at"),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    label_id: int = Field(foreign_key="label.id")
    number: int
    channel_id: int = Field(foreign_key="channel.id")
    verdict: str = Verdict.APPROVED
    text: str | None = text_column(nullable=True)
    escalation: str | None = None
    reject_reason: str | None = None
    tags: list[str] = list_column()
    note: str | None = text_column(nullable=True)
    withdrawn: bool = False  # an undo
    exposed: bool = False  # saved after its author could have seen another's answer
    verified: bool = True  # false: membership could not be looked up at the time
    edit_rate: float | None = None
    guideline: int = 0
    opened_at: datetime | None = None
    saved_at: datetime


class Effort(SQLModel, table=True):
    """How much work a revision's text was, measured afterwards; approvals as they stand took none and have no row."""

    revision_id: int = Field(foreign_key="revision.id", primary_key=True)
    hter: float | None = None
    chrf: float | None = None  # 0 to 100
    reason: str | None = None


class Unsaved(SQLModel, table=True):
    """What an agent typed in focus mode before going on without saving; it stands there when they come back."""

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    agent: str = Field(primary_key=True)
    text: str | None = text_column(nullable=True)  # None: nobody touched it
    note: str | None = text_column(nullable=True)
    chosen: dict[str, Any] | None = json_column(nullable=True)  # in menus: values by the revision's columns
    base: int = 0  # the newest revision of the agent's answer then: what was saved after it stands over this
    edition: int = 1  # how often it was kept: a window that shows an older one does not show this
    at: datetime


class Exposure(SQLModel, table=True):
    """From `at` on others than `source` could have seen an answer: `agent` only, a channel's members, or all."""

    __table_args__ = (Index("ix_exposure_draft_id", "draft_id"),)

    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    agent: str | None = None  # None: everybody but the source
    source: str | None = None
    channel_id: int | None = Field(default=None, foreign_key="channel.id")  # seen only by its members
    at: datetime


class Gold(SQLModel, table=True):
    """The settled answer of a draft."""

    __table_args__ = (
        Index("ix_gold_channel_id_settled_at", "channel_id", "settled_at"),
        Index("ix_gold_label_id", "label_id"),  # looked at for each label that is erased
    )

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    kind: str = GoldKind.SINGLE
    verdict: str
    text: str | None = text_column(nullable=True)
    escalation: str | None = None
    tags: list[str] = list_column()
    label_id: int | None = Field(default=None, foreign_key="label.id")
    settled_by: str | None = None
    reason: str | None = None
    note: str | None = text_column(nullable=True)
    guideline: int = 0
    settled_at: datetime


_IN_THREADS = text("parent IS NOT NULL")
_ERASURES = text("kind = 'erasure'")  # few, whatever the history
_WAITS = text("lane IS NOT NULL")
_LANE = (
    "CASE WHEN state = 'pending' THEN team || '/' || \"to\" || '/' || "
    "CASE kind WHEN 'card' THEN 'card' WHEN 'redraw' THEN 'redraw' WHEN 'erasure' THEN 'redraw' ELSE 'post' END "
    "ELSE NULL END"
)


class Delivery(SQLModel, table=True):
    """The outbox: one row for each thing that must reach Slack once."""

    __table_args__ = (
        Index("ix_delivery_state_due_at", "state", "due_at"),
        Index("ix_delivery_draft_id", "draft_id"),
        # What waits for one place, the most urgent first: found without a look at all that waits elsewhere.
        Index(
            "ix_delivery_lane",
            "lane",
            "turn",
            "due_at",
            "draft_id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_delivery_room", "channel_id", sqlite_where=text("takes_room = 1"), postgresql_where=text("takes_room")
        ),
        Index("ix_delivery_parent", "parent", sqlite_where=_IN_THREADS, postgresql_where=_IN_THREADS),
        Index("ix_delivery_erasure", "state", sqlite_where=_ERASURES, postgresql_where=_ERASURES),
    )

    id: str = Field(primary_key=True)  # travels in the message's metadata
    team: str  # the workspace that it goes to
    key: str = Field(unique=True)
    kind: str = DeliveryKind.CARD
    state: str = DeliveryState.PENDING
    channel_id: int = Field(foreign_key="channel.id")
    to: str  # the Slack channel it goes to, or the person
    draft_id: int | None = Field(default=None, foreign_key="draft.id")
    parent: str | None = Field(default=None, foreign_key="delivery.id")  # posted in this one's thread
    body: dict[str, Any] | None = json_column(nullable=True)  # None: drawn from the draft when it is sent
    priority: int = 0
    wanted: int = 1  # raised by each request for a redraw; a redraw that finds it raised goes again
    # Of a redraw: draws that were begun, by the outbox or through presses, and whose end nobody knows.
    drawing: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    looks: int = 0  # how often an ambiguous one was looked for in the channel
    due_at: datetime
    started_at: datetime | None = None  # when the last try began; a draw through a press is one
    slack_time: float | None = None  # what Slack's clock said when the last try began, in seconds since 1970
    takes_room: bool = False  # a card that is in its channel, or may be, and waits for an answer
    ts: str | None = None
    posted_in: str | None = None  # Slack's conversation that it stands in: of a direct message nothing else tells that
    error: str | None = None
    lane: str | None = Field(default=None, sa_column=Column(Text, Computed(_LANE, persisted=True)))  # while it waits
    turn: int | None = Field(default=None, sa_column=Column(Integer, Computed("-priority", persisted=True)))

    @property
    def is_direct(self) -> bool:
        """Whether it goes to one person, not to a channel."""
        return self.to.startswith(("U", "W"))


class Pace(SQLModel, table=True):
    """One of Slack's limits as all replicas share it: how soon a method may be called again.

    A token bucket as a single moment (the generic cell rate algorithm): each call moves it on by an interval, and
    calls are let through until it is a burst ahead. From `since` until `opens_at` it is closed; before `since`, by a
    clock that was set back or is another replica's, it is open.
    """

    team: str = Field(primary_key=True)
    method: str = Field(primary_key=True)  # of the Web API; * for every one
    place: str = Field(primary_key=True)  # a Slack channel; empty for the whole workspace
    since: float  # seconds since 1970, as the next one
    opens_at: float


class Writing(SQLModel, table=True):
    """A draft for which the model is asked, and what came of it: the queue of the model client."""

    __table_args__ = (
        Index("ix_writing_state_due_at", "state", "due_at"),
        Index("ix_writing_finished_at", "finished_at"),
    )

    draft_id: int = Field(foreign_key="draft.id", primary_key=True)
    state: str = WritingState.WAITING
    model: str
    attempts: int = 0
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    milliseconds: int | None = None  # of the attempt that succeeded
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None  # in the currency of the prices that are set; None where none are
    error: str | None = None


class Seen(SQLModel, table=True):
    """The key of each interaction that was acted on, so that a repeat is not acted on again; for seven days."""

    key: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class Digest(SQLModel, table=True):
    """One digest for a channel and a local date, whatever number of clocks tick."""

    __table_args__ = (UniqueConstraint("channel_id", "date"),)

    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    date: date
    quiet: bool  # nothing had happened, nothing was posted
    seed: int
    figures: dict[str, Any] = json_column()
    made_at: datetime


class Token(SQLModel, table=True):
    """A bearer token of the HTTP API; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    team: str | None = None  # the workspace that it is good for; None: the one there is, and none where there are more
    name: str
    hash: str = Field(unique=True)
    scopes: list[str] = list_column()
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    created_at: datetime
    revoked_at: datetime | None = None


class Actor(SQLModel, table=True):
    """A person by the number that the audit trail knows them by. Who is erased is emptied here; the trail stands."""

    __table_args__ = (UniqueConstraint("team", "user"),)

    id: int | None = Field(default=None, primary_key=True)
    team: str
    user: str | None = None  # None: erased


class Audit(SQLModel, table=True):
    """What was done, by whom and when. The database itself refuses to change a row, and to delete one.

    The one exception: the rows of a workspace that stands in `erasing`.
    """

    __table_args__ = (Index("ix_audit_team_id", "team", "id"), NEVER_AGAIN)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    team: str | None = None  # None: done to the whole of Assay
    channel: str | None = None  # Slack's id
    act: str = AuditAct.SETTINGS
    who: str  # person:NUMBER (an actor), token:NUMBER, operator, or assay itself
    about: str | None = None  # draft:NUMBER, token:NUMBER, webhook:NUMBER
    before: dict[str, Any] | None = json_column(nullable=True)
    after: dict[str, Any] | None = json_column(nullable=True)


class Erasing(SQLModel, table=True):
    """A workspace whose audit trail may be deleted until this transaction ends: the row is never committed."""

    team: str = Field(primary_key=True)


class Tombstone(SQLModel, table=True):
    """A draft that was erased: that it was, when and why, and nothing of what it held."""

    __table_args__ = (
        UniqueConstraint("channel_id", "external_hash"),
        Index("ix_tombstone_channel_id_number", "channel_id", "number"),
        Index("ix_tombstone_channel_id_at", "channel_id", "at"),
    )

    draft_id: int = Field(primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    external_hash: str | None = None  # of its external id, keyed, so that it is known again when it is sent again
    number: int  # its place among the numbers of revisions: whoever reads on from a revision meets it
    why: str = ErasedBecause.TICKET
    at: datetime


class Webhook(SQLModel, table=True):
    """An address that is told what happens in a workspace, or in one channel of it."""

    id: int | None = Field(default=None, primary_key=True)
    team: str = Field(index=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id", ondelete="CASCADE")
    url: str = text_column()
    events: list[str] = list_column()
    secret: str = text_column()  # encrypted where keys are set (bot/vault)
    created_at: datetime
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    rests_until: datetime | None = None  # nothing is sent before: it failed just now
    disabled_at: datetime | None = None
    disabled_why: str | None = text_column(nullable=True)


_WAITING = text("state IN ('pending', 'sending')")


class Announcement(SQLModel, table=True):
    """The outbox of webhooks: one row for each thing that one must be told; what it says is drawn when it is sent."""

    __table_args__ = (
        # What is not done is found by its webhook, in the order in which it is due, however much was done.
        Index(
            "ix_announcement_waiting",
            "webhook_id",
            "due_at",
            "number",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_announcement_webhook_id_number", "webhook_id", "number"),
        Index("ix_announcement_draft_id", "draft_id"),
        Index("ix_announcement_label_id", "label_id"),
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)  # travels as webhook-id, the same in each attempt
    webhook_id: int = Field(foreign_key="webhook.id", ondelete="CASCADE")
    event: str
    draft_id: int = Field(foreign_key="draft.id", ondelete="CASCADE")
    label_id: int | None = Field(default=None, foreign_key="label.id", ondelete="CASCADE")
    revision: int | None = None
    state: str = DeliveryState.PENDING
    attempts: int = 0
    at: datetime = Field(index=True)
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    status: int | None = None  # of the last answer
    error: str | None = text_column(nullable=True)


class Allowance(SQLModel, table=True):
    """How many requests of a token were given out to replicas in a minute, a portion at a time."""

    token_id: int = Field(foreign_key="token.id", primary_key=True, ondelete="CASCADE")
    minute: int  # since 1970
    used: int


class Answered(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, for its repeats within a day."""

    token_id: int = Field(foreign_key="token.id", primary_key=True, ondelete="CASCADE")
    key: str = Field(primary_key=True)  # keyed hashes, as the next: they may name somebody who is erased
    asked: str  # method, address and body
    status: int
    body: str = text_column()  # encrypted where keys are set: it may hold a webhook's secret
    at: datetime = Field(index=True)
