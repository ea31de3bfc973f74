"""What `assay erase` does: says what would go, and erases it where that is really wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import URL

from bot import audit, whole_workspace
from bot.erasure import Eraser, Gone
from bot.errors import NotFound
from bot.texts import counted
from handlers.commands.shared import channel_named, workspace_named
from storage import compacting
from storage.engine import Sessions
from storage.models import Channel
from storage.words import ErasedBecause

ONLY_SAID = "Nothing was erased yet: add --yes to do it."
NO_WAY_BACK = "It cannot be undone. Backups and files that were exported before still hold it: see docs/privacy.md."
COMPACTED = "The database's files were written anew."
NOT_COMPACTED = (
    "The database's files were not written anew: somebody reads or writes them just now, or there is no room. What was "
    "erased may still be read in their bytes. Stop every `assay serve`, then run: {vacuum}"
)


@dataclass(frozen=True)
class Asked:
    """What is to go: one of the first three, looked for in the workspace that is named, or else all of that one."""

    ticket: str | None
    customer: str | None
    agent: str | None
    workspace: str | None
    channel: str | None
    really: bool
    compact: bool
    answers: bool = False  # of the agent: the drafts that they answered go too

    @property
    def of_somebody(self) -> bool:
        return any(one is not None for one in (self.ticket, self.customer, self.agent))


async def run(eraser: Eraser, asked: Asked) -> list[str]:
    """The sentences to print. Raises NotFound."""
    channel = None
    if asked.channel is not None:
        channel = await channel_named(eraser.sessions, asked.channel, team=asked.workspace)
    if asked.agent is not None or not asked.of_somebody:
        said = await _whole(eraser, asked)
    else:
        said = await _drafts(eraser, asked, channel)
    if not asked.really:
        return [*said, ONLY_SAID]
    return [*said, *([await _compact(eraser.sessions)] if asked.compact else []), NO_WAY_BACK]


async def _compact(sessions: Sessions) -> str:
    """What came of writing the files anew: this command finds nothing to erase a second time."""
    if await compacting.compact(sessions):
        return COMPACTED
    return NOT_COMPACTED.format(vacuum=vacuum(sessions.writer.url))


def vacuum(database: URL) -> str:
    """The command that writes a database's files anew; of its address the password stays out."""
    if database.get_backend_name() == "sqlite":
        return f"sqlite3 {database.database} VACUUM"
    address = URL.create("postgresql", database.username, None, database.host, database.port, database.database)
    return f'psql "{address}" --command "VACUUM FULL"'


async def _drafts(eraser: Eraser, asked: Asked, channel: Channel | None) -> list[str]:
    numbers, why = await _named(eraser, asked, channel)
    if not numbers:
        raise NotFound("No draft is known by that. Nothing was erased.")
    if not asked.really:
        return [f"{_counted(await eraser.count(numbers))} would be erased: {_numbered(numbers)}."]
    gone = await eraser.erase(numbers, why=why, by=audit.OPERATOR)
    return [f"{_counted(gone)} erased. The bot takes the messages out of Slack."]


async def _named(eraser: Eraser, asked: Asked, channel: Channel | None) -> tuple[Sequence[int], ErasedBecause]:
    """The drafts that are meant, and on whose account they go."""
    if asked.ticket is not None:
        if channel is None:
            raise NotFound("Say which channel the ticket is in. Nothing was erased.")
        return await eraser.of_ticket(channel, asked.ticket), ErasedBecause.TICKET
    team = channel.team if channel else await _team(eraser, asked.workspace)
    return await eraser.of_customer(team, asked.customer or "", channel), ErasedBecause.CUSTOMER


async def _whole(eraser: Eraser, asked: Asked) -> list[str]:
    team = await _team(eraser, asked.workspace)
    if asked.agent is not None:
        found = await eraser.known_of(team, asked.agent)
        if not found:
            raise NotFound(f"Nothing is known of {asked.agent} in {team}. Nothing was erased.")
        return await _somebody(eraser, asked, team, found)
    if not asked.really:
        return [f"Everything that is stored of the workspace {team} would be erased, its audit trail as well."]
    rows = await whole_workspace.erase(eraser.sessions, team, now=eraser.now)
    return [f"{rows:,} rows of the workspace {team} are erased. Its messages in Slack stay there."]


async def _somebody(eraser: Eraser, asked: Asked, team: str, found: int) -> list[str]:
    """Somebody who answered; with their answers go the drafts in which these stand, and what others answered there."""
    user, numbers = asked.agent or "", list[int]()
    if asked.answers:
        numbers = [*await eraser.answered_by(team, user)]
    stay = "their answers stay, and are nobody's" if not asked.answers else "nothing that they answered stays"
    alone = "what the bot wrote to them alone goes from Slack"
    if not asked.really:
        count = [f"{_counted(await eraser.count(numbers))} would be erased, others' answers to them as well."]
        return [*(count if asked.answers else []), f"{user} would be taken out of {found:,} rows; {stay}; {alone}."]
    await eraser.forgettable(team, user)
    gone = await eraser.erase(numbers, why=ErasedBecause.AGENT, by=audit.OPERATOR) if asked.answers else None
    await eraser.forget_person(team, user)
    count = [f"{_counted(gone)} erased. The bot takes the messages out of Slack."] if gone else []
    return [*count, f"{user} is taken out of {found:,} rows; {stay}; {alone}."]


async def _team(eraser: Eraser, named: str | None) -> str:
    async with eraser.sessions.reading() as session:
        team = await workspace_named(session, named)
    if team is None:
        raise NotFound("Assay is in no workspace yet, so there is nothing to erase.")
    return team


def _counted(gone: Gone) -> str:
    answers, messages = counted(gone.labels, "answer"), counted(gone.messages, "message")
    return f"{counted(gone.drafts, 'draft')} with {answers} and {messages} in Slack"


def _numbered(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:20])
    return f"{shown} and {len(numbers) - 20:,} more" if len(numbers) > 20 else shown
