"""Settings from the environment or a .env file: read once, frozen, each missing one named."""

import hashlib
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import MissingSettings

SEE = "README, “Run it”"

T = TypeVar("T", bound=BaseSettings)
DATABASES = ("sqlite+aiosqlite:///", "postgresql+psycopg://")


class StorageSettings(BaseSettings):
    """What every command needs."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field("sqlite+aiosqlite:///assay.db", validation_alias="ASSAY_DATABASE_URL")
    log: str = Field("info", validation_alias="ASSAY_LOG")

    @field_validator("database_url")
    @classmethod
    def known_database(cls, url: str) -> str:
        if not url.startswith(DATABASES):
            raise ValueError
        return url


class Settings(StorageSettings):
    """What a running bot needs.

    With SLACK_APP_TOKEN Slack's messages come over Socket Mode: the bot calls Slack, nothing is taken at /slack/events.
    SLACK_SIGNING_SECRET is needed all the same. No socket uses it, but personal values are hashed under it (`key`):
    one secret for both modes keeps the placeholders of old tickets when an operator changes from one to the other.
    """

    slack_bot_token: SecretStr = Field(validation_alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr = Field(validation_alias="SLACK_SIGNING_SECRET")
    slack_app_token: SecretStr = Field(
        SecretStr(""), validation_alias="SLACK_APP_TOKEN", description="xapp-…: Slack's messages come over Socket Mode"
    )
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="ASSAY_SLACK_API_URL")
    admins: str = Field("", validation_alias="ASSAY_ADMINS", description="Slack user ids, separated by commas")
    host: str = Field("127.0.0.1", validation_alias="ASSAY_HOST")
    port: int = Field(3001, validation_alias="ASSAY_PORT")
    public_url: str = Field("", validation_alias="ASSAY_PUBLIC_URL", description="The address that Slack calls")

    @property
    def admin_ids(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.admins.split(",") if part.strip())

    @property
    def over_socket(self) -> bool:
        """Whether Slack's messages come over Socket Mode."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def key(self) -> bytes:
        """The key under which values are hashed; it lives in no table, so hashes there cannot be guessed."""
        return hashlib.sha256(b"assay:" + self.slack_signing_secret.get_secret_value().encode()).digest()


def read_storage_settings() -> StorageSettings:
    """Settings of commands that need no Slack. Raises MissingSettings."""
    return _read(StorageSettings)


def read_settings() -> Settings:
    """Settings of a running bot. Raises MissingSettings."""
    return _read(Settings)


def _read(kind: type[T]) -> T:
    try:
        return kind()
    except ValidationError as error:
        if missing := _named(error, missing=True):
            sentence = f"Set {missing} in the environment or in a file named .env. {SEE}, says where each comes from."
        else:
            sentence = f"{_named(error, missing=False)} has a value that Assay cannot use. {SEE}, shows the form."
        raise MissingSettings(sentence) from error


def _named(error: ValidationError, *, missing: bool) -> str:
    return ", ".join(str(problem["loc"][0]) for problem in error.errors() if (problem["type"] == "missing") is missing)
