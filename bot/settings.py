"""Settings from the environment or a .env file: read once, frozen, each missing one named."""

import hashlib
import re
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import MissingSettings

SEE = "README, “Settings”"

T = TypeVar("T", bound=BaseSettings)
DATABASES = ("sqlite+aiosqlite:///", "postgresql+psycopg://")


class StorageSettings(BaseSettings):
    """What every command needs."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(
        "sqlite+aiosqlite:///assay.db",
        validation_alias="ASSAY_DATABASE_URL",
        pattern=rf"^({'|'.join(map(re.escape, DATABASES))})",
        description="an address that begins with sqlite+aiosqlite:/// or postgresql+psycopg://",
    )
    log: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="ASSAY_LOG", description="debug, info, warning or error"
    )


class Settings(StorageSettings):
    """What a running bot needs.

    With SLACK_APP_TOKEN Slack's messages come over Socket Mode: the bot calls Slack, nothing is taken at /slack/events.
    SLACK_SIGNING_SECRET is needed all the same. No socket uses it, but personal values are hashed under it (`key`):
    one secret for both modes keeps the placeholders of old tickets when an operator changes from one to the other.
    """

    slack_bot_token: SecretStr = Field(validation_alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr = Field(validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="ASSAY_SLACK_API_URL",
        pattern=r"^https?://[^/\s]+/",
        description="an address such as https://slack.com/api/",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""), validation_alias="SLACK_APP_TOKEN", description="xapp-…: Slack's messages come over Socket Mode"
    )
    admins: str = Field("", validation_alias="ASSAY_ADMINS", description="Slack user ids, separated by commas")
    host: str = Field("127.0.0.1", validation_alias="ASSAY_HOST")
    port: int = Field(3001, validation_alias="ASSAY_PORT", ge=1, le=65_535, description="a number up to 65535")
    public_url: str = Field("", validation_alias="ASSAY_PUBLIC_URL", description="The address that Slack calls")
    model_url: str = Field(
        "",
        validation_alias="ASSAY_MODEL_URL",
        # No name and password in it: addresses are shown and logged.
        pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$",
        description="an address such as https://api.openai.com/v1, without a password or a question mark",
    )
    model_key: SecretStr = Field(
        SecretStr(""), validation_alias="ASSAY_MODEL_KEY", description="a key without spaces, as the provider shows it"
    )
    model_name: str = Field(
        "", validation_alias="ASSAY_MODEL_NAME", validate_default=True, description="the model's name at its provider"
    )
    model_at_once: int = Field(
        4, validation_alias="ASSAY_MODEL_CONCURRENCY", ge=1, le=100, description="a number from 1 to 100"
    )
    model_daily_tokens: int | None = Field(
        None, validation_alias="ASSAY_MODEL_DAILY_TOKENS", ge=0, description="a number of tokens, or absent"
    )
    model_price_in: float | None = Field(
        None, validation_alias="ASSAY_MODEL_PRICE_IN", ge=0, description="the price of a million tokens"
    )
    model_price_out: float | None = Field(
        None, validation_alias="ASSAY_MODEL_PRICE_OUT", ge=0, description="the price of a million tokens"
    )

    @field_validator("model_key")
    @classmethod
    def key_can_be_sent(cls, key: SecretStr) -> SecretStr:
        bare = key.get_secret_value().strip()
        if any(not "!" <= sign <= "~" for sign in bare):
            raise ValueError("a header cannot hold it")
        return SecretStr(bare)

    @field_validator("model_name")
    @classmethod
    def model_is_named(cls, name: str, info: ValidationInfo) -> str:
        if info.data.get("model_url") and not name.strip():
            raise PydanticCustomError("missing", "a model's address needs a model's name")
        return name.strip()

    @property
    def model(self) -> str | None:
        """The model that is asked where a channel names none; None: no model is set up."""
        return self.model_name if self.model_url else None

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
        if missing := _named(error):
            sentence = f"Set {missing} in the environment or in a file named .env. {SEE}, says where each comes from."
        else:
            sentence = f"{_wrong(kind, error)} {SEE}, says more."
        raise MissingSettings(sentence) from error


def _named(error: ValidationError) -> str:
    return ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["type"] == "missing")


def _wrong(kind: type[BaseSettings], error: ValidationError) -> str:
    """What each setting that cannot be used has to be."""
    forms = {field.validation_alias: field.description for field in kind.model_fields.values()}
    names = [str(problem["loc"][0]) for problem in error.errors()]
    return " ".join(f"{name} must be {forms.get(name) or 'of another form'}." for name in names)
