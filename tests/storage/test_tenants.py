"""Each question of storage/queries is about one workspace: it is asked with something that belongs to one.

What a signature cannot tell, tests/stories/test_neighbours.py plays.
"""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from storage import queries

# Whoever knows one of these has it from one workspace: a row's own number, or a row itself.
OF_ONE = {
    "team", "channel", "channel_id", "channels", "draft", "draft_id", "drafts", "numbers", "label", "label_id",
    "slot_id", "revision", "revisions", "delivery_id", "token_id", "keys", "webhook_id", "webhook_ids",
}  # fmt: skip
ROWS = {
    "Announcement", "Answered", "Audit", "Channel", "Claimed", "Delivery", "Digest", "Draft", "Exposure", "Gold",
    "Installation", "Label", "Member", "Person", "Token", "Unsaved", "Webhook", "Workspace", "Writing",
}  # fmt: skip
# Asked of every workspace at once, or of none: each with the reason. Nobody's press or token leads here unasked.
OF_ALL = {
    "announcements.add": "the rows name their webhook",
    "announcements.claim_next": "the outbox of webhooks serves all; each is told what is of its own workspace",
    "announcements.due": "how many can be claimed, and nothing else",
    "announcements.forget": "what is a month old goes, whose it was",
    "announcements.hasten": "the clock was set back for all",
    "answers.every": "the operator changes the keys of all",
    "answers.forget": "what is a day old goes, whose it was",
    "backlog.cards": "counts for the operator's metrics",
    "backlog.channels": "counts for the operator's metrics",
    "backlog.deliveries": "counts for the operator's metrics",
    "backlog.newest_digests": "counts for the operator's metrics",
    "backlog.oldest_due": "counts for the operator's metrics",
    "backlog.unsent": "counts for the operator's log",
    "backlog.webhooks": "counts for the operator's metrics",
    "backlog.writings": "counts for the operator's metrics",
    "channels.active": "the clock looks whose digest is due, in every workspace",
    "channels.every": "of one workspace wherever a person asks; the operator's doctor reads all",
    "channels.in_any_workspace": "the operator's commands; the ambiguous are asked which one is meant",
    "channels.removed_teams": "names of workspaces only: what goes there is refused or waits",
    "channels.told_unknown": "the clock asks who is in channels that are told of escalations, in every workspace",
    "channels.uninstalled": "the clock erases workspaces that left, each by its name",
    "channels.with_retention": "the clock looks what has been kept long enough, in every workspace",
    "channels.workspaces": "which workspaces there are: for the operator, and to tell whether there is one only",
    "closings.unheard": "the outbox serves all; each notice is told to the leads of its own channel",
    "closings.waited_for": "the outbox serves all; each closed channel is of one workspace",
    "deliveries.hasten": "by the key of one delivery, made from a number",
    "deliveries.hasten_all": "the clock was set back for all",
    "deliveries.held": "asked by other questions only, each of which names drafts or a workspace",
    "turns.next_open": "the outbox serves all; each is sent by the client of its own workspace",
    "deliveries.unclear": "the outbox serves all; each is looked for by the client of its own workspace",
    "drafts.add_all": "the rows name their channel",
    "drafts.is_counted": "a condition, not a question",
    "drafts.leased_by": "the demo, which has one workspace",
    "drafts.with_open_cards": "the operator put a backup back; each card is drawn by the client of its workspace",
    "efforts.keep": "by the numbers of revisions that were measured",
    "efforts.unmeasured": "measured for all, and told to nobody",
    "erasing.sweep": "the clock takes away what is out of Slack, in every workspace",
    "erasing.tables_of_a_workspace": "the schema, not its rows",
    "erasing.to_sweep": "whether there is anything, and nothing else",
    "health.database": "what the database calls itself",
    "installations.claim_expiring": "the clock refreshes the tokens of all",
    "installations.every": "the operator looks whether the keys open all",
    "installations.held": "the operator changes the keys of all",
    "numbers.leap": "numbers, and nothing else",
    "numbers.take_numbers": "numbers, and nothing else",
    "people.unverified": "the clock looks up whoever was let in while Slack was away",
    "redraws.begun": "a count in a statement, not a question",
    "redraws.drawn": "its key names one redraw, of a draft or of its notice",
    "redraws.ended": "a count in a statement, not a question",
    "redraws.key_of": "a key, not a question",
    "redraws.not_drawn": "its key names one redraw, of a draft or of its notice",
    "seen.beat": "a row about nobody",
    "seen.first_time": "the key names the workspace, or a number of it",
    "seen.forget": "the clock forgets what nobody repeats any more, whose it was",
    "seen.key_that_begins": "the key names a number of a channel",
    "tokens.every": "the operator's list",
    "tokens.valid": "the secret itself says whose it is",
    "tombstones.add": "the rows name their channel",
    "writings.claim_next": "the queue of the model serves all",
    "writings.due": "the queue of the model serves all",
    "writings.hasten": "the clock was set back for all",
    "writings.tokens_since": "the operator's budget is one for all",
}


def test_each_question_is_asked_of_one_workspace_or_says_why_not() -> None:
    unbound = {name for name, question in questions() if not _is_of_one(question)}
    assert unbound == set(OF_ALL)


def test_the_guard_knows_a_question_that_is_about_everybody() -> None:
    async def of_a_place(session: object, to: str) -> None: ...
    async def of_a_team(session: object, team: str) -> None: ...

    assert not _is_of_one(of_a_place)
    assert _is_of_one(of_a_team)


def modules() -> Iterator[ModuleType]:
    for found in iter_modules(queries.__path__):
        if not found.name.startswith("_"):
            yield import_module(f"storage.queries.{found.name}")


def questions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that others may call; ruff sees to it that each uses what it is given."""
    for module in modules():
        for name, found in vars(module).items():
            if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__.rpartition('.')[2]}.{name}", found


def _is_of_one(question: Callable[..., Any]) -> bool:
    given = inspect.signature(question).parameters.values()
    return any(_binds(one) for one in given)


def _binds(given: inspect.Parameter) -> bool:
    kind = getattr(given.annotation, "__name__", str(given.annotation))
    optional = given.default is None
    return not optional and (given.name in OF_ONE or kind in ROWS)
