"""`assay webhooks`: others' servers that are told what happens."""

import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import webhooks
from bot.environment import read_storage_settings
from bot.errors import NotFound
from bot.guarded_http import Guarded, RefusedAddress
from bot.storage_settings import StorageSettings
from bot.texts import counted
from bot.vault import Vault
from bot.webhooks import IN_NO_WORKSPACE, Replayed, Wanted
from handlers.commands import plain
from handlers.commands.shared import Database, Number, bound_to, run, say, since_when
from handlers.screen import show_once
from handlers.wall_clock import utc_now
from storage.models import Announcement, Channel, Webhook
from storage.queries import announcements, channels
from storage.queries import webhooks as stored
from storage.words import DeliveryState, WebhookEvent

SHOWN = 20
app = plain(no_args_is_help=True, help="Servers that are told what happens.")


@app.command("create")
def create(
    url: Annotated[str, typer.Argument(help="Where to: https://…")],
    channel: Annotated[str | None, typer.Option(help="Tell of one channel only.")] = None,
    workspace: Annotated[
        str | None, typer.Option(help="The workspace that it is told of, where Assay is in several: T…")
    ] = None,
    event: Annotated[
        list[WebhookEvent] | None, typer.Option(help="What it is told; name it again for more. Without: everything.")
    ] = None,
) -> None:
    """Make a webhook; its secret is shown once."""
    settings = read_storage_settings()

    async def work() -> None:
        await _look_at(url, settings)
        async with Database() as sessions:
            team, bound = await bound_to(sessions, channel=channel, workspace=workspace)
            if team is None:
                raise NotFound(IN_NO_WORKSPACE)
            wanted = Wanted(url, event or [*WebhookEvent], team, bound)
            async with sessions.writing() as session:
                made, secret = await webhooks.create(session, Vault(settings.vault_keys), wanted, now=utc_now())
                show_once(f"Webhook {made.id}. The key of its signatures, shown this once:\n{secret}")

    run(work())


@app.command("list")
def list_all() -> None:
    """List webhooks without their secrets."""

    async def work() -> list[str]:
        async with Database() as sessions, sessions.reading() as session:
            found = await stored.page(session, None, channel_id=None)
            waiting = await announcements.waiting(session, [one.id for one in found if one.id is not None])
            known = {one.id: one for one in await channels.every(session)}
        return [_line(one, known.get(one.channel_id), waiting) for one in found]

    say(*run(work()) or ["There are no webhooks. Make one: assay webhooks create URL"])


@app.command("show")
def show(number: Number) -> None:
    """Show what a webhook was told last, and what it waits for."""

    async def work() -> tuple[str, Sequence[Announcement]]:
        async with Database() as sessions, sessions.reading() as session:
            found = await _one(session, number)
            return _state(found), await announcements.page(session, number, before=None, limit=SHOWN)

    state, told = run(work())
    say(f"Webhook {number} is {state}.")
    say(*map(_told, told) if told else ["Nothing has happened yet that it is told."])


@app.command("delete")
def delete(number: Number) -> None:
    """Delete a webhook, and what it was still to be told."""

    async def work() -> None:
        async with Database() as sessions:
            await webhooks.delete(sessions, partial(_one, number=number), now=utc_now())

    run(work())
    print(f"Webhook {number} is deleted.")


@app.command("replay")
def replay(
    number: Number,
    since: Annotated[
        str, typer.Option(help="Everything since then, in UTC: 2026-11-20, 2026-11-20T09:30, yesterday, last Friday.")
    ] = "",
    only: Annotated[list[str] | None, typer.Option("--id", help="This announcement (msg_…); again for more.")] = None,
) -> None:
    """Tell a webhook again what it missed.

    One that was switched off is on again, unless none of the ids is kept.
    """
    moment = since_when(since)
    if (moment is None) is (only is None):
        raise typer.BadParameter("give one of them", param_hint="--since or --id")

    async def work() -> Replayed:
        async with Database() as sessions:
            find = partial(_one, number=number)
            return await webhooks.replay(sessions, find, now=utc_now(), since=moment, only=only or ())

    done = run(work())
    unknown = f"Not kept, or never known: {', '.join(done.unknown)}. See: assay webhooks show {number}"
    if only and len(done.unknown) == len(set(only)):
        raise NotFound(f"{unknown}. Nothing is sent again.")
    if done.unknown:
        print(unknown)
    print(f"{counted(done.count, 'announcement')} will be sent again while `assay serve` runs.")


async def _look_at(url: str, settings: StorageSettings) -> None:
    """Refuse what a running bot would not call."""
    async with Guarded(settings.allowed_urls, ssl.create_default_context()) as guard:
        try:
            await guard.look_at(url)
        except RefusedAddress as why:
            raise typer.BadParameter(str(why), param_hint="URL") from why


async def _one(session: AsyncSession, number: int) -> Webhook:
    found = await stored.get(session, number)
    if found is None:
        raise NotFound(f"There is no webhook {number}. See: assay webhooks list")
    return found


def _line(one: Webhook, channel: Channel | None, waiting: Mapping[int, int]) -> str:
    where = f"#{channel.name} only" if channel else "every channel"
    held = f"{waiting.get(one.id or 0, 0)} waiting"
    return f"{one.id}  {one.url}  {' '.join(one.events)}  {where} in {one.team}  {held}  {_state(one)}"


def _state(one: Webhook) -> str:
    if one.disabled_at:
        return f"off since {one.disabled_at:%Y-%m-%d}: {(one.disabled_why or '').rstrip('.')}"
    return f"on, failing since {one.failing_since:%Y-%m-%d %H:%M} UTC" if one.failing_since else "on"


def _told(one: Announcement) -> str:
    said = one.error or (f"It answered {one.status}." if one.status else "")
    waits = one.state == DeliveryState.PENDING and one.attempts
    tried = counted(one.attempts, "attempt") + (f", the next at {one.due_at:%Y-%m-%d %H:%M} UTC" if waits else "")
    what = f"{one.event}  draft {one.draft_id}  {one.state}"
    return f"{one.id}  {one.at:%Y-%m-%d %H:%M} UTC  {what}  {tried}  {said}".rstrip()
