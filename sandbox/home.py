"""A person opens the app: its Home, or the conversation with it."""

from sandbox.api_views import shown_view
from sandbox.events import Events
from sandbox.refusals import Json, NotSeen

TABS = ("home", "messages")


async def open_home(events: Events, act: Json) -> Json:
    """`tab`: home, unless it says messages. Returns once the app has taken the event."""
    world = events.world
    user = world.workspace.user(act.get("user"))
    if not world.is_installed:
        raise NotSeen(f"{world.app.bot_name} is not installed in this workspace.")
    tab = act.get("tab", "home")
    if tab not in TABS or (tab == "home" and not world.app.home_tab):
        raise NotSeen(f"{world.app.bot_name} has no tab called {tab}.")
    channel = world.workspace.direct(user)
    told: Json = {"user": user.id, "channel": channel.id, "tab": tab}
    published = world.views.homes.get(user.id)
    if published and tab == "home":
        told["view"] = shown_view(world, published)
    world.changed(user=user.id)
    await events.tell("app_home_opened", told)
    return {"ok": True, "channel": channel.id}
