"""The window in which a lead looks closer at one person: which answers were settled otherwise, and how sure that is."""

from bot.surfaces import beside
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block, View
from bot.surfaces.home_lead import Colleague
from bot.texts import counted

ONLY_LEADS = "Only leads can look closer at a person's answers. Nothing was shown."
NOTHING_HERE = "Nothing can be compared yet: no answer of theirs in 28 days to a draft that was shared at random."
FAIRLY = (
    "What two people agreed on is settled as they answered, and where both erred nobody sees it: this shows what "
    "somebody takes for what, not who is better. Where many take it so, the guideline is at fault."
)


def window(one: Colleague) -> View:
    """Everything that is known of one person's answers in the channels that a lead leads."""
    name = b.section(f"*{b.mention(one.user)}* · {counted(one.answers, 'answer')} in 28 days")
    return b.modal("person", "Look closer", [name, *_parts(one)], submit=None, metadata="")


def _parts(one: Colleague) -> list[Block]:
    compared = one.beside
    if not (compared.verdict.shared or compared.settled.shared):
        return [b.section(NOTHING_HERE), _fine_print(beside.SHARED_FOR_THIS)]
    rows = [b.section(line) for line in beside.confusions(compared)]
    return [
        b.header("Beside the other one"),
        *map(b.section, beside.paragraphs(compared, "they")),
        *([b.header("What was settled, and what they had said"), *rows] if rows else []),
        _fine_print(f"{beside.SHARED_FOR_THIS} {FAIRLY}" if rows else beside.SHARED_FOR_THIS),
    ]


def _fine_print(words: str) -> Block:
    return b.context(b.label(words, limit=2_000))
