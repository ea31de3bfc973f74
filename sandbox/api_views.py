"""The Web API about modals and Homes."""

from sandbox.refusals import ApiError, Json
from sandbox.rules import home_body, view_body
from sandbox.views import View
from sandbox.world import World

ABSENT = {"callback_id": "", "private_metadata": "", "external_id": "", "title": None, "submit": None, "close": None}
FLAGS = {"clear_on_close": False, "notify_on_close": False}


def shown_view(world: World, view: View) -> Json:
    """A view as the bot sees it, in answers and in payloads."""
    return {
        **ABSENT,
        **FLAGS,
        **view.body,
        "id": view.id,
        "team_id": world.team.id,
        "state": view.state(),
        "hash": view.hash,
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": world.app.app_id,
        "app_installed_team_id": world.team.id,
        "bot_id": world.team.bot_id,
    }


def open_view(world: World, args: Json) -> Json:
    return _opened(world, args, pushing=False)


def push_view(world: World, args: Json) -> Json:
    return _opened(world, args, pushing=True)


def _opened(world: World, args: Json, *, pushing: bool) -> Json:
    body = view_body(args.get("view"))
    trigger = world.tickets.exchange(args.get("trigger_id"))
    if pushing and not any(view.id == trigger.view for view in world.views.of(trigger.user)):
        raise ApiError("not_found")
    view = world.views.open(trigger.user, body)
    world.changed(user=trigger.user)
    return {"view": shown_view(world, view)}


def publish_view(world: World, args: Json) -> Json:
    """Guests and strangers have a Home too; deactivated people and bots have none."""
    user = world.workspace.users.get(str(args.get("user_id")))
    if user is None or user.is_bot or user.deleted:
        raise ApiError("invalid_arguments", messages=["invalid `user_id`"])
    body = home_body(args.get("view"))
    if not world.app.home_tab:
        raise ApiError("not_enabled")
    published = world.views.homes.get(user.id)
    if args.get("hash") not in (None, published.hash if published else ""):
        raise ApiError("hash_conflict")
    view = world.views.publish(user.id, body)
    world.changed(user=user.id)
    return {"view": shown_view(world, view)}


def update_view(world: World, args: Json) -> Json:
    body = view_body(args.get("view"))
    name = "view_id" if args.get("view_id") else "external_id"
    if not args.get(name):
        raise ApiError("invalid_arguments", messages=["needs view_id or external_id"])
    view = world.views.by_id(name, args[name])
    if args.get("hash") not in (None, view.hash):
        raise ApiError("hash_conflict")
    world.views.update(view, body)
    world.changed(user=view.user)
    return {"view": shown_view(world, view)}
