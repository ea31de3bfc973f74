"""`assay doctor` where many workspaces installed the app: what Slack says of each, and once what time it is."""

import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlmodel import col, update

from bot.vault import Vault, new_key
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
    return [(one.about, one.state, one.words) async for one in in_slack.look(settings)]


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


async def test_a_slack_that_is_away_is_said_once_and_is_nobodys_fault(street: Street) -> None:
    await two(street)
    (away,) = await found(street, slack_api_url="http://127.0.0.1:9/api/")
    assert away[:2] == ("Slack", State.BAD)
    assert "installs the app again" not in away[2]


async def test_a_token_that_no_key_opens_is_a_matter_of_keys(street: Street) -> None:
    acme, beta = await two(street)
    said = [words for _, _, words in await found(street, encryption_keys=SecretStr(new_key()))]
    assert said == [f"{one}: no key in ASSAY_ENCRYPTION_KEYS opens its token." for one in sorted((acme, beta))]
