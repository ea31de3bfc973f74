"""What is said when settings are saved, and why they are not: at the field, or at the top of the window."""

from collections.abc import Sequence

from bot import harmless, texts
from bot.slack_channels import Look
from bot.wishes import Complaint, Wrong

NAMED_MOST = 5  # topics in one sentence
KEPT = "Everything you typed is still here"
COMPLAINTS = {
    Wrong.EMPTY: "Not saved: write at least one, one a line.",
    Wrong.BAR: "Not saved: “{about}” has a | in it, which stands between several in files. Use another sign.",
    Wrong.TWICE: "Not saved: “{about}” stands there twice. Remove one of them.",
    Wrong.LONG_LINE: "Not saved: “{about}” is longer than 75 characters. Shorten it.",
    Wrong.MANY_LINES: "Not saved: there are {about} lines, and 50 are the most. Remove some.",
    Wrong.LONG: (
        "Not saved: with personal data replaced by placeholders this is longer than 3,000 characters. Shorten it, "
        "then press Save again."
    ),
    Wrong.NUMBER: "Not saved: write a whole number from 1 to 100.",
    Wrong.DAYS: "Not saved: write a whole number of days from 1 to 3,650, or leave it empty to keep drafts for ever.",
    Wrong.PLACEHOLDER: "Not saved: {about} is not known. Use {{guideline}}, {{context}} or {{context.NAME}}.",
    Wrong.TARGET: "Not saved: “{about}” is not a topic with a percentage. Write it as: billing/refund 20",
    Wrong.TOO_MUCH: "Not saved: together these are {about} %. Lower some: 100 % is everything.",
    Wrong.ZONE: "Not saved: “{about}” is no time zone. Type a city and choose from the list.",
}
NOT_INVITED = f"Not saved: Assay is not in that channel. Invite it there, then press Save again. {KEPT}."
NOT_FOUND = (
    "Not saved: that channel was deleted, or it is private and Assay is not in it. Choose another one, or invite "
    f"Assay there and press Save again. {KEPT}."
)
IS_ARCHIVED = f"Not saved: that channel is archived. Unarchive it and press Save again, or choose another. {KEPT}."
IS_FOREIGN = (
    "Not saved: people of another company are in that channel (Slack Connect), and would read this. "
    f"Choose one of your own. {KEPT}."
)
NO_COLLEAGUES = "One of these is a bot or a guest, or has left. Choose people of this workspace."
UNCHANGED = "Saved, nothing was changed."
CHANGED = "Saved. The new settings hold from now on."


def unfit(look: Look) -> str | None:
    """Why nothing should go to a channel, or None where it may."""
    if not look.found:
        return NOT_FOUND
    if look.archived:
        return IS_ARCHIVED
    if look.foreign:
        return IS_FOREIGN
    return None if look.here else NOT_INVITED


def changed(of_no_draft: Sequence[str]) -> str:
    """What is said after saving, with the wished-for topics that no draft of the channel has."""
    if not of_no_draft:
        return CHANGED
    named = [f"“{harmless.in_mrkdwn(texts.shortened(one, 50))}”" for one in of_no_draft[:NAMED_MOST]]
    if more := len(of_no_draft) - len(named):
        named.append(f"{more} more")
    return f"{CHANGED} No draft here has yet, of the wished-for topics: {', '.join(named)}."


def complaint(one: Complaint) -> str:
    """The sentence at the field."""
    return COMPLAINTS[one.wrong].format(about=texts.shortened(one.about, 100))


def overtaken(who: str | None) -> str:
    """Two admins at once: whose settings came in between, and what to do."""
    return (
        f"Not saved: {who or 'another admin'} saved other settings of this channel while this window was open. {KEPT}: "
        "copy what you need, close the window, and type /assay setup again to start from theirs."
    )
