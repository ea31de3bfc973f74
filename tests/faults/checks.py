"""What must be true whatever died: the checks of the fault tests, each of which names what differs."""

from collections.abc import Awaitable, Callable, Sequence

from tests.faults.exported import (
    a_copy_that_is_read_on_is_whole,
    gold_leaves_as_it_was_settled,
    labels_leave_as_they_were_said,
    readings_are_in_the_trail,
)
from tests.faults.homes import home_shows_what_is_stored
from tests.faults.kept import (
    Found,
    drafts_are_kept,
    erasures_leave_nothing,
    labels_are_kept,
    leases_end,
    notes_are_true,
    settings_are_kept,
    settled_stays_settled,
    withdrawals_are_kept,
)
from tests.faults.seen import (
    cards_show_the_state,
    each_draft_has_its_card,
    each_escalation_was_told,
    each_morning_had_its_digest,
    erased_messages_are_gone,
    no_card_twice,
    no_digest_twice,
    no_notice_twice,
)
from tests.faults.stage import Stage
from tests.faults.struck import reported_names_are_not_seen, reported_names_are_not_stored
from tests.faults.told import (
    all_that_happened_was_told,
    each_message_has_one_id,
    nothing_is_told_that_did_not_happen,
)
from tests.faults.trail import the_trail_is_complete


async def people_were_told_the_truth(stage: Stage) -> Found:
    """What was seen while it happened."""
    return [*stage.ledger.differences]


Check = Callable[[Stage], Awaitable[Found]]
ALWAYS: tuple[Check, ...] = (
    people_were_told_the_truth,
    no_card_twice,
    no_digest_twice,
    no_notice_twice,
    labels_are_kept,
    drafts_are_kept,
    settled_stays_settled,
    withdrawals_are_kept,
    settings_are_kept,
    erasures_leave_nothing,
    leases_end,
    the_trail_is_complete,
    each_message_has_one_id,
    nothing_is_told_that_did_not_happen,
)
IN_THE_END: tuple[Check, ...] = (
    *ALWAYS,
    notes_are_true,
    each_draft_has_its_card,
    cards_show_the_state,
    each_morning_had_its_digest,
    each_escalation_was_told,
    erased_messages_are_gone,
    home_shows_what_is_stored,
    reported_names_are_not_seen,
    reported_names_are_not_stored,
    all_that_happened_was_told,
    labels_leave_as_they_were_said,
    a_copy_that_is_read_on_is_whole,
    gold_leaves_as_it_was_settled,
    readings_are_in_the_trail,
)


async def first_difference(stage: Stage, checks: Sequence[Check]) -> str | None:
    for check in checks:
        if found := await check(stage):
            return found[0]
    return None
