"""`assay webhooks` as an operator runs it."""

import re

import pytest

from bot.vault import new_key
from tests.handlers.shells import Shell

JOINER = "\N{WORD JOINER}"  # in names of servers, so that Slack makes no link of them
URL = "https://hooks.example.com/assay"


def test_a_webhook_is_made_listed_shown_and_deleted(busy_shell: Shell) -> None:
    assert busy_shell.prints("webhooks", "list") == "There are no webhooks. Make one: assay webhooks create URL\n"
    said = busy_shell.prints("webhooks", "create", URL, "--channel", "#support", "--event", "gold.settled")
    assert re.fullmatch(r"Webhook 1\. The key .*:\nwhsec_[A-Za-z0-9+/]{43}=\n", said)
    assert busy_shell.prints("webhooks", "list") == f"1  {URL}  gold.settled  #support only in T1  0 waiting  on\n"
    shown = "Webhook 1 is on.\nNothing has happened yet that it is told.\n"
    assert busy_shell.prints("webhooks", "show", "1") == shown
    assert busy_shell.prints("webhooks", "delete", "1") == "Webhook 1 is deleted.\n"
    for words in (["show", "1"], ["delete", "1"], ["replay", "1", "--since", "2026-11-20"]):
        assert busy_shell.fails("webhooks", *words) == "There is no webhook 1. See: assay webhooks list"


def unjoined(words: str) -> str:
    return words.replace(JOINER, "")


def test_what_is_done_to_a_webhook_stands_in_the_trail_without_its_path(busy_shell: Shell) -> None:
    busy_shell.prints("webhooks", "create", f"{URL}?key=s3cret", "--channel", "#support", "--event", "gold.settled")
    busy_shell.prints("webhooks", "replay", "1", "--since", "2026-11-20")
    busy_shell.prints("webhooks", "delete", "1")
    assert [line.split("  ")[1] for line in unjoined(busy_shell.prints("audit")).splitlines()] == [
        "The operator made webhook 1 to hooks.example.com (gold.settled) · #support",
        "The operator had 0 announcements sent again to webhook 1 · #support",
        "The operator deleted webhook 1 to hooks.example.com (gold.settled) · #support",
    ]
    assert not any(word in busy_shell.prints("audit", "--json") for word in ("s3cret", "whsec_", "/assay"))


def test_a_webhook_needs_a_workspace_and_a_url(shell: Shell, busy_shell: Shell) -> None:
    assert "no name and password" in busy_shell.fails("webhooks", "create", "https://a:b@x.example.com", code=2)
    assert "Assay is in no workspace yet" in shell.fails("webhooks", "create", URL)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3820/ok", "https://10.1.1.1/x"])
def test_a_webhook_that_would_never_be_called_is_not_made(
    busy_shell: Shell, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    said = busy_shell.fails("webhooks", "create", url, code=2)
    assert "leads to an address that is private" in said
    assert "ASSAY_ALLOW_PRIVATE_URLS" in said
    assert busy_shell.prints("webhooks", "list").startswith("There are no webhooks.")
    monkeypatch.setenv("ASSAY_ALLOW_PRIVATE_URLS", "127.0.0.1:3820, 10.0.0.0/8")
    assert "whsec_" in busy_shell.prints("webhooks", "create", url, "--channel", "#support")


def test_replay_takes_a_time_or_ids(busy_shell: Shell) -> None:
    busy_shell.prints("webhooks", "create", URL, "--channel", "#support")
    said = busy_shell.prints("webhooks", "replay", "1", "--since", "2026-11-20")
    assert said == "0 announcements will be sent again while `assay serve` runs.\n"
    before = busy_shell.prints("audit")
    said = busy_shell.fails("webhooks", "replay", "1", "--id", "msg_1", "--id", "msg_1")
    assert said == "Not kept, or never known: msg_1. See: assay webhooks show 1. Nothing is sent again."
    assert busy_shell.prints("audit") == before
    for since in ("yesterday", "2 November", "2026-11-20T09:30"):
        assert "will be sent again" in busy_shell.prints("webhooks", "replay", "1", "--since", since)
    assert "is no date that Assay knows" in busy_shell.fails("webhooks", "replay", "1", "--since", "soon", code=2)
    for words in ([], ["--since", "2026-11-20", "--id", "msg_1"]):
        assert "give one of them" in busy_shell.fails("webhooks", "replay", "1", *words, code=2)


def test_the_doctor_says_which_keys_open_nothing_and_which_settings_nothing_reads(
    busy_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_key = [new_key() for _ in range(2)]
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "a-signing-secret-of-a-test",
        "ASSAY_SLACK_API_URL": "http://127.0.0.1:9/",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASSAY_ENCRYPTION_KEYS", of_key[0])
    assert "Keys" not in busy_shell.runs("doctor").out, "nothing is stored under them"
    busy_shell.prints("webhooks", "create", URL, "--channel", "#support")
    well = busy_shell.runs("doctor").out
    assert "✓ Keys: 1 stored secret can be opened." in well
    assert "Nothing reads" not in well
    monkeypatch.setenv("ASSAY_PROT", "1")
    (busy_shell.folder / ".env").write_text("ASSAY_COLOUR=blue\nASSAY_PUBLISH=3001\n")
    for keys in (of_key[1], ""):
        monkeypatch.setenv("ASSAY_ENCRYPTION_KEYS", keys)
        ill = busy_shell.runs("doctor")
        assert ill.code == 1
        assert "✗ Keys: No key in ASSAY_ENCRYPTION_KEYS opens 1 of 1 stored secret (of workspaces and" in ill.out
        assert "– Settings: Nothing reads ASSAY_COLOUR, ASSAY_PROT (is ASSAY_PORT meant?). README" in ill.out


def test_secrets_of_webhooks_are_locked_once_there_are_keys(busy_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    busy_shell.prints("webhooks", "create", URL, "--channel", "#support")
    first, second = new_key(), new_key()
    for keys in (first, f"{second},{first}", second):
        monkeypatch.setenv("ASSAY_ENCRYPTION_KEYS", keys)
        said = busy_shell.prints("keys", "rotate")
        assert said == "The secrets of 0 workspaces and 1 webhook are locked under the first key.\n"
