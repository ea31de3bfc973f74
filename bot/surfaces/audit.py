"""The audit trail in plain words: for an admin's window in Slack, and for the command line."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot import harmless, targets, texts
from bot.surfaces import blocks as b
from bot.surfaces import travelling
from bot.surfaces.blocks import Block, View
from bot.surfaces.setup import DAYS
from bot.texts import counted
from storage.models import Audit, Channel
from storage.words import AuditAct, Verdict

PAGE = 15
CHANNELS_MOST = 99  # beside *All channels*
EVERYWHERE = "all"
TITLE = "Audit trail"
ABOUT = "Who did what, newest first. Nothing here can be changed; it holds no words of drafts, answers or customers."
NOTHING = "Nothing is written down here yet. Changed settings, exports, settled disputes and erasures will be."

Name = Callable[[str], str]  # person:NUMBER as the reader knows them

SETTINGS: Mapping[str, str] = {
    "leads": "leads",
    "digest_channel": "the digest's channel",
    "digest_time": "the digest's time",
    "guideline": "the guideline's length",
    "version": "the guideline's version",
    "time_zone": "the time zone",
    "working_days": "working days",
    "overlap_share": "the overlap",
    "open_cards": "open cards",
    "escalation_channel": "the escalation channel",
    "escalation_reasons": "the number of escalation reasons",
    "tags": "the number of topics to flag",
    "targets": "the wished-for mix",
    "reviewers": "reviewers",
    "second_looks": "second looks",
    "context_template": "the length of the system message",
    "model": "the model",
    "writes_drafts": "writing drafts",
    "exports_slack_drafts": "exporting drafts from Slack",
    "retention_days": "how long drafts are kept",
}
NONE = {
    "overlap_share": "half, then 1 in 10",
    "model": "the usual one",
    "retention_days": "no limit",
    "reviewers": "everybody",
    "leads": "nobody",
    "working_days": "no day",
}
PEOPLE = ("leads", "reviewers")
PEOPLE_TOLD = 20  # at once: with more of them an entry is longer than Slack shows
PLACES = ("digest_channel", "escalation_channel")
VERDICTS: Mapping[str, str] = {
    Verdict.APPROVED: "approved as is",
    Verdict.EDITED: "edited",
    Verdict.REJECTED: "rejected",
    Verdict.NOT_JUDGED: "without a reply",
}
NOUNS = {"token": "API token", "webhook": "webhook"}


@dataclass(frozen=True)
class Place:
    """What a window shows: the entries of one channel (or "all"), the newest or those below a number."""

    channel: str = EVERYWHERE
    below: int | None = None

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, metadata: str) -> "Place":
        return travelling.loads(cls, metadata)


def window(rows: Sequence[Audit], place: Place, channels: Sequence[Channel], name: Name) -> View:
    """A page of entries; one row more than a page says that there are older ones."""
    shown, more = rows[:PAGE], len(rows) > PAGE
    lines = [b.section(f"{sentence(one, name)} · {b.moment(one.at)}") for one in shown]
    turns = [b.button("Newer", "audit:newer", str(shown[0].id))] if shown and place.below is not None else []
    turns += [b.button("Older", "audit:older", str(shown[-1].id))] if more else []
    blocks = [
        b.context(b.label(ABOUT, limit=2_000)),
        b.actions("audit:filter", [_filter(place, channels)]),
        *(lines or [b.section(NOTHING)]),
        *([b.actions("audit:turn", turns)] if turns else []),
    ]
    return b.modal("audit", TITLE, blocks, submit=None, metadata=place.dumps())


def sentence(row: Audit, name: Name) -> str:
    """Who did what where, marked up."""
    where = f" · <#{row.channel}>" if row.channel else ""
    return f"{_who(row.who, name)} {_did(row, name)}{where}"


def _filter(place: Place, channels: Sequence[Channel]) -> Block:
    listed = sorted(channels, key=lambda one: one.name)[:CHANNELS_MOST]
    options = [b.option("All channels", EVERYWHERE), *(b.option(one.name, one.slack_id) for one in listed)]
    return b.select("audit:channel", options, chosen=place.channel, placeholder="Choose a channel")


def _who(who: str, name: Name) -> str:
    kind, _, number = who.partition(":")
    if kind == "person":
        return name(who)
    return {"token": f"API token {number}", "operator": "The operator"}.get(kind, "Assay")


def _did(row: Audit, name: Name) -> str:
    return _SAID[AuditAct(row.act)](row, name)


def _settings(row: Audit, name: Name) -> str:
    before, after = row.before or {}, row.after or {}
    if not before:
        return "set the channel up"
    told = [_change(one, before, after, name) for one in SETTINGS if one in after]
    later = after.get("retention_from")
    return f"set {'; '.join(told)}" + (f" (from {b.moment(datetime.fromisoformat(later))} on)" if later else "")


def _change(setting: str, before: Mapping[str, Any], after: Mapping[str, Any], name: Name) -> str:
    if setting in PEOPLE and (told := _came_and_went(before.get(setting) or [], after[setting] or [], name)):
        return f"{SETTINGS[setting]}: {told}"
    was, now = (_value(setting, side.get(setting), name) for side in (before, after))
    if was == now:  # of texts only this much is kept
        return f"{SETTINGS[setting]} anew ({now})"
    return f"{SETTINGS[setting]} from {was} to {now}"


def _came_and_went(before: Sequence[str], after: Sequence[str], name: Name) -> str:
    """Whom somebody added and removed; nothing where so few are named that all of them are told."""
    if not before or not after or max(len(before), len(after)) <= PEOPLE_TOLD:
        return ""
    came = _people([one for one in after if one not in before], name)
    went = _people([one for one in before if one not in after], name)
    return ", and ".join([*([f"added {came}"] if came else []), *([f"removed {went}"] if went else [])])


def _people(people: Sequence[str], name: Name) -> str:
    told, left = [name(one) for one in people[:PEOPLE_TOLD]], len(people) - PEOPLE_TOLD
    return ", ".join(told) + (f" and {left:,} more" if left > 0 else "")


def _value(setting: str, value: Any, name: Name) -> str:
    if value in (None, []):
        return NONE.get(setting, "none")
    if setting in PLACES:
        return f"<#{value}>"
    written = {
        "overlap_share": lambda: f"{value * 100:g} %",
        "retention_days": lambda: f"{value:,} days",
        "working_days": lambda: ", ".join(DAYS[day][:3] for day in value),
        "leads": lambda: _people(value, name),
        "reviewers": lambda: _people(value, name),
        "targets": lambda: _mix(value),
    }
    if setting in written:
        return written[setting]()
    return ("on" if value else "off") if isinstance(value, bool) else harmless.in_mrkdwn(f"{value}")


def _mix(shares: Sequence[float] | int) -> str:
    """The shares, whose topics are not kept; older entries have only their number."""
    if isinstance(shares, int):
        return counted(shares, "topic")
    return f"{', '.join(map(targets.in_percent, shares))} %"


def _token(verb: str) -> Callable[[Audit, Name], str]:
    def said(row: Audit, _name: Name) -> str:
        told = row.after or row.before or {}
        called = harmless.in_mrkdwn(texts.shortened(str(told.get("name", "")), 80))
        scopes = harmless.in_mrkdwn(", ".join(told.get("scopes", ())) or "no permissions")
        return f"{verb} {_about(row)} “{called}” ({scopes})"

    return said


def _ruled(row: Audit, _name: Name) -> str:
    told = row.after or {}
    human = ", for a human" if told.get("escalated") else ""
    reason = str(told.get("reason", "")).replace("_", " ")
    verdict = VERDICTS.get(told.get("verdict", ""), "an answer")
    return f"settled the dispute about {_about(row)}: {verdict}{human} ({reason})"


def _rows(verb: str) -> Callable[[Audit, Name], str]:
    def said(row: Audit, _name: Name) -> str:
        told = row.after or {}
        return f"{verb} {counted(told.get('rows', 0), 'row')} as {told.get('format')}"

    return said


def _about(row: Audit) -> str:
    kind, _, number = (row.about or "").partition(":")
    return f"{kind} #{number}" if kind == "draft" else f"{NOUNS.get(kind, kind)} {number}"


def _webhook(verb: str) -> Callable[[Audit, Name], str]:
    def said(row: Audit, _name: Name) -> str:
        told = row.before or row.after or {}
        events = ", ".join(told.get("events", ()))
        return f"{verb} {_about(row)} to {harmless.in_mrkdwn(str(told.get('server')))} ({events})"

    return said


def _went_off(row: Audit, name: Name) -> str:
    why = harmless.in_mrkdwn(str((row.after or {}).get("why", "")))
    return f"{_webhook('switched off')(row, name)}: {why}".rstrip(" .:")


def _replayed(row: Audit, _name: Name) -> str:
    was, now = row.before or {}, row.after or {}
    on = "" if was.get("on", True) else ", which is on again"
    return f"had {counted(now.get('announcements', 0), 'announcement')} sent again to {_about(row)}{on}"


def _moved(row: Audit, _name: Name) -> str:
    told = row.after or {}
    return f"moved Assay to another database: {counted(told.get('rows', 0), 'row')} of {told.get('tables', 0)} tables"


def _again(row: Audit, _name: Name) -> str:
    about = f" of {_about(row)}" if row.about else ""
    return f"posted the {str((row.after or {}).get('kind', '')).replace('_', ' ')}{about} again"


def _reported(row: Audit, _name: Name) -> str:
    told = row.after or {}
    return f"reported personal data in {_about(row)}: struck out in {counted(told.get('places', 0), 'place')}"


def _erased(row: Audit, _name: Name) -> str:
    told = row.after or {}
    named = {"draft": "draft", "label": "answer"}
    what = [counted(told[kind], noun) for kind, noun in named.items() if told.get(kind)]
    why = {
        "ticket": "of a ticket",
        "customer": "of a customer",
        "agent": "of somebody who answered",
        "workspace": "of the whole workspace",
        "installed again": "of the workspace, until it was installed again",
        "retention": "that were kept as long as the channel says",
    }
    return f"erased {' and '.join(what) or 'what was stored'} {why.get(str(told.get('why')), '')}".rstrip()


def _migrated(row: Audit, _name: Name) -> str:
    was, now = ((side or {}).get("schema") for side in (row.before, row.after))
    if was is None:
        return f"set the database up, as version {now} of its tables"
    return f"updated the database from version {was} of its tables to {now}"


def _plain(words: str) -> Callable[[Audit, Name], str]:
    return lambda row, _name: words.format(about=_about(row), **(row.after or {}))


_SAID: Mapping[AuditAct, Callable[[Audit, Name], str]] = {
    AuditAct.SETTINGS: _settings,
    AuditAct.TOKEN_MADE: _token("made"),
    AuditAct.TOKEN_ENDED: _token("ended"),
    AuditAct.WEBHOOK_MADE: _webhook("made"),
    AuditAct.WEBHOOK_OFF: _went_off,
    AuditAct.WEBHOOK_REPLAYED: _replayed,
    AuditAct.WEBHOOK_DELETED: _webhook("deleted"),
    AuditAct.SETTLED: _ruled,
    AuditAct.WITHDRAWN: _plain("withdrew {about}"),
    AuditAct.LABEL_UNDONE: _plain("took back their answer to {about}, which was settled"),
    AuditAct.LABEL_CHANGED: _plain("changed their answer to {about}, which was settled"),
    AuditAct.GOLD_READ: _rows("read gold, up to"),
    AuditAct.LABELS_READ: _rows("read"),
    AuditAct.EXPORTED: _rows("exported"),
    AuditAct.IMPORTED: lambda row, _name: f"imported {counted((row.after or {}).get('drafts', 0), 'draft')}",
    AuditAct.POSTED_AGAIN: _again,
    AuditAct.REPORTED: _reported,
    AuditAct.CALLED_OFF: _plain("called off the escalation of {about}"),
    AuditAct.INSTALLED: _plain("installed Assay"),
    AuditAct.UNINSTALLED: _plain("removed Assay"),
    AuditAct.ERASED: _erased,
    AuditAct.MOVED: _moved,
    AuditAct.KEYS_ROTATED: _plain("locked the stored tokens under a new key"),
    AuditAct.MIGRATED: _migrated,
    AuditAct.RESTORED: _plain("went on from a backup"),
}
