"""Each check of what leaves Assay can fail: webhooks, and labels and gold over the API."""

import json

from tests.faults import exported, told
from tests.faults.stage import Stage
from tests.faults.test_checks import changes
from tests.stories.steps import one_database

pytestmark = one_database


async def test_labels_and_gold_that_leave_otherwise_than_they_were_said_are_found(answering: Stage) -> None:
    changes(answering, "UPDATE revision SET text = 'Hello.'")
    (difference,) = await exported.labels_leave_as_they_were_said(answering)
    assert difference.startswith("Read over the API, the answer of Ana to draft 1: confirmed was: edited")
    answering.ledger.said.clear()
    assert "said was: nothing" in (await exported.labels_leave_as_they_were_said(answering))[0]
    changes(answering, "UPDATE draft SET origin = 'sample'")  # which leaves in no export
    assert await exported.labels_leave_as_they_were_said(answering) == []
    assert "Gold of draft 1 is None over the API" in (await exported.gold_leaves_as_it_was_settled(answering))[0]
    changes(
        answering,
        "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES (7, 1, 907, 'ticket', '2027-03-26')",
    )
    assert await exported.gold_leaves_as_it_was_settled(answering) != []


async def test_a_reader_who_missed_an_answer_or_an_erasure_is_found(answering: Stage) -> None:
    engineer, ana = answering.engineer, answering.people["ana"].id
    await engineer.reads_on()
    row = engineer.copy.pop((1, ana, 1))
    engineer.resume = 1_000
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        f"Whoever reads on never heard of answer 1 of {ana} to draft 1."
    ]
    engineer.copy |= {(1, ana, 1): row, (7, ana, 1): row}
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        f"Whoever reads on keeps answer 1 of {ana} to draft 7, which is not there."
    ]
    del engineer.copy[7, ana, 1]
    grave = "INSERT INTO tombstone (draft_id, channel_id, number, why, at) VALUES (7, 1, 900, 'ticket', '2027-03-26')"
    changes(answering, grave)
    assert await exported.a_copy_that_is_read_on_is_whole(answering) == [
        "Whoever reads on was not told that draft 7 is erased."
    ]
    engineer.read["labels"] += 5
    assert "the trail tells of" in (await exported.readings_are_in_the_trail(answering))[0]


async def test_what_no_webhook_was_told_is_found(stage: Stage) -> None:
    del stage.subscriber.came[:]
    ana = stage.people["ana"].id
    assert await told.all_that_happened_was_told(stage, patience=0) == [
        f"No webhook was told of answer 1 of {ana} to draft 1.",
        "No webhook was told how draft 1 was settled.",
    ]
    changes(stage, "UPDATE revision SET escalation = 'safety'")
    assert "No webhook was told that draft 1 needs a human." in await told.all_that_happened_was_told(stage, patience=0)
    changes(stage, "UPDATE draft SET state = 'open'")
    assert "answer 1" not in str(await told.all_that_happened_was_told(stage, patience=0))


async def test_what_a_webhook_was_told_and_did_not_happen_is_found(stage: Stage) -> None:
    changes(stage, "UPDATE revision SET verdict = 'rejected'")
    label, gold = await told.nothing_is_told_that_did_not_happen(stage)
    assert "'verdict': 'edited'" in label
    assert "'type': 'gold.settled'" in gold
    call = {"type": "draft.escalated", "data": {"draft": 1, "reason": "safety"}}
    stage.subscriber.came[:] = [({"webhook-id": "msg_3"}, json.dumps(call).encode())]
    assert "'reason': 'safety'" in (await told.nothing_is_told_that_did_not_happen(stage))[0]


async def test_a_message_that_comes_under_another_id_or_an_id_that_tells_something_else_is_found(stage: Stage) -> None:
    (first, body), (second, other) = sorted(stage.subscriber.came, key=lambda came: b"label.created" not in came[1])
    stage.subscriber.came += [(first, body), (second, other)]
    assert await told.each_message_has_one_id(stage) == []
    stage.subscriber.came.append((first, other))
    assert await told.each_message_has_one_id(stage) == [f"The webhook message {first['webhook-id']} told of 2 things."]
    stage.subscriber.came[-1] = ({"webhook-id": "msg_3"}, body)
    (difference,) = await told.each_message_has_one_id(stage)
    assert difference.endswith("stands there 2 times.")
    for number in range(2):
        stage.subscriber.came.append(({"webhook-id": f"msg_{number}"}, other))
    assert "A webhook was told 3 times" in str(await told.nothing_is_told_that_did_not_happen(stage))
