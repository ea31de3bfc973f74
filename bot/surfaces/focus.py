"""The window of focus mode: one draft after the other."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import Block, View
from bot.surfaces.conversation import CONVERSATION_SHOWN
from bot.surfaces.reply import answer_fields, starting_text
from bot.surfaces.scene import Opened, Scene, about, foot
from storage.models import Draft, Revision, Unsaved

# Why it is one would say what the colleague answered.
SECOND_LOOK = "Independent second look: a colleague has answered this one too, and you do not see how."
TRAIL, SKIPPED = 30, 150  # numbers that a window carries along; Slack lets it carry 3,000 characters
NOT_SHOWN = "The next draft could not be shown: the database is away. Type /assay next in a minute."
LEFT_OUT = "Slack refused to show a draft, so it was skipped. An admin finds its number and the reason in the log."
KEPT = "What you typed is kept and stands here again then."
UNSURE = "Slack does not say just now which channels you are in. Try again in a minute."
NOBODY = "You review no channel yet. Join one in which Assay shows drafts, or ask a lead there to add you."


@dataclass(frozen=True)
class Sitting:
    """Where somebody stands in focus mode; it travels with the window, so it holds numbers only."""

    channel: int | None = None  # drafts of this channel only; None: of all that the person reviews
    draft: int = 0  # the one that is shown; 0: none
    base: int = 0
    at: int = 0
    kept: int = 0  # the edition of what was typed before and not saved that stands in it; 0: none does
    trail: Sequence[int] = ()  # drafts that were shown before, the newest last
    skipped: Sequence[int] = ()
    home: bool = False  # begun in Home, which is drawn anew after each answer

    @property
    def opened(self) -> Opened:
        return Opened(self.draft, self.base, self.at)

    def at_draft(self, draft: int, now: datetime) -> "Sitting":
        """On to another draft; the one before can be gone back to."""
        shown = (self.draft,) if self.draft else ()
        return replace(self, draft=draft, at=int(now.timestamp()), trail=(*self.trail, *shown)[-TRAIL:])

    def skip(self) -> "Sitting":
        return replace(self, skipped=(*self.skipped, self.draft)[-SKIPPED:]) if self.draft else self

    def without(self) -> "Sitting":
        """Past the draft that is shown, as if it had been skipped, and not back to it."""
        return replace(self.skip(), draft=0)

    def all_again(self) -> "Sitting":
        """The skipped ones may come again."""
        return replace(self, skipped=())

    def dumps(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def loads(cls, metadata: str) -> "Sitting":
        return travelling.loads(cls, metadata)


@dataclass(frozen=True)
class Progress:
    """How far the day has come, for one person."""

    today: int
    waiting: int
    second_looks: int


def window(
    scene: Scene, sitting: Sitting, progress: Progress, *, said: str, trigger: str | None, kept: Unsaved | None
) -> View:
    """A draft with everything that can be said of it; `kept` was typed before and not saved."""
    draft, opened = scene.draft, sitting.opened
    text = shown_text(draft, scene.mine, kept)
    fields = answer_fields(scene, opened, text)
    head = [*_said(said), *_line(progress, sitting)]
    looked = [b.context(b.label(SECOND_LOOK, limit=2_000))] if trigger else []

    def made(shorter: int) -> View:
        shown = about(scene, CONVERSATION_SHOWN // shorter)
        blocks = [*head, *looked, *shown, *fields, *foot(scene)]
        metadata = sitting.dumps()
        return b.modal("focus:draft", "Review", blocks, submit="Save and next", metadata=metadata, close="Stop")

    return b.fitting(made)


def shown_text(draft: Draft, mine: Revision | None, kept: Unsaved | None) -> str:
    """The reply that the window starts from: what was typed before and not saved, the answer before, the draft."""
    return kept.text if kept and kept.text is not None else starting_text(draft, mine)


def nothing_left(sitting: Sitting, progress: Progress, *, said: str, usual_hour: int | None) -> View:
    """What is said when the queue is empty. What still waits was skipped; what was skipped may be answered by now."""
    skipped = progress.waiting + progress.second_looks
    if skipped:
        lines = [f"*Nothing else waits.* You skipped {skipped} and reviewed {progress.today:,} today."]
    else:
        lines = [f"*All done.* {progress.today:,} reviewed today." if progress.today else "*Nothing waits for you.*"]
    if usual_hour is not None and not skipped:
        lines.append(f"Next drafts usually come around {usual_hour}:00.")
    blocks = [*_said(said), b.section(" ".join(lines))]
    buttons = [b.button("Back", "focus:back", "back")] if sitting.trail or sitting.draft else []
    if skipped:
        buttons.append(
            b.button(f"Show the {skipped} skipped" if skipped > 1 else "Show the one skipped", "focus:again", "again")
        )
    blocks += [b.actions("focus:end", buttons)] if buttons else []
    shown = (sitting.draft,) if sitting.draft else ()
    metadata = replace(sitting, trail=(*sitting.trail, *shown)[-TRAIL:], draft=0)
    return b.modal("focus:draft", "Review", blocks, submit=None, metadata=metadata.dumps())


def _said(said: str) -> list[Block]:
    return [b.context(b.mrkdwn(said))] if said else []


def _line(progress: Progress, sitting: Sitting) -> list[Block]:
    """How far one has come, and the ways on and back."""
    looks = progress.second_looks
    words = f"{progress.today:,} today · {progress.waiting:,} waiting"
    words += f" · {looks:,} for a second look" if looks else ""
    back = [b.button("Back", "focus:back", "back")] if sitting.trail else []
    ways = b.actions(f"focus:{sitting.draft}:{sitting.at}", [*back, b.button("Skip", "focus:skip", "skip")])
    return [b.context(b.label(words)), ways]
