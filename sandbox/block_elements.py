"""The shapes of texts, options and interactive elements."""

from sandbox.limits import MOST
from sandbox.shapes import Check, boolean, choice, fields, kinds, many, string, whole


def plain(most: int, least: int = 1) -> Check:
    """A plain_text object of `least` to `most` characters."""
    return fields({"type": choice("plain_text"), "text": string(most, least)}, {"emoji": boolean})


def mrkdwn(most: int, least: int = 1) -> Check:
    return fields({"type": choice("mrkdwn"), "text": string(most, least)}, {"verbatim": boolean})


def either(most: int) -> Check:
    return kinds({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


ACTION_ID = string(MOST["action_id"], least=1)
BLOCK_ID = string(MOST["block_id"], least=1)
PLACEHOLDER = plain(MOST["placeholder"])
CONFIRM = fields(
    {
        "title": plain(MOST["confirm.title"]),
        "text": either(MOST["confirm.text"]),
        "confirm": plain(MOST["confirm.confirm"]),
        "deny": plain(MOST["confirm.deny"]),
    },
    {"style": choice("primary", "danger")},
)
OPTION = fields(
    {"text": plain(MOST["option.text"]), "value": string(MOST["option.value"], least=1)},
    {"description": plain(MOST["option.description"])},
)
RICH_OPTION = fields(
    {"text": either(MOST["option.text"]), "value": string(MOST["option.value"], least=1)},
    {"description": either(MOST["option.description"])},
)
GROUP = fields({"label": plain(MOST["option_group.label"]), "options": many(OPTION, MOST["select.options"])})
FILTER = fields(
    {},
    {
        "include": many(choice("im", "mpim", "private", "public")),
        "exclude_bot_users": boolean,
        "exclude_external_shared_channels": boolean,
    },
)
IMAGE = fields(
    {
        "type": choice("image"),
        "image_url": string(MOST["image.image_url"], least=1, pattern=r"https?://\S+"),
        "alt_text": string(MOST["image.alt_text"], least=1),
    }
)
DATE = string(pattern=r"\d{4}-\d{2}-\d{2}")
TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
NUMERAL = string(pattern=r"-?\d+(\.\d+)?")
ID = string(least=1)
QUERY = whole(0, 100)
DISPATCH = fields({"trigger_actions_on": many(choice("on_enter_pressed", "on_character_entered"), 2)})


def element(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    named = {"type": choice(kind), "action_id": ACTION_ID}
    return fields({**named, **required}, {"confirm": CONFIRM, **(optional or {})})


def field(kind: str, optional: dict[str, Check]) -> Check:
    """An element that a modal can put the cursor into."""
    return element(kind, {}, {"focus_on_load": boolean, "placeholder": PLACEHOLDER, **optional})


def choosing(kind: str, value: Check, singular: str) -> dict[str, Check]:
    """A select and its multi_ sister whose initial value is called initial_`singular` and initial_`singular`s."""
    more: dict[str, Check] = {"filter": FILTER, "default_to_current_conversation": boolean}
    extra = more if kind == "conversations_select" else {}
    single = {"response_url_enabled": boolean} if kind in ("conversations_select", "channels_select") else {}
    several = {f"initial_{singular}s": many(value), "max_selected_items": whole(1, 10_000), **extra}
    return {
        kind: field(kind, {f"initial_{singular}": value, **single, **extra}),
        f"multi_{kind}": field(f"multi_{kind}", several),
    }


def listed(kind: str, initial: dict[str, Check]) -> Check:
    options = {
        "options": many(OPTION, MOST["select.options"]),
        "option_groups": many(GROUP, MOST["select.option_groups"]),
    }
    return field(kind, {**options, **initial})


BUTTON = element(
    "button",
    {"text": plain(MOST["button.text"])},
    {
        "value": string(MOST["button.value"], least=1),
        "url": string(MOST["button.url"], least=1, pattern=r"[a-z][a-z0-9+.-]*:\S+"),
        "style": choice("primary", "danger"),
        "accessibility_label": string(MOST["button.accessibility_label"], least=1),
    },
)
OVERFLOW = element("overflow", {"options": many(OPTION, MOST["overflow.options"])})
FIELDS: dict[str, Check] = {
    "static_select": listed("static_select", {"initial_option": OPTION}),
    "multi_static_select": listed(
        "multi_static_select", {"initial_options": many(OPTION), "max_selected_items": whole(1, 100)}
    ),
    "external_select": field("external_select", {"min_query_length": QUERY, "initial_option": OPTION}),
    "multi_external_select": field(
        "multi_external_select",
        {"min_query_length": QUERY, "initial_options": many(OPTION), "max_selected_items": whole(1, 10_000)},
    ),
    "checkboxes": element(
        "checkboxes",
        {"options": many(RICH_OPTION, MOST["checkboxes.options"])},
        {"initial_options": many(RICH_OPTION), "focus_on_load": boolean},
    ),
    "radio_buttons": element(
        "radio_buttons",
        {"options": many(RICH_OPTION, MOST["radio_buttons.options"])},
        {"initial_option": RICH_OPTION, "focus_on_load": boolean},
    ),
    **choosing("users_select", ID, "user"),
    **choosing("conversations_select", ID, "conversation"),
    **choosing("channels_select", ID, "channel"),
    "datepicker": field("datepicker", {"initial_date": DATE}),
    "timepicker": field("timepicker", {"initial_time": TIME, "timezone": string(least=1)}),
    "datetimepicker": field("datetimepicker", {"initial_date_time": whole(10**9, 10**10 - 1)}),
}
LENGTH = MOST["plain_text_input.max_length"]
WRITING: dict[str, Check] = {
    "plain_text_input": field(
        "plain_text_input",
        {
            "initial_value": string(),
            "multiline": boolean,
            "min_length": whole(0, LENGTH),
            "max_length": whole(1, LENGTH),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "email_text_input": field("email_text_input", {"initial_value": ID, "dispatch_action_config": DISPATCH}),
    "url_text_input": field("url_text_input", {"initial_value": ID, "dispatch_action_config": DISPATCH}),
    "number_input": element(
        "number_input",
        {"is_decimal_allowed": boolean},
        {
            "initial_value": NUMERAL,
            "min_value": NUMERAL,
            "max_value": NUMERAL,
            "focus_on_load": boolean,
            "placeholder": PLACEHOLDER,
            "dispatch_action_config": DISPATCH,
        },
    ),
}
IN_ACTIONS = kinds({"button": BUTTON, "overflow": OVERFLOW, **FIELDS})
IN_SECTION = kinds({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **FIELDS})
IN_INPUT = kinds({**FIELDS, **WRITING})
IN_CONTEXT = kinds({"image": IMAGE, "plain_text": plain(MOST["context.text"]), "mrkdwn": mrkdwn(MOST["context.text"])})
