"""What is wrong with a value that came in, as the end of a sentence: "must be a text". Pure."""

from pydantic_core import ErrorDetails

# By pydantic's names (https://docs.pydantic.dev/latest/errors/validation_errors/), which fills in what is in braces.
SAID = {
    "missing": "is missing",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_unicode": "holds half a character (of a surrogate pair), which no text can have",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length:,} characters",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length:,} entries",
    "less_than_equal": "must be at most {le:,}",
    "greater_than_equal": "must be at least {ge:,}",
    "timezone_aware": "must say its time zone, as 2026-11-18T12:00:00Z does",
    "datetime_parsing": "must be a moment, such as 2026-11-18T12:00:00Z",
    "datetime_from_date_parsing": "must be a moment, such as 2026-11-18T12:00:00Z",
    "datetime_type": "must be a moment, such as 2026-11-18T12:00:00Z",
}
SHORT = "must have at least {min_length:,} characters"


def said(fault: ErrorDetails) -> str:
    """The sentence of our own checks, or one for what pydantic checks."""
    if fault["type"] == "string_too_short" and fault["ctx"]["min_length"] > 1:
        return SHORT.format(**fault["ctx"])
    if (ours := SAID.get(fault["type"])) is not None:
        return ours.format(**fault.get("ctx", {}))
    return fault["msg"].removeprefix("Value error, ")
