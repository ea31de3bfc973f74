"""Settings of whoever works with what is stored, a running bot or not."""

import re
import socket
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.addresses import Allowed
from bot.vault import is_key
from storage.engine import is_address, is_kept

DATABASES = ("sqlite+aiosqlite:///", "postgresql+psycopg://")


class StorageSettings(BaseSettings):
    """What every command needs."""

    # Blanks around a value are nobody's wish, and one of blanks alone is as good as none.
    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )

    database_url: str = Field(
        "sqlite+aiosqlite:///assay.db",
        validation_alias="ASSAY_DATABASE_URL",
        pattern=rf"^({'|'.join(map(re.escape, DATABASES))})",
        description="an address that begins with sqlite+aiosqlite:/// or postgresql+psycopg://",
    )
    replica: str = Field(
        default_factory=socket.gethostname,
        validation_alias="ASSAY_REPLICA",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="a name of letters, digits, dots and hyphens for this process in logs",
    )
    log: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="ASSAY_LOG", description="debug, info, warning or error"
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        validation_alias="ASSAY_ENCRYPTION_KEYS",
        description="keys that `assay keys new` makes, separated by commas, the newest first",
    )

    allow_private_urls: str = Field(
        "",
        validation_alias="ASSAY_ALLOW_PRIVATE_URLS",
        description="where webhooks may lead beside public addresses, separated by commas: hooks.internal, 10.0.0.0/8",
    )

    @field_validator("database_url")
    @classmethod
    def database_url_is_read(cls, written: str) -> str:
        if not is_address(written):
            wrong = "ASSAY_DATABASE_URL cannot be read: look at its port, and at the brackets around its host."
            raise PydanticCustomError("said", wrong)
        if not is_kept(written):
            wrong = "ASSAY_DATABASE_URL must name a file and nothing more, such as sqlite+aiosqlite:///assay.db."
            raise PydanticCustomError("said", wrong)
        return written

    @field_validator("allow_private_urls")
    @classmethod
    def private_urls_are_read(cls, written: str) -> str:
        Allowed.of(written)
        return written

    @property
    def allowed_urls(self) -> Allowed:
        """What webhooks may lead to beside public addresses."""
        return Allowed.of(self.allow_private_urls)

    @field_validator("encryption_keys")
    @classmethod
    def keys_are_keys(cls, keys: SecretStr) -> SecretStr:
        if not all(map(is_key, listed(keys.get_secret_value()))):
            raise ValueError("no key")
        return keys

    @property
    def vault_keys(self) -> tuple[str, ...]:
        """Secrets are locked under the first of these."""
        return tuple(listed(self.encryption_keys.get_secret_value()))


def listed(written: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in written.split(",") if part.strip()]
