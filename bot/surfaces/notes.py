"""What is said privately, at once, to the one who clicked."""

from collections.abc import Mapping, Sequence

from bot.surfaces.blocks import Message, View, actions, button, context, mention, modal, plain, section
from bot.surfaces.notice import Told
from bot.texts import counted
from storage.words import Verdict

SAVED = {
    Verdict.APPROVED: "approved as is",
    Verdict.REJECTED: "rejected",
    Verdict.NOT_JUDGED: "a human must take over",
}
TOLD = {
    Told.THERE: "The escalation channel is told at once.",
    Told.HERE: "The escalation channel is closed, so this channel is told at once.",
    Told.LEADS: "The leads are told at once, each directly.",
}
UNDONE = "Undone. Your answer is taken back."
NOTHING_TO_UNDO = "Nothing to undo: you have no answer to this draft."
SETTLED_BY_LEAD = "A lead has settled this draft, so the answer stands. Yours stays in its history."
STAYS_OPEN = "The card stays open: somebody else reviews this draft too."
LATE = "This draft was withdrawn while you wrote. Your text is kept."
KEPT_AFTER_SETTLED = "A lead has settled this draft meanwhile. Yours is kept as a second opinion."
WITHDRAWN = "This draft is no longer needed."
GONE = "This draft is not here any more. Nothing was saved."
AWAY = "Not saved, the database is away. Press {button} again in a minute."
AWAY_MODAL = "Not saved, the database is away. Your text is still here: press {button} again."
AWAY_COMMAND = "The database is away. Nothing was changed; try again in a minute."
NOT_OPENED = "The window could not be opened in time. Please {what} again."
REFUSED_WINDOW = (
    "Slack refused to show this window, and would refuse it again. Nothing was changed. An admin finds the reason in "
    "the log."
)
UNKNOWN = "This button is from an older version and does nothing any more. Nothing was saved."
UNKNOWN_SHORTCUT = "This shortcut is from another version and does nothing any more. Nothing was changed."
UNKNOWN_MODAL = (
    "Not saved: this window is from an older version. Your text is still here: copy it, then close the window."
)
UNKNOWN_WINDOW = "This window is from an older version and does nothing any more. Nothing was saved."
UNREADABLE_COMMAND = (
    "Slack sent this command without what Assay needs to answer it. Nothing was changed; type it again."
)
NOT_OFFERED = "Not saved: this choice is not offered any more. Choose another one, then press {button} again."
TOO_LONG = (
    "Not saved: a reply can have up to 48,000 characters, not counting placeholders such as [EMAIL_1]. Your text is "
    "still here: shorten it, then press {button} again."
)
NOT_DISPUTED = "This dispute is settled already. Nothing was changed."
OPEN_AGAIN = "Nothing to settle: an answer was taken back, so the draft waits for one."
WITHDRAWN_MEANWHILE = (
    "This draft was withdrawn meanwhile: nothing is left to settle. Your text is still here: copy it if you need it."
)
SETTLED_MEANWHILE = "Another lead has settled this meanwhile. Your text is still here: copy it if you need it."
SETTLED_BY_YOU = (
    "You have settled this already: your earlier press arrived, though Slack did not say so. What it said stands. "
    "Your text is still here: copy it if you need it."
)
ANSWERS_CHANGED = (
    "Not settled: the answers changed while you read them. Your text is still here: copy it, close this window, then "
    "press Settle again."
)
ADMINS_ONLY = (
    "Only workspace admins can set a channel up. Ask one of them to type /assay setup here. If you are one, "
    "whoever runs Assay can name you in ASSAY_ADMINS."
)
REFUSED = "Not saved: you are not a reviewer of this channel any more; a lead can add you."
NOT_LEAD = "Not saved: only leads can settle a dispute."
GONE_MODAL = "Not saved: this draft is not here any more."
OVERTAKEN = "Nothing was changed: what you did later with this draft stands."
OVERTAKEN_MODAL = "Not saved: what you did later with this draft stands."
OTHER_PARTS = (
    "Not settled: the reply was changed while you wrote, for personal data was taken out of it. Your text is still "
    "here: copy it, close this window, then press Settle again."
)
OTHER_WINDOW = (
    "Not saved: this draft was changed in another window of yours. Your text is still here: press Skip, then Back, to "
    "see what is kept, and save that."
)
WHY_REJECTED = "Choose why this draft cannot be used, then press {button} again."
WHY_HUMAN = "Choose why a human must take over, then press {button} again."
WROTE_BUT_HUMAN = (
    "You wrote a reply. Choose why a human must take over all the same, or “Good with my changes” above; then press "
    "{button} again."
)
REPLACES = "It replaces your earlier answer."
EMPTY = "Write the reply, or say why a human must take over."
TYPED_BUT_CHOSE = (
    "You changed the final reply but chose an answer. Choose “The final reply below” to settle with your text, or put "
    "it back as it was. Nothing was settled yet."
)
NO_ANSWER_CHOSEN = "Choose No or a reason: the final reply below is nobody's answer, so there is none to go by."
EMPTY_FINAL = "Write the final reply, or choose one of the answers."
SETTLED = "Settled: draft #{draft}. Training data will hold this answer."
# By the reason for which the export leaves an answer out: what was settled, and what is left out.
SETTLED_OUTSIDE = {
    "escalated": (", for a human", "escalated answers"),
    "rejected": (", not usable", "rejected answers"),
    "not judged": (", without a reply", "answers without a reply"),
    "made from a Slack message": ("", "drafts made from Slack messages"),
}


def saved(verdict: Verdict, *, words_changed: int, escalated: bool, written: bool = False, as_: str = "Saved") -> str:
    """What was stored, in a sentence."""
    if verdict is Verdict.EDITED:
        changed = f"{counted(words_changed, 'word')} changed"
        sentence = f"{as_}: your reply." if written else f"{as_}: your edit ({changed})."
    else:
        sentence = f"{as_}: {SAVED[verdict]}."
    if escalated and verdict is not Verdict.NOT_JUDGED:
        return f"{sentence} A human must take over."
    return sentence


def extra(first: Sequence[str]) -> str:
    """Somebody was faster; the mention is ours and pings nobody, since only the reader sees it."""
    who = _people(first) or "Somebody"
    return f"{who} {'were' if len(first) > 1 else 'was'} first. Yours is kept as a second opinion."


def settled(draft_id: int, *, left_out: str | None) -> str:
    """What became of a dispute; `left_out`: why the export leaves this answer out."""
    if left_out is None:
        return SETTLED.format(draft=draft_id)
    what, such = SETTLED_OUTSIDE[left_out]
    return f"Settled: draft #{draft_id}{what}. It counts in the figures; training data leaves {such} out."


def admins_only(admins: Sequence[str]) -> str:
    """Why somebody does not set a channel up, and who can."""
    return f"Only workspace admins can do this here: {_people(admins)}." if admins else ADMINS_ONLY


def told(where: Told | None) -> str:
    """Where an escalation is announced; a private channel's name means nothing to those who are not in it."""
    return TOLD[where] if where else "There is no escalation channel and no lead: nobody was told."


def told_when_sent(where: Told | None) -> str:
    """Who will be told, before the escalation is sent."""
    return TOLD[where] if where else "There is no escalation channel and no lead: nobody is told."


def own_dispute(others: Sequence[str]) -> str:
    """Why a lead does not settle this one, and who can."""
    return f"Your own answer is part of this dispute, so another lead settles it: {_people(others)}."


def still_here(sentence: str) -> str:
    """A refusal at a field, where mentions are not drawn."""
    return f"{sentence} Your text is still here: copy it before you close this window."


def redacted(counts: Mapping[str, int]) -> str:
    """What was replaced in a text before it was stored."""
    names = {"EMAIL": "e-mail address", "PHONE": "phone number", "CARD": "card number", "IP": "IP address"}
    names |= {"PRIVATE": "words that were reported"}
    parts = [f"{names.get(kind, kind.replace('_', ' ').lower())}" for kind in counts]
    return f"Personal data replaced before saving: {', '.join(parts)}." if parts else ""


def refused(leads: Sequence[str]) -> str:
    """Why a click was refused, and who can help."""
    return f"You are not a reviewer of this channel. {_people(leads) or 'A workspace admin'} can add you."


def leads_only(leads: Sequence[str]) -> str:
    who = _people(leads) or "nobody is named yet; a workspace admin can name leads with /assay setup"
    return f"Only leads can do this here: {who}."


def with_buttons(sentence: str, draft_id: int, *, about: str, shared: bool = False, undo: bool = True) -> Message:
    """A private note that can be taken back or changed; several may stand in a row, so it says what it is about."""
    buttons = [button("Undo", "draft:undo", str(draft_id))] if undo else []
    buttons.append(button("Change" if undo else "Answer again", "draft:change", str(draft_id)))
    subjects = [context(plain(line)) for line in (about, STAYS_OPEN if shared else "") if line]
    return {"text": sentence, "blocks": [section(sentence), *subjects, actions(f"note:{draft_id}", buttons)]}


def window(message: Message) -> View:
    """A note where there is no channel to say it in."""
    return modal("note", "Assay", message["blocks"], submit=None, metadata="")


def bare(sentence: str) -> Message:
    return {"text": sentence, "blocks": [section(sentence)]}


def _people(users: Sequence[str]) -> str:
    mentions = [mention(user) for user in users]
    return " and ".join([", ".join(mentions[:-1]), mentions[-1]] if len(mentions) > 1 else mentions)
