"""The composition root: settings become a running bot. Only the command line, the demo and tests import it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version

import aiohttp
import httpx
import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_time, tokens
from bot.allowances import Allowances, Misses
from bot.delivery import Courier
from bot.digest import Editor
from bot.efforts import Surveyor
from bot.errors import AssayError
from bot.guarded_http import Guarded
from bot.herald import Herald
from bot.home.drawing import Homes
from bot.http_heads import no_cookies
from bot.identity import learn
from bot.installing import App, Installer, States
from bot.membership import Doorkeeper
from bot.model import Model
from bot.retention import Keeper
from bot.settings import Settings
from bot.slack_calls import watchers
from bot.slack_time import Listening, SlackTime, listening
from bot.vault import Vault
from bot.workspaces import Clients, Whose
from bot.writing import Terms, Writer
from handlers import clock, logs, manifest, stopping
from handlers.http.web_app import make_web_app
from handlers.metrics import Metrics
from handlers.seldom import Silence
from handlers.slack.app import make_app
from handlers.slack.socket import Socket
from handlers.tools import Tools
from handlers.tracing import Tracer, tracer
from handlers.wall_clock import utc_now
from storage.engine import Sessions, Watch, backend_of, make_sessions
from storage.queries import channels, deliveries

IDLE = 75  # seconds that a connection may stand without a whole head of a request: longer than proxies keep theirs
log = structlog.get_logger()


@dataclass(frozen=True)
class Running:
    """A bot that answers at `url`; `socket` is there when Slack's messages come over it."""

    tools: Tools
    url: str
    socket: Socket | None = None


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    steady: Callable[[], float] = slack_time.steady,
    port: int | None = None,
    ticking: bool = True,
    signals: stopping.Signals | None = None,
) -> AsyncIterator[Running]:
    """A bot for as long as the block runs; what opens last closes first. Port 0 takes any free one.

    Once `signals` ask to stop, its start waits for Slack no more; once they hurry, its end waits for nothing.
    """
    signals = signals or stopping.Signals()
    async with AsyncExitStack() as closing:
        lines = await _open(settings, closing, SlackTime(steady, lambda: now().timestamp()))
        tools = _tools(settings, lines, now, signals.again)
        if tools.slack.whose is not None:
            closing.push_async_callback(tools.slack.whose.end)
        bolt = make_app(tools)
        socket = Socket(tools, bolt) if settings.over_socket else None
        # Bodies are unpacked by the routes that take them (handlers/http/unpacking.py).
        runner = web.AppRunner(
            make_web_app(tools, socket or bolt, around=lines.traced.middleware()),
            shutdown_timeout=stopping.ANSWERING,
            auto_decompress=False,
            access_log=None,  # it writes addresses of people and whole links
            keepalive_timeout=IDLE,
        )
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port if port is None else port)
        async with AsyncExitStack() as failing:
            failing.push_async_callback(runner.cleanup)
            await site.start()
            await signals.unless_asked(_introduce(tools.slack))  # whoever presses a button meanwhile is answered
            failing.pop_all()
        timetable = clock.start(tools, socket) if ticking else None  # nothing is done by a bot that cannot listen
        closing.push_async_callback(stopping.stop, tools, runner, socket, timetable)
        if socket is not None:
            await signals.unless_asked(socket.start())
        yield Running(tools, f"http://{settings.host}:{runner.addresses[0][1]}", socket)


@dataclass(frozen=True)
class _Lines:
    """What leads out of the process, watched on its way: the database, Slack, a model, addresses of others."""

    metrics: Metrics
    silence: Silence
    traced: Tracer
    sessions: Sessions
    bare: Listening
    http: httpx.AsyncClient
    guard: Guarded
    others: httpx.AsyncClient


async def _open(settings: Settings, closing: AsyncExitStack, slack_time: SlackTime) -> _Lines:
    metrics = Metrics(database=backend_of(settings.database_url))
    sessions = make_sessions(settings.database_url, watch=Watch(metrics.committed, metrics.database_failed))
    silence = Silence(sessions)
    for watcher in (metrics.slack_call, silence.heard):
        watchers.add(watcher)
        closing.callback(watchers.discard, watcher)
    closing.push_async_callback(sessions.close)
    traced = tracer(settings)
    closing.push_async_callback(traced.close)
    traced.watch_database(sessions)
    shared = await closing.enter_async_context(aiohttp.ClientSession(trace_configs=traced.of_slack()))
    # The default retry handler posts twice when a connection drops after Slack did the work.
    web_client = AsyncWebClient(base_url=settings.slack_api_url, session=shared)
    bare = listening(web_client, slack_time, settings.slack_bot_token.get_secret_value() or None)
    http = await closing.enter_async_context(httpx.AsyncClient(verify=_trust(), cookies=no_cookies()))
    # Each looks up names by itself: who asks for webhooks keeps nobody from being told.
    guard = await closing.enter_async_context(Guarded(settings.allowed_urls, _trust()))
    others = await closing.enter_async_context(_guarded(Guarded(settings.allowed_urls, _trust())))
    for client in (http, others):
        traced.watch_http(client)
    return _Lines(metrics, silence, traced, sessions, bare, http, guard, others)


def _tools(settings: Settings, lines: _Lines, now: Callable[[], datetime], hurrying: asyncio.Event) -> Tools:
    sessions, vault = lines.sessions, Vault(settings.vault_keys)
    slack, installer = _workspaces(settings, sessions, lines.bare, now)
    doorkeeper = Doorkeeper(sessions, slack, settings.admin_ids, now)
    model = Model.of(settings, lines.http)
    return Tools(
        settings=settings,
        sessions=sessions,
        slack=slack,
        http=lines.http,
        doorkeeper=doorkeeper,
        courier=Courier(sessions, slack, now),
        digests=Editor(sessions, now),
        surveyor=Surveyor(sessions, now),
        homes=Homes(sessions, slack, doorkeeper, now),
        writer=Writer(sessions, model, _terms(settings), key=settings.key, now=now),
        keeper=Keeper(sessions, slack, settings.key, now, timedelta(days=settings.kept_days)),
        vault=vault,
        guard=lines.guard,
        herald=Herald(sessions, lines.others, vault, now),
        allowances=Allowances(sessions, settings.api_rate, now),
        misses=Misses(now),
        metrics=lines.metrics,
        silence=lines.silence,
        now=now,
        installer=installer,
        hurrying=hurrying,
    )


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM; a second one hurries."""
    logs.tell_unforeseen()
    signals = stopping.Signals()
    signals.listen()
    async with running(settings, signals=signals) as bot:
        log.info("assay is running", url=bot.url, version=version("assay"))
        await signals.drain(bot.tools)


def _terms(settings: Settings) -> Terms:
    return Terms(
        at_once=settings.model_at_once,
        daily_tokens=settings.model_daily_tokens,
        price_in=settings.model_price_in,
        price_out=settings.model_price_out,
    )


def _guarded(guard: Guarded) -> httpx.AsyncClient:
    """A client for addresses of others: without a proxy of the environment it connects to what the guard checked."""
    return httpx.AsyncClient(transport=guard, trust_env=False, cookies=no_cookies())


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that we trust; reading them takes a tenth of a second, so once a process."""
    return httpx.create_ssl_context()


def _workspaces(
    settings: Settings, sessions: Sessions, bare: Listening, now: Callable[[], datetime]
) -> tuple[Clients, Installer | None]:
    """The clients of one workspace, or of those that install the app, with what lets them in."""
    if not settings.many_workspaces:
        whose = Whose(
            lambda: _learn(sessions, bare, now()), lambda team: _is_out(sessions, team), bare.slack_time.steady
        )
        return Clients(bare, whose=whose, time=bare.slack_time), None
    vault = Vault(settings.vault_keys)
    slack = Clients(bare, sessions, vault, time=bare.slack_time)
    app = App(
        settings.slack_client_id,
        settings.slack_client_secret.get_secret_value(),
        f"{settings.public_url.rstrip('/')}/slack/oauth_redirect",
        sorted(manifest.SCOPES | manifest.OPTIONAL_SCOPES),
    )
    return slack, Installer(sessions, slack, vault, app, States(settings.key), now)


async def _introduce(slack: Clients) -> None:
    """Who we are, by the token of the environment; those of workspaces that installed the app are known."""
    if slack.whose is None:
        return
    try:
        await slack.whose.team(patience=None)
    except AssayError as error:
        log.warning("slack is away at start; clicks are answered all the same", error=str(error))


async def _learn(sessions: Sessions, bare: Listening, now: datetime) -> str:
    """The workspace of the token of the environment. Raises what `learn` raises."""
    us = await learn(sessions, bare, now)
    # Slack knows us, perhaps by a new token: what it refused before is tried again.
    async with sessions.writing() as session:
        await tokens.bind(session, us.team)
        await deliveries.wake(session, us.team, None, now)
    return us.team


async def _is_out(sessions: Sessions, team: str) -> bool:
    """Also one of which nothing is known any more: it was erased, and the app is still there."""
    async with sessions.reading() as session:
        known = await channels.workspace(session, team)
    return known is None or known.removed_at is not None
