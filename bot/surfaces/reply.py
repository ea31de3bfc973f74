"""The windows in which an agent answers a draft: edit, escalate, reject."""

from collections.abc import Sequence

from bot import chunks, texts
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block, View
from bot.surfaces.card import is_long
from bot.surfaces.conversation import CONVERSATION_SHOWN
from bot.surfaces.scene import Opened, Scene, about, foot, shown_draft
from storage.models import Draft, Revision
from storage.words import Verdict

NOTE_LONGEST = 1_000
UNCHANGED = "Saving it unchanged approves it."
AS_IT_IS = "Not usable, or for a human without a reply? Then leave the text as it is: it does not count."
DRAFT_NOT_JUDGED = (
    "Left empty, the suggested reply is not judged. Is it good, but a human should see this too? Then close this "
    "window and press {judge}: “Must a human take over?” is asked there as well."
)
NO_REPLY = "Left empty, there is no reply, and a human takes over from here."
WHY_NOT_USABLE = "A draft that is not usable needs this; for any other answer it stays empty."
NOBODY = "|none"  # a reason holds no bar, so none is like it
REJECT_REASONS = {
    "wrong_facts": "Wrong facts",
    "wrong_tone": "Wrong tone",
    "unsafe": "Unsafe",
    "not_answerable": "Not answerable",
    "other": "Something else",
}
GOOD, EDITED, REJECT, HUMAN = "good", "edited", "reject", "human"
ANSWERS = {
    GOOD: "Good as it is",
    EDITED: "Good with my changes",
    REJECT: "Not usable",
    HUMAN: "For a human, without a reply",
}
SAID = {
    Verdict.APPROVED: GOOD,
    Verdict.EDITED: EDITED,
    Verdict.REJECTED: REJECT,
    Verdict.NOT_JUDGED: HUMAN,
}


def edit(scene: Scene, opened: Opened) -> View:
    """The reply as it stands, in parts that fit Slack's inputs, and whether a human must take over."""
    draft = scene.draft
    words = "Reply" if draft.text is not None else "Write the reply you would send"
    text = starting_text(draft, scene.mine)
    fields = [
        *reply_fields(opened, text, words),
        *([b.context(b.label(UNCHANGED, limit=2_000))] if text == draft.text else []),
        take_over(scene, opened),
        *remarks(scene, opened),
    ]
    name = "Edit the reply" if draft.text is not None else "Write the reply"
    return _window(scene, opened, "draft:edit", name, fields, submit="Save")


def change(scene: Scene, opened: Opened) -> View:
    """Everything that can be said of a draft, as the agent said it before."""
    fields = answer_fields(scene, opened, starting_text(scene.draft, scene.mine))
    back = [] if scene.mine is None or scene.mine.withdrawn else [_undo(opened)]
    return _window(scene, opened, "draft:change", "Change your answer", [*fields, *back], submit="Save")


def _undo(opened: Opened) -> Block:
    undo = b.confirmed(
        b.button("Undo my answer", "draft:undo", str(opened.draft)),
        "Undo your answer?",
        "It is taken back and stays in the history. What you typed here is not kept.",
        yes="Undo it",
    )
    return b.actions(f"undo:{opened.draft}:{opened.base}", [undo])


def answer_fields(scene: Scene, opened: Opened, text: str) -> list[Block]:
    """Every field of an answer; `text` is the reply that stands there at first."""
    judged = scene.draft.text is not None
    return [
        *([_verdict(scene, opened)] if judged else []),
        # What was said, and why the draft is here, stands above and is read first: the reply does not take the focus.
        *reply_fields(
            opened, text, "Reply" if judged else "Write the reply you would send", optional=not judged, focus=False
        ),
        *([b.context(b.label(AS_IT_IS, limit=2_000))] if judged else []),
        *([why_rejected(scene, opened, placeholder="Only if it is not usable", optional=True)] if judged else []),
        take_over(scene, opened),
        *remarks(scene, opened),
    ]


def _verdict(scene: Scene, opened: Opened) -> Block:
    options = [b.option(words, value) for value, words in ANSWERS.items()]
    said = Verdict(scene.mine.verdict) if scene.mine else Verdict.APPROVED
    return b.field(
        f"verdict:{opened.draft}:{opened.base}", "This draft is", b.radio("verdict", options, chosen=SAID[said])
    )


def escalate(scene: Scene, opened: Opened, *, told: str) -> View:
    """Why a human must take over, and, if the agent likes, the reply."""
    reason = b.select(
        "reason",
        _reasons(scene),
        chosen=scene.mine.escalation if scene.mine else None,
        placeholder="Choose a reason",
    )
    fields = [
        b.field(f"escalation:{scene.draft.id}:{opened.base}", "Why must a human take over?", reason),
        b.context(b.mrkdwn(told)),
        _optional_reply(opened, "Reply", hint=_if_empty(scene.draft)),
        *remarks(scene, opened),
    ]
    return _window(scene, opened, "draft:escalate", "Escalate", fields, submit="Escalate", shows_draft=True)


def _if_empty(draft: Draft) -> str:
    """What an escalation without a reply says of the draft's text."""
    if draft.text is None:
        return NO_REPLY
    return DRAFT_NOT_JUDGED.format(judge="Read and review" if is_long(draft) else "Edit")


def reject(scene: Scene, opened: Opened) -> View:
    """Why the draft cannot be used, and, if the agent likes, a better reply."""
    fields = [
        why_rejected(scene, opened, placeholder="Choose a reason"),
        _optional_reply(opened, "A better reply"),
        *remarks(scene, opened),
    ]
    return _window(scene, opened, "draft:reject", "Reject the draft", fields, submit="Reject", shows_draft=True)


def _window(
    scene: Scene,
    opened: Opened,
    callback: str,
    name: str,
    fields: Sequence[Block],
    *,
    submit: str,
    shows_draft: bool = False,
) -> View:
    """What stands around the fields is shown shorter where Slack would refuse the window."""

    def made(shorter: int) -> View:
        room = CONVERSATION_SHOWN // shorter
        shown = shown_draft(scene.draft, room) if shows_draft else []
        blocks = [*about(scene, room), *shown, *fields, *foot(scene)]
        return b.modal(callback, name, blocks, submit=submit, metadata=opened.dumps())

    return b.fitting(made)


def starting_text(draft: Draft, mine: Revision | None) -> str:
    """The text that the edit window starts from: the agent's own earlier reply, or the draft."""
    if mine is not None and not mine.withdrawn and mine.text is not None:
        return mine.text
    return draft.text or ""


def take_over(scene: Scene, opened: Opened) -> Block:
    """Whether a human must take over, and why; no at first."""
    menu = b.select(
        "reason",
        [b.option("No, a reply is enough", NOBODY), *_reasons(scene)],
        chosen=(scene.mine.escalation if scene.mine else None) or NOBODY,
        placeholder="Choose a reason",
    )
    return b.field(f"escalation:{opened.draft}:{opened.base}", "Must a human take over?", menu)


def why_rejected(scene: Scene, opened: Opened, *, placeholder: str, optional: bool = False) -> Block:
    """Why the draft cannot be used."""
    menu = b.select(
        "reason",
        [b.option(words, value) for value, words in REJECT_REASONS.items()],
        chosen=scene.mine.reject_reason if scene.mine else None,
        placeholder=placeholder,
    )
    return b.field(
        f"reject:{opened.draft}:{opened.base}",
        "Why can this draft not be used?",
        menu,
        optional=optional,
        hint=WHY_NOT_USABLE if optional else None,
    )


def reply_fields(opened: Opened, text: str, words: str, *, optional: bool = False, focus: bool = True) -> list[Block]:
    """Inputs that hold the text in parts; a text in several parts gets a spare one at the end."""
    parts = chunks.split(text)
    if len(parts) <= 1:
        only = parts[0].text if parts else ""
        return [_input(opened, 0, words, only, optional=optional, focus=focus)]
    made = [
        # A part that was emptied on purpose is sent as null when optional, so it must not be required.
        _input(
            opened,
            place,
            f"{words}, part {place + 1} of {len(parts)}",
            part.text,
            optional=True,
            focus=focus and place == 0,
        )
        for place, part in enumerate(parts)
    ]
    return [*made, _input(opened, len(parts), f"{words}, more", "", optional=True)]


def remarks(scene: Scene, opened: Opened) -> list[Block]:
    """What an agent may say beside the reply: topics to flag, and a note for leads and engineers."""
    mine = scene.mine
    offered = list(dict.fromkeys([*scene.tags, *(mine.tags if mine else ())]))
    made = []
    if offered:
        menu = b.several(
            "tags",
            [b.option(texts.capitalised(tag), tag) for tag in offered],
            chosen=mine.tags if mine else (),
            placeholder="Choose topics",
        )
        made.append(b.field(f"tags:{opened.draft}:{opened.base}", "Topics to flag", menu, optional=True))
    note = (mine.note if mine else None) or ""
    # Placeholders may have made it longer than it was when it was typed.
    writing = b.writing("note", note, limit=max(NOTE_LONGEST, min(texts.slack_length(note), chunks.TYPED_LIMIT)))
    return [*made, b.field(f"note:{opened.draft}:{opened.base}", "Note", writing, optional=True)]


def _input(
    opened: Opened,
    place: int,
    words: str,
    text: str,
    *,
    optional: bool,
    focus: bool = False,
    hint: str | None = None,
) -> Block:
    element = b.writing("text", text, limit=chunks.TYPED_LIMIT, focus=focus)
    return b.field(f"reply:{opened.draft}:{opened.base}:{place}", words, element, optional=optional, hint=hint)


def _optional_reply(opened: Opened, words: str, *, hint: str | None = None) -> Block:
    return _input(opened, 0, words, "", optional=True, hint=hint)


def _reasons(scene: Scene) -> list[Block]:
    """Those of the channel, and the one that this agent gave before, though it may be offered no more."""
    before = [scene.mine.escalation] if scene.mine and scene.mine.escalation else []
    return [b.option(texts.capitalised(reason), reason) for reason in dict.fromkeys([*scene.reasons, *before])]
