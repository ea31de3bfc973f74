"""`assay doctor` finds what is wrong at a real bot, a real database and a sandbox, and says what to do."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from handlers import doctor
from handlers.doctor import in_slack, ways
from handlers.doctor.findings import Finding, State
from handlers.manifest import OPTIONAL_SCOPES, SCOPES
from handlers.slack.socket import REFUSED
from tests.house import House
from tests.model_server import KEY, model_server, refuses
from tests.stories.steps import held, one_database

# What is looked at is the same on every database; the two ways of being away are told by their own test.
pytestmark = one_database


def asked(house: House, **changed: object) -> Settings:
    """The house's settings with some changed."""
    return house.bot.tools.settings.model_copy(update={"public_url": house.bot.url} | changed)


async def said_of_slack(settings: Settings) -> list[Finding]:
    return [finding async for finding in in_slack.slack(settings)]


@pytest.fixture(autouse=True)
def now_is_now(house: House) -> None:
    """The doctor looks at the machine's clock, so the sandbox has that too."""
    house.box.clock.set(time.time())
    house.box.clock.run()


async def grants(house: House, scopes: frozenset[str]) -> None:
    (await house.http.post("/control/app", json={"scopes": sorted(scopes)})).raise_for_status()


async def test_a_bot_that_is_well_has_nothing_but_good_findings(house: House) -> None:
    settings = asked(house)
    findings = [await doctor.database(settings.database_url), *await said_of_slack(settings)]
    findings.append(await ways.reachability(settings))
    assert [(one.about, one.state) for one in findings] == [
        ("Database", State.GOOD),
        ("Token", State.GOOD),
        ("Scopes", State.GOOD),
        ("Clock", State.GOOD),
        ("Address", State.GOOD),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"slack_bot_token": SecretStr("xapp-1-A0"), "slack_app_token": SecretStr("xoxb-1")},
            ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"],
        ),
        ({"slack_bot_token": SecretStr("…")}, ["SLACK_BOT_TOKEN"]),
        ({"admins": "max@example.com, U012AB3CD"}, ["ASSAY_ADMINS holds what is no Slack user id: max@example.com."]),
    ],
    ids=["swapped", "not filled in", "an address"],
)
async def test_a_setting_that_cannot_be_right_is_named(
    house: House, changed: dict[str, object], said: list[str]
) -> None:
    found = list(doctor.misplaced(asked(house, **changed)))
    assert [one for one, words in zip(found, said, strict=True) if one.startswith(words)] == found
    assert list(doctor.misplaced(asked(house))) == []


async def test_a_token_that_slack_does_not_know_is_to_be_copied_again(house: House) -> None:
    (finding,) = await said_of_slack(asked(house, slack_bot_token=SecretStr("xoxb-wrong")))
    assert finding.state is State.BAD
    assert finding.words.startswith("Slack refuses it (invalid_auth). Copy the Bot User OAuth Token")


async def test_a_slack_that_cannot_be_reached_is_said_to_be(house: House) -> None:
    (finding,) = await said_of_slack(asked(house, slack_api_url="http://127.0.0.1:9/api/"))
    assert finding.state is State.BAD
    assert "ASSAY_SLACK_API_URL" in finding.words


async def test_a_slack_that_tells_less_is_said_to_and_what_to_do(house: House) -> None:
    (await house.http.post("/control/app", json={"plain": ["roles", "history", "files"]})).raise_for_status()
    found = {one.about: one for one in await said_of_slack(asked(house))}
    states = [found[about].state for about in ("Roles", "History", "Files")]
    assert states == [State.BAD, State.NOTE, State.NOTE]
    assert found["Roles"].words.endswith("Name the admins in ASSAY_ADMINS.")
    assert "Roles" not in {one.about for one in await said_of_slack(asked(house, admins=house.max.id))}


@pytest.mark.parametrize(
    ("granted", "state", "named"),
    [
        (SCOPES | OPTIONAL_SCOPES, State.GOOD, "granted"),
        (SCOPES, State.NOTE, "channels:history, files:write, groups:history. Without a history scope"),
        (SCOPES | OPTIONAL_SCOPES - {"files:write"}, State.NOTE, "lacks files:write. Without files:write charts"),
        (OPTIONAL_SCOPES | SCOPES - {"users:read"}, State.BAD, "lacks users:read."),
    ],
    ids=["all", "without the optional ones", "without files", "without one that is needed"],
)
async def test_scopes_are_held_against_the_manifest(
    house: House, granted: frozenset[str], state: State, named: str
) -> None:
    await grants(house, granted)
    finding = next(one for one in await said_of_slack(asked(house)) if one.about == "Scopes")
    assert finding.state is state
    assert named in finding.words


@pytest.mark.parametrize(("apart", "state"), [(0, State.GOOD), (90, State.NOTE), (400, State.BAD)])
async def test_a_clock_that_is_wrong_is_found(house: House, apart: int, state: State) -> None:
    client = house.bot.tools.slack.bare
    who = await client.auth_test()
    assert in_slack.clock(who, datetime.now(UTC) + timedelta(seconds=apart)).state is state
    assert in_slack.clock(who, datetime.now(UTC) - timedelta(seconds=apart)).state is state


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"public_url": "http://127.0.0.1:9"}, "does not answer (ConnectError)."),
        ({"public_url": "https://nowhere.example:notaport"}, "does not answer (InvalidURL)."),
        ({"slack_signing_secret": SecretStr("another")}, "but with another signing secret."),
        ({"public_url": "the sandbox"}, "and not as Assay does."),
    ],
    ids=["nobody there", "no address", "another secret", "somebody else"],
)
async def test_an_address_that_does_not_lead_to_this_bot_is_found(
    house: House, changed: dict[str, object], words: str
) -> None:
    there = {name: house.box.url if value == "the sandbox" else value for name, value in changed.items()}
    finding = await ways.reachability(asked(house, **there))
    assert finding.state is State.BAD
    assert words in finding.words


async def test_without_an_address_nothing_is_checked_and_that_is_said(house: House) -> None:
    finding = await ways.reachability(asked(house, public_url=""))
    assert finding.state is State.NOTE
    assert "Set ASSAY_PUBLIC_URL" in finding.words


async def test_over_a_socket_the_app_token_is_tried_and_no_connection_opened(house: House) -> None:
    house.box.app.socket_mode = True
    finding = await ways.socket(asked(house, slack_app_token=SecretStr(house.box.app.app_token)))
    assert (finding.state, finding.about) == (State.GOOD, "Socket")
    assert house.box.world.links.joined == []


@pytest.mark.parametrize(
    ("socket_mode", "token", "word"),
    [(True, "xapp-wrong", "invalid_auth"), (False, None, "socket_mode_not_enabled")],
    ids=["a wrong token", "Socket Mode is off"],
)
async def test_an_app_token_that_slack_does_not_take_is_to_be_copied_again(
    house: House, socket_mode: bool, token: str | None, word: str
) -> None:
    house.box.app.socket_mode = socket_mode
    finding = await ways.socket(asked(house, slack_app_token=SecretStr(token or house.box.app.app_token)))
    assert finding.state is State.BAD
    assert finding.words == REFUSED.format(word=word)


async def test_a_socket_that_slack_gives_later_is_not_called_bad(house: House) -> None:
    await house.fault(method="apps.connections.open", kind="ratelimit", seconds=40)
    finding = await ways.socket(asked(house, slack_app_token=SecretStr(house.box.app.app_token)))
    assert finding.state is State.NOTE
    assert "Slack asks to wait for 40 seconds." in finding.words


@pytest.mark.parametrize("app_token", ["", "xapp-sandbox-token"], ids=["http", "socket"])
async def test_what_slack_uses_is_examined(house: House, monkeypatch: pytest.MonkeyPatch, app_token: str) -> None:
    house.box.app.socket_mode = bool(app_token)
    settings = {"ASSAY_DATABASE_URL": house.url, "ASSAY_SLACK_API_URL": house.box.api_url}
    settings |= {"SLACK_BOT_TOKEN": house.box.app.bot_token, "SLACK_SIGNING_SECRET": house.box.app.signing_secret}
    for name, value in (settings | {"SLACK_APP_TOKEN": app_token, "ASSAY_PUBLIC_URL": house.bot.url}).items():
        monkeypatch.setenv(name, value)
    findings = [finding async for finding in doctor.examine()]
    assert findings[-1].about == ("Socket" if app_token else "Address")
    assert {finding.state for finding in findings} == {State.GOOD}


async def test_a_database_that_answers_and_takes_nothing_from_a_bot_is_said_to_be_away(house: House) -> None:
    draft = await house.draft()
    async with held(house, draft):
        finding = await doctor.database(house.url)
    assert (finding.state, finding.words.split(". ")[0]) == (State.BAD, "It is away (database is locked)")
    assert (await doctor.database(house.url)).state is State.GOOD


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite+aiosqlite:////no/such/folder/assay.db", "there is no folder"),
        ("postgresql+psycopg://x@127.0.0.1:1/x", "It is away (connection"),
        ("postgresql+psycopg://x@/x?host=/no/such/socket", "on that socket?)"),
    ],
)
async def test_a_database_that_is_away_is_said_to_be(database: str, url: str, words: str) -> None:
    finding = await doctor.database(url)
    assert finding.state is State.BAD
    assert words in finding.words
    assert finding.words.endswith("). Look at ASSAY_DATABASE_URL.")


async def test_a_model_is_asked_for_one_word(house: House) -> None:
    async with model_server() as server:
        named = {"model_url": server.url, "model_name": "support-1", "model_key": SecretStr(KEY)}
        good = await ways.model(asked(house, **named))
        assert (good.state, good.words) == (State.GOOD, f"support-1-0811 answers at {server.url}.")
        server.usual = refuses(401)
        bad = await ways.model(asked(house, **named))
    assert bad.state is State.BAD
    assert bad.words == (
        "The model's server refused the key (401). Look at ASSAY_MODEL_KEY. "
        "Until it answers, people write the drafts that come without a reply."
    )
