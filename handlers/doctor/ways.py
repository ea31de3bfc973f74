"""Whether Slack's messages reach the bot, and the bot its model."""

import json
import time

import aiohttp
import httpx
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import CannotDeliver, SlackBusy, SlackUnclear
from bot.model import Model
from bot.model_answers import ModelUnavailable
from bot.settings import Settings
from bot.slack_calls import answered
from handlers.doctor.findings import PATIENCE, Finding, State
from handlers.slack.socket import REFUSED


async def to_us(settings: Settings) -> Finding:
    """Whether Slack's messages come, by the way that is set."""
    return await (socket(settings) if settings.over_socket else reachability(settings))


async def reachability(settings: Settings) -> Finding:
    """Whether the address that Slack calls leads to a bot with the same signing secret."""
    if not settings.public_url:
        words = "Not checked. Set ASSAY_PUBLIC_URL to the address that Slack calls, and run `assay serve`."
        return Finding(State.NOTE, "Address", words)
    address = f"{settings.public_url.rstrip('/')}/slack/events"
    body = json.dumps({"type": "url_verification", "challenge": "assay-doctor"})
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            response = await http.post(address, content=body, headers=_signed(settings, body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = "Run `assay serve`; look at the proxy, its certificate and the firewall."
        return Finding(State.BAD, "Address", f"{address} does not answer ({type(error).__name__}). {remedy}")
    if response.status_code == httpx.codes.UNAUTHORIZED:
        remedy = "Copy it from Basic Information into SLACK_SIGNING_SECRET, and start the bot again."
        return Finding(State.BAD, "Address", f"{address} answers, but with another signing secret. {remedy}")
    if "assay-doctor" not in response.text:
        words = f"{address} answers {response.status_code}, and not as Assay does. Look at where it leads."
        return Finding(State.BAD, "Address", words)
    return Finding(State.GOOD, "Address", f"{address} leads to a bot with this signing secret.")


async def socket(settings: Settings) -> Finding:
    """Whether Slack gives the app a connection; none is opened."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        token = settings.slack_app_token.get_secret_value()
        try:
            await answered(client.apps_connections_open(app_token=token), patience=PATIENCE)
        except CannotDeliver as refused:
            return Finding(State.BAD, "Socket", REFUSED.format(word=refused))
        except (SlackBusy, SlackUnclear) as away:
            return Finding(State.NOTE, "Socket", f"Not checked. {away} Run `assay doctor` again in a minute.")
    return Finding(State.GOOD, "Socket", "Slack takes SLACK_APP_TOKEN. Its messages come over Socket Mode.")


async def model(settings: Settings) -> Finding:
    """Whether the model writes a reply, of one word."""
    async with httpx.AsyncClient() as http:
        asked = Model.of(settings, http)
        assert asked is not None
        try:
            written = await asked.reply([{"role": "user", "content": "Answer with the word OK."}])
        except ModelUnavailable as error:
            words = f"{error} Until it answers, people write the drafts that come without a reply."
            return Finding(State.BAD, "Model", words)
    return Finding(State.GOOD, "Model", f"{written.model} answers at {settings.model_url}.")


def _signed(settings: Settings, body: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(settings.slack_signing_secret.get_secret_value()).generate_signature(
        timestamp=timestamp, body=body
    )
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature or "",
    }
