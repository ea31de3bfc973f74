"""What is said to whoever types a command, where there is nothing to show."""

from bot import harmless, texts

NOT_HERE = "Invite Assay to this channel first, then type the command again."
NO_CHANNEL = "Nothing is reviewed in a direct message. Type the command in the channel that you mean."
HELP = (
    "*Assay* collects answers to draft replies, for training. Nothing is sent to customers.\n"
    "`/assay next` — review one draft after the other\n"
    "`/assay setup` — leads, digest, guideline and everything else of this channel (admins)\n"
    "`/assay digest` — the digest of this channel, only for you (leads); of another day: `/assay digest 20 Nov`\n"
    "`/assay stats` — your numbers in this channel, only for you\n"
    "`/assay help` — this list"
)


def unknown(words: str) -> str:
    """The answer to a command that there is not."""
    return f"There is no “/assay {harmless.in_mrkdwn(texts.shortened(words, 50))}”.\n{HELP}"
