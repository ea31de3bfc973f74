"""Gold and labels leave as JSON lines that load unchanged; what stays out is counted by reason."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, json_lines
from bot.measures import effort
from bot.system_message import system_message
from storage.engine import Sessions
from storage.models import Channel, Draft, Gold, Tombstone
from storage.queries import channels, exports, labels, tombstones
from storage.queries.exports import LabelledDraft, LabelRow, Settled, SettledDraft
from storage.words import AuditAct, DraftOrigin, LabelKind, Verdict

PAGE = 500
NOT_VERIFIED = "not verified yet"


class Format(StrEnum):
    """What an export can be written as, and the name of its file."""

    TRL_SFT = "trl-sft"
    LABELS = "labels"
    ERASED = "erased"

    @property
    def file(self) -> str:
        return f"{self}.jsonl" if self in (Format.LABELS, Format.ERASED) else f"gold.{self}.jsonl"


@dataclass
class Count:
    """How many rows were written, and how many were left out for which reason."""

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


async def lines(sessions: Sessions, channel: Channel, form: Format, count: Count) -> AsyncIterator[str]:
    """The channel's export, a JSON object a line; `count` is filled while it is read."""
    maker = {Format.TRL_SFT: _sft_lines, Format.LABELS: _label_lines, Format.ERASED: _erased_lines}[form]
    async for line in maker(sessions, channel, count):
        count.rows += 1
        yield line


async def write(
    sessions: Sessions, channel: Channel, form: Format, file: Path, *, now: datetime | None = None
) -> Count:
    """Write an export to a file, whole or not at all; what was written and what was left out.

    With `now` the operator takes it out of Assay: the audit trail is told before the file is there.
    """
    count = Count()
    # Beside the file first: an export that breaks off must not look like one, nor get into another's.
    part = file.with_name(f"{file.name}.{uuid4().hex}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as out:
            async for line in lines(sessions, channel, form, count):
                out.write(line + "\n")
        if now is not None:
            async with sessions.writing() as session:
                await note(session, AuditAct.EXPORTED, channel, form, who=audit.OPERATOR, now=now, rows=count.rows)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return count


async def note(
    session: AsyncSession, act: AuditAct, channel: Channel, form: Format, *, who: str, now: datetime, rows: int
) -> None:
    """Tell the audit trail that rows leave Assay."""
    await audit.note(session, act, channel, who=who, now=now, after={"format": form, "rows": rows})


async def count_settled(session: AsyncSession, channel: Channel) -> int:
    """How many settled answers an export of the channel reads; some of them may stay."""
    assert channel.id is not None
    return await exports.settled(session, channel.id)


async def _sft_lines(sessions: Sessions, channel: Channel, count: Count) -> AsyncIterator[str]:
    assert channel.id is not None
    guidelines, doubtful = dict[int, str](), set[int]()

    async def page(session: AsyncSession, channel_id: int, *, after: int, limit: int) -> Sequence[Any]:
        """With what its rows rest on, which may be newer than the first page: whoever reads may take hours."""
        rows = await exports.golds(session, channel_id, after=after, limit=limit)
        doubtful.update(await labels.drafts_in_doubt(session, channel_id, [draft.id for draft, _ in rows]))
        if any(gold.guideline and gold.guideline not in guidelines for _, gold in rows):
            guidelines.update(await channels.guidelines(session, channel_id))
        return rows

    async for draft, gold in _pages(sessions, page, channel.id, lambda row: int(row[0].id)):
        if reason := stays(draft, channel) or (NOT_VERIFIED if draft.id in doubtful else left_out(gold)):
            count.left_out[reason] += 1
        else:
            system = system_message(guidelines.get(gold.guideline, ""), draft.context, channel.context_template)
            yield json_lines.line(sft_row(draft, gold, system))


async def _label_lines(sessions: Sessions, channel: Channel, count: Count) -> AsyncIterator[str]:
    assert channel.id is not None
    async for row in _pages(sessions, exports.labels, channel.id, lambda row: int(row.revision.id)):
        if reason := stays(row.draft, channel) or doubt(row):
            count.left_out[reason] += 1
        else:
            yield json_lines.line(label_row(row) | _effort(row))


async def _erased_lines(sessions: Sessions, channel: Channel, _count: Count) -> AsyncIterator[str]:
    assert channel.id is not None
    async for one in _pages(sessions, tombstones.above, channel.id, lambda row: int(row.number)):
        yield json_lines.line(erased_row(one))


def erased_row(one: Tombstone) -> dict[str, Any]:
    """For whoever fetched the draft: delete your copy."""
    return {"draft": one.draft_id, "erased": True, "at": one.at.isoformat()}


def stays(draft: Draft | SettledDraft | LabelledDraft, channel: Channel) -> str | None:
    """Why nothing of a draft leaves, whatever was answered, or None where it may."""
    if draft.origin == DraftOrigin.SAMPLE:
        return "a sample of Assay's own"
    if draft.origin == DraftOrigin.SLACK and not channel.exports_slack_drafts:
        return "made from a Slack message"
    return None


def doubt(row: LabelRow) -> str | None:
    """Why what somebody said does not leave, or None where Slack has said that they are a reviewer."""
    if row.label.kind == LabelKind.REFUSED:
        return "not from a reviewer"
    return None if row.revision.verified else NOT_VERIFIED


def left_out(gold: Settled | Gold) -> str | None:
    """Why an answer is not fine-tuning data, or None where it is."""
    if gold.escalation is not None:
        return "escalated"
    if gold.verdict == Verdict.REJECTED:
        return "rejected"
    if gold.text is None:
        return "not judged"
    return None


def sft_row(draft: SettledDraft, gold: Settled, system: str) -> dict[str, Any]:
    """A conversational prompt and completion, as TRL's SFT trainer takes them, with where it came from."""
    meta = {
        "draft": draft.id,
        "external_id": draft.external_id,
        "group": draft.ticket,
        "gold": gold.kind,
        "verdict": gold.verdict,
        "model": draft.model,
        "guideline": gold.guideline,
        "topic": draft.topic,
        "shared": draft.shared,
    }
    return {
        "prompt": [{"role": "system", "content": system}, *draft.conversation],
        "completion": [{"role": "assistant", "content": gold.text}],
        "meta": meta,
    }


def label_row(row: LabelRow) -> dict[str, Any]:
    """One revision with what is needed to compute every figure again."""
    label, revision, draft, gold = row.label, row.revision, row.draft, row.gold
    return {
        "draft": draft.id,
        "external_id": draft.external_id,
        "group": draft.ticket,
        "agent": label.agent,
        "kind": label.kind,
        "revision": revision.number,
        "newest": revision.number == label.newest,
        "withdrawn": revision.withdrawn,
        "in_slot": row.in_slot,
        "second_look": row.second_look,
        "verdict": revision.verdict,
        "escalation": revision.escalation,
        "reject_reason": revision.reject_reason,
        "tags": revision.tags,
        "note": revision.note,
        "text": revision.text,
        "draft_text": draft.text,
        "edit_rate": revision.edit_rate,
        "exposed": revision.exposed,
        "guideline": revision.guideline,
        "opened_at": revision.opened_at.isoformat() if revision.opened_at else None,
        "saved_at": revision.saved_at.isoformat(),
        "model": draft.model,
        "topic": draft.topic,
        "origin": draft.origin,
        "shared": draft.shared,
        "overlap_probability": draft.overlap_probability,
        "reviews": draft.reviews,
        "came_in": draft.created_at.isoformat(),
        "state": draft.state,
        "gold": {"kind": gold.kind, "settled_at": gold.settled_at.isoformat()} if gold else None,
    }


def _effort(row: LabelRow) -> dict[str, float | None]:
    """Of the draft and what became of it, as stored; what is not can take most of a second a row."""
    draft, text, stored = row.draft.text, row.revision.text, row.effort
    if draft is None or text is None:
        return {"hter": None, "chrf": None}
    found = stored or effort.measure(draft, text)
    return {"hter": found.hter, "chrf": found.chrf}


async def _pages(
    sessions: Sessions,
    page: Callable[..., Any],
    channel_id: int,
    key: Callable[[Any], int],
) -> AsyncIterator[Any]:
    """All rows, a page by key at a time: no transaction stays open while somebody reads slowly."""
    after = 0
    while True:
        session: AsyncSession
        # What makes a row stay is looked up after it, and may be decided just then.
        async with sessions.reading(still=True) as session:
            rows = await page(session, channel_id, after=after, limit=PAGE)
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = key(rows[-1])
