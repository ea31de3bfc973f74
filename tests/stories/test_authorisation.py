"""docs/authorisation.md is true: each act in the name of each role."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.houses import Houses, Templates
from tests.stories.every_act import ACTS, ANSWERED, ASKED, DRAFTED, GUIDELINE, Acts, Outcome, people, story
from tests.stories.kept import Change
from tests.stories.replays import Shown

DOCUMENT = Path(__file__).parents[2] / "docs" / "authorisation.md"
ROLES = ["agent", "lead", "admin", "installer", "guest", "stranger", "left", "never in", "deactivated", "elsewhere"]
REFUSED, ELSEWHERE = "who may not reads", "elsewhere reads"
OF_THE_CHANNEL = [ASKED, DRAFTED, GUIDELINE, *ANSWERED, "Zebra", "zebra", "assay_"]
OF_THE_WORKSPACE = re.compile(r"\b(?:U0000000\d{3}|C0\w{8})\b")  # ids of people and of channels
SETTLING = ("press dispute:settle", "window dispute:settle")


def table(first: str) -> dict[str, dict[str, str]]:
    """The rows of the table whose first column is called so, by what stands there."""
    found: dict[str, dict[str, str]] = {}
    heads: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
        elif heads[0] == first and not set(cells[0]) <= {"-"}:
            found[cells[0].strip("`")] = dict(zip(heads, cells, strict=True))
    return found


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("authorisation on SQLite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("authorisation on PostgreSQL")),
    ],
)
async def acts(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Acts]:
    """Everything, by everybody."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    async with Houses(templates, server, tmp_path_factory.mktemp("authorised")).open(overlap="All of them") as house:
        acts = Acts(house, await people(house))
        await story(house, acts.act)
        yield acts


def test_each_id_has_a_row_and_is_used_in_the_story(acts: Acts) -> None:
    assert sorted(table("act")) == sorted(ACTS)
    assert sorted(acts.recorded) == sorted(ACTS)


@pytest.mark.parametrize("act", table("act"))
def test_each_role_does_what_the_table_says_and_no_more(acts: Acts, act: str) -> None:
    row = table("act")[act]
    done = {role: acts.outcomes[act, role] for role in ROLES}
    assert {role: _cell(row, role, outcome) for role, outcome in done.items()} == {role: row[role] for role in ROLES}
    for role, outcome in done.items():
        assert _let_out(act, role, row[role], outcome) == [], role


def _cell(row: dict[str, str], role: str, outcome: Outcome) -> str:
    """What the table has to say of it; what it says, where that fits."""
    expected = row[role]
    sentence = row[ELSEWHERE if role == "elsewhere" else REFUSED]
    read = _is_read(sentence, outcome.shown)
    tables = {one.table for one in outcome.changes}
    theirs = all(_is_of(one, outcome.by.user) for one in outcome.changes)
    fits = {
        "may": outcome.does == row["does"] and (not read or sentence == "–"),
        "own": theirs and not read and set(outcome.does.split(", ")) <= set(row["does"].split(", ")),
        "kept": tables <= {"unsaved"} and theirs and read,
        "no": not outcome.changes and read,
    }
    return expected if outcome.shown.status == 200 and fits[expected] else f"{outcome.does}: {outcome.shown.told}"


def _is_read(sentence: str, shown: Shown) -> bool:
    if sentence == "nothing":
        return not shown.surfaces
    return re.search(".+".join(map(re.escape, sentence.split("…"))), shown.told) is not None


def _is_of(change: Change, user: str) -> bool:
    """Whether a row of answers or of what was typed is this person's, and no answer of another gave way."""
    before, after = change.before or {}, change.after or {}
    match change.table:
        case "label" | "unsaved":
            return bool((after or before)["agent"] == user)
        case "slot":
            return before.get("label_id") is None  # what another has open is nobody's yet
        case "revision" | "gold":
            return not before
    return True


def _let_out(act: str, role: str, cell: str, outcome: Outcome) -> list[str]:
    """What they see and may not."""
    if act in SETTLING and role == "lead":
        return []
    hidden = OF_THE_CHANNEL if cell in ("no", "kept") or role == "elsewhere" else ANSWERED
    found = [words for words in hidden if words in outcome.shown.words]
    if role == "elsewhere":
        named = OF_THE_WORKSPACE.findall(outcome.shown.words)
        found += [one for one in named if one != outcome.by.user]
    return found
