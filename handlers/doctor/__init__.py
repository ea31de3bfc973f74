"""`assay doctor`: what an operator must mend before a bot can work, each finding with its remedy."""

import re
from collections.abc import AsyncIterator, Iterator

from bot.environment import read_settings, read_storage_settings
from bot.errors import MissingSettings
from bot.health import channel_health, webhook_health
from bot.settings import Settings
from bot.storage_settings import StorageSettings
from handlers.doctor import heard, in_slack, ways
from handlers.doctor.findings import Finding, State
from handlers.no_schema import remedy
from handlers.wall_clock import utc_now
from storage import migrate
from storage.engine import make_sessions
from storage.errors import DatabaseAway, WrongVersion
from storage.queries import channels as stored_channels
from storage.queries import seen


async def examine() -> AsyncIterator[Finding]:
    """Look at everything that can be looked at with the settings there are."""
    try:
        stored = await database(read_storage_settings().database_url)
        yield stored
        settings = read_settings()
    except MissingSettings as error:
        yield Finding(State.BAD, "Settings", str(error))
        for strange in heard.unheard():
            yield strange
        return
    for finding in of_settings(settings):
        yield finding
    if stored.state is State.GOOD:
        async for finding in contents(settings):
            yield finding
    async for finding in in_slack.look(settings, stored=stored.state is State.GOOD):
        yield finding
    yield await ways.to_us(settings)
    if settings.model is not None:
        yield await ways.model(settings)


def of_settings(settings: Settings) -> Iterator[Finding]:
    """What is set and cannot be right, and what is set and read by nobody."""
    odd = [Finding(State.BAD, "Settings", words) for words in misplaced(settings)]
    yield from odd or [Finding(State.GOOD, "Settings", "Everything that `assay serve` needs is set.")]
    yield from heard.unheard()


def misplaced(settings: Settings) -> Iterator[str]:
    """What is set and cannot be right, by its form alone."""
    if not settings.many_workspaces and not settings.slack_bot_token.get_secret_value().startswith("xoxb-"):
        yield "SLACK_BOT_TOKEN is no bot token: copy the one that begins with xoxb- from OAuth & Permissions."
    app_token = settings.slack_app_token.get_secret_value()
    if app_token and not app_token.startswith("xapp-"):
        yield "SLACK_APP_TOKEN is no app-level token: copy the one that begins with xapp- from Basic Information."
    if strange := sorted(one for one in settings.admin_ids if not re.fullmatch(r"([TE][A-Z0-9]+/)?[UW][A-Z0-9]+", one)):
        yield f"ASSAY_ADMINS holds what is no Slack user id: {', '.join(strange)}. One looks like U012AB3CD."


async def contents(settings: StorageSettings) -> AsyncIterator[Finding]:
    """Whether what is stored locked can be opened, and what admins must mend in Slack's channels."""
    sessions = make_sessions(settings.database_url)
    try:
        async with sessions.reading() as session:
            found = await channel_health(session)
            known = await stored_channels.every(session)
            hooks = await webhook_health(session)
            of_keys = await heard.keys(session, settings)
    finally:
        await sessions.close()
    if of_keys is not None:
        yield of_keys
    for one in found:
        yield Finding(State.NOTE, "Channel", _plainly(f"{one.sentence} {one.remedy}"))
    for one in hooks:
        yield Finding(State.BAD, "Webhook", _plainly(f"{one.sentence} {one.remedy}"))
    if not known:
        yield Finding(State.NOTE, "Channel", "Assay is in none yet. Invite it to one, then type /assay setup there.")
    elif not found:
        yield Finding(State.GOOD, "Channel", "Nothing has to be mended in any of them.")


async def database(url: str) -> Finding:
    """Whether the database has the newest schema, and commits what comes over a bot's own kind of connection."""
    try:
        current = await migrate.is_current(url)
        if current:
            await _commit(url)
    except DatabaseAway as error:
        why = " ".join(str(error).split()).rstrip(".")
        return Finding(State.BAD, "Database", f"It is away ({why}). Look at ASSAY_DATABASE_URL.")
    except WrongVersion as wrong:
        return Finding(State.BAD, "Database", str(wrong))
    except ModuleNotFoundError:
        return Finding(State.BAD, "Database", "The driver is not installed: pip install '.[postgres]' in the clone.")
    if not current:
        return Finding(State.BAD, "Database", remedy(url))
    return Finding(State.GOOD, "Database", "It answers and has the newest schema.")


async def _commit(url: str) -> None:
    sessions = make_sessions(url)
    try:
        async with sessions.writing() as session:
            await seen.beat(session, utc_now())
    finally:
        await sessions.close()


def _plainly(words: str) -> str:
    """Without Slack's marks around people."""
    return re.sub(r"<@(\w+)>", r"\1", words)
