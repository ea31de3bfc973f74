"""Secrets at rest: Slack's tokens and webhooks' secrets are stored encrypted, under keys that can be changed.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec): what was tampered with does not open.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import AssayError

LOCKED = "gAAAA"  # how every Fernet token begins: its version, and the first bytes of a year before 2106


class NoKey(AssayError):
    """Something is encrypted under a key that is not set any more; the message says what to do."""


class Vault:
    """Locks under the first of its keys and opens what any of them has locked."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def check(self) -> None:
        """Raises NoKey where no key is set."""
        self._keys()

    def locked(self, secret: str) -> str:
        """The secret as it is stored. Raises NoKey where no key is set."""
        return self._keys().encrypt(secret.encode()).decode()

    def opened(self, stored: str) -> str:
        """The secret again. Raises NoKey where none of the keys has locked it."""
        try:
            return self._keys().decrypt(stored).decode()
        except InvalidToken as error:
            raise NoKey(
                "A stored secret was locked under a key that ASSAY_ENCRYPTION_KEYS no longer holds. Put the old key "
                "behind the new one, separated by a comma, and start again."
            ) from error

    def kept(self, secret: str) -> str:
        """The secret as it is stored where keys are a choice: locked where one is set, else as it is."""
        return secret if self._fernet is None else self.locked(secret)

    def given_back(self, stored: str) -> str:
        """What was `kept`, locked or not. Raises NoKey."""
        return self.opened(stored) if stored.startswith(LOCKED) else stored

    def relocked(self, stored: str) -> str:
        """The same secret under the first key. Raises NoKey."""
        return self.locked(self.opened(stored))

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise NoKey("Set ASSAY_ENCRYPTION_KEYS before secrets are stored: `assay keys new` makes a key.")
        return self._fernet


def new_key() -> str:
    """A key for ASSAY_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def is_key(written: str) -> bool:
    """Whether this can be a key: 32 bytes in URL-safe base64."""
    try:
        Fernet(written)
    except ValueError:
        return False
    return True
