"""A channel is set up: who leads it, where its digest goes, what its guideline says, and all that has a default."""

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, keeping, targets, texts
from bot import wishes as wanted
from bot.errors import AssayError
from bot.redaction import Redactor
from bot.setting_changes import as_told, changes
from bot.slack_calls import answered
from bot.slack_channels import LOOK_UP, Look
from bot.wishes import Wishes
from bot.workspaces import Clients
from storage.models import Channel, Guideline
from storage.queries import channels, seen
from storage.words import AuditAct, ChannelState

REASONS = ["refund above limit", "legal threat", "safety", "security incident", "churn risk", "other"]
TAGS = ["personal data", "legal", "safety", "discrimination", "medical", "financial hardship", "minors"]
WORKING_DAYS = [0, 1, 2, 3, 4]  # Monday is 0


class Saved(StrEnum):
    """What became of wishes."""

    FIRST = "first"  # the channel takes drafts from now on
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OVERTAKEN = "overtaken"  # somebody else saved meanwhile; nothing was stored


async def meet(
    session: AsyncSession, *, team: str, slack_id: str, seen_as: Look | None, invited_by: str | None, now: datetime
) -> Channel:
    """The channel as we know it; one that is new gets every default."""
    look = seen_as or Look()
    new = Channel(
        team=team,
        slack_id=slack_id,
        name=look.name or slack_id,
        private=bool(look.private),
        invited_by=invited_by,
        leads=[],
        working_days=WORKING_DAYS,
        escalation_reasons=REASONS,
        tags=TAGS,
        reviewers=[],
        created_at=now,
    )
    return await channels.add(session, new)


def as_it_is(channel: Channel, guideline: str) -> Wishes:
    """Wishes that change nothing."""
    columns = channel.model_dump(include=set(wanted.NAMES) - {"guideline"})
    columns["digest_channel"] = channel.digest_channel or channel.slack_id
    columns["targets"] = targets.listed(channel.targets)
    return Wishes(guideline=guideline, **columns)


async def configure(
    session: AsyncSession, channel_id: int, wishes: Wishes, *, opened: int, by: str, key: bytes, now: datetime
) -> Saved:
    """Write the settings, unless somebody did since they were `opened`; a guideline that reads differently is new."""
    channel = await channels.locked(session, channel_id)
    newest = await channels.guideline(session, channel_id)
    clean = without_personal_data(wishes, key)
    first = not is_set_up(channel)
    before = as_it_is(channel, newest.text if newest else "")
    if not first and wanted.same(clean, before):
        return Saved.UNCHANGED
    if channel.settings_version != opened:
        return Saved.OVERTAKEN
    told, version = ({}, as_told(clean)) if first else changes(before, clean), channel.guideline
    _write(channel, clean, now)
    if newest is None or not texts.same(newest.text, clean.guideline):
        channel.guideline = newest.version + 1 if newest else 1
        session.add(_version(channel, clean.guideline, by, now))
    session.add(channel)
    await seen.first_time(session, f"{_saving(channel)}{by}", now)
    await session.flush()
    await _note(session, channel, told, version, by=by, now=now)
    return Saved.FIRST if first else Saved.CHANGED


async def keep_as_before(session: AsyncSession, channel_id: int, *, by: str, now: datetime) -> Channel | None:
    """Take back a limit that was made shorter and does not hold yet; the channel, or None where there is none."""
    channel = await channels.locked(session, channel_id)
    before = {"retention_days": channel.retention_days}
    if not keeping.take_back(channel, now):
        return None
    channel.settings_version += 1
    session.add(channel)
    await seen.first_time(session, f"{_saving(channel)}{by}", now)
    await session.flush()
    after = {"retention_days": channel.retention_days}
    who = audit.person(by)
    await audit.note(session, AuditAct.SETTINGS, channel, who=who, now=now, before=before, after=after)
    return channel


async def _note(
    session: AsyncSession,
    channel: Channel,
    told: tuple[dict[str, Any], dict[str, Any]],
    version: int,
    *,
    by: str,
    now: datetime,
) -> None:
    """Tell the audit trail what changed; of a new guideline its version as well."""
    before, after = told
    if channel.guideline != version:
        before |= {"version": version} if before else {}
        after |= {"version": channel.guideline}
    if "retention_days" in after and (at := keeping.begins(channel, now)) is not None:
        after |= {"retention_from": at.isoformat()}
    await audit.note(
        session, AuditAct.SETTINGS, channel, who=audit.person(by), now=now, before=before or None, after=after
    )


def _write(channel: Channel, wishes: Wishes, now: datetime) -> None:
    if is_set_up(channel):
        keeping.set_days(channel, wishes.retention_days, now)
    for name in wanted.NAMES:
        if name not in ("guideline", "targets"):
            setattr(channel, name, getattr(wishes, name))
    channel.targets = {topic: share for topic, share in wishes.targets if share is not None}
    channel.state = ChannelState.ACTIVE if channel.state == ChannelState.NEW else channel.state
    channel.settings_version += 1


def _version(channel: Channel, text: str, by: str, now: datetime) -> Guideline:
    assert channel.id is not None
    return Guideline(channel_id=channel.id, version=channel.guideline, text=text, created_by=by, created_at=now)


async def saved_by(session: AsyncSession, channel: Channel) -> str | None:
    """Whose settings the channel has."""
    key = await seen.key_that_begins(session, _saving(channel))
    return key.rsplit(":", 1)[-1] if key else None


def is_set_up(channel: Channel) -> bool:
    """Whether an admin has ever set it up, whatever became of it since."""
    return channel.digest_channel is not None


def without_personal_data(wishes: Wishes, key: bytes) -> Wishes:
    """The wishes as they are stored; placeholders may make a text longer."""
    values = asdict(wishes)
    redact = Redactor(key, {}).redact
    for name in ("guideline", "context_template", "model"):
        values[name] = redact(values[name]) if values[name] else values[name]
    for name in ("escalation_reasons", "tags"):
        values[name] = [redact(one) for one in values[name]]
    values["targets"] = [(redact(topic), share) for topic, share in values["targets"]]
    return Wishes(**values)


async def profile(slack: Clients, team: str, user: str) -> tuple[str | None, str | None]:
    """What somebody is called, and their time zone; None for what Slack does not tell now."""
    try:
        info = (await answered((await slack.of(team)).users_info(user=user), patience=LOOK_UP))["user"]
    except AssayError:
        return None, None
    shown = info.get("profile", {})
    return shown.get("display_name") or shown.get("real_name") or info.get("name"), info.get("tz")


def _saving(channel: Channel) -> str:
    return f"setup:{channel.team}:{channel.id}:{channel.settings_version}:"
