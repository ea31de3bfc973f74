"""Settings are read from the environment or a .env file once, and each missing one is named."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from bot.errors import MissingSettings
from bot.settings import Settings
from bot.storage_settings import StorageSettings

SEE = "README, “Settings”"

T = TypeVar("T", bound=BaseSettings)


def read_storage_settings() -> StorageSettings:
    """Settings of commands that need no Slack. Raises MissingSettings."""
    return _read(StorageSettings)


def read_settings() -> Settings:
    """Settings of a running bot. Raises MissingSettings."""
    return _read(Settings)


def _read(kind: type[T]) -> T:
    try:
        return kind()
    except UnicodeDecodeError as error:
        raise MissingSettings(f"The file .env is not UTF-8 at byte {error.start}: save it as UTF-8.") from error
    except ValidationError as error:
        if missing := _named(kind, error):
            sentence = f"Set {missing} in the environment or in a file named .env. {SEE}, says where each comes from."
        else:
            sentence = f"{_wrong(kind, error)} {SEE}, says more."
        raise MissingSettings(sentence) from error


def _named(kind: type[BaseSettings], error: ValidationError) -> str:
    """Those that are not set."""
    # A default that is no good is told by the field's name.
    names = {name: field.validation_alias for name, field in kind.model_fields.items()}
    told = [str(problem["loc"][0]) for problem in error.errors() if problem["type"] == "missing"]
    absent = [str(names.get(one, one)) for one in told]
    return ", ".join([*absent, *(problem["msg"] for problem in error.errors() if problem["type"] == "lacking")])


def _wrong(kind: type[BaseSettings], error: ValidationError) -> str:
    """What each setting that cannot be used has to be."""
    if clash := next((problem["msg"] for problem in error.errors() if problem["type"] == "said"), None):
        return clash
    forms = {field.validation_alias: field.description for field in kind.model_fields.values()}
    names = [str(problem["loc"][0]) for problem in error.errors()]
    return " ".join(f"{name} must be {forms.get(name) or 'of another form'}." for name in names)
