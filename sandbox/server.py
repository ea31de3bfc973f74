"""The sandbox as one server: Slack's Web API, its response addresses, the control API and the page."""

from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox import answers, api_files, socket_mode, web_api
from sandbox.app import AppConfig
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.events import Events
from sandbox.traffic import Traffic
from sandbox.workspace import Workspace
from sandbox.world import World, new_world

PAGE = Path(__file__).parent / "page"
BODY_BYTES = 8 * 2**20


class Sandbox:
    """A local Slack with one workspace and one app. `ack_seconds`: how long the bot may take, in real time.

    A `world` that is given goes on as it stands.
    """

    def __init__(
        self,
        app: AppConfig | None = None,
        clock: Clock | None = None,
        *,
        ack_seconds: float = 3.0,
        world: World | None = None,
    ) -> None:
        self.world = world or new_world(app or AppConfig(), clock or Clock.real(), ack_seconds)
        self.events = Events(self.world)
        self._runner: web.AppRunner | None = None

    @property
    def app(self) -> AppConfig:
        return self.world.app

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def workspace(self) -> Workspace:
        return self.world.workspace

    @property
    def traffic(self) -> Traffic:
        return self.world.traffic

    @property
    def url(self) -> str:
        return self.world.url

    @property
    def api_url(self) -> str:
        """For `AsyncWebClient(base_url=…)`."""
        return f"{self.world.url}/api/"

    async def start(self, port: int = 0) -> None:
        """Listens on 127.0.0.1; port 0 takes a free one."""
        self._runner = web.AppRunner(self._web(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.world.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.world.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        await self.world.stop()
        self.world.links.close()
        if self.world.session:
            await self.world.session.close()
        if self._runner:
            await self._runner.cleanup()

    def _web(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES)
        app.on_response_prepare.append(_asked_anew)
        app.router.add_routes(Control(self.world, self.events).routes())
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{token}", self._response)
        app.router.add_post("/upload/{token}", self._upload)
        app.router.add_get("/files/{file}", self._file)
        app.router.add_get("/link/", self._link)
        app.router.add_get("/", self._index)
        app.router.add_get(r"/archives/{channel}/p{ts:\d{7,}}", self._archives)
        app.router.add_static("/page", PAGE)
        return app

    async def _call(self, request: web.Request) -> web.Response:
        return await web_api.answer(self.world, request)

    async def _response(self, request: web.Request) -> web.Response:
        return await answers.response_url(self.world, request)

    async def _upload(self, request: web.Request) -> web.Response:
        return await api_files.upload(self.world, request)

    async def _file(self, request: web.Request) -> web.Response:
        return api_files.shown(self.world, request)

    async def _archives(self, request: web.Request) -> web.Response:
        """Slack's own form of a link to a message leads to the page."""
        channel, ts = request.match_info["channel"], request.match_info["ts"]
        raise web.HTTPFound(f"/?channel={channel}&message={ts[:-6]}.{ts[-6:]}")

    async def _link(self, request: web.Request) -> web.StreamResponse:
        return await socket_mode.connect(self.world, request)

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")


async def _asked_anew(request: web.Request, response: web.StreamResponse) -> None:
    """Browsers keep the page's files but ask whether they changed: a newer page is never mixed with an older one."""
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"
