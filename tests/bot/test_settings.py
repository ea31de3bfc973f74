"""Settings: one workspace by its token, or many that install the app; each missing one is named."""

import pytest

from bot.environment import read_settings
from bot.errors import MissingSettings
from bot.settings import Settings

KEY = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w="
SECRET = "a-signing-secret-of-a-test"
ONE = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET}
MANY = {
    "SLACK_SIGNING_SECRET": SECRET,
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret",
    "ASSAY_PUBLIC_URL": "https://assay.example.com",
    "ASSAY_ENCRYPTION_KEYS": KEY,
}
NAMES = {*ONE, *MANY, "ASSAY_ADMINS", "ASSAY_HOST", "SLACK_APP_TOKEN"}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(str(tmp_path))


def read(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_one_workspace_needs_its_token_and_the_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read(monkeypatch, ONE).many_workspaces


def test_many_workspaces_need_the_apps_own_secrets_and_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, MANY)
    assert settings.many_workspaces
    assert len(settings.vault_keys) == 1


@pytest.mark.parametrize("given", [ONE, MANY])
def test_each_setting_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for lacking in given:
        for name in given:
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(MissingSettings, match=lacking):
            read(monkeypatch, {name: value for name, value in given.items() if name != lacking})


def test_a_token_beside_a_client_id_is_refused_for_nobody_knows_which_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingSettings, match="Unset SLACK_BOT_TOKEN"):
        read(monkeypatch, ONE | MANY)


@pytest.mark.parametrize("written", ["nonsense", "x" * 44, f"{KEY},nonsense"])
def test_what_is_no_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    with pytest.raises(MissingSettings, match="ASSAY_ENCRYPTION_KEYS must be keys that `assay keys new` makes") as why:
        read(monkeypatch, MANY | {"ASSAY_ENCRYPTION_KEYS": written})
    assert written not in str(why.value)


def test_where_many_install_the_app_an_admin_is_named_with_their_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingSettings, match="TEAM/USER"):
        read(monkeypatch, MANY | {"ASSAY_ADMINS": "U012AB3CD"})
    assert read(monkeypatch, MANY | {"ASSAY_ADMINS": "T01/U012AB3CD"}).admin_ids == {"T01/U012AB3CD"}


@pytest.mark.parametrize("blank", ["", "  \t "])
@pytest.mark.parametrize("given", [ONE, MANY, ONE | {"SLACK_APP_TOKEN": "xapp-1"}], ids=["one", "many", "socket"])
def test_what_is_blank_is_not_set(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], blank: str) -> None:
    for lacking in given.keys() - {"SLACK_APP_TOKEN"}:
        with pytest.raises(MissingSettings, match=f"Set {lacking} in the environment"):
            read(monkeypatch, given | {lacking: blank})


def test_blanks_around_a_secret_are_not_of_it_and_a_blank_app_token_opens_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = read(monkeypatch, ONE)
    blanks = read(monkeypatch, {name: f" {value}\n" for name, value in ONE.items()} | {"SLACK_APP_TOKEN": " "})
    assert (blanks.key, blanks.slack_bot_token, blanks.over_socket) == (plain.key, plain.slack_bot_token, False)


@pytest.mark.parametrize("secret", ["s", "fifteen-letters", "sixteen letters, but not as Slack's", "…" * 16])
@pytest.mark.parametrize("more", [{}, {"SLACK_APP_TOKEN": "xapp-1"}], ids=["http", "socket"])
def test_a_signing_secret_that_could_be_guessed_is_refused_over_a_socket_too(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str], secret: str
) -> None:
    with pytest.raises(MissingSettings, match="SLACK_SIGNING_SECRET must be the app's signing secret as Basic") as why:
        read(monkeypatch, ONE | more | {"SLACK_SIGNING_SECRET": secret})
    assert secret == "s" or secret not in str(why.value)


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
@pytest.mark.parametrize("token", ["xo\rxb", "xo\nxb", "xo xb", "xo\x7fxb", "xoxb…"])
def test_a_token_that_no_request_can_carry_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, token: str
) -> None:
    with pytest.raises(MissingSettings, match=f"{name} must be the .* without spaces") as why:
        read(monkeypatch, ONE | {name: token})
    assert token not in str(why.value)


ODD = ["https://x:99999", "https://x:abc", "https://[::1", "https://[zz]", "https://%zz", 'https://"x"', "https://"]
NONE = ["foo", "assay.example.com", "ftp://assay.example.com", "https://a b", "https://a?b=c", *ODD]


@pytest.mark.parametrize("url", ODD)
def test_what_is_no_address_of_slacks_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(MissingSettings, match="ASSAY_SLACK_API_URL must be an address such as"):
        read(monkeypatch, ONE | {"ASSAY_SLACK_API_URL": f"{url}/"})


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_that_slack_could_reach_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(MissingSettings, match="ASSAY_PUBLIC_URL must be the address at which Slack reaches the bot"):
        read(monkeypatch, ONE | {"ASSAY_PUBLIC_URL": url})


@pytest.mark.parametrize("host", ["", " "])
def test_no_host_is_not_every_host(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(MissingSettings, match="ASSAY_HOST must be an address of this machine"):
        read(monkeypatch, ONE | {"ASSAY_HOST": host})
