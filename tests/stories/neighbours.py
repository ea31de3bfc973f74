"""Another workspace on the same database, whose channels have the ids and the names of the first one's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import tokens
from bot.tokens import Scope
from bot.vault import Vault, new_key
from sandbox.workspace import TEAM_ID
from storage.models import Channel, Installation, Workspace
from storage.queries import channels, installations
from tests.house import ESCALATIONS, LEADS, SUPPORT, House, running_bot
from tests.stories.kept import Change, Row, Rows
from tests.stories.steps import listens

WOMBAT = "Wombat"  # stands in their drafts


@dataclass(frozen=True)
class Neighbours:
    """Their workspace, somebody in every role there, and a token with every scope."""

    team: str
    user: str
    token: str


@asynccontextmanager
async def neighbours(house: House) -> AsyncIterator[Neighbours]:
    """A second workspace that has installed the app, set up as the first one is; one bot serves both from here on."""
    key = new_key()
    made = await _asks(house, "workspaces", name="Theirs", install=True)
    user = (await _asks(house, "users", team=made["id"], name="Nora", is_admin=True))["id"]
    for name, identity in (("support", SUPPORT), ("leads", LEADS), ("escalations", ESCALATIONS)):
        members = [user, made["bot_user"]]
        await _asks(house, "channels", team=made["id"], name=name, id=identity, members=members)
    async with house.sessions.writing() as session:
        await _installed(session, house, key, {TEAM_ID: house.box.app.bot_token, made["id"]: made["token"]})
        await _set_up(session, made["id"], user)
        house.token = await tokens.create(session, "ours", scopes=[Scope.DRAFTS_WRITE], team=TEAM_ID, now=house.now())
        token = await tokens.create(session, "theirs", scopes=list(Scope), team=made["id"], now=house.now())
    many = {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": house.box.app.client_id,
        "SLACK_CLIENT_SECRET": house.box.app.client_secret,
        "ASSAY_PUBLIC_URL": "http://127.0.0.1",
        "ASSAY_ENCRYPTION_KEYS": key,
    }
    async with running_bot(house.box, house.url, many) as house.bot:
        await listens(house, house.bot)
        body = {"channel": SUPPORT, "external_id": "T-1", "prompt": f"{WOMBAT}?", "draft": f"{WOMBAT}."}
        assert (await house.sends(body, token=token)).status_code == 201
        await house.settles()
        yield Neighbours(made["id"], user, token)
        await house.bot.tools.afterwards.done()


async def _asks(house: House, path: str, **body: Any) -> dict[str, Any]:
    answer = await house.http.post(f"/control/{path}", json=body)
    answer.raise_for_status()
    return dict(answer.json())


async def _installed(session: AsyncSession, house: House, key: str, given: dict[str, str]) -> None:
    first = (await session.exec(select(Workspace))).one()
    for team, token in given.items():
        await channels.install_workspace(session, Workspace(**{**first.model_dump(), "team": team}))
        locked = Vault((key,)).locked(token)
        await installations.keep(session, Installation(team=team, token=locked, installed_at=house.now()))


async def _set_up(session: AsyncSession, team: str, user: str) -> None:
    for one in (await session.exec(select(Channel).order_by(col(Channel.id)))).all():
        theirs = {"team": team, "leads": [user] if one.leads else [], "invited_by": user}
        session.add(Channel(**{**one.model_dump(exclude={"id"}), **theirs}))
    await session.flush()


def teams_of(changes: Sequence[Change], rows: Rows) -> set[str]:
    """The workspaces whose rows these are."""
    return {_team(one.table, one.after or one.before or {}, rows) for one in changes}


_ABOVE = {
    "channel_id": "channel",
    "draft_id": "draft",
    "label_id": "label",
    "revision_id": "revision",
    "token_id": "token",
    "webhook_id": "webhook",
}


def _team(table: str, row: Row, rows: Rows) -> str:
    if row.get("team"):
        return str(row["team"])
    above = [(name, row[column]) for column, name in _ABOVE.items() if row.get(column)]
    assert above, f"whose is a row of {table}?"
    name, number = above[0]
    return _team(name, rows[name][(number,)], rows)
