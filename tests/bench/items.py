"""What helpdesks send: made up, the same in each run."""

import json
import random
from typing import Any, TypeAlias

Task: TypeAlias = dict[str, Any]
QUESTION, DRAFT = 400, 600  # characters, as the peers were measured
TOPICS = ("billing/refund", "billing/invoice", "delivery/late", "delivery/damaged", "account/login", "account/close")
WORDS = """
hello please order parcel payment refund invoice account password today yesterday week because could would not arrived
broken charged twice help thank you team answer send again address change number card bank open closed sorry delay
courier replacement return label print email check soon confirm details subscription month year
"""
# One question in three names its writer, as mails do: these are what redaction finds.
SIGNED = "My e-mail is {name}@example.com, my phone +49 30 901820{number:02d}. "


def item(number: int, *, series: str) -> Task:
    """The draft with this number; other series have other ids and the same texts."""
    draw = random.Random(number)
    signed = SIGNED.format(name=f"customer{number}", number=number % 100) if number % 3 == 0 else ""
    return {
        "channel": "#support",
        "external_id": f"{series}-{number}",
        "prompt": (signed + _words(draw, QUESTION))[:QUESTION],
        "draft": _words(draw, DRAFT),
        "model": "drafter-1",
        "topic": draw.choice(TOPICS),
    }


def many(count: int, *, series: str) -> list[Task]:
    return [item(number, series=series) for number in range(count)]


def stream(count: int, *, series: str) -> bytes:
    """So many drafts, one a line."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in many(count, series=series))


def _words(draw: random.Random, length: int) -> str:
    return " ".join(draw.choices(WORDS.split(), k=length // 4))[:length]
