"""The admin's part of Home: channels, what did not arrive and what to do about it, tokens, health."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import harmless, texts
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block
from bot.surfaces.card import title
from bot.surfaces.health import Finding
from bot.texts import counted
from storage.models import Channel, Delivery, Draft, Token
from storage.words import NOBODY, SOMEBODY, ChannelState, DeliveryKind, DeliveryState

CHANNELS = 15
PROBLEMS = 8
TOKENS = 8
FINDINGS = 4
NAME_SHOWN = 80
CHOICES = 100  # that a menu takes
STATES = {
    ChannelState.NEW: "not set up yet",
    ChannelState.ACTIVE: "set up",
    ChannelState.ARCHIVED: "archived: unarchive it in Slack to go on",
    ChannelState.GONE: "gone: invite Assay to it again to go on",
}
WHAT = {
    DeliveryKind.CARD: "Card",
    DeliveryKind.REDRAW: "The last change of a card or notice",
    DeliveryKind.NOTICE: "Escalation notice",
    DeliveryKind.CALLED_OFF: "Note that an escalation is off",
    DeliveryKind.ALARM: "Note that an escalation was not told",
    DeliveryKind.DIGEST: "Digest",
    DeliveryKind.FIGURES: "The digest's figures",
    DeliveryKind.WELCOME: "First message",
    DeliveryKind.ERASURE: "Removal of what was erased",
}
NOT_IN = "Assay is not in that channel. Invite it there, then post again."
ARCHIVED = "The channel is archived. Unarchive it, or choose another one in its settings, then post again."
TOKEN = "Slack does not accept Assay's token any more. Install the app again, then post again."
SCOPE = "Assay lacks a permission for this. Run assay doctor on the server; it says which one. Then post again."
REFUSED_OTHERWISE = "Slack refused it: {error}. Post again; where it stays so, update Assay."
REFUSED = {
    "not_in_channel": NOT_IN,
    "channel_not_found": NOT_IN,
    "is_archived": ARCHIVED,
    "missing_scope": SCOPE,
    "no_permission": SCOPE,
    "restricted_action": "The workspace does not let apps post in that channel. Change that in Slack, then post again.",
    "invalid_auth": TOKEN,
    "not_authed": TOKEN,
    "token_revoked": TOKEN,
    "account_inactive": TOKEN,
    "message_not_found": "The message was deleted in Slack, so it cannot be drawn again. Nothing else is lost.",
}
# Of a message to somebody alone: nobody can invite Assay there.
LEFT = "Slack lets Assay write to them no more: they may have left. Choose other leads in the channel's settings."
STAYS = "Slack lets Assay into that conversation no more, so what stands there stays. Only they can read it."
SHUT = ("channel_not_found", "not_in_channel", "is_archived")
UNCERTAIN = "It may have arrived; Assay may not read that channel. Look there: post again only if it is missing."
UNCLEAR = "Slack has not said whether it arrived. Look in the channel: post again only if it is missing."
TRIED = "Slack did not answer several times. Post again once it does."
AGAIN = "It is on its way again."
ALREADY = "Nothing was done: it is on its way already, or has arrived."
ENDED = "The token has ended. Whoever still uses it is refused from now on."
ENDED_BEFORE = "Nothing was done: this token had ended already."
ADMINS_ONLY = "Only workspace admins can do this. Nothing was changed."


@dataclass(frozen=True)
class Problem:
    """What did not arrive, and the draft it is about."""

    delivery: Delivery
    draft: Draft | None


@dataclass(frozen=True)
class Spent:
    """What the model did and took; `seconds` for a reply on average, `cost` in the currency of the prices, if any."""

    written: int
    failed: int
    seconds: float | None
    tokens: int
    cost: float | None


@dataclass(frozen=True)
class Health:
    """How the bot fares now."""

    database: str
    digest: tuple[str, Channel] | None  # the last one: its date in words, and its channel
    undelivered: int
    undelivered_since: datetime | None
    model: Spent | None = None  # in the last 28 days; None: it was not asked
    outlived: int | None = None  # drafts that were erased in the last week, kept long enough; None: all are kept


@dataclass(frozen=True)
class Admin:
    """What an admin reads of the workspace."""

    channels: Sequence[Channel]
    waiting: dict[int, int]  # drafts by channel
    problems: Sequence[Problem]
    tokens: Sequence[tuple[Token, Channel | None]]
    health: Health
    findings: Sequence[Finding] = ()


def part(admin: Admin) -> list[Block]:
    """Everything an admin reads; what is wrong comes first."""
    return [
        *_findings(admin.findings),
        *_problems(admin.problems),
        *_channels(admin),
        *_tokens(admin),
        *_health(admin),
    ]


def remedy(delivery: Delivery) -> str:
    """Why something did not arrive, and what to do about it."""
    error = delivery.error or ""
    if delivery.state == DeliveryState.AMBIGUOUS:
        return UNCLEAR
    if error.startswith("Delivery uncertain"):
        return UNCERTAIN
    if error.startswith("Slack"):
        return TRIED
    if delivery.is_direct and error in SHUT:
        return STAYS if delivery.kind == DeliveryKind.ERASURE else LEFT
    return REFUSED.get(error, REFUSED_OTHERWISE.format(error=harmless.in_mrkdwn(texts.shortened(error, 200))))


def again_value(delivery: Delivery) -> str:
    """What *Post again* carries: the delivery, and how often it was tried when it was shown."""
    return f"{delivery.id}:{delivery.attempts}"


def _findings(findings: Sequence[Finding]) -> list[Block]:
    """What somebody must act on; a channel that waits to be set up stands in the list of channels."""
    if not findings:
        return []
    rows = [_finding(one) for one in findings[:FINDINGS]]
    left = len(findings) - len(rows)
    rest = [b.context(b.label(f"{left:,} more are left out here; assay doctor names all of them.", limit=150))]
    return [b.header("Needs an admin"), *rows, *(rest if left else [])]


def _finding(one: Finding) -> Block:
    return b.section(f"{one.sentence}\n{one.remedy}") | ({"accessory": one.button} if one.button else {})


def _problems(problems: Sequence[Problem]) -> list[Block]:
    if not problems:
        return []
    more = len(problems) > PROBLEMS
    rest = [b.context(b.label("There are more; they come up when these are done."))] if more else []
    return [b.header("Did not arrive"), *map(_problem, problems[:PROBLEMS]), *rest]


def _problem(problem: Problem) -> Block:
    one = problem.delivery
    about = f" · {harmless.in_mrkdwn(title(problem.draft))}" if problem.draft else ""
    line = f"*{WHAT[DeliveryKind(one.kind)]}*{about} · to {_whom(one)} · {b.moment(one.started_at or one.due_at)}"
    row = b.section(f"{line}\n{remedy(one)}", block_id=f"delivery:{one.id}")
    return row | {"accessory": b.button("Post again", "delivery:again", again_value(one))}


def _whom(one: Delivery) -> str:
    if one.to == NOBODY:
        return SOMEBODY
    return f"<@{one.to}>" if one.is_direct else f"<#{one.to}>"


def _channels(admin: Admin) -> list[Block]:
    head = b.header("Channels")
    if not admin.channels:
        empty = "Assay is in no channel yet. Invite it to one: type /invite @Assay there. Then it is listed here."
        return [head, b.section(empty)]
    order = list(STATES)
    used = {one.digest_channel: "digests come here" for one in admin.channels}
    used |= {one.escalation_channel: "escalations are told here" for one in admin.channels}
    # One that only serves another waits for nobody.
    listed = sorted(
        admin.channels,
        key=lambda one: (
            one.state == ChannelState.NEW and one.slack_id in used,
            order.index(ChannelState(one.state)),
            one.name,
        ),
    )
    rows = [_channel(one, admin.waiting.get(one.id or 0, 0), used.get(one.slack_id)) for one in listed[:CHANNELS]]
    left = len(listed) - len(rows)
    rest = [
        b.context(
            b.label(f"{left:,} more are left out here. In a channel, /assay setup opens its settings.", limit=150)
        )
    ]
    return [head, *rows, *(rest if left else [])]


def _channel(one: Channel, waiting: int, used: str | None) -> Block:
    """A row; `used` says what comes to a channel that needs no setup of its own for that."""
    name = harmless.in_mrkdwn(texts.shortened(one.name, NAME_SHOWN))
    state = used if used and one.state == ChannelState.NEW else STATES[ChannelState(one.state)]
    parts = [f"*#{name}*", state]
    if one.state == ChannelState.ACTIVE:
        parts += [
            f"guideline v{one.guideline}" if one.guideline else "no guideline",
            f"digest at {one.digest_time} ({one.time_zone})",
            f"{waiting:,} waiting",
        ]
    row = b.section(" · ".join(parts), block_id=f"channel:{one.id}")
    if one.state not in (ChannelState.NEW, ChannelState.ACTIVE):
        return row
    return row | {"accessory": b.button("Set up", "channel:setup", str(one.id))}


def _tokens(admin: Admin) -> list[Block]:
    head = b.header("API tokens")
    if not admin.tokens:
        empty = "None. Drafts come in with one; `assay tokens create NAME` on the server makes one for all channels."
        return [head, b.section(empty), *_new_token(admin)]
    rows = [_token(token, channel) for token, channel in admin.tokens[:TOKENS]]
    left = len(admin.tokens) - len(rows)
    rest = b.context(b.label(f"{left:,} more are left out here; assay tokens list names all of them.", limit=150))
    return [head, *rows, *([rest] if left else []), *_new_token(admin)]


def _new_token(admin: Admin) -> list[Block]:
    """A button, or where several channels take drafts a menu of them."""
    active = sorted((one for one in admin.channels if one.state == ChannelState.ACTIVE), key=lambda one: one.name)
    if not active:
        return []
    if len(active) == 1:
        return [b.actions("token:new", [b.button("Create an API token", "channel:token", str(active[0].id))])]
    options = [b.option(one.name, str(one.id)) for one in active[:CHOICES]]
    menu = b.select("channel:token", options, placeholder="Create an API token for…")
    return [b.actions(f"token:new:{len(admin.tokens)}", [menu])]  # drawn anew nothing is chosen


def _token(token: Token, channel: Channel | None) -> Block:
    name = harmless.in_mrkdwn(texts.shortened(token.name, NAME_SHOWN))
    scopes = ", ".join(token.scopes) or "no permissions"
    where = f"<#{channel.slack_id}> only" if channel else "every channel"
    line = f"*{name}* · {harmless.in_mrkdwn(scopes)} · {where} · since {b.moment(token.created_at)}"
    ends = b.confirmed(
        b.button("End", "token:end", str(token.id)),
        "End this token?",
        "Whoever uses it is refused from then on. It cannot be brought back; a new one can be made.",
        yes="End it",
    )
    return b.section(line, block_id=f"token:{token.id}") | {"accessory": ends}


def _health(admin: Admin) -> list[Block]:
    health = admin.health
    digest = f"{health.digest[0]} for <#{health.digest[1].slack_id}>" if health.digest else "none in the last 28 days"
    slack = "it took this page, and nothing waits for it"
    if health.undelivered and health.undelivered_since:
        count = f"{health.undelivered:,} post{' waits' if health.undelivered == 1 else 's wait'}"
        slack = f"it took this page; {count}, the first since {b.moment(health.undelivered_since)}"
    lines = [f"Database: {health.database}, it answers", f"Last digest: {digest}", f"Slack: {slack}"]
    lines += [f"Model: {_spent(health.model)}"] if health.model else []
    lines += [f"Retention: {_outlived(health.outlived)}"] if health.outlived is not None else []
    if not admin.problems and not health.undelivered:
        lines.append("Everything that was sent has arrived.")
    trail = b.button("Audit trail", "audit:open", "open")
    return [b.header("Health"), b.section("\n".join(lines)), b.actions("audit", [trail])]


def _outlived(drafts: int) -> str:
    return f"{counted(drafts, 'draft')} erased this week"


def _spent(model: Spent) -> str:
    """What it did in the last 28 days, and what that took."""
    parts = [f"{model.written:,} {'reply' if model.written == 1 else 'replies'} in the last 28 days"]
    parts += [f"{model.seconds:.1f} seconds each"] if model.seconds is not None else []
    parts += [f"{model.failed:,} not written"] if model.failed else []
    parts += [f"{model.tokens:,} tokens"] if model.tokens else []
    parts += [f"cost {model.cost:,.2f}"] if model.cost is not None else []
    return ", ".join(parts)
