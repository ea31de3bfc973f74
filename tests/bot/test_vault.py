"""Secrets at rest: what is stored opens under any of the keys, and nothing that was tampered with does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import NoKey, Vault, is_key, new_key

# Fixed, for the names of tests are made of them.
OLD, NEW = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=", "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="


@given(st.text())
def test_what_is_locked_opens_again_and_cannot_be_read_in_between(secret: str) -> None:
    stored = Vault((OLD,)).locked(secret)
    assert Vault((OLD,)).opened(stored) == secret
    assert len(secret) < 8 or secret not in stored


def test_a_new_key_goes_in_front_and_the_old_one_still_opens() -> None:
    stored = Vault((OLD,)).locked("xoxb-1")
    assert Vault((NEW, OLD)).opened(stored) == "xoxb-1"
    relocked = Vault((NEW, OLD)).relocked(stored)
    assert Vault((NEW,)).opened(relocked) == "xoxb-1"


def test_a_secret_under_a_key_that_was_taken_out_is_told_in_a_sentence() -> None:
    with pytest.raises(NoKey, match="Put the old key behind the new one"):
        Vault((NEW,)).opened(Vault((OLD,)).locked("xoxb-1"))


def test_a_stored_secret_that_was_changed_does_not_open() -> None:
    stored = Vault((OLD,)).locked("xoxb-1")
    with pytest.raises(NoKey):
        Vault((OLD,)).opened(stored[:-4] + ("AAAA" if not stored.endswith("AAAA") else "BBBB"))


def test_without_a_key_nothing_is_stored_in_plain_text() -> None:
    with pytest.raises(NoKey, match="assay keys new"):
        Vault(()).locked("xoxb-1")


@pytest.mark.parametrize("written", ["", "short", "x" * 44, OLD[:-2]])
def test_what_is_no_key_is_known_as_none(written: str) -> None:
    assert not is_key(written)
    assert is_key(new_key())


def test_where_keys_are_a_choice_a_secret_is_kept_with_or_without_one() -> None:
    for vault in (Vault(()), Vault((NEW,))):
        assert vault.given_back(vault.kept("whsec_1")) == "whsec_1"
    assert Vault((NEW,)).given_back("whsec_1") == "whsec_1"  # from before there was a key
    assert "whsec_1" not in Vault((NEW,)).kept("whsec_1")
