"""`assay doctor` where many workspaces installed the app: what Slack says of each, and once what time it is."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import col, update

from bot.vault import Vault, new_key
from handlers import doctor
from handlers.doctor import in_slack
from handlers.doctor.findings import State
from storage.models import Installation
from tests.stories.steps import one_database
from tests.street import Street, open_street

pytestmark = one_database


@pytest.fixture
async def street(database: str) -> AsyncIterator[Street]:
    async with open_street(database) as opened:
        yield opened


async def two(street: Street) -> tuple[str, str]:
    """Their ids; Slack's clock is the machine's, at which the doctor looks."""
    acme = await street.moves_in("Acme Care", channel="C0ACME0001")
    beta = await street.moves_in("Beta Help", channel="C0BETA0001")
    street.box.clock.set(time.time())
    street.box.clock.run()
    return acme.team, beta.team


async def found(street: Street, **changed: object) -> list[tuple[str, State, str]]:
    settings = street.bot.tools.settings.model_copy(update=changed)
    return [(one.about, one.state, one.words) async for one in in_slack.look(settings, stored=True)]


async def test_where_all_is_well_it_says_so_and_that_the_clocks_agree(street: Street) -> None:
    await two(street)
    clock, workspaces = await found(street)
    assert clock == ("Clock", State.GOOD, "It agrees with Slack's.")
    assert workspaces == ("Workspaces", State.GOOD, "Slack takes the tokens of 2 of 2.")


async def test_a_clock_at_which_every_click_is_refused_is_found(street: Street) -> None:
    await two(street)
    street.box.clock.set(time.time() + 400)
    assert (await found(street))[0][:2] == ("Clock", State.BAD)


async def test_a_workspace_whose_token_slack_refuses_is_named_and_the_others_are_looked_at(street: Street) -> None:
    acme, beta = await two(street)
    locked = Vault(street.bot.tools.settings.vault_keys).locked("xoxb-from-before")
    async with street.sessions.writing() as session:
        await session.exec(update(Installation).where(col(Installation.team) == acme).values(token=locked))
    refused, _, workspaces = await found(street)
    assert refused[:2] == ("Workspace", State.BAD)
    assert refused[2].startswith(f"{acme}: Slack refuses its token (invalid_auth). An admin there installs the app")
    assert workspaces[2] == "Slack takes the tokens of 1 of 2."
    assert beta not in refused[2]


async def test_a_token_that_ended_while_the_bot_stood_still_is_refreshed_by_its_start(database: str) -> None:
    async with open_street(database, rotating=True) as street:
        acme, beta = await two(street)
        street.box.clock.set(time.time() + 13 * 3_600)
        said = [(state, words) for about, state, words in await found(street) if about == "Workspace"]
        ended = "Its token has ended. `assay serve` gets a new one; where it cannot, the log says why."
        assert said == [(State.NOTE, f"{one}: {ended}") for one in sorted((acme, beta))]


async def test_of_a_database_without_the_schema_nothing_is_asked(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, file = street.bot.tools.settings, tmp_path / "misspelt.db"
    for name, value in {
        "SLACK_CLIENT_ID": settings.slack_client_id,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret.get_secret_value(),
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret.get_secret_value(),
        "ASSAY_SLACK_API_URL": settings.slack_api_url,
        "ASSAY_PUBLIC_URL": settings.public_url,
        "ASSAY_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASSAY_DATABASE_URL", f"sqlite+aiosqlite:///{file}")
    about = [finding.about async for finding in doctor.examine()]
    assert about == ["Database", "Settings", "Address"]
    assert not file.exists()


async def test_a_slack_that_is_away_is_said_once_and_is_nobodys_fault(street: Street) -> None:
    await two(street)
    (away,) = await found(street, slack_api_url="http://127.0.0.1:9/api/")
    assert away[:2] == ("Slack", State.BAD)
    assert "installs the app again" not in away[2]


async def test_a_token_that_no_key_opens_is_a_matter_of_keys(street: Street) -> None:
    acme, beta = await two(street)
    said = [words for _, _, words in await found(street, encryption_keys=SecretStr(new_key()))]
    assert said == [f"{one}: no key in ASSAY_ENCRYPTION_KEYS opens its token." for one in sorted((acme, beta))]
