"""Whatever somebody has to see in Home, Slack takes it, nothing others wrote acts, and what is left out is said."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.beside import NO, NOTHING, UNCOMPARED, YES, Beside, Compared
from bot.measures.annotators import Confusion
from bot.surfaces import beside as beside_words
from bot.surfaces import health, home, home_admin, home_lead, person, stats
from bot.surfaces.blocks import moment
from bot.surfaces.home import Answered, Mine, Stranger
from bot.surfaces.home_admin import Admin, Health, Problem, Spent
from bot.surfaces.home_lead import Colleague, Led, Reported
from bot.surfaces.stats import Stats
from sandbox.limits import MOST
from sandbox.rules import home_body, pings_in, view_body, words_in
from storage.models import Channel, Delivery, Draft, Revision, Token
from storage.words import ChannelState, DeliveryKind, DeliveryState, Verdict
from tests.bot.test_surfaces import NOW, drafts, long, revisions, some

ALL_TOLD = Compared(Beside(10**6, 10**6), Beside(10**6, 10**6), Beside(10**6, 10**6), by_lead=10**6)
LINK = "https://x.example/archives/C0LEADS001/p" + "1" * 200
channels = st.builds(
    lambda name, state, number: Channel(
        id=number,
        team="T",
        slack_id=f"C{number:010d}",
        name=name,
        state=state,
        digest_channel="C0000000001",
        escalation_channel="C0000000002",
        leads=["U0LEA"] * 20,
        working_days=[0],
        guideline=number,
        time_zone="America/Argentina/ComodRivadavia",
        created_at=NOW,
    ),
    long(300),
    st.sampled_from(list(ChannelState)),
    st.integers(1, 10**6),
)
besides = st.integers(0, 10**6).flatmap(lambda shared: st.builds(Beside, st.integers(0, shared), st.just(shared)))
confusions = st.dictionaries(st.tuples(st.sampled_from(Verdict), st.sampled_from(Verdict)), st.integers(0, 10**6))
raised = st.dictionaries(st.tuples(st.sampled_from([YES, NO]), st.sampled_from([YES, NO])), st.integers(0, 10**6))
compared = st.builds(
    Compared,
    verdict=besides,
    escalation=besides,
    settled=besides,
    by_lead=st.integers(0, 10**6),
    verdicts=confusions.map(Confusion),
    escalations=raised.map(Confusion),
)
colleagues = st.builds(
    Colleague, st.integers(1, 10**9).map("U{:010d}".format), st.integers(0, 10**7), compared, st.just("") | long(200)
)
deliveries = st.builds(
    lambda kind, state, error: Delivery(
        team="T1",
        id="d" * 32,
        key="k",
        kind=kind,
        state=state,
        channel_id=1,
        to="U0000000ANA" if kind is DeliveryKind.ALARM else "C0SUPPORT1",
        due_at=NOW,
        error=error,
        attempts=99,
    ),
    st.sampled_from(list(DeliveryKind)),
    st.sampled_from([DeliveryState.FAILED, DeliveryState.AMBIGUOUS]),
    st.none()
    | st.sampled_from([*home_admin.REFUSED, "Delivery uncertain: missing_scope.", "Slack answered x."])
    | long(300),
)
tokens = st.builds(
    lambda name, scopes: Token(id=1, name=name, hash="h", scopes=scopes, created_at=NOW),
    long(300),
    st.lists(st.sampled_from(["drafts:write", "labels:read", "gold:read", "admin"]), unique=True),
)
counts = st.integers(0, 10**7)
mine = st.builds(
    Mine,
    channels=st.lists(channels, max_size=9),
    waiting=counts,
    second_looks=counts,
    today=counts,
    week=counts,
    usual_hour=st.none() | st.integers(0, 23),
    beside=compared,
    answers=st.lists(st.builds(Answered, drafts, revisions, st.booleans(), st.booleans()), max_size=3),
)
led = st.builds(
    Led,
    channels=st.lists(channels, min_size=1, max_size=3),
    disputes=st.lists(drafts, max_size=3),
    disputed=counts,
    more_than=st.booleans(),
    left_to_others=counts,
    second_looks=counts,
    digests=st.lists(st.builds(Reported, st.just(date(2026, 9, 30)), channels, long(3_000), st.just(LINK)), max_size=9),
    people=st.lists(colleagues, max_size=90, unique_by=lambda one: one.user),
    read_at=st.just(NOW),
)
admins = st.builds(
    Admin,
    channels=st.lists(channels, max_size=3),
    waiting=st.just({1: 5}),
    problems=st.lists(st.builds(Problem, deliveries, st.none() | drafts), max_size=3),
    tokens=st.lists(st.tuples(tokens, st.none() | channels), max_size=3),
    health=st.builds(
        Health,
        st.just("PostgreSQL"),
        st.none() | st.tuples(st.just("Friday 20 November"), channels),
        counts,
        st.just(NOW),
    ),
)


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (Spent(1, 0, 2.34, 120, None), "Model: 1 reply in the last 28 days, 2.3 seconds each, 120 tokens"),
        (Spent(0, 3, None, 0, None), "Model: 0 replies in the last 28 days, 3 not written"),
        (
            Spent(1_200, 1, 0.5, 10**6, 1.234),
            "Model: 1,200 replies in the last 28 days, 0.5 seconds each, 1 not written, 1,000,000 tokens, cost 1.23",
        ),
    ],
)
def test_what_the_model_did_and_took_is_said(spent: Spent, said: str) -> None:
    words = words_in(home_admin.part(Admin([], {}, [], [], Health("SQLite", None, 0, None, spent))))
    assert said in "\n".join(words).split("\n")


@pytest.mark.parametrize("kind", DeliveryKind)
def test_whatever_did_not_arrive_is_named_with_where_it_was_to_go(kind: DeliveryKind) -> None:
    to = "U0000000ANA" if kind is DeliveryKind.ALARM else "C0SUPPORT1"
    lost = Delivery(
        team="T1", id="d" * 32, key="k", kind=kind, state=DeliveryState.FAILED, channel_id=1, to=to, due_at=NOW
    )
    words = str(home_admin.part(Admin([], {}, [Problem(lost, None)], [], Health("SQLite", None, 0, NOW))))
    assert (f"· to <@{to}> ·" if kind is DeliveryKind.ALARM else f"· to <#{to}> ·") in words


def as_many(rows: Any, count: int) -> list[Any]:
    """Rows as often as there may be of them, each numbered anew."""
    made = [*rows] * count
    return made[:count]


def numbered(rows: list[Any]) -> list[Any]:
    return [type(row)(**{**row.model_dump(), "id": number}) for number, row in enumerate(rows, 1)]


def fullest(one: Mine, other: Led, third: Admin) -> dict[str, Any]:
    """Every list as long as it may get and longer, of the rows that came up."""
    drafted = numbered(as_many(other.disputes, 30))
    answered = [
        Answered(draft, row.revision, row.by_lead, row.open_to_me)
        for row, draft in zip(
            as_many(one.answers, 30), numbered([r.draft for r in as_many(one.answers, 30)]), strict=True
        )
    ]
    problems = [
        Problem(Delivery(**{**row.delivery.model_dump(), "id": f"{number:032d}"}), row.draft)
        for number, row in enumerate(as_many(third.problems, 9))
    ]
    ended = [
        (Token(**{**row.model_dump(), "id": number}), at) for number, (row, at) in enumerate(as_many(third.tokens, 30))
    ]
    people = [Colleague(f"U{number:010d}", 10**7, ALL_TOLD, "x" * 200) for number in range(90)]
    disputes = {"disputes": drafted[: home_lead.DISPUTES], "disputed": 10**6}
    return {
        "mine": Mine(**{**vars(one), "answers": answered, "waiting": 10**6, "beside": ALL_TOLD}),
        "led": Led(**{**vars(other), **disputes, "digests": as_many(other.digests, 9), "people": people}),
        "admin": Admin(
            numbered(as_many(third.channels, 40)),
            third.waiting,
            problems,
            ended,
            third.health,
            [health.closed(channel, 10**6) for channel in as_many(third.channels, 9)],
        ),
    }


@settings(some, max_examples=12)
@given(mine, led, admins, st.just("") | long(500))
def test_every_part_at_once_is_taken_however_much_there_is(one: Mine, other: Led, third: Admin, said: str) -> None:
    view = home_body(home.draw(**fullest(one, other, third), said=said))
    assert len(view["blocks"]) <= MOST["home.blocks"]
    known = {f"<@U{number:010d}>" for number in range(90)} | {"<@U0000000ANA>"}
    assert set(pings_in("", _ours(view["blocks"]))) <= known


def test_there_is_room_for_what_became_of_a_press_where_every_list_is_full() -> None:
    revision = Revision(label_id=1, number=1, channel_id=1, verdict=Verdict.APPROVED, saved_at=NOW)
    one = Mine([_channel()], 1, 1, 1, 1, 9, ALL_TOLD, [Answered(_draft(1), revision)])
    digest = Reported(date(2026, 9, 30), _channel(), "You agree well.", LINK)
    other = Led([_channel()], [_draft(1)], 1, True, 1, 1, [digest], [], NOW)
    lost = Delivery(
        team="T1",
        id="d" * 32,
        key="k",
        kind=DeliveryKind.CARD,
        state=DeliveryState.FAILED,
        channel_id=1,
        to="C1",
        due_at=NOW,
    )
    third = Admin([_channel()], {}, [Problem(lost, None)], [(_token(1), None)], _health())
    blocks = home.draw(**fullest(one, other, third), said="Settled: draft #1.")["blocks"]
    assert MOST["home.blocks"] - 2 <= len(blocks) <= MOST["home.blocks"]


def _ours(blocks: list[Any]) -> list[Any]:
    """Without what the bot hands over as marked up: what was said, and a digest's own first sentence."""
    return [block for block in blocks if block["type"] != "context" and "/archives/" not in str(block)]


@some
@given(mine)
def test_an_agents_home_pings_and_links_nothing_that_others_wrote(one: Mine) -> None:
    numbers = numbered([row.draft for row in one.answers])
    rows = [Answered(d, r.revision, r.by_lead, r.open_to_me) for r, d in zip(one.answers, numbers, strict=True)]
    view = home_body(home.draw(mine=Mine(**{**vars(one), "answers": rows})))
    assert pings_in("", view["blocks"]) == []


@some
@given(mine, drafts, revisions)
def test_whoever_no_longer_reviews_a_channel_reads_nothing_of_it(one: Mine, draft: Draft, revision: Any) -> None:
    draft = Draft(**draft.model_dump() | {"topic": "Marzipan", "conversation": [{"role": "user", "content": "Nougat"}]})
    gone = Answered(draft, revision, False, False)
    words = str(home.draw(mine=Mine(**{**vars(one), "answers": [gone]})))
    assert "Marzipan" not in words
    assert "Nougat" not in words
    assert "in a channel that you no longer review" in words


@some
@given(st.lists(channels, max_size=30), st.booleans())
def test_a_stranger_is_told_something(working: list[Channel], outsider: bool) -> None:
    view = home_body(home.draw(stranger=Stranger(working, outsider)))
    assert len(view["blocks"]) == 2


@settings(some, max_examples=15)
@given(mine, led)
def test_stats_fit_into_a_note(one: Mine, other: Led) -> None:
    assert len(stats.words(other.channels[0], Stats(one, other))) <= MOST["message.text"]


def test_what_is_left_out_is_counted() -> None:
    channel = _channel()
    many = Led(
        [channel], [_draft(n) for n in range(1, 11)], 42, False, 0, 0, [], [_colleague(n) for n in range(50)], NOW
    )
    third = Admin([_channel(n) for n in range(40)], {}, [], [(_token(n), None) for n in range(20)], _health())
    words = " ".join(words_in(home.draw(led=many, admin=third)["blocks"]))
    for left in ("Settle (42)", "32 more come up", "… and 10 more", "25 more are left out", "12 more are left out"):
        assert left in words


def test_an_empty_home_says_of_each_part_what_would_fill_it() -> None:
    empty = Mine([_channel()], 0, 0, 0, 0, 9, UNCOMPARED, [])
    view = home.draw(
        mine=empty, led=Led([_channel()], [], 0, False, 0, 0, [], [], NOW), admin=Admin([], {}, [], [], _health())
    )
    words = "\n".join(words_in(home_body(view)["blocks"]))
    for sentence in (
        "*Nothing waits for you.* Next drafts usually come around 9:00. New drafts appear in Home",
        "*Nothing to settle.* When two people answer one draft differently, it appears here.",
        "None in the last 28 days. It comes at 09:00",
        "Nobody has answered in the last 28 days.",
        "Assay is in no channel yet. Invite it to one",
        "`assay tokens create NAME` on the server makes one for all channels",
        "None yet. What you answer is listed here, and you can change it.",
    ):
        assert sentence in words


def test_one_button_at_most_stands_out() -> None:
    led_ones = Led([_channel()], [_draft(1), _draft(2)], 2, False, 0, 0, [], [], NOW)
    for waiting in (0, 3):
        view = home.draw(mine=Mine([_channel()], waiting, 0, 0, 0, None, UNCOMPARED, []), led=led_ones)
        assert str(view["blocks"]).count("'style': 'primary'") == 1


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        (
            Beside(11, 14),
            "On 11 of 14 shared drafts you agreed with the other. Over many drafts that would be 52 to 92 in 100. "
            "About 16 more ",
        ),
        (
            Beside(30, 30),
            "On 30 of 30 shared drafts you agreed with the other. Over many drafts that would be 89 to 100 in 100.",
        ),
        (
            Beside(0, 40),
            "On 0 of 40 shared drafts you agreed with the other. Over many drafts that would be 0 to 9 in 100.",
        ),
        (Beside(4, 4), "Only 4 shared drafts can be compared so far, too few for a number. About 26 more "),
        (NOTHING, "No shared draft can be compared yet. About 30 more "),
    ],
)
def test_agreement_is_a_sentence_with_its_interval(beside: Beside, words: str) -> None:
    assert beside_words.likeness(beside).startswith(words)
    assert ("until this means something" in beside_words.likeness(beside)) == (beside.shared < 30)
    assert bool(beside_words.bar(beside)) == (beside.shared >= 5)


@given(besides)
def test_the_bar_shows_the_number_inside_its_interval(beside: Beside) -> None:
    drawn = beside_words.bar(beside).strip("`").split(" ")
    if beside.told:
        assert len(drawn[1]) == beside_words.BAR
        assert drawn[1].count("●") == 1
        assert drawn[1].strip("┄").strip("━") == "●"


def test_nothing_is_said_of_a_colleague_from_a_few_drafts() -> None:
    assert home_lead.colleague(Colleague("U0ANA", 34, Compared(Beside(9, 11)))) == (
        "<@U0ANA> · 34 answers in 28 days · agreed with the other on 9 of 11 shared drafts"
    )
    assert home_lead.colleague(Colleague("U0ANA", 1, Compared(Beside(4, 4)))) == "<@U0ANA> · 1 answer in 28 days"


@some
@given(colleagues)
def test_the_window_of_a_person_is_taken_and_says_no_number_of_a_few_drafts(one: Colleague) -> None:
    view = view_body(person.window(one))
    assert pings_in("", view["blocks"]) == [f"<@{one.user}>"]
    for line in beside_words.confusions(one.beside):
        assert ("too few for a number" in line) != (" in 100 over many)" in line)


def test_what_somebody_takes_for_what_is_said_with_how_sure_that_is() -> None:
    approved, edited, rejected = Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED
    said = Confusion({(approved, approved): 13, (edited, edited): 5, (edited, approved): 4, (rejected, edited): 1})
    humans = Confusion({(YES, YES): 7, (YES, NO): 2, (NO, NO): 31})
    assert beside_words.confusions(Compared(verdicts=said, escalations=humans)) == [
        "*Settled as approved*, 13 drafts: approved 13 (77 to 100 in 100 over many)",
        "*Settled as edited*, 9 drafts: edited 5 (27 to 81 in 100 over many) · approved 4",
        "*Settled as rejected*, 1 draft: too few for a number",
        "*Settled as one for a human*, 9 drafts: said yes 7 (45 to 94 in 100 over many) · said no 2",
        "*Settled without a human*, 31 drafts: said no 31 (89 to 100 in 100 over many)",
    ]


def test_an_agent_reads_of_escalations_and_settled_drafts_once_there_are_enough() -> None:
    few = Compared(Beside(1, 4), Beside(1, 4), Beside(1, 4))
    assert len(beside_words.paragraphs(few, "you")) == 1
    enough = Compared(Beside(4, 5), Beside(3, 7), Beside(12, 14), by_lead=2)
    assert beside_words.paragraphs(enough, "you")[1:] == [
        "Of 7 drafts that you or the other gave to a human, both did on 3. Over many such drafts that would be "
        "16 to 75 in 100.",
        "Of 14 shared drafts that are settled, 2 by a lead, 12 were settled as you had answered. Over many drafts that "
        "would be 60 to 96 in 100.",
    ]


def test_people_are_offered_by_name_in_the_order_they_are_given() -> None:
    people = [Colleague(f"U{n}", n, UNCOMPARED, name) for n, name in enumerate(["Ana", "Bea", ""])]
    (menu,) = home_lead.part(Led([_channel()], [], 0, False, 0, 0, [], people, NOW), primary=False)[-1]["elements"]
    assert [(one["text"]["text"], one["value"]) for one in menu["options"]] == [
        ("Ana", "U0"),
        ("Bea", "U1"),
        ("U2", "U2"),
    ]


def test_a_time_is_shown_as_each_readers_clock_shows_it() -> None:
    at = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert moment(at) == "<!date^1795003200^{date_short_pretty}, {time}|18 November, 12:00 UTC>"


def _channel(number: int = 1) -> Channel:
    return Channel(
        id=number,
        team="T",
        slack_id=f"C{number:09d}",
        name="support",
        state="active",
        working_days=[0],
        created_at=NOW,
    )


def _draft(number: int) -> Draft:
    return Draft(
        id=number, channel_id=1, body_hash="", reviews=1, shared=False, overlap_probability=0, place=0, placeholders={},
        redacted={}, redactor="1", created_at=NOW, state_at=NOW, context={}, text="Hello",
        conversation=[{"role": "user", "content": "Hi"}],
    )  # fmt: skip


def _colleague(number: int) -> Colleague:
    return Colleague(f"U{number}", 1, UNCOMPARED)


def _token(number: int) -> Token:
    return Token(id=number, name="helpdesk", hash=str(number), scopes=["drafts:write"], created_at=NOW)


def _health() -> Health:
    return Health("SQLite", None, 0, None)
