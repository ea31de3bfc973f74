"""Whatever comes in, every surface stays within Slack's limits, and each message's text stands alone."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot import texts
from bot.figures import Counts, Evidence, Figures, compute
from bot.figures.due import Suppressed
from bot.figures.quality import Quality
from bot.figures.rows import Window
from bot.measures.estimates import wilson
from bot.surfaces import card, digest, health, notes, notice, reply, settle, setup, setup_answers, welcome
from bot.surfaces.composed import noted
from bot.surfaces.conversation import conversation
from bot.surfaces.digest import Dispute, Made
from bot.surfaces.reply import NOTE_LONGEST
from bot.surfaces.scene import Opened, Scene
from bot.surfaces.setup import Filled, Planned
from handlers.commands.digest import printed
from sandbox.limits import MOST
from sandbox.rules import message_blocks, pings_in, view_body, words_in
from storage.models import Channel, Draft, Guideline, Revision
from storage.words import DraftState, Verdict

NOW = datetime(2026, 11, 18, tzinfo=UTC)
LONGEST = 48_000
TAGS = ("personal data", "legal", "safety")
REASONS = ["refund above limit", "legal threat", "other"]
SEEDS = [
    "word ",
    "語",
    "👩\u200d👧 ",
    '"\\\n',
    "<!channel> <@U0ANA> & https://evil.example ",
    "*_`~ ",
    "e\u0301",
    "x",
    "# 1\nTry\n",
]


def filled(seed: str, units: int) -> str:
    """That many units of a text that repeats its seed."""
    return texts.beginning(seed * (units // texts.slack_length(seed) + 1), units) or "x"


def long(most: int, *, least: int = 1) -> st.SearchStrategy[str]:
    """Texts up to `most` units: empty corners, whole limits, and what lies between."""
    sizes = st.sampled_from([least, most]) | st.integers(least, most)
    return st.builds(filled, st.sampled_from(SEEDS), sizes)


turns = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system"]), "content": long(5_000)})
conversations = st.builds(
    lambda turn, count, more: ([turn] * count + more)[:200], turns, st.integers(0, 200), st.lists(turns, min_size=1)
)
contexts = st.dictionaries(long(20), long(2_000) | st.integers() | st.floats() | st.booleans(), max_size=50)
drafts = st.builds(
    lambda **fields: Draft(
        id=10**9,
        channel_id=1,
        body_hash="",
        reviews=2,
        shared=True,
        overlap_probability=1,
        place=0,
        placeholders={},
        redacted={},
        redactor="1",
        created_at=NOW,
        state_at=NOW,
        **fields,
    ),
    text=st.none() | long(LONGEST),
    conversation=conversations,
    context=contexts,
    topic=st.just("") | long(200),
    source=st.none() | long(200),
    url=st.none() | st.just("https://help.example/" + "x" * 1_979) | long(2_000),
    state=st.sampled_from(list(DraftState)),
)
guidelines = st.none() | st.builds(
    lambda text: Guideline(channel_id=1, version=999, text=text, created_by="U0MAX", created_at=NOW), long(3_000)
)
revisions = st.builds(
    lambda verdict, text, reason, tags, note: Revision(
        label_id=1,
        number=1,
        channel_id=1,
        verdict=verdict,
        text=None if verdict == Verdict.NOT_JUDGED else text,
        escalation=reason,
        reject_reason="unsafe" if verdict == Verdict.REJECTED else None,
        tags=tags,
        note=note,
        saved_at=NOW,
    ),
    st.sampled_from(list(Verdict)),
    long(LONGEST),
    st.none() | st.sampled_from([*REASONS, "a reason of an older setup"]),
    st.lists(st.sampled_from([*TAGS, "a topic of an older setup"]), unique=True),
    st.none() | long(2 * NOTE_LONGEST),  # redaction makes some longer
)
scenes = st.builds(
    Scene,
    drafts,
    guidelines,
    st.just(REASONS),
    st.sampled_from([(), TAGS, tuple(f"a topic that is long enough to be cut, number {place}" for place in range(50))]),
    st.sampled_from([(), ("U0BEA",), ("U0BEA", "U0CHEN")]),
    st.none() | revisions,
)
OPENED = Opened(10**9, 3, 1_800_000_000)
# Without shrinking: what fails here is large, and making it small takes minutes.
some = settings(max_examples=40, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])


def check_message(message: dict[str, Any], *, update: bool = False) -> None:
    """Slack takes it, nobody is pinged but by us, and its text alone says something."""
    blocks = message_blocks(message["blocks"])
    assert message["text"].strip()
    assert texts.slack_length(message["text"]) <= MOST["update.text" if update else "message.text"]
    assert not pings_in(message["text"], []), message["text"]
    assert blocks


def own_pings(blocks: list[dict[str, Any]]) -> set[str]:
    return set(pings_in("", blocks))


@pytest.mark.parametrize(
    "fields",
    [
        {"context": {"note": " "}},
        {"context": {"note": "\u2028"}, "source": "email"},
        {"text": "[]()"},
        {"text": "![]()"},
        {"text": "€" * 48_000, "conversation": [{"role": "user", "content": "\x01" * 20_000}]},
    ],
)
def test_what_shows_nothing_or_weighs_much_still_makes_a_card_and_a_window(fields: dict[str, Any]) -> None:
    draft = _draft(**fields)
    check_message(card.draw(draft, guideline=1))
    for make in (reply.edit, reply.change, reply.reject):
        view_body(make(Scene(draft, None, REASONS), OPENED))


@pytest.mark.parametrize(
    ("mine", "is_said"),
    [(None, True), ("Hello there.", True), ("Good evening.", False)],
)
def test_saving_it_unchanged_is_said_to_approve_the_draft_alone(mine: str | None, *, is_said: bool) -> None:
    saved = mine and Revision(label_id=1, number=1, channel_id=1, verdict=Verdict.EDITED, text=mine, saved_at=NOW)
    view = reply.edit(Scene(_draft(text="Hello there."), None, REASONS, mine=saved or None), OPENED)
    assert (reply.UNCHANGED in words_in(view["blocks"])) == is_said


@some
@given(drafts, st.integers(0, 999))
def test_a_card_is_taken_and_pings_nobody(draft: Draft, guideline: int) -> None:
    drawn = card.draw(draft, guideline=guideline)
    check_message(drawn, update=True)
    assert own_pings(drawn["blocks"]) == set()
    assert f"#{draft.id}" in drawn["text"]


def test_a_topic_reads_as_words_and_its_placeholders_stay_whole() -> None:
    assert card.topic_words("vip/late_order__[PRIVATE_1]_[EMAIL_2]") == "Vip › Late order [PRIVATE_1] [EMAIL_2]"


@pytest.mark.parametrize("steps", [17, 60])
def test_a_draft_of_many_headings_is_shown_whole(steps: int) -> None:
    """As Markdown as long as Slack makes no more blocks of it than a message holds."""
    shown = card.draw(_draft(text="# Step\n\nRestart it.\n\n" * steps), guideline=1)
    check_message(shown)
    assert "".join(words_in(shown["blocks"])).count("Restart it.") == steps
    assert any(block["type"] == "markdown" for block in shown["blocks"]) == (steps == 17)


@some
@given(drafts)
def test_an_escalation_notice_is_taken_and_names_its_reason(draft: Draft) -> None:
    message = notice.escalated(draft, reason="legal threat", agent="U0ANA", permalink="https://x.example/" + "p" * 200)
    check_message(message)
    assert own_pings(message["blocks"]) == {"<@U0ANA>"}
    assert "Needs a human: legal threat" in message["text"]
    assert f"#{draft.id}" in message["text"]


def test_an_escalation_notice_shows_the_conversation_to_its_end_and_as_much_before_as_fits() -> None:
    """Its card shows one line when the answers are in, so whoever takes over reads it here."""
    said = [("user" if place % 2 else "assistant", f"Message {place}. " + "word " * 8) for place in range(200)]
    message = notice.escalated(
        _draft(conversation=[{"role": role, "content": words} for role, words in said]),
        reason="legal threat",
        agent="U0ANA",
        permalink=None,
    )
    check_message(message)
    shown = "".join(words_in(message["blocks"]))
    assert [place for place in range(200) if f"Message {place}. " in shown][-100:] == list(range(100, 200))
    assert "Earlier messages are left out here." in shown


def test_the_longest_escalation_notice_that_can_be_is_taken() -> None:
    """Two hundred short turns, words that Slack wants escaped, the longest address, and each line that may be added."""
    said = [{"role": "system", "content": "[PRIVATE_1] and [PRIVATE_1] x"}] * 200
    url = f"https://desk.example/{'a' * 1_979}"
    draft = _draft(conversation=said, topic="&" * 200, context={"said": "<" * 400}, url=url)
    made = notice.escalated(draft, reason="&" * 75, agent="U0ANA", permalink="https://x.example/" + "p" * 200)
    made = noted(notice.off(made, agent="U0ANA"), "#escalations is archived, so this comes here. " * 4)
    made = notice.unheard(made, channel="C0ESCALATE")
    message_blocks(made["blocks"])
    assert texts.slack_length(made["text"]) <= MOST["update.text"]


@some
@given(scenes)
def test_the_windows_for_an_answer_are_taken(scene: Scene) -> None:
    told = notes.told_when_sent(notice.Told.HERE)
    for view in (reply.edit(scene, OPENED), reply.escalate(scene, OPENED, told=told), reply.reject(scene, OPENED)):
        assert own_pings(view_body(view)["blocks"]) <= {f"<@{user}>" for user in scene.busy}


@pytest.mark.parametrize(
    ("text", "judge"),
    [("Hello", "press Edit"), ("Hello. " * 600, "press Read and review"), (None, "there is no reply")],
)
def test_the_window_to_escalate_says_under_the_reply_what_leaving_it_empty_means(text: str | None, judge: str) -> None:
    view = reply.escalate(Scene(_draft(text=text), None, REASONS), OPENED, told=notes.told_when_sent(notice.Told.THERE))
    reason, told, written = view["blocks"][-4:-1]
    assert reason["label"]["text"] == "Why must a human take over?"
    assert told["elements"][0]["text"] == "The escalation channel is told at once."
    assert judge in written["hint"]["text"]


def test_a_reason_that_only_one_answer_needs_says_so() -> None:
    for view, hints in ((reply.change, [reply.WHY_NOT_USABLE]), (reply.reject, [])):
        blocks = view(Scene(_draft(), None, REASONS), OPENED)["blocks"]
        asked = [one for one in blocks if one.get("label", {}).get("text") == "Why can this draft not be used?"]
        assert [one["hint"]["text"] for one in asked if "hint" in one] == hints


@settings(some, max_examples=20)
@given(scenes, st.lists(revisions, min_size=2, max_size=4))
def test_the_window_of_a_dispute_is_taken(scene: Scene, answers: list[Revision]) -> None:
    view = view_body(settle.window(scene, answers, OPENED))
    assert own_pings(view["blocks"]) == set()
    words = " ".join(words_in(view["blocks"]))
    assert all(f"Answer {letter}" in words for letter, _ in zip(settle.LETTERS, answers, strict=False))


def test_answers_that_share_every_second_word_are_shown_shorter_but_all_are_shown() -> None:
    draft = _draft(text=" ".join(f"word{place}" for place in range(5_000))[:LONGEST])
    mixed = " ".join(f"word{place}" if place % 2 else f"語{place}" for place in range(5_000))[:LONGEST]
    answers = [_revision(mixed), _revision(mixed.replace("語", "変")), _revision(None)]
    view = view_body(settle.window(Scene(draft, None, REASONS), answers, OPENED))
    assert "Answer C" in " ".join(words_in(view["blocks"]))


def test_the_heaviest_dispute_is_shown_shorter_so_that_slack_takes_it() -> None:
    text = "語" * LONGEST  # three bytes each: the final reply alone is 144,000
    draft = _draft(text=text, conversation=[{"role": "user", "content": text}])
    view = view_body(
        settle.window(Scene(draft, None, REASONS), [_revision("変" + text[1:]), _revision("返" + text[1:])], OPENED)
    )
    words = " ".join(words_in(view["blocks"]))
    assert "Answer B" in words
    assert "語" * 1_000 in words


def test_a_chat_of_two_hundred_turns_is_shown_whole() -> None:
    said = [{"role": ("user", "assistant")[place % 2], "content": f"message {place}"} for place in range(200)]
    words = " ".join(words_in(conversation(_draft(conversation=said))))
    assert all(f"message {place}" in words for place in range(200))
    assert words.count("Customer") == 100


def test_of_a_conversation_that_is_too_long_the_end_is_shown_and_this_is_said() -> None:
    said = [{"role": "user", "content": f"{place} " + "x" * 4_000} for place in range(9)]
    blocks = conversation(_draft(conversation=said))
    words = " ".join(words_in(blocks))
    assert "8 xx" in words
    assert "0 xx" not in words
    assert "Earlier messages are left out here." in words
    assert conversation(_draft(conversation=said[-1:]))[0]["type"] == "rich_text"


channels = st.builds(
    lambda **fields: Channel(
        team="T",
        slack_id="C0SUPPORT1",
        name="support",
        id=1,
        created_at=NOW,
        **fields,
    ),
    leads=st.lists(st.just("U0LEA"), max_size=50),
    digest_channel=st.none() | st.just("C0LEADS001"),
    escalation_channel=st.none() | st.just("C0ESCALATE"),
    working_days=st.lists(st.integers(0, 6), unique=True).map(sorted),
    escalation_reasons=st.just(REASONS) | st.lists(long(75), min_size=1, max_size=39),
    tags=st.lists(long(75), max_size=39),
    reviewers=st.lists(st.just("U0ANA"), max_size=50),
    context_template=st.none() | long(3_000),
    model=st.none() | long(200),
    open_cards=st.integers(1, 100),
    second_looks=st.booleans(),
    overlap_share=st.none() | st.sampled_from([0.0, 0.1, 0.2, 0.4, 0.5, 1.0, 0.33]),
)


@some
@given(channels, st.just("") | long(3_000), st.booleans(), st.booleans())
def test_the_setup_window_is_taken(channel: Channel, guideline: str, more: bool, ill: bool) -> None:
    findings = [health.leads_left(channel, ["U0LEA"] * 50, all_of_them=True), health.closed(channel, 3)] if ill else []
    planned = Planned(1, 1, "America/Argentina/ComodRivadavia", more)
    view_body(setup.window(Filled(channel, guideline, findings), planned, zone=f"{planned.time_zone} (UTC-03:00)"))


@some
@given(channels)
def test_what_is_said_around_the_setup_is_taken(channel: Channel) -> None:
    for message in (
        welcome.first_message(channel),
        welcome.ready(channel, address="https://assay.example.com"),
        welcome.saved_again(channel, setup_answers.UNCHANGED, address="https://assay.example.com"),
        card.example(),
    ):
        check_message(message)
    view_body(welcome.token(channel, "assay_" + "x" * 43))


models = st.builds(
    lambda name, answers, yes: Quality(
        name, answers, wilson(min(yes, answers), answers), wilson(0, answers), wilson(1, answers), wilson(1, answers)
    ),
    long(200),
    st.integers(30, 10**7),
    st.integers(0, 10**7),
)
missing = st.builds(
    Suppressed,
    long(220),
    st.integers(0, 29),
    st.just(30),
    st.just("answers"),
    st.none() | st.just(date(2026, 12, 24)),
)


@some
@given(
    st.lists(models, max_size=70), st.lists(missing, max_size=70), st.lists(drafts, max_size=3), st.integers(0, 10**7)
)
def test_a_digest_of_many_models_is_taken(
    quality: list[Quality], suppressed: list[Suppressed], disputes: list[Draft], labels: int
) -> None:
    figures = _figures(labels, quality=quality, suppressed=suppressed)
    named = [Dispute(draft, "https://x.example/" + "p" * 200) for draft in disputes]
    for number, draft in enumerate(disputes, 1):
        draft.id = number
    messages = digest.messages(Made(figures, named), weekly=True)
    for message in messages:
        for blocks in (message["blocks"], *message.get("plainer", ())):
            check_message({"text": message["text"], "blocks": [one for one in blocks if "chart" not in one]})
            assert own_pings(blocks) == set()
    assert f"{labels:,} label" in messages[0]["text"]


def test_models_that_do_not_fit_are_counted_and_printed_by_the_command() -> None:
    quality = [
        Quality(f"model {place}", 30, wilson(3, 30), wilson(0, 30), wilson(1, 30), wilson(1, 30)) for place in range(40)
    ]
    figures = _figures(5, quality=quality, suppressed=[])
    shown = json.dumps(digest.messages(Made(figures))[2])
    assert "28 more model versions" in shown
    assert "model 11:" in shown
    assert "model 12:" not in shown
    assert "model 39: approved" in digest.as_text(Made(figures))


def test_a_name_of_a_model_steers_no_terminal() -> None:
    low = wilson(3, 30)
    figures = _figures(5, quality=[Quality("gpt\x1b[31m\nevil\u202e", 30, low, low, low, low)], suppressed=[])
    said = printed(Made(figures), None)
    assert "gpt�[31m�evil�: approved" in said


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 words changed"), (1, "1 word changed"), (2_000, "2,000 words changed")],
)
def test_the_private_note_counts_what_was_changed(count: int, words: str) -> None:
    said = notes.saved(Verdict.EDITED, words_changed=count, escalated=False)
    assert words in said
    check_message(notes.with_buttons(said, 7, about="Billing › Refund · #7"))


def test_each_private_note_is_taken_by_slack() -> None:
    sentences = [words for name, words in vars(notes).items() if name.isupper() and isinstance(words, str)]
    assert len(sentences) > 20
    for words in sentences:
        check_message(notes.bare(words))


def _draft(**fields: Any) -> Draft:
    least: dict[str, Any] = {"conversation": [{"role": "user", "content": "Hi"}], "context": {}, "text": "Hello"}
    return Draft(
        id=1, channel_id=1, body_hash="", reviews=1, shared=False, overlap_probability=0, place=0, placeholders={},
        redacted={}, redactor="1", created_at=NOW, state_at=NOW, **(least | fields),
    )  # fmt: skip


def _revision(text: str | None) -> Revision:
    verdict = Verdict.NOT_JUDGED if text is None else Verdict.EDITED
    return Revision(label_id=1, number=1, channel_id=1, verdict=verdict, text=text, saved_at=NOW)


def _figures(labels: int, *, quality: list[Quality], suppressed: list[Suppressed]) -> Figures:
    window = Window(NOW.date(), NOW - timedelta(days=28), NOW - timedelta(days=1), NOW)
    empty = compute(Evidence([], Counts(gold=1, waiting=2)), window, seed=4)
    return Figures(**{**vars(empty), "labels": labels, "quality": quality, "suppressed": suppressed})
