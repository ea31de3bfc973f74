"""Items of a request are checked, redacted, and stored together, each with an answer of its own."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import intake, naming
from bot.intake import Arrival, Taken
from bot.naming import Named
from bot.submissions import Submission
from bot.tokens import Bearer
from handlers.http.faults import problem_of
from handlers.http.ndjson import TOO_DEEP
from handlers.http.problems import Problem
from handlers.tools import Tools
from storage.models import Channel
from storage.queries import channels, tokens
from storage.words import ChannelState

CLOSED = {
    ChannelState.NEW: "#{name} is not set up yet. A workspace admin types /assay setup there.",
    ChannelState.ARCHIVED: "#{name} is archived. Unarchive it in Slack and send this again, or name another channel.",
    ChannelState.GONE: (
        "#{name} was deleted, or Assay was taken out of it. Invite Assay there and send this again, "
        "or name another channel."
    ),
}
ENDED = "This token was revoked meanwhile. Nothing was stored: send this again with another one."
REMOVED = "Assay was removed from the workspace of #{name}. Install the app again, then send this again."

Item = dict[str, Any]
At = Callable[[AsyncSession, list[Item]], Awaitable[None]]


async def take_in(
    tools: Tools, bearer: Bearer, items: list[Any], *, first: int, ending: At | None = None
) -> list[Item]:
    """Redact the items of a batch, then store them in one transaction; a bad one gets an error and spoils no other."""
    answers: dict[int, Item] = {}
    accepted: dict[int | None, tuple[Channel, dict[int, Named]]] = {}
    checked = [_checked(item) for item in items]
    key = tools.settings.key
    async with tools.sessions.reading() as session:
        known = await _channels(session, bearer, checked)
    for place, item in enumerate(checked, first):
        channel = item if isinstance(item, Problem) else known[item.channel]
        if isinstance(item, Submission) and isinstance(channel, Channel):
            accepted.setdefault(channel.id, (channel, {}))[1][place] = naming.name(key, item)
        elif isinstance(channel, Problem):
            answers[place] = error(place, channel)
    if accepted:
        answers |= await _stored(tools, list(accepted.values()), answers, ending)
    return _in_order(answers)


def _in_order(answers: dict[int, Item]) -> list[Item]:
    return [answer for _, answer in sorted(answers.items())]


async def _channels(
    session: AsyncSession, bearer: Bearer, items: list[Submission | Problem]
) -> dict[str, Channel | Problem]:
    """Each channel that the items name, or why they may not go there.

    A stream has no end, so the token is looked at again with each batch.
    """
    names = {item.channel for item in items if isinstance(item, Submission)}
    if not await tokens.holds(session, bearer.token):
        return dict.fromkeys(names, Problem(HTTPStatus.UNAUTHORIZED, ENDED))
    removed = await channels.removed_teams(session)
    return {
        name: _open_to(await channels.by_any_name(session, bearer.team, name), bearer, name, removed) for name in names
    }


async def _stored(
    tools: Tools, accepted: list[tuple[Channel, dict[int, Named]]], refused: dict[int, Item], ending: At | None
) -> dict[int, Item]:
    """An answer to each item by its place; those of one channel are stored together, all with what ends them."""
    answers: dict[int, Item] = {}
    key = tools.settings.key
    ready = [
        await intake.make_ready(tools.sessions, channel, list(placed.values()), key=key) for channel, placed in accepted
    ]
    arrival = Arrival(key, tools.now(), tools.settings.model)
    async with tools.sessions.writing() as session:
        for (channel, placed), made in zip(accepted, ready, strict=True):
            receipts = await intake.store_all(session, channel, list(placed.values()), arrival, made)
            answers |= {place: _receipt(place, receipt) for place, receipt in zip(placed, receipts, strict=True)}
        if ending is not None:
            await ending(session, _in_order(refused | answers))
    tools.afterwards.do(tools.courier.deliver_due())
    return answers


def _checked(item: Any) -> Submission | Problem:
    if isinstance(item, Problem):
        return item
    try:
        return Submission.model_validate(item)
    except ValidationError as error:
        return problem_of(error, Submission, "The draft")
    except RecursionError:
        return Problem(HTTPStatus.BAD_REQUEST, TOO_DEEP)


def _open_to(channel: Channel | None, bearer: Bearer, name: str, removed: Sequence[str]) -> Channel | Problem:
    """The channel, if it is set up, alive, and this token may fill it."""
    unknown = f"There is no channel {name}. Invite Assay to it in Slack, then type /assay setup there."
    if channel is None or not bearer.sees(channel):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, unknown, pointer="/channel")
    if channel.team in removed:
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, REMOVED.format(name=channel.name), pointer="/channel")
    if channel.state != ChannelState.ACTIVE:
        remedy = CLOSED[ChannelState(channel.state)].format(name=channel.name)
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, remedy, pointer="/channel")
    return channel


def _receipt(place: int, receipt: intake.Receipt) -> Item:
    answer: Item = {"index": place, "status": receipt.taken, "id": str(receipt.draft_id)}
    if receipt.taken is Taken.CONFLICT:
        answer["detail"] = (
            f"This external_id belongs to draft {receipt.draft_id}, which reads differently. "
            "Nothing was changed: withdraw that one, or use another id."
        )
    elif receipt.taken is Taken.ERASED:
        answer["detail"] = (
            f"Draft {receipt.draft_id} had this external_id and was erased. Nothing was stored: do not send it again."
        )
    return answer


def error(place: int, problem: Problem) -> Item:
    pointer = f"/{place}{problem.pointer or ''}"
    return {"index": place, "status": "error", "detail": problem.detail, "pointer": pointer}
