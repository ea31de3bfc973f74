"""Drafts that can be told apart by what stands on their cards: three words each, and never a number."""

import re
from typing import Any

from tests.house import SUPPORT

COLOURS = "amber azure coral ebony fawn hazel ivory jade lilac maroon ochre pearl russet sable teal umber"
KINDS = "little mighty gentle sleepy nimble jolly quiet brave clever dusty fancy gloomy honest lucky mellow proud"
ANIMALS = "badger beaver camel donkey falcon gopher heron ibis jackal koala lemur marmot otter panda rabbit stork"
CODE = re.compile(r"the (\w+ \w+ \w+) parcel")
ESCALATION_REASONS = ("Refund above limit", "Legal threat", "Safety")


def code(number: int) -> str:
    """Of the so-manieth ticket; no other has it."""
    first, rest = divmod(number, 256)
    return f"{_of(KINDS, rest // 16)} {_of(COLOURS, first)} {_of(ANIMALS, rest)}{_letters(first // 16)}"


def reply_to(code: str) -> str:
    return f"Hello, I am sorry. We have sent the {code} parcel again, and it arrives soon."


def body(number: int) -> dict[str, Any]:
    """As a helpdesk sends it."""
    named = code(number)
    return {
        "channel": SUPPORT,
        "external_id": f"ticket-{number}",
        "group": ticket_of(f"ticket-{number}"),
        "prompt": f"Hi, the {named} parcel never came. Please help.",
        "draft": reply_to(named),
        "topic": ("shipping/lost", "shipping/late", "billing/refund")[number % 3],
    }


def ticket_of(name: str) -> str:
    """The helpdesk's case that a draft belongs to, by its external id."""
    return name.replace("ticket", "case")


def _of(words: str, place: int) -> str:
    return words.split()[place % 16]


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number, 26)
        letters += chr(ord("a") + rest)
    return letters


def word(number: int) -> str:
    """What makes a written reply one of its kind."""
    return f"{_of(COLOURS, number)} {_of(ANIMALS, number // 16)}{_letters(number // 256)}"
