"""What is set and changes nothing, and what was set once and is missed."""

import difflib

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.installing import unopened
from bot.settings import Settings
from bot.storage_settings import StorageSettings
from bot.texts import counted
from bot.vault import Vault
from handlers.doctor.findings import Finding, State

OURS = "ASSAY_"
# Read by compose.yml from the same .env, and by the tests.
OF_OTHERS = frozenset({"ASSAY_IMAGE", "ASSAY_PUBLISH", "ASSAY_PICTURES", "ASSAY_DATA"})
KNOWN = OF_OTHERS | {str(field.validation_alias) for field in Settings.model_fields.values()}


def unheard() -> list[Finding]:
    """Settings in the environment or in .env that begin as ours do and are none: misspelt, perhaps."""
    try:
        given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars}
    except UnicodeDecodeError:  # of .env, which is said where settings are read
        return []
    strange = sorted({name.upper() for name in given if name.upper().startswith(OURS)} - KNOWN)
    if not strange:
        return []
    named = ", ".join(f"{one}{_nearest(one)}" for one in strange)
    return [Finding(State.NOTE, "Settings", f"Nothing reads {named}. README, “Settings”, lists what there is.")]


async def keys(session: AsyncSession, settings: StorageSettings) -> Finding | None:
    """Whether the keys open what is stored under them; None where nothing is."""
    closed, stored = await unopened(session, Vault(settings.vault_keys))
    if closed:
        words = (
            f"No key in ASSAY_ENCRYPTION_KEYS opens {closed} of {counted(stored, 'stored secret')} (of workspaces and "
            "webhooks). Put the key that locked them behind the new one, separated by a comma, and start again."
        )
        return Finding(State.BAD, "Keys", words)
    return Finding(State.GOOD, "Keys", f"{counted(stored, 'stored secret')} can be opened.") if stored else None


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.8)
    return f" (is {near[0]} meant?)" if near else ""
