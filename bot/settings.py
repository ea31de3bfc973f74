"""Settings, frozen, with the form that each has to have."""

import hashlib
from typing import Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bot import guarded_http
from bot.storage_settings import StorageSettings, listed

CHAT_COMPLETIONS = "/chat/completions"  # what a model's address ends with
SHORTEST_SECRET = 16


class Settings(StorageSettings):
    """What a running bot needs.

    With SLACK_BOT_TOKEN the app is in one workspace; with SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and ASSAY_PUBLIC_URL any
    number of workspaces install it at /slack/install, and their tokens are stored under ASSAY_ENCRYPTION_KEYS.
    With SLACK_APP_TOKEN Slack's messages come over Socket Mode: the bot calls Slack, nothing is taken at /slack/events.
    SLACK_SIGNING_SECRET is needed all the same. No socket uses it, but personal values are hashed under it (`key`):
    one secret for both modes keeps the placeholders of old tickets when an operator changes from one to the other.
    """

    slack_client_id: str = Field("", validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: SecretStr = Field(SecretStr(""), validation_alias="SLACK_CLIENT_SECRET")
    slack_bot_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_BOT_TOKEN",
        validate_default=True,
        description="the Bot User OAuth Token as OAuth & Permissions shows it, without spaces",
    )
    slack_signing_secret: SecretStr = Field(
        validation_alias="SLACK_SIGNING_SECRET",
        description="the app's signing secret as Basic Information shows it, 16 characters or more without spaces",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="ASSAY_SLACK_API_URL",
        pattern=r"^https?://[^/\s]+/",
        description="an address such as https://slack.com/api/, without a password",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_APP_TOKEN",
        description="the app-level token (xapp-…) as Basic Information shows it, without spaces",
    )
    admins: str = Field(
        "",
        validation_alias="ASSAY_ADMINS",
        validate_default=True,
        description="Slack user ids, separated by commas; where many workspaces install the app, TEAM/USER",
    )
    host: str = Field(
        "127.0.0.1",
        validation_alias="ASSAY_HOST",
        min_length=1,  # to a socket an empty one is every interface there is
        description="an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them",
    )
    port: int = Field(3001, validation_alias="ASSAY_PORT", ge=1, le=65_535, description="a number up to 65535")
    api_rate: int = Field(
        3_000,
        validation_alias="ASSAY_API_RATE",
        ge=1,
        le=1_000_000,
        description="how many requests a minute each token of the API may make, a number up to 1,000,000",
    )
    kept_days: int = Field(
        7, validation_alias="ASSAY_UNINSTALLED_DAYS", ge=0, le=365, description="a number of days from 0 to 365"
    )
    public_url: str = Field(
        "",
        validation_alias="ASSAY_PUBLIC_URL",
        pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$",
        description="the address at which Slack reaches the bot, such as https://assay.example.com",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="ASSAY_METRICS_TOKEN",
        description="16 characters or more, without spaces: whoever reads /metrics sends them as a bearer token",
    )
    otlp_endpoint: str = Field(
        "",
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$",
        description="an address such as http://collector:4318, without a password or a question mark",
    )
    drain_seconds: float = Field(
        5.0,
        validation_alias="ASSAY_DRAIN_SECONDS",
        ge=0,
        le=600,
        description="seconds from 0 to 600 that a stopping process still takes requests",
    )
    model_url: str = Field(
        "",
        validation_alias="ASSAY_MODEL_URL",
        # No name and password in it: addresses are shown and logged.
        pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$",
        description="a base such as https://api.example.com/v1, without a password or a question mark",
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

    @field_validator("slack_signing_secret")
    @classmethod
    def nobody_guesses_it(cls, secret: SecretStr) -> SecretStr:
        # Over Socket Mode too: personal values are hashed under it.
        bare = secret.get_secret_value()
        if not bare:
            raise PydanticCustomError("missing", "the app's signing secret")
        if not _is_no_guess(bare):
            raise ValueError("too short, or not as Slack shows it")
        return secret

    @field_validator("metrics_token")
    @classmethod
    def metrics_token_is_no_guess(cls, token: SecretStr) -> SecretStr:
        bare = token.get_secret_value()
        if bare and not _is_no_guess(bare):
            raise ValueError("too short, or a header cannot hold it")
        return token

    @field_validator("public_url", "slack_api_url")
    @classmethod
    def address_is_one(cls, url: str) -> str:
        if url:
            try:
                guarded_http.parsed(url)
            except guarded_http.RefusedAddress as error:
                raise ValueError("no address") from error
        return url

    @field_validator("model_url")
    @classmethod
    def model_url_is_a_base(cls, url: str) -> str:
        # Providers show the whole address of the method; it is asked for below the base.
        return url.rstrip("/").removesuffix(CHAT_COMPLETIONS).rstrip("/")

    @field_validator("slack_bot_token", "slack_app_token", "model_key")
    @classmethod
    def key_can_be_sent(cls, key: SecretStr) -> SecretStr:
        if not _visible(key.get_secret_value()):
            raise ValueError("a header cannot hold it")
        return key

    @field_validator("model_name")
    @classmethod
    def model_is_named(cls, name: str, info: ValidationInfo) -> str:
        if info.data.get("model_url") and not name:
            raise PydanticCustomError("missing", "a model's address needs a model's name")
        return name

    @field_validator("slack_bot_token")
    @classmethod
    def one_workspace_has_a_token(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        many = info.data.get("slack_client_id") or info.data["slack_client_secret"].get_secret_value()
        if not token.get_secret_value() and not many:
            raise PydanticCustomError("missing", "the app's token in its workspace")
        return token

    @field_validator("admins")
    @classmethod
    def admins_have_a_workspace(cls, admins: str, info: ValidationInfo) -> str:
        # Anybody can make a workspace, and nobody promises that a person's id is of no other workspace too.
        if info.data.get("slack_client_id") and not all("/" in one for one in listed(admins)):
            raise ValueError("of which workspace?")
        return admins

    @model_validator(mode="after")
    def many_workspaces_need_more(self) -> Self:
        if not self.many_workspaces:
            return self
        if self.slack_bot_token.get_secret_value():
            raise PydanticCustomError("said", "Unset SLACK_BOT_TOKEN, which is of one workspace, or SLACK_CLIENT_ID.")
        needed = {
            "SLACK_CLIENT_ID": self.slack_client_id,
            "SLACK_CLIENT_SECRET": self.slack_client_secret.get_secret_value(),
            "ASSAY_PUBLIC_URL": self.public_url,
            "ASSAY_ENCRYPTION_KEYS": self.vault_keys,
        }
        if lacking := [name for name, value in needed.items() if not value]:
            raise PydanticCustomError("lacking", "{names}", {"names": ", ".join(lacking)})
        return self

    @property
    def many_workspaces(self) -> bool:
        """Whether any number of workspaces install the app; else it is in the one that gave the bot token."""
        return bool(self.slack_client_id or self.slack_client_secret.get_secret_value())

    @property
    def model(self) -> str | None:
        """The model that is asked where a channel names none; None: no model is set up."""
        return self.model_name if self.model_url else None

    @property
    def admin_ids(self) -> frozenset[str]:
        return frozenset(listed(self.admins))

    @property
    def over_socket(self) -> bool:
        """Whether Slack's messages come over Socket Mode."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def key(self) -> bytes:
        """The key under which values are hashed; it lives in no table, so hashes there cannot be guessed."""
        return hashlib.sha256(b"assay:" + self.slack_signing_secret.get_secret_value().encode()).digest()


def _visible(written: str) -> bool:
    return all("!" <= sign <= "~" for sign in written)


def _is_no_guess(secret: str) -> bool:
    return len(secret) >= SHORTEST_SECRET and _visible(secret)
