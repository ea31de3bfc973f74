"""`assay demo --script`: a month is played by a real process, and every figure of its digest is counted again."""

import json
import re
import sqlite3
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import onlooker, recount
from tests.recount import Days, Labels

pytestmark = [pytest.mark.xdist_group("demo script"), pytest.mark.timeout(600)]

ZONE = "Europe/Berlin"
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]
MONTHS += ["October", "November", "December"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """What the script left."""

    out: Path
    printed: str

    def rows(self, name: str) -> list[Row]:
        return [json.loads(line) for line in (self.out / name).read_text(encoding="utf-8").splitlines()]

    @property
    def digest(self) -> str:
        return (self.out / "digest.txt").read_text(encoding="utf-8")

    def says(self, pattern: str) -> re.Match[str]:
        found = re.search(pattern, self.digest, re.MULTILINE)
        assert found is not None, f"The digest does not say {pattern}:\n{self.digest}"
        return found

    def table(self) -> dict[tuple[str, str], list[str]]:
        """Cells by what they are about and what they measure."""
        rows = [line.split("  ") for line in self.digest.splitlines() if "  " in line]
        return {(row[0], row[1]): row[2:] for row in rows}

    def labels(self) -> Labels:
        on = date.fromisoformat(self.says(r"28 days to (\S+)\.")[1]) + timedelta(days=1)
        before = onlooker.digests(self.rows("traffic.jsonl"))[-2]
        last = before.astimezone(ZoneInfo(ZONE)).date()
        return Labels(self.rows("labels.jsonl"), Days.of(on, last, ZONE))


def plays(out: Path, *options: str) -> Played:
    command = [str(Path(sys.executable).with_name("assay")), "demo", "--script", "--seed", "1", "--out", str(out)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return Played(out, done.stdout)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return plays(tmp_path_factory.mktemp("demo"))


def test_the_script_writes_its_files_and_prints_the_digest_that_it_wrote(played: Played) -> None:
    names = {"gold.trl-sft.jsonl", "labels.jsonl", "digest.txt", "traffic.jsonl", "assay.db"}
    assert names <= {file.name for file in played.out.iterdir()}
    assert played.printed.startswith(played.digest)


def test_the_month_has_enough_of_everything(played: Played) -> None:
    cards = onlooker.cards(played.rows("traffic.jsonl"))
    assert len(cards) >= 240
    products, tiers, regions, *_ = zip(*cards.values(), strict=False)
    assert [len(set(kinds)) >= 3 for kinds in (products, tiers, regions)] == [True] * 3
    rows = played.rows("labels.jsonl")
    assert len({row["topic"] for row in rows}) >= 10
    assert len({row["agent"] for row in rows}) == 6
    share = statistics.fmean({row["draft"]: row["shared"] for row in rows}.values())
    assert share == pytest.approx(0.4, abs=0.05)


def test_colleagues_who_slip_in_three_answers_of_ten_agree_less_than_the_team(played: Played, tmp_path: Path) -> None:
    """Two weeks of theirs, so that chance does not decide: some fifty drafts that two people judged."""
    team = verdicts(played.rows("labels.jsonl"))
    careless = verdicts(plays(tmp_path, "--days", "14", "--slips", "0.3").rows("labels.jsonl"))
    assert len(careless) >= 30
    assert recount.alpha(team) > recount.alpha(careless) + 0.1


def verdicts(rows: list[Row]) -> list[recount.Pair]:
    """Verdicts of drafts that two people judged."""
    by_draft: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row["in_slot"] and row["verdict"] != "not_judged":
            by_draft[row["draft"]].append(row["verdict"])
    return [pair for pair in by_draft.values() if len(pair) == 2]


def test_gold_is_a_conversation_that_a_trainer_takes(played: Played) -> None:
    rows = played.rows("gold.trl-sft.jsonl")
    assert len(rows) >= 100
    for row in rows:
        roles = [turn["role"] for turn in row["prompt"]]
        assert (roles[0], roles.count("system")) == ("system", 1)
        assert roles[-1] == "user"
        assert [turn["role"] for turn in row["completion"]] == ["assistant"]
        assert all(turn["content"].strip() for turn in [*row["prompt"], *row["completion"]])


def test_labels_are_the_confirmed_answers_of_the_traffic_log(played: Played) -> None:
    rows = played.rows("labels.jsonl")
    acts = onlooker.confirmed(played.rows("traffic.jsonl"))
    assert sorted((act.user, act.draft) for act in acts) == sorted((row["agent"], row["draft"]) for row in rows)
    when = {(row["agent"], row["draft"]): recount.saved(row) for row in rows}
    assert all(abs(when[act.user, act.draft] - act.at) < timedelta(seconds=1) for act in acts)


def test_people_pressed_only_what_they_saw(played: Played) -> None:
    traffic = played.rows("traffic.jsonl")
    acts = list(onlooker.people_acts(traffic))
    presses = [entry for entry in acts if entry["kind"] == "action"]
    submissions = [entry for entry in acts if entry["kind"] == "submission"]
    assert len(presses) > 300
    assert [entry["id"] for entry in presses if not onlooker.pressed_what_was_there(entry)] == []
    assert [entry["id"] for entry in submissions if not onlooker.opened_before(entry, traffic)] == []
    assert {entry["kind"] for entry in acts} == {"action", "submission", "command"}


def test_the_digest_shows_an_interval_and_a_suppressed_figure(played: Played) -> None:
    played.says(r"0\.\d{3} to [01]\.\d{3}")
    played.says(r"^Not shown: .+ \d+ of \d+ .+ About \d+ \w+\.$")


def test_the_work_is_what_the_labels_say(played: Played) -> None:
    labels = played.labels()
    work = played.says(
        r"^(\d+) labels? (yesterday|in the last (\d+) days), (\d+) answers? settled, (\d+) drafts? waiting"
    )
    assert int(work[3] or 1) == (labels.days.until - labels.days.activity).days
    assert (int(work[1]), int(work[4])) == (len(labels.lately), labels.settled())
    held = [(row["draft"], row["reviews"]) for row in labels.rows if row["newest"] and row["in_slot"]]
    answered = {draft for draft, reviews in held if held.count((draft, reviews)) == reviews}
    assert int(work[5]) == len(onlooker.cards(played.rows("traffic.jsonl"))) - len(answered)


def test_the_pace_is_the_median_time_in_a_window(played: Played) -> None:
    seconds = played.labels().median_seconds()
    amount, unit = played.says(r"Correcting or escalating a draft typically took (\d+) (seconds|minutes)\.").groups()
    assert unit == ("seconds" if seconds < 120 else "minutes")
    assert int(amount) == pytest.approx(seconds if unit == "seconds" else seconds / 60, abs=0.5)


@pytest.mark.parametrize(
    ("about", "measure", "figure"),
    [
        ("Verdict", "alpha", recount.alpha),
        ("Escalation", "alpha", recount.alpha),
        ("Escalation", "AC1", recount.ac1),
        ("Topics to flag", "alpha", recount.alpha_of_sets),
    ],
)
def test_agreement_is_what_the_labels_say(
    played: Played, about: str, measure: str, figure: Callable[[Sequence[recount.Pair]], float]
) -> None:
    labels = played.labels()
    pairs = {"Verdict": labels.verdicts, "Escalation": labels.escalations}.get(about, labels.topics)()
    value, interval, based = played.table()[about, measure]
    assert based == f"{len(pairs)} drafts"
    assert float(value) == pytest.approx(figure(pairs), abs=0.0006)
    low, high = map(float, interval.split(" to "))
    assert (low, high) == pytest.approx(recount.bootstrap(pairs, figure, seed=5), abs=0.03)
    assert low <= float(value) <= high


def test_agreement_on_yes_is_what_the_counts_say(played: Played) -> None:
    pairs = played.labels().escalations()
    both, one, none = recount.both_one_none(pairs)
    table = played.table()
    assert table["Escalation", "both, one, none"] == [f"{both}, {one}, {none}", f"{len(pairs)} drafts"]
    value, interval, _ = table["Escalation", "agree on yes"]
    assert float(value) == pytest.approx(recount.on_yes(pairs), abs=0.0006)
    bounds = [2 * share / (1 + share) for share in recount.wilson(both, both + one)]
    assert [float(bound) for bound in interval.split(" to ")] == pytest.approx(bounds, abs=0.0006)


@pytest.mark.parametrize(("measure", "verdict"), [("approved as is", "approved"), ("rejected", "rejected")])
def test_the_quality_of_drafts_is_a_share_of_answers(played: Played, measure: str, verdict: str) -> None:
    rows = played.labels().judged("draft-writer-1")
    said = [row["verdict"] for row in rows].count(verdict)
    value, interval, based = played.table()["draft-writer-1", measure]
    assert based == f"{len(rows)} answers"
    assert float(value) == pytest.approx(said / len(rows), abs=0.0006)
    bounds = [float(bound) for bound in interval.split(" to ")]
    assert bounds == pytest.approx(list(recount.wilson(said, len(rows))), abs=0.0006)


def test_the_words_changed_are_counted_again(played: Played) -> None:
    rows = played.labels().judged("draft-writer-1")
    value, interval, based = played.table()["draft-writer-1", "words changed"]
    *counted, replies = recount.words_changed(rows)
    assert based == f"{replies} replies"
    # The bot splits off Markdown and joins accents a little differently.
    assert [float(one) for one in (value, *interval.split(" to "))] == pytest.approx(counted, abs=0.005)
    percent, answers = played.says(r"^draft-writer-1: (\d+) % of (\d+) answers approved the draft as is\.$").groups()
    approved = [row["verdict"] for row in rows].count("approved")
    assert (int(percent), int(answers)) == (round(100 * approved / len(rows)), len(rows))


def test_shared_drafts_answered_twice_are_counted_of_those_chosen(played: Played) -> None:
    answered, chosen = map(int, played.says(r"Shared drafts answered twice: (\d+) of (\d+)\.").groups())
    assert answered == len(played.labels().pairs())
    with sqlite3.connect(played.out / "assay.db") as database:
        drafts, shared = database.execute("SELECT count(*), sum(shared) FROM draft").fetchone()
    database.close()
    assert (drafts, shared) == (len(onlooker.cards(played.rows("traffic.jsonl"))), chosen)


def test_what_is_not_shown_says_what_it_has_and_when_the_rest_is_due(played: Played) -> None:
    labels = played.labels()
    models = {row["model"] for row in labels.rows}
    few = {model: labels.judged(model) for model in models if len(labels.judged(model)) < recount.ENOUGH_DRAFTS}
    said = re.findall(r"^Not shown: quality of (\S+)\. (\d+) of 30 answers\. About (\d+) (\w+)\.$", played.digest, re.M)
    assert {model for model, *_ in said} == set(few)
    for model, have, day, month in said:
        lately = [row for row in few[model] if recount.saved(row) >= labels.days.pace]
        due = labels.due(int(have), recount.ENOUGH_DRAFTS, len(lately))
        assert int(have) == len(few[model])
        assert due is not None
        assert (int(day), month) == (due.day, MONTHS[due.month - 1])


def test_no_figure_of_the_digest_was_left_out_of_the_count(played: Played) -> None:
    models = {row["model"] for row in played.rows("labels.jsonl")}
    known = {
        ("Verdict", "alpha"),
        ("Topics to flag", "alpha"),
        *(("Escalation", name) for name in ("alpha", "AC1", "agree on yes", "both, one, none")),
    }
    known |= {(model, name) for model in models for name in ("approved as is", "rejected", "words changed")}
    assert set(played.table()) <= known
    assert len(re.findall(r"^Not shown: ", played.digest, re.M)) == len(re.findall("Not shown: quality", played.digest))


def test_the_sentence_for_leads_follows_from_the_interval(played: Played) -> None:
    first = played.digest.splitlines()[2]
    for about, topic in (
        ("Verdict", "whether to approve, edit or reject"),
        ("Escalation", "when to escalate"),
        ("Topics to flag", "which topics to flag"),
    ):
        _, interval, based = played.table()[about, "alpha"]
        low, high = map(float, interval.split(" to "))
        sentence = next(one for one in re.split(r"(?<=\.) ", first) if topic in one)
        assert f"{topic} ({based})" in sentence
        assert _reading(low, high) in sentence


def test_the_disputes_named_are_in_dispute(played: Played) -> None:
    disputed = {row["draft"] for row in played.rows("labels.jsonl") if row["state"] == "disputed"}
    named = [int(number) for number in re.findall(r"#(\d+)", played.says(r"^In dispute: .+$")[0])]
    assert set(named) <= disputed
    assert len(named) == min(3, len(disputed))


def test_every_digest_before_it_came_at_nine_on_a_working_day(played: Played) -> None:
    posted: list[datetime] = [
        moment.astimezone(ZoneInfo(ZONE)) for moment in onlooker.digests(played.rows("traffic.jsonl"))
    ]
    assert len(posted) >= 19
    assert len({moment.date() for moment in posted}) == len(posted)
    assert all((moment.hour, moment.weekday() < 5) == (9, True) for moment in posted)


def _reading(low: float, high: float) -> str:
    """By the bounds of docs/agreement.md."""
    if low >= 0.667:
        return "agree well" if low >= 0.8 else "moderately or better"
    if high >= 0.667:
        return "Too unsure" if high >= 0.8 else "moderately at best"
    return "do not agree enough"
