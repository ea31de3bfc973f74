"""The sandbox as one server: Slack's Web API, its response addresses, the control API and the page."""

from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox import answers, api_files, oauth_page, socket_mode, web_api
from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.events import Events
from sandbox.slack import Slack
from sandbox.traffic import Traffic
from sandbox.workspace import Workspace
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
BODY_BYTES = 8 * 2**20


class Sandbox:
    """A local Slack with one app and one workspace, to which others can be added.

    `ack_seconds`: how long the bot may take, in real time. A `slack` that is given goes on as it stands.
    What names no workspace (`world`, `workspace`, `events`) is the first one's.
    """

    def __init__(
        self,
        app: AppConfig | None = None,
        clock: Clock | None = None,
        *,
        ack_seconds: float = 3.0,
        slack: Slack | None = None,
    ) -> None:
        self.slack = slack or Slack.new(app or AppConfig(), clock or Clock.real(), ack_seconds)
        self._runner: web.AppRunner | None = None

    @property
    def world(self) -> World:
        return self.slack.first

    @property
    def events(self) -> Events:
        return self.slack.of(None)

    @property
    def app(self) -> AppConfig:
        return self.slack.stage.app

    @property
    def clock(self) -> Clock:
        return self.slack.stage.clock

    @property
    def workspace(self) -> Workspace:
        return self.world.workspace

    @property
    def traffic(self) -> Traffic:
        return self.slack.stage.traffic

    @property
    def url(self) -> str:
        return self.slack.stage.url

    @property
    def api_url(self) -> str:
        """For `AsyncWebClient(base_url=…)`."""
        return f"{self.url}/api/"

    async def start(self, port: int = 0) -> None:
        """Listens on 127.0.0.1; port 0 takes a free one."""
        self._runner = web.AppRunner(self._web(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.slack.stage.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.slack.stage.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        stage = self.slack.stage
        await stage.stop()
        self.slack.stop()
        stage.links.close()
        if stage.session:
            await stage.session.close()
        if self._runner:
            await self._runner.cleanup()

    def _web(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES)
        app.on_response_prepare.append(_asked_anew)
        app.router.add_routes(Control(self.slack).routes())
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{token}", self._response)
        app.router.add_post("/upload/{token}", self._upload)
        app.router.add_get("/files/{file}", self._file)
        app.router.add_get("/link/", self._link)
        app.router.add_get("/", self._index)
        app.router.add_get(oauth_page.PATH, self._asks_in)
        app.router.add_post(oauth_page.PATH, self._let_in)
        app.router.add_get(r"/{team:T\w+}/", self._other)
        app.router.add_get(r"/{team:T\w+}/archives/{channel}/p{ts:\d{7,}}", self._archives)
        app.router.add_get(r"/archives/{channel}/p{ts:\d{7,}}", self._archives)
        app.router.add_static("/page", PAGE)
        return app

    async def _call(self, request: web.Request) -> web.Response:
        return await web_api.answer(self.slack, request)

    async def _response(self, request: web.Request) -> web.Response:
        return await answers.response_url(self.slack, request)

    async def _upload(self, request: web.Request) -> web.Response:
        return await api_files.upload(self.slack, request)

    async def _file(self, request: web.Request) -> web.Response:
        return api_files.shown(self.slack, request)

    async def _archives(self, request: web.Request) -> web.Response:
        """Slack's own form of a link to a message leads to the page."""
        channel, ts = request.match_info["channel"], request.match_info["ts"]
        where = f"team={request.match_info['team']}&" if "team" in request.match_info else ""
        raise web.HTTPFound(f"/?{where}channel={channel}&message={ts[:-6]}.{ts[-6:]}")

    async def _other(self, request: web.Request) -> web.Response:
        """The address of another workspace than the first."""
        raise web.HTTPFound(f"/?team={request.match_info['team']}")

    async def _asks_in(self, request: web.Request) -> web.Response:
        return await oauth_page.shown(self.slack, request)

    async def _let_in(self, request: web.Request) -> web.Response:
        return await oauth_page.answered(self.slack, request)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        return await socket_mode.connect(self.slack.stage, request)

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")


async def _asked_anew(request: web.Request, response: web.StreamResponse) -> None:
    """Browsers keep the page's files but ask whether they changed: a newer page is never mixed with an older one."""
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"
