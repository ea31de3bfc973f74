"""`assay demo --script`: a month is played by a real process, and every figure of its digest is counted again."""

import json
import re
import sqlite3
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
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
READINGS = {
    "agree well": "well",
    "moderately or better": "moderately or better",
    "Too unsure": "too unsure to say",
    "moderately at best": "moderately at best",
    "do not agree enough": "not enough",
}
CHOSEN = "SELECT topic, count(*) FROM draft WHERE shared AND state != 'withdrawn' AND origin != 'sample' GROUP BY topic"
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
        named = [(name.partition(": "), cells) for name, *cells in rows if ": " in name]
        return {(about, measure): cells for (about, _, measure), cells in named}

    def sheet(self, title: str) -> list[list[str]]:
        """The rows of a table."""
        lines = self.digest.split(f"\n{title}\n")[1].split("\n\n")[0].splitlines()
        return [line.split("  ") for line in lines if "  " in line][1:]  # below its header

    def labels(self) -> Labels:
        _, day, month, year = self.says(r"The 28 days to (\w+) (\d+) (\w+) (\d+)\.").groups()
        on = date(int(year), MONTHS.index(month) + 1, int(day)) + timedelta(days=1)
        before = onlooker.digests(self.rows("traffic.jsonl"))[-2]
        last = before.astimezone(ZoneInfo(ZONE)).date()
        return Labels(self.rows("labels.jsonl"), Days.of(on, last, ZONE), dict(self.asks(CHOSEN)))

    def asks(self, query: str) -> list[tuple[str, int]]:
        """What stands in the database and in no export: drafts that nobody has answered."""
        with closing(sqlite3.connect(self.out / "demo.db")) as database:
            return database.execute(query).fetchall()


def plays(out: Path, *options: str) -> Played:
    command = [str(Path(sys.executable).with_name("assay")), "demo", "--script", "--seed", "1", "--out", str(out)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return Played(out, done.stdout)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return plays(tmp_path_factory.mktemp("demo"))


def test_the_script_writes_its_files_and_prints_the_digest_that_it_wrote(played: Played) -> None:
    names = {"gold.trl-sft.jsonl", "labels.jsonl", "erased.jsonl", "digest.txt", "traffic.jsonl", "demo.db"}
    assert names <= {file.name for file in played.out.iterdir()}
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names - {"digest.txt"}) if f"`{name}`" not in readme] == []
    assert played.printed.startswith(played.digest)


def test_it_is_played_again_beside_a_bots_database_and_leaves_that_alone(tmp_path: Path) -> None:
    (tmp_path / "assay.db").write_text("a bot's", encoding="utf-8")
    for _ in range(2):
        assert plays(tmp_path, "--days", "1").rows("traffic.jsonl")
    assert (tmp_path / "assay.db").read_text(encoding="utf-8") == "a bot's"


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


def verdicts(rows: list[Row]) -> list[recount.Said]:
    """Verdicts of drafts that two people judged, all of one weight."""
    by_draft: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row["in_slot"] and row["verdict"] != "not_judged":
            by_draft[row["draft"]].append(row["verdict"])
    return [(1.0, pair) for pair in by_draft.values() if len(pair) == 2]


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
    amount, unit = played.says(
        r"Correcting or escalating a draft typically took (\d+) (seconds|minutes) \(\d+ timed\)\."
    ).groups()
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
    played: Played, about: str, measure: str, figure: Callable[[Sequence[recount.Said]], float]
) -> None:
    labels = played.labels()
    said = {"Verdict": labels.verdicts, "Escalation": labels.escalations}.get(about, labels.topics)()
    value, interval, based, reading = played.table()[about, measure]
    assert based == f"{len(said)} drafts"
    assert float(value) == pytest.approx(figure(said), abs=0.0006)
    low, high = map(float, interval.split(" to "))
    assert (low, high) == pytest.approx(recount.bootstrap(said, figure, seed=5), abs=0.035)
    assert low <= float(value) <= high
    assert reading == READINGS[_reading(low, high)]


def test_agreement_on_yes_is_what_the_counts_say(played: Played) -> None:
    said = played.labels().escalations()
    both, one, none = recount.both_one_none(said)
    table = played.table()
    assert table["Escalation", "both, one, none"] == [f"{both}, {one}, {none}", "–", f"{len(said)} drafts", "–"]
    value, interval, based, _ = table["Escalation", "agree on yes"]
    assert based == f"{both + one} drafts"
    assert float(value) == pytest.approx(recount.on_yes(said), abs=0.0006)
    named = [(weight, pair) for weight, pair in said if "yes" in pair]
    agreeing = sum(weight for weight, pair in named if pair.count("yes") == 2) / sum(weight for weight, _ in named)
    worth = recount.worth(named)
    bounds = [2 * share / (1 + share) for share in recount.wilson(agreeing * worth, worth)]
    assert [float(bound) for bound in interval.split(" to ")] == pytest.approx(bounds, abs=0.0006)


def test_what_drafts_weigh_is_said_with_the_plain_figures_beside_it(played: Played) -> None:
    labels = played.labels()
    finished, worth = map(int, played.says(r"; (\d+) drafts then tell as much as (\d+) of equal weight").groups())
    assert finished == len(labels.pairs())
    assert worth == round(recount.worth(labels.weighed()))
    plain = [[(1.0, pair) for _, pair in said] for said in (labels.verdicts(), labels.escalations(), labels.topics())]
    told = played.says(r"Unweighted alpha: verdict ([\d.]+), escalation ([\d.]+), topics to flag (\d\.\d+)\.").groups()
    counted = [recount.alpha(plain[0]), recount.alpha(plain[1]), recount.alpha_of_sets(plain[2])]
    assert [float(one) for one in told] == pytest.approx(counted, abs=0.006)


def test_the_exported_labels_agree_as_the_unweighted_figures_of_the_digest_say(played: Played) -> None:
    told = played.says(r"Unweighted alpha: verdict ([\d.]+), escalation ([\d.]+), topics to flag (\d\.\d+)\.").groups()
    command = [str(Path(sys.executable).with_name("assay")), "agreement", str(played.out / "labels.jsonl"), "--json"]
    asked: tuple[list[str], ...] = ([], ["--map", "label=escalation"], ["--metric", "masi"])
    said = [json.loads(subprocess.check_output([*command, *more])) for more in asked]
    assert [one["alpha"] for one in said] == pytest.approx([float(one) for one in told], abs=0.006)
    assert said[0]["left_out"]["to drafts that one person is asked for"] > 100


@pytest.mark.parametrize(("measure", "verdict"), [("approved as is", "approved"), ("rejected", "rejected")])
def test_the_quality_of_drafts_is_a_share_of_answers(played: Played, measure: str, verdict: str) -> None:
    rows = played.labels().judged("draft-writer-1")
    said = [row["verdict"] for row in rows].count(verdict)
    value, interval, based = played.table()["draft-writer-1", measure]
    assert based == f"{len(rows)} answers"
    assert float(value) == pytest.approx(said / len(rows), abs=0.006)
    bounds = [float(bound) for bound in interval.split(" to ")]
    assert bounds == pytest.approx(list(recount.wilson(said, len(rows))), abs=0.006)


def test_the_words_changed_are_counted_again(played: Played) -> None:
    rows = played.labels().judged("draft-writer-1")
    value, interval, based = played.table()["draft-writer-1", "words changed"]
    *counted, replies = recount.words_changed(rows)
    assert based == f"{replies} replies"
    # The bot splits off Markdown and joins accents a little differently.
    assert [float(one) for one in (value, *interval.split(" to "))] == pytest.approx(counted, abs=0.01)
    percent, answers = played.says(r"draft-writer-1: (\d+) % of (\d+) answers approved the draft as is\.$").groups()
    approved = [row["verdict"] for row in rows].count("approved")
    assert (int(percent), int(answers)) == (round(100 * approved / len(rows)), len(rows))


def test_the_work_that_edits_took_is_in_the_exported_labels(played: Played) -> None:
    rows = [row for row in played.labels().judged("draft-writer-1") if row["verdict"] in ("approved", "edited")]
    assert all(row["hter"] is not None for row in rows)
    value, interval, based = played.table()["draft-writer-1", "HTER"]
    assert based == f"{len(rows)} replies"
    mean, low, high = recount.mean([row["hter"] for row in rows])
    assert [float(one) for one in (value, *interval.split(" to "))] == pytest.approx([mean, low, high], abs=0.006)


def test_shared_drafts_answered_twice_are_counted_of_those_chosen(played: Played) -> None:
    told = played.says(r"chosen for two people: (\d+); both answered blind: (\d+) \((\d+) of (\d+) answers are in\)")
    chosen, finished, answers, wanted = map(int, told.groups())
    labels = played.labels()
    assert (chosen, finished, wanted) == (sum(labels.chosen.values()), len(labels.pairs()), 2 * chosen)
    assert 2 * finished <= answers <= wanted
    ((_, drafts),) = played.asks("SELECT 'all', count(*) FROM draft")
    assert drafts == len(onlooker.cards(played.rows("traffic.jsonl")))


def test_what_is_not_shown_says_what_it_has_and_when_the_rest_is_due(played: Played) -> None:
    labels = played.labels()
    models = {row["model"] for row in labels.rows}
    few = {model: labels.judged(model) for model in models if len(labels.judged(model)) < recount.ENOUGH_DRAFTS}
    said = re.findall(r"^Not shown: quality of (\S+)\. (\d+) of 30 answers\. About (\d+) (\w+)\.$", played.digest, re.M)
    assert {model for model, *_ in said} == set(few)
    for model, have, day, month in said:
        due = labels.due(int(have), recount.ENOUGH_DRAFTS, [recount.saved(row) for row in few[model]])
        assert int(have) == len(few[model])
        assert (int(day), month) == (due.day, MONTHS[due.month - 1])
    edited = labels.edited_by_both()
    assert edited < recount.ENOUGH_DRAFTS
    played.says(rf"^Not shown: agreement of edits\. {edited} of 30 shared drafts edited by both\.")


def test_each_topic_stands_beside_its_wish(played: Played) -> None:
    rows = {name: cells for name, *cells in played.sheet("Balance of topics")}
    counted = played.labels().by_topic()
    whole = sum(counted.values())
    named = {"Billing": 0.25, "Account": 0.2, "App": 0.1}
    assert set(rows) == {*named, "All other topics"}
    for name, wish in named.items():
        share, wished, interval, drafts = rows[name]
        assert (int(drafts), wished) == (counted[name.lower()], f"{wish:.0%}".replace("%", " %"))
        low, high = recount.wilson(int(drafts), whole)
        expected = [f"{one:.0%}".replace("%", " %") for one in (int(drafts) / whole, low, high)]
        assert [share, *interval.split(" to ")] == expected
    played.says(rf"^{whole} answered drafts of 28 days\.$")


def test_each_week_is_counted_from_its_labels(played: Played) -> None:
    labels = played.labels()
    weeks = played.sheet("Week by week")
    assert len(weeks) == 4
    for back, (_, count, _, approved, escalated) in zip(range(4, 0, -1), weeks, strict=True):
        first = labels.days.until.date() - timedelta(weeks=back)
        rows = labels.of_days(first, first + timedelta(days=6))
        held = [row for row in rows if row["in_slot"]]
        judged = [row for row in held if row["verdict"] != "not_judged"]
        assert int(count) == len(rows)
        for shown, hits, among in (
            (approved, [row for row in judged if row["verdict"] == "approved"], judged),
            (escalated, [row for row in held if row["escalation"]], held),
        ):
            assert shown.startswith(f"{len(hits) / len(among):.0%} (".replace("%", " %"))


def test_the_newest_week_stands_beside_the_weeks_before(played: Played) -> None:
    labels = played.labels()
    last = labels.days.until.date()
    newest = labels.of_days(last - timedelta(days=7), last)
    before = labels.of_days(date(2026, 1, 1), last - timedelta(days=8))
    share = r"(\S+) in 100 \(.+?\)"
    told = played.says(rf"^Escalated: {share} last week, {share} in the 3 weeks before: ")
    for shown, rows in zip(told.groups(), (newest, before), strict=True):
        held = [row for row in rows if row["in_slot"]]
        assert float(shown) == pytest.approx(100 * sum(bool(row["escalation"]) for row in held) / len(held), abs=0.51)


def test_no_figure_of_the_digest_was_left_out_of_the_count(played: Played) -> None:
    models = {row["model"] for row in played.rows("labels.jsonl")}
    known = {
        ("Verdict", "alpha"),
        ("Topics to flag", "alpha"),
        *(("Escalation", name) for name in ("alpha", "AC1", "agree on yes", "both, one, none")),
    }
    known |= {(model, name) for model in models for name in ("approved as is", "rejected", "words changed", "HTER")}
    assert set(played.table()) <= known
    not_shown = re.findall(r"^Not shown: (\w+)", played.digest, re.M)
    assert set(not_shown) <= {"quality", "agreement"}
    titles = ["How far agents agree", "The drafts", "Balance of topics", "Week by week"]
    assert [title for title in titles if f"\n{title}\n" in played.digest] == titles


def test_the_sentence_for_leads_follows_from_the_interval(played: Played) -> None:
    first = played.digest.splitlines()[2]
    for about, topic in (
        ("Verdict", "whether to approve, edit or reject"),
        ("Escalation", "when to escalate"),
        ("Topics to flag", "which topics to flag"),
    ):
        _, interval, based, reading = played.table()[about, "alpha"]
        low, high = map(float, interval.split(" to "))
        sentence = next(one for one in re.split(r"(?<=\.) ", first) if topic in one)
        assert f"{topic} ({based})" in sentence
        assert _reading(low, high) in sentence
        assert reading == READINGS[_reading(low, high)]


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
