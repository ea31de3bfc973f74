"""The window in which a lead settles a dispute: answers without names, each as a difference from the draft."""

from collections.abc import Sequence
from dataclasses import replace

from bot import texts, words
from bot.surfaces import blocks as b
from bot.surfaces.blocks import Block, View
from bot.surfaces.card import title
from bot.surfaces.conversation import CONVERSATION_SHOWN, conversation
from bot.surfaces.reply import NOBODY, REJECT_REASONS, remarks, reply_fields
from bot.surfaces.scene import Opened, Scene
from bot.words import Piece
from storage.models import Draft, Revision
from storage.words import Verdict

OWN = "own"
AS_CHOSEN = "|chosen"  # a reason holds no bar, so none is like it
LETTERS = "ABCDEFGHIJ"
FINAL = "What you settle is final: it cannot be changed or taken back later."
ANSWER_SHOWN = 6_000
WHY = {
    "guideline_gap": "The guideline has a gap",
    "ambiguous": "The ticket is ambiguous",
    "agent_slip": "An agent slipped",
    "draft_misled": "The draft misled",
}


def window(scene: Scene, answers: Sequence[Revision], opened: Opened) -> View:
    """Answers as A, B, C in an order that says nothing about time or people; what is too heavy is shown shorter."""
    told = [(answer, _pieces(answer, scene.draft)) for answer in answers]
    return b.fitting(lambda shorter: _window(scene, told, opened, shorter=shorter))


def _window(scene: Scene, told: Sequence[tuple[Revision, list[Piece]]], opened: Opened, *, shorter: int) -> View:
    draft = scene.draft
    room = ANSWER_SHOWN // shorter
    lettered = list(zip(LETTERS, told, strict=False))
    shown = [block for letter, (answer, pieces) in lettered for block in _answer(letter, answer, pieces, room)]
    choices = [b.option(f"Answer {letter}", letter) for letter, _ in lettered]
    escalation = b.select(
        "reason",
        [b.option("As in the chosen answer", AS_CHOSEN), b.option("No", NOBODY)]
        + [b.option(texts.capitalised(reason), reason) for reason in scene.reasons],
        chosen=AS_CHOSEN,
        placeholder="Choose",
    )
    fields = [
        b.field(
            f"choice:{draft.id}",
            "Which answer stands?",
            b.radio("choice", [*choices, b.option("The final reply below", OWN)]),
            hint=FINAL,
        ),
        *reply_fields(
            opened, final_reply([answer for answer, _ in told], draft), "Final reply", optional=True, focus=False
        ),
        b.field(f"escalation:{draft.id}", "Must a human take over?", escalation),
        b.field(
            f"why:{draft.id}",
            "Why did the answers differ?",
            b.select("why", [b.option(text, value) for value, text in WHY.items()], placeholder="Choose a reason"),
        ),
        *remarks(_flagged(scene, [answer for answer, _ in told]), opened),
    ]
    head = [
        b.context(b.plain(title(draft))),
        *conversation(draft, CONVERSATION_SHOWN // shorter),
    ]
    original = b.dialogue([("Suggested reply", texts.shortened(draft.text, room))]) if draft.text else []
    return b.modal(
        "dispute:settle",
        "Settle the dispute",
        [*head, *original, *shown, *fields],
        submit="Settle",
        metadata=opened.dumps(),
    )


def _flagged(scene: Scene, answers: Sequence[Revision]) -> Scene:
    """The scene in which every topic that an answer flags is flagged."""
    flagged = list(dict.fromkeys(tag for answer in answers for tag in answer.tags))
    return replace(
        scene, mine=Revision(label_id=0, number=0, channel_id=0, tags=flagged, saved_at=scene.draft.state_at)
    )


def final_reply(answers: Sequence[Revision], draft: Draft) -> str:
    """The text that a lead's own reply starts from: the first answer that has one, else the draft."""
    return next((answer.text for answer in answers if answer.text), draft.text or "")


def _pieces(answer: Revision, draft: Draft) -> list[Piece]:
    if answer.text is None or answer.verdict == Verdict.APPROVED:
        return []
    return words.diff(draft.text or "", answer.text)


def _answer(letter: str, answer: Revision, pieces: Sequence[Piece], room: int) -> list[Block]:
    said = {
        Verdict.APPROVED: "approved the draft as it is",
        Verdict.EDITED: "changed the draft",
        Verdict.REJECTED: f"rejected the draft: {REJECT_REASONS.get(answer.reject_reason or '', 'no reason').lower()}",
        Verdict.NOT_JUDGED: "gave no reply",
    }[Verdict(answer.verdict)]
    escalation = f"; a human must take over: {answer.escalation}" if answer.escalation else ""
    made = [b.rich([(f"Answer {letter}", {"bold": True}), (f" {said}{escalation}.", {})])]
    return [*made, *_difference(pieces, room)] if pieces else made


def _difference(pieces: Sequence[Piece], room: int) -> list[Block]:
    removed = added = 0
    parts: list[tuple[str, dict[str, bool]]] = []
    styles = {"kept": {}, "removed": {"strike": True}, "added": {"bold": True, "underline": True}}
    for piece in pieces:
        count = len(words.tokens(piece.text))
        removed += count if piece.kind == "removed" else 0
        added += count if piece.kind == "added" else 0
        if room > 0:
            shown = texts.shortened(piece.text, room)
            room -= texts.slack_length(shown)
            parts.append((shown, styles[piece.kind]))
    # Struck-out words are not voiced by screen readers, so the counts are said as well.
    return [b.rich(parts), b.context(b.label(f"{removed:,} words removed, {added:,} added"))]
