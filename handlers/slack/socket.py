"""Slack's messages over a connection that the bot opens itself, for a bot that Slack cannot reach.

Slack hands each message to one of an app's connections, ten at most, so every replica holds one. A line that ends is
never revived: a new one is dialled first, then the old one answers what it took and is hung up.
"""

import asyncio
import time
import uuid
from contextlib import suppress
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from structlog.contextvars import bound_contextvars

from bot.errors import AssayError, CannotDeliver, MissingSettings, SlackBusy, SlackUnclear
from bot.slack_calls import answered
from bot.waits import Wait
from handlers.slack import shapes
from handlers.tools import Tools

log = structlog.get_logger()

SILENCE = timedelta(seconds=30)  # without a message or a pong a line is dead, whatever the network says
PING_EVERY = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=1)  # Slack gives out about one address a minute
# In real time, for these are waits:
HEARTBEAT = 20.0
DIALLING = 10.0
ANSWERING = 3.0  # later than that Slack takes no answer
DRAINING = 5.0
HANGING_UP = 1.0

REFUSED = (
    "Slack refuses SLACK_APP_TOKEN ({word}). Copy an App-Level Token with connections:write from Basic Information "
    "into it, and see that Socket Mode is on."
)


class Line(SocketModeClient):
    """One connection, dialled once: the SDK's own reconnecting would dial a used address for ever."""

    def __init__(self, tools: Tools, app: AsyncApp) -> None:
        super().__init__("", logger=app.logger, web_client=tools.slack.bare, auto_reconnect_enabled=False)
        self.greeted = asyncio.Event()
        self.leaving = False  # Slack asked to go
        self._messages = 0
        self.message_listeners.append(self._heard)

    async def dial(self, url: str) -> None:
        """Returns once Slack said hello, or asked to go (`leaving`)."""
        self.current_session = await self.aiohttp_client_session.ws_connect(
            url,
            autoping=False,
            heartbeat=HEARTBEAT,
            proxy=self.proxy,
            ssl=self.web_client.ssl or True,
            max_msg_size=shapes.LARGEST,  # what is larger ends the line, and the next one is dialled
        )
        self.message_receiver = asyncio.ensure_future(self.receive_messages())
        await self.greeted.wait()

    @property
    def is_down(self) -> bool:
        ended = self.message_receiver is None or self.message_receiver.done()
        return ended or self.current_session is None or self.current_session.closed

    @property
    def life(self) -> tuple[int, float | None]:
        """Another value after every message and every pong."""
        return self._messages, self.last_ping_pong_time

    async def ping(self) -> None:
        """Ask for a pong; the SDK notes the number that comes back in it."""
        assert self.current_session is not None
        with suppress(ConnectionError, TimeoutError):
            number = asyncio.get_running_loop().time()
            await asyncio.wait_for(self.current_session.ping(f"sdk-ping-pong:{number}".encode()), HANGING_UP)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - called by the SDK
        """Slack asks to go: noted, and `Socket.watch` acts on it."""
        self.leaving = True
        self.greeted.set()

    async def hang_up(self) -> None:
        """Say goodbye without waiting for an answer: Slack may never give one."""
        self.closed = True
        tasks = [task for task in (self.message_processor, self.message_receiver) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=HANGING_UP)
        if self.current_session is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.current_session.close(), HANGING_UP)
        await self.aiohttp_client_session.close()

    async def _heard(self, _client: AsyncBaseSocketModeClient, message: dict[str, object], _raw: str | None) -> None:
        self._messages += 1
        if message.get("type") == "hello":
            self.greeted.set()


class Socket:
    """The line to Slack. `watch` keeps it: it dials, replaces what is dead, and is to be called every second."""

    def __init__(self, tools: Tools, app: AsyncApp) -> None:
        self._tools = tools
        self._app = app
        self._line: Line | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._dialling = asyncio.Lock()
        self._started = self._stopped = False
        self._life: tuple[int, float | None] = (0, None)
        self._asked_at: datetime | None = None  # the first ping since the last sign of life
        self._pause = self._until_ping = Wait.of(tools.now(), timedelta())
        self._failures = 0

    @property
    def connected(self) -> bool:
        return self._line is not None and not self._line.is_down

    async def start(self) -> None:
        """Connect. Raises MissingSettings when Slack refuses the token; when Slack is away, `watch` tries again."""
        try:
            self._take_up(await self._dialled())
        except (SlackBusy, SlackUnclear) as away:
            self._wait(away)
        self._started = True

    async def watch(self) -> None:
        """Let a dead line go, dial when there is no good one, and ask the one there is for a sign of life."""
        now = self._tools.now()
        if not self._started or self._stopped:
            return  # the clock ticks already, and two would dial at once; or it ticks still
        if self._line is not None and (self._line.is_down or self._is_silent(self._line, now)):
            log.warning("the line to Slack is dead")
            self._tools.afterwards.do(self._line.hang_up())
            self._line = None
        if (self._line is None or self._line.leaving) and self._pause.over(now):
            await self._replace(self._line)
        elif self._line is not None and self._until_ping.over(now):
            self._until_ping, self._asked_at = Wait.of(now, PING_EVERY), self._asked_at or now
            await self._line.ping()

    async def stop(self) -> None:
        """Answer what was taken, then hang up.

        What comes meanwhile is taken too: Slack counts on a line for as long as it stands.
        """
        self._stopped = True
        await self._answered(DRAINING)
        async with self._dialling:  # a line that is only being dialled is hung up there
            if self._line is not None:
                await self._line.hang_up()

    def _is_silent(self, line: Line, now: datetime) -> bool:
        """Silence begins with a ping that nothing follows, so a clock that jumps ends no good line."""
        if line.life != self._life:
            self._life, self._asked_at = line.life, None
        if self._asked_at is None:
            return False
        self._asked_at = min(self._asked_at, now)  # by a clock that was set back the silence begins now
        return now - self._asked_at >= SILENCE

    async def _replace(self, old: Line | None) -> None:
        try:
            self._take_up(await self._dialled())
        except AssayError as error:
            self._wait(error)
            return
        if old is not None:
            self._tools.afterwards.do(self._retire(old))

    async def _retire(self, line: Line) -> None:
        """What was taken is answered on the line that it came over, as long as Slack waits for it."""
        await self._answered(ANSWERING)
        await line.hang_up()

    async def _answered(self, patience: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._under_way:
                    await asyncio.wait(set(self._under_way))

    def _take_up(self, line: Line) -> None:
        self._line, self._failures = line, 0
        self._life, self._asked_at = line.life, None
        self._until_ping = Wait.of(self._tools.now(), PING_EVERY)
        log.info("connected to Slack over Socket Mode")

    def _wait(self, error: AssayError) -> None:
        """Longer after each failure, and as long as Slack asks for."""
        self._failures += 1
        pause = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(self._failures, 10)))
        if isinstance(error, SlackBusy):
            pause = max(pause, timedelta(seconds=error.seconds))
        self._pause = Wait.of(self._tools.now(), pause)
        log.warning("no connection to Slack", error=str(error), next_try_in=pause.total_seconds())

    async def _dialled(self) -> Line:
        """A new line on which Slack said hello. Raises MissingSettings, SlackBusy or SlackUnclear."""
        token = self._tools.settings.slack_app_token.get_secret_value()
        try:
            opened = await answered(self._tools.slack.bare.apps_connections_open(app_token=token))
        except CannotDeliver as refused:
            raise MissingSettings(REFUSED.format(word=refused)) from refused
        async with self._dialling:
            line = Line(self._tools, self._app)
            line.socket_mode_request_listeners.append(self._take)
            try:
                async with asyncio.timeout(DIALLING):
                    await line.dial(opened["url"])
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise SlackUnclear(f"Slack's socket did not answer: {type(error).__name__}.") from error
            finally:
                if self._stopped or line.leaving or not line.greeted.is_set():
                    self._tools.afterwards.do(line.hang_up())  # a stop cancels what it would be awaited in
        if line.leaving:
            raise SlackUnclear("Slack takes no more connections of this app; it may have ten.")
        return line

    async def _take(self, line: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """One envelope through Bolt; an answer other than 200 leaves it to Slack, which tries again or says so."""
        if line.closed:
            return  # nobody would wait for it
        if not shapes.fits(request.payload):
            log.warning("slack sent over its socket what is not of its shape")  # as over HTTP, where it gets a 400
            return
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            kind = request.payload.get("type") if request.type != "slash_commands" else "command"
            with self._tools.metrics.slack_request(str(kind)), bound_contextvars(request=uuid.uuid4().hex):
                answer = await run_async_bolt_app(self._app, request)
            with suppress(ConnectionError):  # the line ended: Slack sends it again, or the person does
                await send_async_response(line, request, answer, time.time())
        finally:
            self._under_way.discard(task)
