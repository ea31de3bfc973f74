"""The Web API about files, the address they are sent to, and the one where the page finds them."""

from aiohttp import web

from sandbox.faults import Fault
from sandbox.limits import MOST
from sandbox.refusals import ApiError, Json, NotSeen
from sandbox.slack import Slack
from sandbox.traffic import Entry
from sandbox.workspace import User
from sandbox.world import World


def upload_url(world: World, args: Json) -> Json:
    size = str(args.get("length", ""))
    if not str(args.get("filename") or ""):
        raise ApiError("invalid_arguments", messages=["`filename` is missing"])
    if not size.isascii() or not size.isdigit() or not 1 <= int(size) <= MOST["file.bytes"]:
        raise ApiError("invalid_arguments", messages=[f"`length` is between 1 and {MOST['file.bytes']}"])
    if len(str(args.get("alt_txt") or "")) > MOST["file.alt_txt"]:
        raise ApiError("invalid_arguments", messages=[f"`alt_txt` has at most {MOST['file.alt_txt']} characters"])
    file = world.files.ask(str(args["filename"]), int(size))
    return {"upload_url": f"{world.url}/upload/{file.token}", "file_id": file.id}


def complete(world: World, args: Json) -> Json:
    """Every file must have been sent; none is shared with anybody by this."""
    given = args.get("files")
    if not isinstance(given, list) or not given or any(set(each) - {"id", "title"} for each in given):
        raise ApiError("invalid_arguments", messages=["`files` is a list of {id, title}"])
    files = [world.files.by_id.get(str(each.get("id"))) for each in given]
    for each, file in zip(given, files, strict=True):
        if file is None or not file.data:
            raise ApiError("file_not_found")
        world.files.complete(file, str(each.get("title") or file.name), slower=world.lag)
    return {"files": [{"id": file.id, "title": file.title} for file in files if file]}


async def upload(slack: Slack, request: web.Request) -> web.Response:
    """The bytes of a file, as many as were announced, sent once."""
    data = await request.read()
    token = request.match_info["token"]
    world = next((each for each in slack.worlds if each.files.asked(token)), slack.first)
    entry = world.traffic.add("bot", "api", "upload", {"bytes": len(data)})
    fault = world.faults.strike("upload", world.team.id)
    if fault and fault.kind in ("drop_before", "status", "ratelimit"):
        return _refused(request, entry, fault)
    file = world.files.asked(token)
    if file is None or len(data) != file.size:
        entry.status, entry.answer = 400, {"error": "not the file that was announced"}
        return web.Response(status=400)
    file.data = data
    if fault and fault.kind == "drop_after":
        return _refused(request, entry, fault)
    entry.status, entry.answer = 200, {"ok": True}
    return web.Response(text=f"OK - {len(data)}")


def _refused(request: web.Request, entry: Entry, fault: Fault) -> web.Response:
    if fault.kind.startswith("drop"):
        if request.transport:
            request.transport.abort()
        entry.status, entry.failure = None, "dropped"
        return web.Response()
    entry.status = 429 if fault.kind == "ratelimit" else fault.status
    return web.Response(status=entry.status, headers={"Retry-After": f"{max(1, round(fault.seconds))}"})


def shown(slack: Slack, request: web.Request) -> web.Response:
    """A picture, for people who see a message that holds it."""
    name = request.match_info["file"]
    world = next((each for each in slack.worlds if name in each.files.by_id), slack.first)
    file = world.files.by_id.get(name)
    try:
        user = world.workspace.user(request.query.get("user"))
    except NotSeen:
        return web.Response(status=404)
    if file is None or not file.mime or not _seen(world, user, file.id):
        return web.Response(status=404)
    return web.Response(body=file.data, content_type=file.mime)


def _seen(world: World, user: User, file_id: str) -> bool:
    return any(
        block.get("slack_file", {}).get("id") == file_id
        for channel in world.workspace.channels.values()
        if channel.sees(user)
        for message in channel.messages.values()
        if message.seen_by in (None, user.id)
        for block in message.blocks
    )
