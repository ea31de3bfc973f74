"""The gold answer of a draft follows the labels that hold its slots, until a lead settles it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import outbox, settling, webhooks
from storage.models import Channel, Draft, Gold
from storage.queries import golds
from storage.queries.labels import Current
from storage.words import DraftState, GoldKind, Verdict


async def follow(
    session: AsyncSession,
    channel: Channel,
    draft: Draft,
    held: Sequence[Current],
    *,
    now: datetime,
    by_press: bool = False,
) -> int | None:
    """Bring state and gold of the draft up to the labels that hold its slots.

    A second look is not needed; where it is in, it counts like any other answer. The number of redraws asked
    for, when its card changes; `by_press` as the outbox means it.
    """
    assert draft.id is not None
    if draft.state == DraftState.WITHDRAWN:
        return None
    was_open, had_gold = draft.state == DraftState.OPEN, draft.state == DraftState.SETTLED
    state, settled = _outcome(channel, draft, held)
    if settled is not None:
        await golds.put(session, _gold(draft, settled, held, now))
        await webhooks.gold_settled(session, channel, draft, now=now)
    elif had_gold:
        await golds.drop(session, draft.id)
    if draft.state != state:
        draft.state, draft.state_at = state, now
    session.add(draft)
    if was_open == (state == DraftState.OPEN):
        return None
    return await outbox.redraw(session, channel, draft, now=now, by_press=by_press)


def _outcome(channel: Channel, draft: Draft, held: Sequence[Current]) -> tuple[DraftState, settling.Settled | None]:
    """What the answers make of a draft, once every first look is in."""
    if sum(not one.second_look for one in held) != draft.reviews:
        return DraftState.OPEN, None
    settled = settling.settle([_answer(one) for one in held], likeness=channel.likeness)
    return DraftState.DISPUTED if settled is None else DraftState.SETTLED, settled


async def settled_by_lead(session: AsyncSession, draft: Draft) -> bool:
    """Whether a lead has decided, so that agents' answers change nothing any more."""
    if draft.state != DraftState.SETTLED or draft.id is None:
        return False
    gold = await golds.get(session, draft.id)
    return gold is not None and gold.kind == GoldKind.ADJUDICATED


def _gold(draft: Draft, settled: settling.Settled, held: Sequence[Current], now: datetime) -> Gold:
    assert draft.id is not None
    revision = next(one.revision for one in held if one.label.id == settled.answer.label)
    return Gold(
        draft_id=draft.id,
        channel_id=draft.channel_id,
        kind=settled.kind,
        verdict=settled.answer.verdict,
        text=settled.answer.text,
        escalation=settled.answer.escalation,
        tags=revision.tags,
        label_id=settled.answer.label,
        guideline=revision.guideline,
        settled_at=now,
    )


def _answer(current: Current) -> settling.Answer:
    assert current.label.id is not None
    revision = current.revision
    return settling.Answer(current.label.id, Verdict(revision.verdict), revision.text, revision.escalation)
