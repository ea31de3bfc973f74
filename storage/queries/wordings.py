"""What customers, models and people wrote, draft by draft: whoever looks for a name reads all of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Channel, Draft, Gold, Label, Revision, Unsaved
from storage.queries._core import beside_indexes

# A column that comes later belongs here when anybody's words stand in it; a test asks for each.
OF_DRAFTS: tuple[Any, ...] = (
    Draft.conversation,
    Draft.text,
    Draft.context,
    Draft.model,
    Draft.topic,
    Draft.source,
    Draft.external_id,
    Draft.ticket,
    Draft.url,
)
OF_ANSWERS: tuple[Any, ...] = (Revision.text, Revision.note)
OF_GOLD: tuple[Any, ...] = (Gold.text, Gold.note)
OF_UNSAVED: tuple[Any, ...] = (Unsaved.text, Unsaved.note)


@dataclass
class Wording:
    """Every word that stands in a draft and what hangs on it, and the hashes of what was replaced there."""

    draft: int
    hashes: Collection[str]
    words: list[str] = field(default_factory=list)


async def page(
    session: AsyncSession, team: str, *, channel_id: int | None, after: int, limit: int
) -> Sequence[Wording]:
    """Drafts of a workspace, or of one of its channels, that are numbered above `after`, in their order."""
    place = beside_indexes(session, Draft.channel_id)
    query = select(Draft.id, Draft.placeholders, *OF_DRAFTS).join(Channel, col(Channel.id) == place)
    query = query.where(Channel.team == team, col(Draft.id) > after).order_by(col(Draft.id)).limit(limit)
    query = query if channel_id is None else query.where(place == channel_id)
    found: dict[int, Wording] = {}
    for number, placeholders, conversation, *columns in (await session.exec(query)).all():
        said = [turn.get("content") for turn in conversation]
        found[number] = Wording(number, placeholders.keys(), list(_strings([said, columns])))
    for hanging in _hanging(found):
        for number, *columns in (await session.exec(hanging)).all():
            found[number].words += _strings(columns)
    return list(found.values())


def _hanging(numbers: Collection[int]) -> list[Any]:
    answers = select(Label.draft_id, *OF_ANSWERS).join(Revision, col(Revision.label_id) == Label.id)
    return [
        answers.where(col(Label.draft_id).in_(numbers)),
        select(Gold.draft_id, *OF_GOLD).where(col(Gold.draft_id).in_(numbers)),
        select(Unsaved.draft_id, *OF_UNSAVED).where(col(Unsaved.draft_id).in_(numbers)),
    ]


def _strings(value: Any) -> list[str]:
    """Each text and each number in a document, names included."""
    if isinstance(value, Mapping):
        return [*map(str, value), *_strings(list(value.values()))]
    if isinstance(value, list):
        return [string for one in value for string in _strings(one)]
    return [] if value is None else [str(value)]
