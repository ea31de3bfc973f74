"""The lead's part of Home: what to settle, what was reported, and people beside consensus, never ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot import harmless, texts
from bot.beside import Compared
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block
from bot.surfaces.card import opening_words, title
from bot.texts import counted
from storage.models import Channel, Draft
from storage.words import NOBODY, SOMEBODY

DISPUTES = 10
DIGESTS = 5
PEOPLE = 40
PEOPLE_A_BLOCK = 21  # the last line counts those who are left out
SENTENCE_SHOWN = 300


@dataclass(frozen=True)
class Reported:
    """A digest that was posted: its first sentence, marked up, and where it stands."""

    on: date
    channel: Channel
    sentence: str
    link: str | None


@dataclass(frozen=True)
class Colleague:
    """Somebody who answers drafts: how much, and how often as others did."""

    user: str
    answers: int
    beside: Compared
    name: str = ""  # where Slack has told it


@dataclass(frozen=True)
class Led:
    """What a lead reads of the channels they lead."""

    channels: Sequence[Channel]
    disputes: Sequence[Draft]  # the oldest first
    disputed: int  # how many there are to settle in all
    more_than: bool  # and there are more that were not counted
    left_to_others: int  # disputes that hold an answer of their own
    second_looks: int
    digests: Sequence[Reported]
    people: Sequence[Colleague]  # in the order of their names
    read_at: datetime


def part(led: Led, *, primary: bool) -> list[Block]:
    """Everything a lead reads; the first *Settle* stands out where nothing else does."""
    return [*_disputes(led, primary=primary), *_digests(led), *_people(led)]


def colleague(one: Colleague) -> str:
    """A person beside consensus; nothing is said of them from a few drafts."""
    line = f"{b.mention(one.user)} · {counted(one.answers, 'answer')} in 28 days"
    verdict = one.beside.verdict
    if verdict.told:
        line += f" · agreed with the other on {verdict.same:,} of {verdict.shared:,} shared drafts"
    return line


def to_settle(led: Led) -> str:
    """What waits for a lead, in words."""
    more = "more than " if led.more_than else ""
    settle = f"{more}{led.disputed:,} to settle" if led.disputed else "nothing to settle"
    looks = f"{led.second_looks:,} waiting for a second look"
    return f"{settle} · {looks}"


def _disputes(led: Led, *, primary: bool) -> list[Block]:
    count = f"{led.disputed:,}{'+' if led.more_than else ''}"
    if not led.disputes:
        empty = "*Nothing to settle.* When two people answer one draft differently, it appears here."
        return [b.header("Settle"), b.section(empty), *_beside_disputes(led)]
    rows = [_dispute(draft, primary=primary and not place) for place, draft in enumerate(led.disputes[:DISPUTES])]
    return [b.header(f"Settle ({count})"), *rows, *_beside_disputes(led)]


def _dispute(draft: Draft, *, primary: bool) -> Block:
    name, asked = harmless.in_mrkdwn(title(draft)), harmless.in_mrkdwn(opening_words(draft))
    press = b.button("Settle", "dispute:settle", str(draft.id), style="primary" if primary else None)
    row = b.section(f"*{name}*\n{asked}" if asked else f"*{name}*", block_id=f"dispute:{draft.id}")
    return row | {"accessory": press}


def _beside_disputes(led: Led) -> list[Block]:
    """What is not listed, and why."""
    said = []
    if left := led.disputed - len(led.disputes[:DISPUTES]):
        said.append(f"{left:,}{'+' if led.more_than else ''} more come up when these are settled.")
    if led.left_to_others:
        one = led.left_to_others == 1
        said.append(
            f"{led.left_to_others:,} {'holds an answer' if one else 'hold answers'} of yours: another lead settles."
        )
    if led.second_looks:
        one = led.second_looks == 1
        said.append(
            f"{led.second_looks:,} wait{'s' if one else ''} for a second look: agents find "
            f"{'it' if one else 'them'} in Start reviewing."
        )
    return [b.context(b.label(" ".join(said), limit=2_000))] if said else []


def _digests(led: Led) -> list[Block]:
    if not led.digests:
        at = led.channels[0]
        when = f"It comes at {at.digest_time} ({at.time_zone}) on working days on which there is something to say."
        return [b.header("Digests"), b.section(f"None in the last 28 days. {when}")]
    return [b.header("Digests"), *map(_digest, led.digests[:DIGESTS])]


def _digest(one: Reported) -> Block:
    day = f"{one.on:%A} {one.on.day} {one.on:%B}"
    linked = f"<{one.link}|{day}>" if one.link else day
    sentence = texts.shortened(one.sentence, SENTENCE_SHOWN)
    return b.section(f"{linked} · <#{one.channel.slack_id}>\n{sentence}")


def _people(led: Led) -> list[Block]:
    head = b.header("People")
    if not led.people:
        empty = "Nobody has answered in the last 28 days. Agents answer on the cards, here, or with /assay next."
        return [head, b.section(empty)]
    lines = [colleague(one) for one in led.people[:PEOPLE]]
    if left := len(led.people) - len(lines):
        lines.append(f"… and {left:,} more. In a channel, /assay stats names its people.")
    pages = [lines[start : start + PEOPLE_A_BLOCK] for start in range(0, len(lines), PEOPLE_A_BLOCK)]
    return [head, *(b.section("\n".join(page)) for page in pages), _look_closer(led)]


def _called(one: Colleague) -> str:
    return SOMEBODY if one.user.startswith(NOBODY) else one.name or one.user


def _look_closer(led: Led) -> Block:
    """A menu that is new each time Home is drawn, so that nobody stays chosen in it."""
    options = [b.option(_called(one), one.user) for one in led.people[:PEOPLE]]
    menu = b.select("people:look", options, placeholder="Look closer at…")
    return b.actions(f"people:{int(led.read_at.timestamp() * 1_000)}", [menu])
