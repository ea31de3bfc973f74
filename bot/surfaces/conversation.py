"""What customer and agents have said to each other, in windows and in the escalation notice."""

from bot import texts
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block
from storage.models import Draft

CONVERSATION_SHOWN = 20_000  # in a window
SPEAKERS = {"user": "Customer", "assistant": "Agent", "system": "Instructions"}


def conversation(draft: Draft, room: int = CONVERSATION_SHOWN) -> list[Block]:
    """The whole conversation as quotes; of a very long one the end, which is what a reply answers."""
    shown: list[tuple[str, str]] = []
    for turn in reversed(draft.conversation):
        if room <= 0:
            break
        words = texts.shortened(turn["content"], room)
        room -= texts.slack_length(words)
        shown.insert(0, (SPEAKERS[turn["role"]], words))
    left_out = (
        [b.context(b.label("Earlier messages are left out here."))] if len(shown) < len(draft.conversation) else []
    )
    return [*left_out, *b.dialogue(shown)]
