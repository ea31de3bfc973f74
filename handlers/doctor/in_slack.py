"""Whether Slack knows the app, in one workspace or in those that installed it, and what it may do there."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import AssayError, CannotDeliver, SlackBusy, SlackUnclear
from bot.http_heads import moment
from bot.settings import Settings
from bot.slack_calls import answered
from bot.vault import Vault
from bot.workspaces import NO_KEY, Clients
from handlers.doctor.findings import PATIENCE, Finding, State
from handlers.manifest import OPTIONAL_SCOPES, SCOPES
from storage.engine import make_sessions
from storage.models import Installation
from storage.queries import installations

CLOCK_NOTE, CLOCK_BAD = 30, 240  # seconds; Slack's signatures are refused when they are five minutes old
UNREPEATED = "Without a history scope a post whose end is unclear is never repeated."
WITHOUT = {
    "channels:history": UNREPEATED,
    "groups:history": UNREPEATED,
    "files:write": "Without files:write charts are told in words where this workspace draws none.",
}
ENDED = "token_expired"
REFRESHED = "Its token has ended. `assay serve` gets a new one; where it cannot, the log says why."
REINSTALL = "Add them under OAuth & Permissions, then install the app again."


async def look(settings: Settings, *, stored: bool) -> AsyncIterator[Finding]:
    """One workspace or many, as the settings say; where they are many, nothing is found without what is `stored`."""
    if settings.many_workspaces and not stored:
        return
    async for finding in installed(settings) if settings.many_workspaces else slack(settings):
        yield finding


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
            yield _unheard(away)
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
    address = f"{settings.public_url.rstrip('/')}/slack/install"
    async with aiohttp.ClientSession() as shared:
        bare = AsyncWebClient(base_url=settings.slack_api_url, session=shared, retry_handlers=[])
        slack = Clients(bare, sessions, Vault(settings.vault_keys))
        try:
            async with sessions.reading() as session:
                found = await installations.every(session)
            async for finding in _each(slack, found, address):
                yield finding
        finally:
            await sessions.close()
    if not found:
        words = f"None has installed the app yet: {address}."
        yield Finding(State.NOTE, "Workspaces", words)


async def _each(slack: Clients, installed: Sequence[Installation], address: str) -> AsyncIterator[Finding]:
    """What Slack says of each workspace's token, as long as it answers, and once what time it is."""
    well = 0
    for one in installed:
        try:
            who = await _asked(slack, one, address)
        except SlackUnclear as away:
            yield _unheard(away)
            return
        if isinstance(who, Finding):
            yield who
            continue
        if not well:
            yield clock(who, datetime.now(UTC))
        well += 1
        if (granted := scopes(who)).state is not State.GOOD:
            yield Finding(granted.state, granted.about, f"{one.team}: {granted.words}")
    if well:
        yield Finding(State.GOOD, "Workspaces", f"Slack takes the tokens of {well} of {len(installed)}.")


async def _asked(slack: Clients, one: Installation, address: str) -> AsyncSlackResponse | Finding:
    """Slack's answer to a workspace's token, or why there is none. Raises SlackUnclear."""
    try:
        return await answered((await slack.of(one.team)).auth_test(), patience=PATIENCE)
    except SlackBusy as busy:
        return Finding(State.NOTE, "Workspace", f"{one.team}: {busy}")
    except CannotDeliver as refused:
        if str(refused) == NO_KEY:
            return Finding(State.BAD, "Workspace", f"{one.team}: no key in ASSAY_ENCRYPTION_KEYS opens its token.")
        if str(refused) == ENDED and one.refresh_token is not None:
            return Finding(State.NOTE, "Workspace", f"{one.team}: {REFRESHED}")
        remedy = f"An admin there installs the app again: {address}."
        return Finding(State.BAD, "Workspace", f"{one.team}: Slack refuses its token ({refused}). {remedy}")


def _unheard(away: AssayError) -> Finding:
    words = f"{away} Look at ASSAY_SLACK_API_URL and at the way out of your network."
    return Finding(State.BAD, "Slack", words)


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
    said = moment(who.headers.get("Date"))
    if said is None:
        return Finding(State.NOTE, "Clock", "Slack did not say what time it is, so it was not checked.")
    apart = abs((now - said).total_seconds())
    if apart >= CLOCK_NOTE:
        state = State.BAD if apart >= CLOCK_BAD else State.NOTE
        words = f"It is {apart:,.0f} seconds from Slack's; above 300 every click is refused. Set it by NTP."
        return Finding(state, "Clock", words)
    return Finding(State.GOOD, "Clock", "It agrees with Slack's.")
