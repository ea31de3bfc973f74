"""`assay tokens` and `assay keys`: what lets others in, and what locks away what let us in."""

from typing import Annotated

import typer

from bot import tokens as token_deeds
from bot.environment import read_storage_settings
from bot.errors import NotFound
from bot.installing import relock
from bot.texts import counted
from bot.tokens import Scope
from bot.vault import Vault, new_key
from handlers.commands import plain
from handlers.commands.shared import Database, Number, bound_to, run, say
from handlers.screen import on_screen, show_once
from handlers.wall_clock import utc_now
from storage.models import Channel, Token
from storage.queries import tokens as stored_tokens

tokens = plain(no_args_is_help=True, help="Bearer tokens of the HTTP API.")
keys = plain(no_args_is_help=True, help="Keys under which Slack's tokens are stored.")

LONGEST_NAME = 100


@tokens.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    channel: Annotated[str | None, typer.Option(help="Bind it to one channel.")] = None,
    workspace: Annotated[
        str | None, typer.Option(help="The workspace that it is good for, where Assay is in several: T…")
    ] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; name it again for more. Without: drafts:write.")
    ] = None,
) -> None:
    """Make a token; it is shown once."""
    if on_screen(name) != name:
        raise typer.BadParameter("one line of what can be seen", param_hint="NAME")
    if len(name) > LONGEST_NAME:
        raise typer.BadParameter(f"{LONGEST_NAME} characters at most", param_hint="NAME")
    scopes = [*dict.fromkeys(scope or [Scope.DRAFTS_WRITE])]

    async def work() -> None:
        async with Database() as sessions:
            team, bound = await bound_to(sessions, channel=channel, workspace=workspace)
            async with sessions.writing() as session:
                made = await token_deeds.create(session, name, scopes=scopes, now=utc_now(), team=team, channel=bound)
                show_once(made)

    run(work())


@tokens.command("list")
def list_tokens() -> None:
    """List tokens without their secrets."""

    async def work() -> list[str]:
        async with Database() as sessions, sessions.reading() as session:
            return [_token(*row) for row in await stored_tokens.every(session)]

    say(*run(work()) or ["There are no tokens. Make one: assay tokens create NAME"])


def _token(token: Token, channel: Channel | None) -> str:
    where = f"#{channel.name} only" if channel else "every channel"
    where = f"{where} in {token.team}" if token.team else "no workspace yet"
    ended = f"  revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else ""
    scopes = " ".join(token.scopes)
    return f"{token.id}  {token.name}  {scopes}  {where}  since {token.created_at:%Y-%m-%d}{ended}"


@tokens.command("revoke")
def revoke_token(number: Number) -> None:
    """End a token."""

    async def work() -> bool:
        async with Database() as sessions, sessions.writing() as session:
            return await token_deeds.revoke(session, number, now=utc_now())

    if not run(work()):
        raise NotFound(f"There is no token {number} to revoke. See: assay tokens list")
    print(f"Token {number} is revoked.")


@keys.command("new")
def new() -> None:
    """Make a key for ASSAY_ENCRYPTION_KEYS: every process gets it behind the others first, then in front of them."""
    print(new_key())


@keys.command("rotate")
def rotate() -> None:
    """Lock every stored secret under the first key; the others can be taken out afterwards."""
    vault = Vault(read_storage_settings().vault_keys)

    async def work() -> tuple[int, int]:
        async with Database() as sessions, sessions.writing() as session:
            return await relock(session, vault, now=utc_now())

    workspaces, webhooks = run(work())
    both = f"{counted(workspaces, 'workspace')} and {counted(webhooks, 'webhook')}"
    print(f"The secrets of {both} are locked under the first key.")
