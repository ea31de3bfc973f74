"""The floor of an export: the columns that it writes, read in pages by key and encoded a line each.

Nothing is left out, counted, joined to a guideline or said in words. Only the engine is Assay's."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select

from bot.export import Format
from storage.engine import make_sessions
from storage.models import Draft, Gold, Label, Revision
from storage.queries._core import table_of

PAGE = 500  # along the numbers: + 0 keeps both databases from sorting the channel for each page
DRAFTS, GOLDS, LABELS, REVISIONS = (table_of(model).c for model in (Draft, Gold, Label, Revision))
OF_GOLD = (GOLDS.kind, GOLDS.verdict, GOLDS.text, GOLDS.guideline)
OF_DRAFT = (DRAFTS.external_id, DRAFTS.ticket, DRAFTS.conversation, DRAFTS.context, DRAFTS.model, DRAFTS.topic)
OF_REVISION = [column for column in REVISIONS if column.name not in ("id", "label_id", "channel_id")]
OF_LABEL = (LABELS.agent, LABELS.kind, LABELS.newest)


async def write(url: str, form: Format, file: Path) -> int:
    key, query = _golds() if form is Format.TRL_SFT else _labels()
    sessions, after, rows = make_sessions(url, patience=120), 0, 0
    with file.open("w", encoding="utf-8", newline="\n") as out:
        while True:
            async with sessions.reading() as session:
                connection = await session.connection()
                found = (await connection.execute(query.where(key > after).limit(PAGE))).mappings().all()
            out.writelines(json.dumps(dict(row), ensure_ascii=False, default=str) + "\n" for row in found)
            rows += len(found)
            if len(found) < PAGE:
                break
            after = found[-1][key.name]
    await sessions.close()
    return rows


def _golds() -> tuple[Any, Select[Any]]:
    query = select(DRAFTS.id, *OF_DRAFT, DRAFTS.shared, *OF_GOLD).join(
        GOLDS.draft_id.table, GOLDS.draft_id == DRAFTS.id
    )
    return DRAFTS.id, query.where(DRAFTS.channel_id + 0 == 1).order_by(DRAFTS.id)


def _labels() -> tuple[Any, Select[Any]]:
    of_draft = (DRAFTS.external_id, DRAFTS.ticket, DRAFTS.text.label("draft_text"))
    query = select(REVISIONS.id, *OF_REVISION, *OF_LABEL, *of_draft)
    query = query.join(LABELS.id.table, LABELS.id == REVISIONS.label_id)
    query = query.join(DRAFTS.id.table, DRAFTS.id == LABELS.draft_id)
    return REVISIONS.id, query.where(REVISIONS.channel_id + 0 == 1).order_by(REVISIONS.id)
