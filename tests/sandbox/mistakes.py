"""What is most often done wrong with Slack, and how people notice.

One row each: a story, what people see at its end with the right bot, and what with a bot that makes this mistake alone.
`hidden` says why nobody in a workspace would see a mistake, or a part of it.
"""

from dataclasses import dataclass

from sandbox.acts import CLICK_FAILED
from tests.sandbox import bot_stories as stories
from tests.sandbox import workspace_stories, wrong_tenants
from tests.sandbox import wrong_bots as wrong
from tests.sandbox.bot_stories import Story, cards
from tests.sandbox.bots import CHANGED, NOT_YOURS, SAVED, Bot


@dataclass(frozen=True)
class Wrong:
    """`refusal` is what the Web API says to the wrong bot and not to the right one, where it says something.

    `ack_seconds` is how long Slack waits for this bot: the shorter, the sooner it is found out.
    """

    bot: type[Bot]
    story: Story
    should: object
    sees: object
    refusal: str | None = None
    ack_seconds: float = 3.0


@dataclass(frozen=True)
class Mistake:
    number: int
    words: str
    bots: tuple[Wrong, ...] = ()
    hidden: str = ""


FAILED = f"No modal. {CLICK_FAILED}"
FIGURES = "Agents agreed with 1 of the 2 drafts that they reviewed."
APPROVED = "Approved by ana."
DROPS = stories.a_card_is_posted_while_the_connection_drops

MISTAKES = (
    Mistake(
        1,
        "Posting with a client that repeats by itself, or repeating without a proper look at what is there",
        (
            Wrong(wrong.DefaultClientBot, DROPS, cards(1), cards(2)),
            Wrong(wrong.BlindBot, DROPS, cards(1), cards(2)),
            Wrong(wrong.HastyBot, DROPS, cards(1), cards(2)),
        ),
    ),
    Mistake(
        2,
        "Believing that client_msg_id keeps a message from being posted twice",
        (Wrong(wrong.BelievingBot, stories.a_card_is_posted, cards(1), cards(0), "unknown argument: client_msg_id"),),
    ),
    Mistake(
        3,
        "Doing an event's work after it was acknowledged: lost when the process dies",
        (Wrong(wrong.LateStoringBot, stories.somebody_joins_before_the_process_dies, ["Welcome, U0LEA."], []),),
    ),
    Mistake(
        4,
        "Dropping what carries a retry header: it may be the only copy",
        (Wrong(wrong.ForgetfulBot, stories.somebody_joins_while_the_database_is_away, ["Welcome, U0LEA."], []),),
    ),
    Mistake(
        5,
        "Something slow before the acknowledgement, or before the modal opens",
        (
            Wrong(
                wrong.SlowBot, stories.a_draft_is_approved_while_the_model_is_slow, SAVED, CLICK_FAILED, ack_seconds=0.2
            ),
            Wrong(wrong.LateBot, stories.a_draft_is_opened, "Edit", FAILED, "expired_trigger_id"),
        ),
    ),
    Mistake(
        6,
        "The draft in private_metadata or in a button",
        (
            Wrong(wrong.PackingBot, stories.a_long_draft_is_opened, "Edit", FAILED, "/view/private_metadata"),
            Wrong(
                wrong.LoadedButtonBot,
                stories.a_card_with_a_long_draft_is_posted,
                cards(1),
                cards(0),
                "must be less than 2001 characters [json-pointer:/blocks/3/elements/0/value]",
            ),
        ),
    ),
    Mistake(
        7,
        "One field for a draft of any length",
        (
            Wrong(
                wrong.OneFieldBot,
                stories.a_long_draft_is_saved_as_it_is,
                SAVED,
                FAILED,
                "initial_value must be less than 3001 characters",
            ),
            Wrong(wrong.CuttingBot, stories.a_long_draft_is_saved_as_it_is, SAVED, "Saved: edited, 3000 characters."),
        ),
    ),
    Mistake(
        8,
        "Reading a field that Slack does not tell as an emptied one",
        (
            Wrong(
                wrong.EmptyingBot,
                stories.the_newest_draft_is_saved_as_it_is,
                SAVED,
                "Saved: edited, 0 characters.",
            ),
        ),
    ),
    Mistake(
        9,
        "Counting white space as an edit",
        (Wrong(wrong.LiteralBot, stories.a_line_end_is_typed, SAVED, "Saved: edited, 44 characters."),),
    ),
    Mistake(
        10,
        "A rich text field for what becomes a label",
        (Wrong(wrong.RichBot, stories.a_draft_is_opened, "Edit", FAILED, "unsupported type: rich_text_input"),),
    ),
    Mistake(
        11,
        "The same block_id for another text",
        (
            Wrong(
                wrong.SameFieldBot,
                stories.the_newest_draft_is_shown,
                stories.NEWER,
                stories.OLDER,
            ),
        ),
    ),
    Mistake(
        12,
        "Saving an edit of a draft that has changed meanwhile",
        (
            Wrong(
                wrong.OverwritingBot, stories.the_draft_changes_under_an_edit, CHANGED, "Saved: edited, 4 characters."
            ),
        ),
    ),
    Mistake(
        13,
        "Making a card from the blocks that came with the click",
        (
            Wrong(
                wrong.RecyclingBot,
                stories.a_card_full_of_ampersands_is_approved,
                APPROVED,
                "Edit",
                "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
            ),
        ),
    ),
    Mistake(
        14,
        "More than a section, a message or fifty blocks can hold: silence",
        (
            Wrong(
                wrong.OneSectionBot,
                stories.a_long_question_is_read,
                1_000,
                0,
                "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
            ),
            Wrong(wrong.OneMessageBot, stories.a_very_long_draft_is_read, 2_300, 0, "msg_blocks_too_long"),
            Wrong(
                wrong.MarkdownBot,
                stories.a_draft_of_sixty_headings_is_read,
                60,
                0,
                "no more than 50 items allowed, what markdown is made into included",
            ),
        ),
    ),
    Mistake(
        15,
        "The SDK's models for blocks that they do not know",
        (
            Wrong(
                wrong.ModellingBot,
                stories.a_digest_is_read,
                [FIGURES, "Answers"],
                [],
                "unsupported type: None [json-pointer:/blocks/1]",
            ),
        ),
    ),
    Mistake(
        16,
        "Taking what the SDK lets pass for what Slack takes",
        (
            Wrong(
                wrong.TrustingBot,
                stories.a_draft_with_twelve_reasons_is_opened,
                "Edit",
                FAILED,
                "no more than 10 items allowed",
            ),
        ),
    ),
    Mistake(
        17,
        "What was done already, remembered in memory",
        (Wrong(wrong.LightMindedBot, stories.a_click_comes_again_after_a_restart, 1, 2),),
    ),
    Mistake(
        18,
        "Letting act whoever sees the button",
        (Wrong(wrong.OpenBot, stories.somebody_else_approves, NOT_YOURS, SAVED),),
    ),
    Mistake(
        19,
        "No plan for 429",
        (Wrong(wrong.ImpatientBot, stories.five_cards_are_posted_at_once, cards(5), cards(3)),),
    ),
    Mistake(
        20,
        "The digest by chat.scheduleMessage, or in the server's time",
        (
            Wrong(wrong.SchedulingBot, stories.a_day_passes, ["9:00"], [], "unknown_method"),
            Wrong(wrong.ServerTimeBot, stories.a_day_passes, ["9:00"], ["18:00"]),
        ),
    ),
    Mistake(
        21,
        "Agreement without its number of drafts, or with drafts that nobody reviewed",
        (
            Wrong(wrong.BareFigureBot, stories.a_digest_is_read, [FIGURES, "Answers"], ["Agreement: 50%.", "Answers"]),
            Wrong(
                wrong.UnreviewedBot,
                stories.a_digest_is_read,
                [FIGURES, "Answers"],
                ["Agents agreed with 39 of 40 drafts.", "Answers"],
            ),
        ),
    ),
    Mistake(
        22,
        "The token of another workspace, or rows that do not say which one they are of",
        (
            Wrong(wrong.OneTokenBot, stories.a_card_is_posted, cards(1), cards(0), "invalid_auth"),
            Wrong(
                wrong_tenants.RowWithoutWorkspaceBot,
                workspace_stories.somebody_joins_in_another_workspace,
                {"Sandbox": 0, "Acme Care": 3},
                {"Sandbox": 3, "Acme Care": 0},
            ),
        ),
    ),
    Mistake(
        23,
        "Tokens: refreshed twice at once, kept in plain text, overruled by somebody else's SLACK_CLIENT_ID",
        (
            Wrong(
                wrong.InheritingBot,
                stories.a_draft_is_approved_where_another_app_left_its_settings,
                SAVED,
                ":warning: We apologize",
            ),
            Wrong(
                wrong_tenants.RacingBot,
                workspace_stories.two_join_when_the_token_is_about_to_end,
                2,
                1,
                "invalid_refresh_token",
            ),
            Wrong(wrong_tenants.NeverRenewingBot, workspace_stories.somebody_joins_the_next_day, 2, 0, "token_expired"),
        ),
        hidden="How tokens are stored is seen in the database only.",
    ),
    Mistake(
        24,
        "Work that nobody waits for when the process is told to end",
        (Wrong(wrong.FireAndForgetBot, stories.a_draft_is_approved_during_a_deploy, APPROVED, "Edit"),),
    ),
    Mistake(
        25,
        "Scopes for later, bodies and tokens in logs, data kept after the app was removed",
        hidden="Nobody in a workspace sees the bot's logs and tables; scopes are compared with the manifest elsewhere.",
    ),
    Mistake(
        26,
        "A customer's words as mark-up",
        (Wrong(wrong.EchoingBot, stories.a_customer_writes_to_the_channel, [], ["<!channel>"]),),
    ),
    Mistake(
        27,
        "A late repair through response_url, which lives half an hour",
        (Wrong(wrong.RepairingBot, stories.a_card_is_redrawn_half_an_hour_late, APPROVED, "Edit", "expired_url"),),
    ),
    Mistake(
        28,
        "Two modals by one trigger",
        (Wrong(wrong.TwiceOpeningBot, stories.a_draft_is_opened, "Edit", "Wait", "exchanged_trigger_id"),),
    ),
    Mistake(
        29,
        "Fields in a modal that cannot be submitted",
        (Wrong(wrong.ButtonlessBot, stories.a_draft_is_opened, "Edit", FAILED, "/view/submit"),),
    ),
    Mistake(
        30,
        "An update with a text and no blocks, which takes the blocks away",
        (
            Wrong(
                wrong.BareUpdateBot,
                stories.an_approved_card_is_read,
                [stories.CUSTOMER, stories.OLDER, APPROVED],
                [APPROVED],
            ),
        ),
    ),
    Mistake(
        31,
        "Links that unfold into previews, so that what a ticket says stands in the channel",
        (
            Wrong(wrong.UnfoldingBot, stories.a_card_links_its_ticket, [], [stories.TICKET]),
            Wrong(wrong.HalfUnfoldingBot, stories.a_card_links_its_ticket, [], [stories.TICKET]),
        ),
    ),
    Mistake(
        32,
        "An installation taken from whoever comes back: the state is not checked, or not the browser's own",
        (
            Wrong(
                wrong_tenants.BelievingInStrangersBot,
                workspace_stories.somebody_comes_back_who_was_never_sent,
                workspace_stories.NOT_THERE,
                workspace_stories.THERE,
            ),
            Wrong(
                wrong_tenants.AnyBrowserBot,
                workspace_stories.somebody_comes_back_with_another_browser,
                workspace_stories.NOT_THERE,
                workspace_stories.THERE,
            ),
        ),
    ),
)
