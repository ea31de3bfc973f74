"""Personal data is planted wherever somebody can write, then looked for wherever something is kept."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from handlers import logs
from sandbox.people import Person
from storage.queries import golds, labels, unsaved
from tests.house import DRAFT, LEADS, SUPPORT, House, sets_up
from tests.stories.steps import stored_draft

# All invented: reserved domains, documentation addresses, test cards, fictitious numbers. Keys stand in two pieces.
KINDS = {
    "e-mail": "maria.lopez@mail.example",
    "phone": "+44 20 7946 0958",
    "card": "4111 1111 1111 1111",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "IPv4": "203.0.113.77",
    "IPv6": "2001:db8:85a3::8a2e:370:7334",
    "PESEL": "PESEL 44051401359",
    "BSN": "BSN 111222333",
    "Slack token": "xoxb-" + "0123456789-abcdefGHIJ",
    "Stripe key": "sk_" + "live_0123456789abcdef",
    "password": "password: Tr0ub4dor&3x",
}
_NUMBERS = itertools.count()  # no two drafts alike
# What must not be kept: the value without the word that says what it is.
SECRETS = {kind: re.sub(r"^(?:PESEL|BSN|password:) ", "", value) for kind, value in KINDS.items()}


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged at debug level, by us and by the libraries, as `assay serve` logs it."""
    with (tmp_path / "assay.log").open("w", encoding="utf-8") as stream:
        logs.configure("debug", out=stream)
        yield Path(stream.name)


def everywhere(value: str) -> dict[str, Any]:
    """A draft with the value in each field that takes it."""
    short = f"About {value}"
    return {
        "prompt": None,
        "conversation": [
            {"role": "user", "content": f"Hello, {value}, thanks."},
            {"role": "assistant", "content": f"Is it {value}?"},
            {"role": "user", "content": f"Yes: {value}"},
        ],
        "context": {
            "plan": "gold",
            short: "yes",
            "note": short,
            "deep": {"er": [value, {"and": f"so ({value})"}]},
        },
        "topic": f"billing/{value}",
        "source": short,
        "group": short,
        "external_id": short,
        "url": f"https://desk.example/t?q={value.replace(' ', '%20')}",
        "model": short,
    }


async def test_no_field_of_a_draft_keeps_personal_data(log_file: Path, house: House) -> None:
    for value in KINDS.values():
        await house.draft(f"Dear {value}, it is done.", **everywhere(value))
    await nothing_is_kept(house, log_file)


async def test_a_language_holds_no_personal_data(house: House) -> None:
    refused = await house.sends({"channel": "#support", "prompt": "Hi", "draft": "Hello", "language": KINDS["e-mail"]})
    assert refused.status_code == 422
    assert "language" in refused.json()["detail"]


async def test_refused_drafts_are_kept_nowhere(log_file: Path, house: House) -> None:
    value = " and ".join(KINDS.values())
    spoilt = [
        everywhere(KINDS["card"]) | {"channel": "#support", "draft": ""},
        {"channel": value[:150], "prompt": value, "draft": value},
        {"channel": "#support", "prompt": value, value: value},
        {"channel": "#support", "prompt": [value], "draft": value},
        value,
    ]
    answered = await house.sends(spoilt)
    assert [one["status"] for one in answered.json()] == ["error"] * len(spoilt)
    await nothing_is_kept(house, log_file)


async def test_nothing_that_agents_write_keeps_personal_data(log_file: Path, house: House) -> None:
    """Slack fails now and then, so that there is something to log."""
    await house.fault(method="chat.postEphemeral", kind="error", error="channel_not_found", times=2)
    value = "\n".join(KINDS.values())
    note = {"Note": f"They wrote:\n{value}"}
    await _answers(house, "Edit", {"Reply": f"Dear {value}, done.", **note})
    await _answers(house, "Escalate", {"Reply": value, "Why must a human take over?": "Legal threat", **note})
    unsafe = {"A better reply": value, "Why can this draft not be used?": "Unsafe"}
    await _answers(house, "Reject", unsafe | note)
    assert "private note not delivered" in _read(log_file)
    await nothing_is_kept(house, log_file)


async def test_what_is_set_aside_in_focus_mode_keeps_no_personal_data(log_file: Path, house: House) -> None:
    value = "\n".join(KINDS.values())
    draft, _ = await house.draft(), await house.draft(f"{DRAFT} Another.")
    await house.ana.types("/assay next", in_=SUPPORT)
    await house.ana.fills({"Reply": f"{DRAFT}\n{value}", "Note": f"Ask them:\n{value}"})
    await house.ana.clicks("Skip")
    await house.settles()
    async with house.sessions.reading() as session:
        kept = await unsaved.get(session, draft, house.ana.id)
    assert kept is not None
    assert "[EMAIL_1]" in (kept.text or "")
    assert "[EMAIL_1]" in (kept.note or "")
    await nothing_is_kept(house, log_file)


async def test_neither_a_settled_dispute_nor_the_guideline_keeps_personal_data(
    log_file: Path, shared_house: House
) -> None:
    house, written = shared_house, "\n".join(KINDS.values())
    await sets_up(house, overlap="All of them", Guideline=f"Be kind. Write to\n{written}")
    draft = await _disputed(house)
    house.moves(days=1)
    await house.bot.tools.digests.post_due()
    await house.settles()
    await house.lea.clicks("Settle 1 of 1", (await house.lea.reads(LEADS))[-1])
    await house.lea.fills(
        {
            "Which answer stands?": "The final reply below",
            "Must a human take over?": "No",
            "Final reply": f"Dear customer,\n{written}",
            "Why did the answers differ?": "An agent slipped",
            "Note": "They wrote: " + "; ".join(KINDS.values()),
        }
    )
    assert (await house.lea.submits()).closed
    await house.settles()
    async with house.sessions.reading() as session:
        gold = await golds.get(session, draft)
    assert gold is not None
    assert "[EMAIL_1]" in (gold.text or "")
    assert "[EMAIL_1]" in (gold.note or "")
    await nothing_is_kept(house, log_file)


async def test_a_value_has_the_same_placeholder_in_a_whole_ticket(house: House) -> None:
    first, second = KINDS["e-mail"], "b.chan@mail.example"
    one = await house.draft(f"Dear {first}", prompt=f"I am {first}", group="ticket 7")
    two = await house.draft(f"{second} and {first.upper()}", prompt="Again me", group="ticket 7")
    other = await house.draft(f"{second} it is", prompt="And me", group="ticket 8")
    await house.ana.clicks("Edit", await house.card(two))
    await house.ana.fills({"Reply": f"I wrote to {second}, {first} and third@mail.example"})
    await house.ana.submits()
    await house.settles()
    assert [(await stored_draft(house, number)).text for number in (one, two, other)] == [
        "Dear [EMAIL_1]",
        "[EMAIL_2] and [EMAIL_1]",
        "[EMAIL_1] it is",
    ]
    async with house.sessions.reading() as session:
        mine = await labels.of(session, two, house.ana.id)
    assert mine is not None
    assert mine.revision.text == "I wrote to [EMAIL_2], [EMAIL_1] and [EMAIL_3]"


async def test_the_agent_reads_what_was_replaced(house: House) -> None:
    await _answers(house, "Edit", {"Reply": f"Write to {KINDS['e-mail']}"})
    assert "Personal data replaced before saving: e-mail address." in await house.read("ana")


async def _answers(house: House, button: str, filled: dict[str, str]) -> None:
    draft = await house.draft(f"{DRAFT} ({next(_NUMBERS)})")
    await house.ana.clicks(button, await house.card(draft))
    await house.ana.fills(filled)
    assert (await house.ana.submits()).closed
    await house.settles()
    await house.withdraws(draft)


async def _disputed(house: House) -> int:
    draft = await house.draft()
    await house.ana.clicks("Approve", await house.card(draft))
    await _rejects(house.bea, await house.card(draft, seen_by="bea"))
    await house.settles()
    return draft


async def _rejects(person: Person, card: Any) -> None:
    await person.clicks("Reject", card)
    await person.fills({"Why can this draft not be used?": "Wrong facts"})
    await person.submits()


async def nothing_is_kept(house: House, log_file: Path) -> None:
    """No planted value stands in a row, in the database's files, in the logs, or in what the bot told Slack."""
    kept = {"rows": await _rows(house), "said": await _said(house), "logs": _read(log_file)}
    kept |= {path.name: _read(path) for path in _files(house.url)}
    assert SUPPORT in kept["rows"]
    for place, words in kept.items():
        written = words.replace("\\n", "\n")
        assert [kind for kind, value in SECRETS.items() if _spelt(value, written)] == [], place


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _spelt(value: str, words: str) -> bool:
    """As it is, without blanks, or as in an address."""
    return any(one in words for one in (value, value.replace(" ", ""), value.replace(" ", "%20")))


async def _rows(house: House) -> str:
    """Every row of every table, with the migrations' own."""
    found = []
    async with house.sessions.reading() as session:
        connection = await session.connection()
        for table in [*SQLModel.metadata.tables, "alembic_version"]:
            rows = (await connection.execute(sql(f'SELECT * FROM "{table}"'))).all()
            found += [json.dumps([str(cell) for cell in row], ensure_ascii=False) for row in rows]
    return "\n".join(found)


async def _said(house: House) -> str:
    """What the bot sent to Slack, and how it answered Slack."""
    traffic = await house.traffic()
    sent = [one["request"] if one["from"] == "bot" else one["answer"] for one in traffic]
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in sent)


def _files(url: str) -> list[Path]:
    """The files of a SQLite database: the main one, its log, its index."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database is None:
        return []
    found = sorted(Path(address.database).parent.glob("assay.db*"))
    assert {"assay.db", "assay.db-wal"} <= {path.name for path in found}
    return found
