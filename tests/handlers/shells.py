"""A folder with a database, in which the commands of `assay` are run."""

import io
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import channel_setup, intake, labelling, verdicts
from bot.acts import Act
from bot.intake import Arrival
from bot.slack_channels import Look
from bot.submissions import Submission
from handlers.command_line import main
from storage.engine import Sessions, make_sessions
from storage.words import ChannelState

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
KEY = b"a key of this test"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """A folder with a database of its own, in which commands are run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._place, self._screen = folder, monkeypatch, capsys
        self.file = folder / "assay.db"
        self.url = f"sqlite+aiosqlite:///{self.file}"
        for name in [name for name in os.environ if name.startswith(("ASSAY_", "SLACK_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.chdir(folder)

    def runs(self, *words: str, typed: str = "", url: str | None = None) -> Done:
        self._place.setenv("ASSAY_DATABASE_URL", url or self.url)
        self._place.setattr(sys, "argv", ["assay", *words])
        self._place.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        screen = self._screen.readouterr()
        return Done(int(ended.value.code or 0), screen.out, screen.err)

    def prints(self, *words: str, typed: str = "") -> str:
        done = self.runs(*words, typed=typed)
        assert (done.code, done.err) == (0, "")
        return done.out

    def fails(self, *words: str, code: int = 1, url: str | None = None) -> str:
        """What an error says, on standard error."""
        done = self.runs(*words, url=url)
        assert (done.code, done.out) == (code, "")
        return done.err.strip()


async def work(url: str, *, set_up: bool = True) -> None:
    """#support with three drafts: approved, escalated, open."""
    sessions = make_sessions(url)
    try:
        await _answer(sessions, "C0LEADS" if set_up else None)
    finally:
        await sessions.close()


async def _answer(sessions: Sessions, digest_channel: str | None) -> None:
    seen = Look(name="support")
    async with sessions.writing() as session:
        channel = await channel_setup.meet(
            session, team="T1", slack_id="C0SUPPORT1", seen_as=seen, invited_by="U0MAX", now=NOON
        )
        channel.state, channel.overlap_share, channel.digest_channel = ChannelState.ACTIVE, 0, digest_channel
        session.add(channel)
    judgements = [verdicts.approval("Hello."), verdicts.reply("Hello.", None, escalation="other"), None]
    for number, judgement in enumerate(judgements, 1):
        submission = Submission(channel="#support", prompt=f"Help {number}", draft="Hello.")
        async with sessions.writing() as session:
            receipt = await intake.take_in(session, channel, submission, Arrival(KEY, NOON))
            if judgement is not None:
                act = Act(f"press {number}", "U0ANA", receipt.draft_id, NOON)
                await labelling.record(session, channel, act, judgement, key=KEY)
