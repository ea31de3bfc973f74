"""The window in which an agent reports personal data that was not recognised."""

from collections.abc import Sequence

from bot.surfaces import blocks as b
from bot.surfaces.blocks import View
from bot.surfaces.card import title
from bot.surfaces.conversation import CONVERSATION_SHOWN, conversation
from bot.surfaces.scene import Opened, shown_draft
from storage.models import Draft

LONGEST = 1_000
MOST = 20
SHORTEST = 2
SHORT = "Write at least two characters a line."
MANY = f"Write at most {MOST} lines."
ALREADY = "Thank you. This was removed already."
EMPTY = "Write the words to remove, one a line."


def window(draft: Draft, opened: Opened) -> View:
    """Which words are personal: they are replaced everywhere in the draft, and not kept."""
    explained = "What you write here is replaced everywhere in this draft and in the answers to it, and kept nowhere."
    words = b.field(
        f"words:{opened.draft}",
        "Words that are personal data, one a line",
        b.writing("words", limit=LONGEST, focus=True),
        hint="Exactly as they stand in the draft: a name, an address, a number.",
    )

    def made(shorter: int) -> View:
        room = CONVERSATION_SHOWN // shorter
        shown = [*conversation(draft, room), *shown_draft(draft, room)]
        blocks = [b.context(b.plain(title(draft))), b.context(b.label(explained, limit=2_000)), words, *shown]
        return b.modal("draft:report", "Report personal data", blocks, submit="Remove", metadata=opened.dumps())

    return b.fitting(made)


def missing(words: Sequence[str]) -> str:
    """Why nothing was removed."""
    named = ", ".join(f"“{word}”" for word in words[:3])
    verb = "is" if len(words) == 1 else "are"
    return f"Nothing was removed yet: {named} {verb} not in this draft."


def removed(places: int) -> str:
    """What was done, or had been done before."""
    if not places:
        return ALREADY
    where = "1 place" if places == 1 else f"{places:,} places"
    return f"Thank you. Removed in {where}; a digest that quotes this draft stays as it is."
