"""The Home tab: what waits for one person, what they said, and what their roles ask of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import harmless, texts
from bot.beside import Compared
from bot.surfaces import beside
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block, View
from bot.surfaces.card import opening_words, title
from bot.surfaces.home_admin import Admin
from bot.surfaces.home_admin import part as admin_part
from bot.surfaces.home_lead import Led
from bot.surfaces.home_lead import part as lead_part
from bot.surfaces.reply import REJECT_REASONS
from bot.texts import counted
from storage.models import Channel, Draft, Revision
from storage.words import Verdict

ANSWERS = 20
NAMED = 5  # channels and people in a sentence
AWAY = "*The database is away, so nothing can be shown here.* What you saved is safe. Open this page again in a minute."
UNSURE = "Slack does not say just now which channels you are in. Open this page again in a minute."
WHAT = "*Assay* collects answers to draft replies, for training. Nothing is sent to customers."


@dataclass(frozen=True)
class Answered:
    """An answer of the one who looks."""

    draft: Draft
    revision: Revision
    by_lead: bool = False  # a lead has settled the draft, so it cannot be changed any more
    open_to_me: bool = True  # they still review the draft's channel


@dataclass(frozen=True)
class Mine:
    """What an agent reads of their own work."""

    channels: Sequence[Channel]
    waiting: int
    second_looks: int
    today: int
    week: int
    usual_hour: int | None
    beside: Compared
    answers: Sequence[Answered]


@dataclass(frozen=True)
class Stranger:
    """What somebody reads who has no role: where Assay works, and who can add them there."""

    channels: Sequence[Channel]
    outsider: bool
    unsure: bool = False  # Slack did not say where they are


def draw(
    *,
    mine: Mine | None = None,
    led: Led | None = None,
    admin: Admin | None = None,
    stranger: Stranger | None = None,
    said: str = "",
) -> View:
    """The parts of each role that somebody has; `said` is what became of what they pressed."""
    blocks: list[Block] = [b.context(b.mrkdwn(said))] if said else []
    first = mine is None or mine.waiting + mine.second_looks == 0
    blocks += _review(mine) if mine else []
    blocks += lead_part(led, primary=first) if led else []
    blocks += admin_part(admin) if admin else []
    blocks += _answers(mine) + _beside(mine.beside) if mine else []
    blocks += _stranger(stranger) if stranger else []
    return {"type": "home", "callback_id": "home", "blocks": blocks}


def away() -> View:
    return {"type": "home", "callback_id": "home", "blocks": [b.section(AWAY)]}


def waiting(mine: Mine) -> str:
    """What waits, in words."""
    if not mine.waiting and not mine.second_looks:
        usual = f" Next drafts usually come around {mine.usual_hour}:00." if mine.usual_hour is not None else ""
        return f"*Nothing waits for you.*{usual} New drafts appear in Home and as cards in {_places(mine.channels)}."
    looks = f" · {mine.second_looks:,} for a second look" if mine.second_looks else ""
    verb = "waits" if mine.waiting == 1 else "wait"
    return f"*{counted(mine.waiting, 'draft')} {verb} for you*{looks}"


def pace(mine: Mine) -> str:
    return f"{mine.today:,} reviewed today · {mine.week:,} this week"


def answer_words(answered: Answered) -> str:
    """What somebody said of a draft."""
    revision = answered.revision
    if revision.withdrawn:
        return "undone"
    written = "wrote the reply" if answered.draft.text is None else "edited"
    why = REJECT_REASONS.get(revision.reject_reason or "", "").lower()
    said = {
        Verdict.APPROVED: "approved as is",
        Verdict.EDITED: written,
        Verdict.REJECTED: f"rejected: {why}" if why else "rejected",
        Verdict.NOT_JUDGED: "",
    }[Verdict(revision.verdict)]
    escalated = f"for a human: {texts.shortened(revision.escalation, 100)}" if revision.escalation else ""
    return " · ".join(part for part in (said, escalated) if part)


def _review(mine: Mine) -> list[Block]:
    blocks = [b.header("Review"), b.section(waiting(mine))]
    if mine.waiting or mine.second_looks:
        words = f"Start reviewing ({mine.waiting:,})" if mine.waiting else "Start reviewing"
        blocks.append(b.actions("home:start", [b.button(words, "focus:start", "start", style="primary")]))
    return [*blocks, b.context(b.label(pace(mine)))]


def _answers(mine: Mine) -> list[Block]:
    head = b.header("Your last answers")
    if not mine.answers:
        return [head, b.section("None yet. What you answer is listed here, and you can change it.")]
    return [head, *map(_answer, mine.answers[:ANSWERS])]


def _answer(answered: Answered) -> Block:
    draft, revision = answered.draft, answered.revision
    said = harmless.in_mrkdwn(answer_words(answered))
    settled = " · settled by a lead" if answered.by_lead else ""
    # Whoever was taken out of a private channel reads nothing of it here.
    name = title(draft) if answered.open_to_me else f"Draft #{draft.id}, in a channel that you no longer review"
    line = f"*{harmless.in_mrkdwn(name)}* · {said}{settled} · {b.moment(revision.saved_at)}"
    about = harmless.in_mrkdwn(opening_words(draft)) if answered.open_to_me else ""
    row = b.section(f"{line}\n{about}" if about else line, block_id=f"answer:{draft.id}")
    if answered.by_lead or revision.withdrawn or not answered.open_to_me:
        return row
    return row | {"accessory": b.button("Change", "draft:change", str(draft.id))}


def _beside(compared: Compared) -> list[Block]:
    paragraphs = [b.section(paragraph) for paragraph in beside.paragraphs(compared, "you")]
    return [b.header("You beside others"), *paragraphs, b.context(b.label(beside.SHARED_FOR_THIS, limit=2_000))]


def _stranger(stranger: Stranger) -> list[Block]:
    if stranger.outsider:
        return [b.section(WHAT), b.section("Guests do not review. Ask the person who invited you if you should.")]
    if stranger.unsure:
        return [b.section(WHAT), b.section(UNSURE)]
    if not stranger.channels:
        nowhere = (
            "It is not set up in any channel yet: invite it to one, then a workspace admin types /assay setup there."
        )
        return [b.section(WHAT), b.section(nowhere)]
    named = stranger.channels[:NAMED]
    left = len(stranger.channels) - len(named)
    lines = [f"• <#{one.slack_id}>{_who(one)}" for one in named]
    lines += [f"… and {left:,} more"] if left else []
    asked = "You review no channel yet. Join one of these, or ask who can add you:"
    return [b.section(WHAT), b.section("\n".join([asked, *lines]))]


def _who(channel: Channel) -> str:
    leads = [f"<@{user}>" for user in channel.leads[:NAMED]]
    return f" · {' or '.join(leads)} can add you" if leads else " · a workspace admin can add you"


def _places(channels: Sequence[Channel]) -> str:
    named = [f"<#{one.slack_id}>" for one in channels[:NAMED]]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named) or "your channels"
