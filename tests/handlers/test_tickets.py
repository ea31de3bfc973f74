import re
from collections.abc import Callable
from itertools import combinations
from typing import get_args, get_type_hints

import pytest
from rapidfuzz import fuzz

from bot.redaction import Redactor
from handlers.demo.tickets import Ticket, guideline, load

TICKETS = load()
BY_ID = {ticket.id: ticket for ticket in TICKETS}
PERSONAL = re.compile(
    r"[\w.-]+@example\.(?:com|org)\b"
    r"|555-01\d\d\b|\b20 7946 0\d{3}\b"
    r"|4111 1111 1111 1111|DE89 3704 0044 0532 0130 00"
    r"|\b192\.0\.2\.\d+|\b198\.51\.100\.\d+"
    r"|\bsk_test_\w+"
)


def customer(ticket: Ticket) -> str:
    return "\n".join(turn.content for turn in ticket.conversation if turn.role == "user")


def draft(ticket: Ticket) -> str:
    return ticket.draft


def better(ticket: Ticket) -> str:
    return ticket.better


def share(holds: Callable[[Ticket], object]) -> float:
    return sum(bool(holds(ticket)) for ticket in TICKETS) / len(TICKETS)


def test_there_are_enough_tickets_and_no_id_twice() -> None:
    assert len(TICKETS) == len(BY_ID) >= 84


@pytest.mark.parametrize("field", ["product", "region", "tier", "source", "flaw", "escalate", "reject"])
def test_a_field_holds_only_known_values_and_each_of_them_somewhere(field: str) -> None:
    hint = get_type_hints(Ticket)[field]
    # An optional Literal is a union of that Literal and None: look one level deeper.
    known = {value for part in get_args(hint) for value in get_args(part) or [part]} - {type(None)}
    assert {getattr(ticket, field) for ticket in TICKETS} - {None} == known


@pytest.mark.parametrize("text", [customer, draft, better])
def test_no_text_resembles_another_except_declared_near_duplicates(text: Callable[[Ticket], str]) -> None:
    alike = {(a.id, b.id) for a, b in combinations(TICKETS, 2) if fuzz.ratio(text(a), text(b)) >= 60}
    assert alike == {(ticket.near, ticket.id) for ticket in TICKETS if ticket.near}
    assert len(alike) == 2


def test_near_duplicates_are_not_the_same_text() -> None:
    for ticket in TICKETS:
        if ticket.near:
            assert customer(ticket) != customer(BY_ID[ticket.near])


def test_every_ticket_ends_with_the_customer_and_has_nothing_empty() -> None:
    for ticket in TICKETS:
        assert ticket.conversation[-1].role == "user", ticket.id
        assert all(turn.content.strip() for turn in ticket.conversation), ticket.id
        assert all(text.strip() for text in (ticket.draft, ticket.better)), ticket.id
        assert re.fullmatch(r"\d\.\d en", f"{ticket.app} {ticket.language}"), ticket.id


def test_topics_are_paths_of_two_levels_and_there_are_many() -> None:
    topics = {ticket.topic for ticket in TICKETS}
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+", topic) for topic in topics)
    assert len({topic.split("/")[0] for topic in topics}) >= 8


def test_the_better_reply_differs_exactly_where_the_draft_has_a_flaw() -> None:
    for ticket in TICKETS:
        assert (ticket.better != ticket.draft) == (ticket.flaw is not None), ticket.id
        assert ticket.flaw or not ticket.reject, ticket.id


def test_good_flawed_rejected_and_escalated_tickets_are_mixed_as_the_demo_needs() -> None:
    assert 0.42 <= share(lambda t: t.flaw is None) <= 0.48
    assert 0.32 <= share(lambda t: t.flaw and not t.reject and not t.escalate) <= 0.40
    assert 0.06 <= share(lambda t: t.reject) <= 0.10
    assert 0.12 <= share(lambda t: t.escalate) <= 0.17
    assert any(t.escalate and t.flaw is None for t in TICKETS)
    assert any(t.escalate and t.reject for t in TICKETS)


def test_corrections_reach_from_a_few_words_to_a_new_reply() -> None:
    kept = [fuzz.ratio(t.draft, t.better) for t in TICKETS if t.flaw and not t.reject]
    assert sum(ratio > 85 for ratio in kept) >= 8
    assert sum(ratio < 60 for ratio in kept) >= 8


def test_a_dozen_tickets_hold_invented_personal_data_and_some_drafts_repeat_it() -> None:
    assert sum(bool(PERSONAL.search(customer(t))) for t in TICKETS) >= 12
    assert sum(bool(PERSONAL.search(t.draft)) for t in TICKETS) >= 4


def test_invented_personal_data_and_keys_are_all_recognised() -> None:
    """Nobody who tries the demo reads one on a card."""
    texts = [text(ticket) for ticket in TICKETS for text in (customer, draft, better)]
    assert [found for text in texts if (found := PERSONAL.search(Redactor(b"key", {}).redact(text)))] == []


def test_no_expert_repeats_a_card_a_key_or_an_account_number() -> None:
    secret = re.compile(r"4111 1111|DE89 3704|sk_test_")
    assert not [t.id for t in TICKETS if secret.search(t.better)]


def test_every_mail_address_and_link_belongs_to_nobody() -> None:
    for ticket in TICKETS:
        text = "\n".join([customer(ticket), ticket.draft, ticket.better])
        hosts = re.findall(r"(?:[\w-]@|https?://)([\w.-]+\w)", text)
        assert all(re.search(r"(?:^|\.)example(?:\.com|\.org)?$|^198\.51\.100\.", host) for host in hosts), hosts


def test_long_tickets_are_long_and_one_draft_is_longer_than_any_card() -> None:
    longest = {t.id: max(len(customer(t)), len(t.draft)) for t in TICKETS}
    assert {t.id for t in TICKETS if t.long} == {name for name, size in longest.items() if size >= 2_500}
    assert sum(t.long for t in TICKETS) >= 7
    assert max(len(t.draft) for t in TICKETS) >= 11_500


def test_hostile_markup_comes_from_customers_and_from_a_draft() -> None:
    markup = re.compile(r"<!(?:channel|here)>|<@U\w+>|\]\(http")
    assert sum(bool(markup.search(customer(t))) for t in TICKETS) >= 2
    assert any(markup.search(t.draft) for t in TICKETS)
    assert not any(markup.search(t.better) for t in TICKETS)


def test_conversations_of_several_turns_alternate() -> None:
    several = [t for t in TICKETS if len(t.conversation) > 1]
    assert len(several) >= 6
    for ticket in several:
        assert {turn.role for turn in ticket.conversation[::2]} == {"user"}, ticket.id
        assert {turn.role for turn in ticket.conversation[1::2]} == {"assistant"}, ticket.id


def test_the_guideline_names_every_reason_to_escalate_and_fits_a_form_field() -> None:
    text = guideline().lower()
    assert all(t.escalate in text for t in TICKETS if t.escalate)
    # A text field of a Slack form holds 3,000 characters.
    assert len(text) <= 3_000
