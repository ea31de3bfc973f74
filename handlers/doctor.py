"""`assay doctor`: what an operator must mend before a bot can work, each finding with its remedy."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

import aiohttp
import httpx
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import AssayError, CannotDeliver, MissingSettings, SlackBusy, SlackUnclear
from bot.health import channel_health
from bot.model import Model
from bot.model_answers import ModelUnavailable
from bot.settings import Settings, read_settings, read_storage_settings
from bot.slack_calls import answered
from bot.vault import Vault
from bot.workspaces import Clients
from handlers.manifest import OPTIONAL_SCOPES, SCOPES
from handlers.slack.socket import REFUSED
from storage import migrate
from storage.engine import DatabaseAway, make_sessions
from storage.queries import channels as stored_channels
from storage.queries import installations

CLOCK_NOTE, CLOCK_BAD = 30, 240  # seconds; Slack's signatures are refused when they are five minutes old
PATIENCE = 10.0
UNREPEATED = "Without a history scope a post whose end is unclear is never repeated."
WITHOUT = {
    "channels:history": UNREPEATED,
    "groups:history": UNREPEATED,
    "files:write": "Without files:write charts are told in words where this workspace draws none.",
}
REINSTALL = "Add them under OAuth & Permissions, then install the app again."


class State(StrEnum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and in words what to do."""

    state: State
    about: str
    words: str


async def examine() -> AsyncIterator[Finding]:
    """Look at everything that can be looked at with the settings there are."""
    try:
        stored = await database(read_storage_settings().database_url)
        yield stored
        settings = read_settings()
    except MissingSettings as error:
        yield Finding(State.BAD, "Settings", str(error))
        return
    odd = list(misplaced(settings))
    for words in odd:
        yield Finding(State.BAD, "Settings", words)
    if not odd:
        yield Finding(State.GOOD, "Settings", "Everything that `assay serve` needs is set.")
    if stored.state is State.GOOD:
        async for finding in channels(settings.database_url):
            yield finding
    async for finding in installed(settings) if settings.many_workspaces else slack(settings):
        yield finding
    yield await (socket(settings) if settings.over_socket else reachability(settings))
    if settings.model is not None:
        yield await model(settings)


def misplaced(settings: Settings) -> Iterator[str]:
    """What is set and cannot be right, by its form alone."""
    if not settings.many_workspaces and not settings.slack_bot_token.get_secret_value().startswith("xoxb-"):
        yield "SLACK_BOT_TOKEN is no bot token: copy the one that begins with xoxb- from OAuth & Permissions."
    app_token = settings.slack_app_token.get_secret_value()
    if app_token and not app_token.startswith("xapp-"):
        yield "SLACK_APP_TOKEN is no app-level token: copy the one that begins with xapp- from Basic Information."
    if strange := sorted(one for one in settings.admin_ids if not re.fullmatch(r"([TE][A-Z0-9]+/)?[UW][A-Z0-9]+", one)):
        yield f"ASSAY_ADMINS holds what is no Slack user id: {', '.join(strange)}. One looks like U012AB3CD."


async def channels(url: str) -> AsyncIterator[Finding]:
    """What admins must mend in Slack's channels."""
    sessions = make_sessions(url)
    try:
        async with sessions.reading() as session:
            found = await channel_health(session)
            known = await stored_channels.every(session)
    finally:
        await sessions.close()
    for one in found:
        yield Finding(State.NOTE, "Channel", _plainly(f"{one.sentence} {one.remedy}"))
    if not known:
        yield Finding(State.NOTE, "Channel", "Assay is in none yet. Invite it to one, then type /assay setup there.")
    elif not found:
        yield Finding(State.GOOD, "Channel", "Nothing has to be mended in any of them.")


async def database(url: str) -> Finding:
    """Whether the database answers and has the newest schema."""
    try:
        current = await migrate.is_current(url)
    except DatabaseAway as error:
        return Finding(State.BAD, "Database", f"It is away: {error}. Look at ASSAY_DATABASE_URL.")
    except ModuleNotFoundError:
        return Finding(State.BAD, "Database", "The driver is not installed: pip install 'assay[postgres]'.")
    if not current:
        return Finding(State.BAD, "Database", "It has no current schema. Run: assay migrate")
    return Finding(State.GOOD, "Database", "It answers and has the newest schema.")


async def slack(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Slack knows the token, what it may do, and whether both clocks agree."""
    token = settings.slack_bot_token.get_secret_value()
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token, base_url=settings.slack_api_url, session=session, retry_handlers=[])
        try:
            who = await answered(client.auth_test(), patience=PATIENCE)
        except CannotDeliver as refused:
            remedy = "Copy the Bot User OAuth Token from OAuth & Permissions into SLACK_BOT_TOKEN."
            yield Finding(State.BAD, "Token", f"Slack refuses it ({refused}). {remedy}")
            return
        except (SlackBusy, SlackUnclear) as away:
            yield Finding(State.BAD, "Slack", f"{away} Look at ASSAY_SLACK_API_URL and at the way out of your network.")
            return
        yield Finding(State.GOOD, "Token", f"Assay is @{who['user']} in {who.get('team') or who['team_id']}.")
        yield scopes(who)
        yield clock(who, datetime.now(UTC))
        for lacking in (await roles(client, who["user_id"], settings), await history(client), await files(client)):
            if lacking is not None:
                yield lacking


async def installed(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Slack takes the token of each workspace that installed the app, and our keys open it."""
    sessions = make_sessions(settings.database_url)
    vault, well = Vault(settings.vault_keys), 0
    address = f"{settings.public_url.rstrip('/')}/slack/install"
    async with aiohttp.ClientSession() as shared:
        bare = AsyncWebClient(base_url=settings.slack_api_url, session=shared, retry_handlers=[])
        slack = Clients(bare, sessions, vault)
        try:
            async with sessions.reading() as session:
                teams = [one.team for one in await installations.every(session)]
            for team in teams:
                try:
                    await answered((await slack.of(team)).auth_test(), patience=PATIENCE)
                    well += 1
                except AssayError as error:
                    words = f"{team}: {error}. An admin there installs the app again: {address}."
                    yield Finding(State.BAD, "Workspace", words)
        finally:
            await sessions.close()
    if not teams:
        words = f"None has installed the app yet: {address}."
        yield Finding(State.NOTE, "Workspaces", words)
    elif well:
        yield Finding(State.GOOD, "Workspaces", f"Slack takes the tokens of {well} of {len(teams)}.")


def scopes(who: AsyncSlackResponse) -> Finding:
    """What was granted, held against the manifest."""
    named = who.headers.get("x-oauth-scopes")
    if named is None:
        return Finding(State.NOTE, "Scopes", "Slack did not say what was granted, so they were not checked.")
    granted = {scope.strip() for scope in named.split(",")}
    if lacking := sorted(SCOPES - granted):
        return Finding(State.BAD, "Scopes", f"The app lacks {', '.join(lacking)}. {REINSTALL}")
    if lacking := sorted(OPTIONAL_SCOPES - granted):
        effects = " ".join(dict.fromkeys(WITHOUT[scope] for scope in lacking))
        return Finding(State.NOTE, "Scopes", f"The app lacks {', '.join(lacking)}. {effects} {REINSTALL}")
    return Finding(State.GOOD, "Scopes", "Everything in the manifest is granted.")


async def roles(client: AsyncWebClient, somebody: str, settings: Settings) -> Finding | None:
    """What to do where this Slack, unlike the real one, does not say who is an admin."""
    try:
        told = await answered(client.users_info(user=somebody), patience=PATIENCE)
    except (CannotDeliver, SlackBusy, SlackUnclear):
        return None  # the scopes say why
    if "is_admin" in told["user"] or settings.admin_ids:
        return None
    words = "This Slack does not say who is an admin, so nobody can set a channel up. Name the admins in ASSAY_ADMINS."
    return Finding(State.BAD, "Roles", words)


async def history(client: AsyncWebClient) -> Finding | None:
    """Whether this Slack, unlike the real one, has no way to read what was posted."""
    try:
        await answered(client.conversations_history(channel="C0", limit=1), patience=PATIENCE)
    except CannotDeliver as refused:
        if str(refused) == "unknown_method":
            words = "This Slack cannot be read back: a post whose end is unclear is left to an admin, on Home."
            return Finding(State.NOTE, "History", words)
    except (SlackBusy, SlackUnclear):
        return None
    return None


async def files(client: AsyncWebClient) -> Finding | None:
    """Whether this Slack, unlike the real one, takes no files; none is sent."""
    try:
        await answered(client.files_getUploadURLExternal(filename="chart.png", length=0), patience=PATIENCE)
    except CannotDeliver as refused:
        if str(refused) == "unknown_method":
            words = "This Slack takes no files: charts are told in words where it draws none."
            return Finding(State.NOTE, "Files", words)
    except (SlackBusy, SlackUnclear):
        return None
    return None


def clock(who: AsyncSlackResponse, now: datetime) -> Finding:
    """How far this machine's clock is from Slack's."""
    said = who.headers.get("Date")
    if said is None:
        return Finding(State.NOTE, "Clock", "Slack did not say what time it is, so it was not checked.")
    apart = abs((now - parsedate_to_datetime(said)).total_seconds())
    if apart >= CLOCK_NOTE:
        state = State.BAD if apart >= CLOCK_BAD else State.NOTE
        words = f"It is {apart:,.0f} seconds from Slack's; above 300 every click is refused. Set it by NTP."
        return Finding(state, "Clock", words)
    return Finding(State.GOOD, "Clock", "It agrees with Slack's.")


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


def _plainly(words: str) -> str:
    """Without Slack's marks around people."""
    return re.sub(r"<@(\w+)>", r"\1", words)


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
