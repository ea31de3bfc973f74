"""What every window about a draft shows around its fields, and what travels with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot import texts
from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import Block
from bot.surfaces.card import background, ticket_link, title
from bot.surfaces.conversation import CONVERSATION_SHOWN, conversation
from bot.surfaces.notice import Told
from storage.models import Draft, Guideline, Revision


@dataclass(frozen=True)
class Opened:
    """What a window was opened on; it travels with the window, so it holds numbers only."""

    draft: int
    base: int  # the revision whose text was shown (0: the draft's own); of a dispute the newest revision shown
    at: int  # seconds since 1970
    home: bool = False  # opened in Home, which is drawn anew afterwards

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, metadata: str) -> "Opened":
        return travelling.loads(cls, metadata)


@dataclass(frozen=True)
class Scene:
    """What is known of a draft where a window about it opens."""

    draft: Draft
    guideline: Guideline | None
    reasons: Sequence[str]
    tags: Sequence[str] = ()  # topics that can be flagged
    busy: Sequence[str] = ()  # others who have the draft open
    mine: Revision | None = None  # what this agent answered before
    told: Told | None = None  # where an escalation would be announced


def about(scene: Scene, room: int = CONVERSATION_SHOWN) -> list[Block]:
    """What the draft is about, who else is on it, and the conversation."""
    draft = scene.draft
    line = " · ".join(part for part in (title(draft), background(draft)) if part)
    made = [b.context(b.plain(texts.shortened(line, 500)))]
    if scene.busy:
        people = " and ".join(f"<@{user}>" for user in scene.busy)
        made.append(
            b.context(b.mrkdwn(f"{people} {'are' if len(scene.busy) > 1 else 'is'} on it too; all answers are kept."))
        )
    return [*made, *conversation(draft, room)]


def shown_draft(draft: Draft, room: int) -> list[Block]:
    if draft.text is None:
        return []
    shown = texts.shortened(draft.text, room)
    return b.dialogue([("Suggested reply", shown)])


def foot(scene: Scene) -> list[Block]:
    """Where to read more: the ticket, the guideline."""
    made: list[Block] = []
    if ticket := ticket_link(scene.draft):
        made.append(b.context(b.mrkdwn(ticket)))
    if scene.guideline and scene.guideline.text:
        made.append(b.marked(f"Guideline v{scene.guideline.version}", scene.guideline.text))
    return made
