"""Bots that differ from the right one by one mistake each."""

import asyncio
import math
from collections.abc import Coroutine
from datetime import UTC
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.models.blocks import Block
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.workspace import TEAM_ID
from tests.sandbox import bot_screens as screens
from tests.sandbox.bot_posting import CHANNEL, Post
from tests.sandbox.bots import Bot, Next
from tests.sandbox.callers import Json, text

AT_ONCE = FixedValueRetryIntervalCalculator(0.0)


class DefaultClientBot(Bot):
    """Leaves the SDK's own second attempt on (here without the second of waiting before it)."""

    def client(self, team: str = TEAM_ID) -> AsyncWebClient:
        client = super().client(team)
        client.retry_handlers = [AsyncConnectionErrorRetryHandler(interval_calculator=AT_ONCE)]
        return client


class BlindBot(Bot):
    """Looks for its message without asking for metadata."""

    def reading(self) -> Json:
        return {}


class HastyBot(Bot):
    """Looks for its message once, at once."""

    pauses = (0.0,)


class BelievingBot(Bot):
    """Sends an id of its own and trusts that Slack keeps it once."""

    def extras(self, post: Post) -> Json:
        return {"client_msg_id": post.delivery}


class LateStoringBot(Bot):
    """Stores an event in its listener, when Bolt has acknowledged it."""

    answers_when_done = False

    async def intake(self, body: Json, request: AsyncBoltRequest, next: Next) -> BoltResponse | None:  # noqa: ARG002
        await next()
        return None

    async def heard(self, body: Json) -> None:
        await self.slow_work()
        self.stores(body["team_id"], body["event"]["user"])
        await super().heard(body)


class ForgetfulBot(Bot):
    """Takes every retry for a repetition."""

    async def intake(self, body: Json, request: AsyncBoltRequest, next: Next) -> BoltResponse | None:
        if "x-slack-retry-num" in request.headers:
            return BoltResponse(status=200)
        return await super().intake(body, request, next)


class SlowBot(Bot):
    """Asks a model before it acknowledges."""

    async def approved(self, ack: AsyncAck, body: Json) -> None:
        await self.slow_work()
        await super().approved(ack, body)


class LateBot(Bot):
    """Asks a model before it opens the modal, which takes four seconds of the sandbox's clock."""

    async def edited(self, ack: AsyncAck, body: Json) -> None:
        self.box.clock.advance(4)
        await super().edited(ack, body)


class PackingBot(Bot):
    """Carries the whole draft in the modal's private_metadata."""

    def memo(self) -> str:
        return self.disk.draft


class LoadedButtonBot(Bot):
    """Carries the whole draft in the value of a button."""

    def button_value(self) -> str:
        return self.disk.draft


class OneFieldBot(Bot):
    """Puts every draft into one field."""

    def parts(self) -> list[str]:
        return [self.disk.draft]


class CuttingBot(Bot):
    """Puts as much of a draft into one field as goes."""

    def parts(self) -> list[str]:
        return [self.disk.draft[:3000]]


class EmptyingBot(Bot):
    """Takes a field that Slack does not tell for one that somebody emptied."""

    def written(self, value: str | None, part: str) -> str:  # noqa: ARG002
        return value or ""


class LiteralBot(Bot):
    """Compares texts as they come."""

    def normal(self, text: str) -> str:
        return text


class RichBot(Bot):
    """Takes the answer as rich text."""

    def element(self, part: str) -> Json:
        line = {"type": "rich_text_section", "elements": [{"type": "text", "text": part}]}
        return {"type": "rich_text_input", "initial_value": {"type": "rich_text", "elements": [line]}}


class SameFieldBot(Bot):
    """Calls the field of every revision the same."""

    def field_id(self, number: int) -> str:
        return f"reply:{number}"


class OverwritingBot(Bot):
    """Saves an edit whatever became of the draft meanwhile."""

    def is_stale(self, view: Json) -> bool:  # noqa: ARG002
        return False


class RecyclingBot(Bot):
    """Makes the new card from the blocks that Slack sends along with the click."""

    def done_card(self, body: Json, done: str) -> list[Json]:
        return [*body["message"]["blocks"][:-1], screens.line(done)]


class OneSectionBot(Bot):
    """Puts the customer's words into one section, however long they are."""

    def customers_words(self) -> list[Json]:
        return [{**super().customers_words()[0], "text": {"type": "plain_text", "text": self.disk.customer}}]


class OneMessageBot(Bot):
    """Puts the draft into one message, however long it is."""

    def card_parts(self) -> list[str]:
        return [self.disk.draft]


class MarkdownBot(Bot):
    """Shows a draft as markdown, of however many parts it is."""

    def drafts_words(self, shown: str) -> list[Json]:
        return [{"type": "markdown", "block_id": "draft", "text": shown}]


class ModellingBot(Bot):
    """Passes blocks through the SDK's models, which do not know all of them."""

    def digest_blocks(self) -> list[Any]:
        return [Block.parse(block) for block in super().digest_blocks()]


class TrustingBot(Bot):
    """Shows what passes the SDK's validation."""

    def why(self) -> Json:
        checked = Block.parse(screens.reasons("checkboxes", self.disk.reasons))
        return checked.to_dict() if checked else {}


class LightMindedBot(Bot):
    """Keeps in memory what it has done."""

    def made(self) -> AsyncApp:
        self.mind: set[str] = set()
        return super().made()

    def memory(self) -> set[str]:
        return self.mind


class OpenBot(Bot):
    """Lets everybody act who sees the button."""

    def may(self, user: str) -> bool:  # noqa: ARG002
        return True


class ImpatientBot(Bot):
    """Gives a message up when Slack says that there are too many."""

    async def delivers(self, post: Post) -> None:
        await super().delivers(post)
        post.due = math.inf


class SchedulingBot(Bot):
    """Leaves the digest to Slack's own scheduler."""

    async def reports(self, day: str) -> None:
        later = int(self.box.clock.now()) + 60
        metadata = {"event_type": "digest", "event_payload": {"delivery_id": day}}
        try:
            await self.client().chat_scheduleMessage(
                channel=CHANNEL, post_at=later, text=self.figures(), metadata=metadata
            )
        except SlackApiError:
            return


class ServerTimeBot(Bot):
    """Reports at nine o'clock of the server."""

    def zone(self) -> Any:
        return UTC


class BareFigureBot(Bot):
    """Says a percentage and not of what."""

    def figures(self) -> str:
        return f"Agreement: {self.disk.agreed / self.disk.reviewed:.0%}."


class UnreviewedBot(Bot):
    """Takes what nobody looked at for agreed."""

    def figures(self) -> str:
        untouched = self.disk.posted - self.disk.reviewed
        return f"Agents agreed with {self.disk.agreed + untouched} of {self.disk.posted} drafts."


class OneTokenBot(Bot):
    """Calls Slack with the token of whichever workspace installed it first."""

    def client(self, team: str = TEAM_ID) -> AsyncWebClient:  # noqa: ARG002
        return super().client(next(iter(self.disk.tokens)))


class InheritingBot(Bot):
    """Takes its identity from wherever Bolt finds one."""

    def made(self) -> AsyncApp:
        return AsyncApp(
            name="bot", client=self.client(), signing_secret=self.box.app.signing_secret, process_before_response=True
        )


class FireAndForgetBot(Bot):
    """Starts work that nobody waits for."""

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        self.last = asyncio.create_task(work)


class EchoingBot(Bot):
    """Shows the customer's words as mark-up."""

    def customers_words(self) -> list[Json]:
        return [
            {**block, "text": {"type": "mrkdwn", "text": block["text"]["text"]}} for block in super().customers_words()
        ]


class RepairingBot(Bot):
    """Redraws a card through the address that came with the click, however late."""

    async def redraws(self, body: Json) -> None:
        await self.slow_work()
        blocks = self.done_card(body, "Approved.")
        answer = {"replace_original": True, "text": "Approved.", "blocks": blocks}
        async with self.session.post(body["response_url"], json=answer):
            return


class TwiceOpeningBot(Bot):
    """Opens a modal that says to wait, and the right one by the same trigger."""

    async def edited(self, ack: AsyncAck, body: Json) -> None:
        await self.client().views_open(trigger_id=body["trigger_id"], view={**self.view(), "title": text("Wait")})
        await super().edited(ack, body)


class ButtonlessBot(Bot):
    """Opens a modal with fields and nothing to submit them."""

    def view(self) -> Json:
        return {name: held for name, held in super().view().items() if name != "submit"}


class BareUpdateBot(Bot):
    """Redraws a card with a text alone."""

    def done_card(self, _body: Json, _done: str) -> list[Json]:
        return []


class UnfoldingBot(Bot):
    """Leaves it to Slack whether links unfold."""

    def no_previews(self) -> Json:
        return {}


class HalfUnfoldingBot(Bot):
    """Refuses previews of pages and forgets those of pictures and films."""

    def no_previews(self) -> Json:
        return {"unfurl_links": False}
