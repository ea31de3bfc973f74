"""Drafts that can be told apart by what stands on their cards: three words each, and never a number."""

import re
from typing import Any

from tests.house import SUPPORT

COLOURS = "amber azure coral ebony fawn hazel ivory jade lilac maroon ochre pearl russet sable teal umber"
KINDS = "little mighty gentle sleepy nimble jolly quiet brave clever dusty fancy gloomy honest lucky mellow proud"
ANIMALS = "badger beaver camel donkey falcon gopher heron ibis jackal koala lemur marmot otter panda rabbit stork"
CODE = re.compile(r"the (\w+ \w+ \w+) parcel")
SIGNED = ("badger", "falcon", "ibis", "lemur", "panda")  # customers of such parcels give their names
NAME = re.compile(r"[A-Z]\w+ina [A-Z]\w+o [A-Z]\w+sen")
STRUCK = "[PRIVATE_1]"  # in place of a name that was reported
ESCALATION_REASONS = ("Refund above limit", "Legal threat", "Safety")


def code(number: int) -> str:
    """Of the so-manieth ticket; no other has it."""
    first, rest = divmod(number, 256)
    return f"{_of(KINDS, rest // 16)} {_of(COLOURS, first)} {_of(ANIMALS, rest)}{_letters(first // 16)}"


def customer(code: str) -> str | None:
    """Who waits for the parcel, where they signed: a name that no rule recognises, and nobody else has it."""
    first, second, animal = (word.capitalize() for word in code.split())
    return f"{first}ina {second}o {animal}sen" if animal.lower().startswith(SIGNED) else None


def reply_to(code: str) -> str:
    to = f"Hello {name}" if (name := customer(code)) else "Hello"
    return f"{to}, I am sorry. We have sent the {code} parcel again, and it arrives soon."


def without_names(text: str) -> str:
    """As it reads once the name in it was reported."""
    return NAME.sub(STRUCK, text)


def body(number: int) -> dict[str, Any]:
    """As a helpdesk sends it."""
    named = code(number)
    signed = f" Yours, {name}" if (name := customer(named)) else ""
    return {
        "channel": SUPPORT,
        "external_id": f"ticket-{number}",
        "group": ticket_of(f"ticket-{number}"),
        "prompt": f"Hi, the {named} parcel never came. Please help.{signed}",
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
