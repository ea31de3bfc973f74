"""The family of our exceptions. The message of each is a sentence for the person who meets it.

AssayError
├── MissingSettings     a setting is absent or wrong
├── CannotDeliver       Slack refused for good
│   └── NotNow          Slack refuses as things stand: a new token or an invitation helps
├── SlackBusy           Slack asks to wait
│   └── Paused          it asked before, and was not called
│       └── NotYet      it has not said of which workspace the token is, so nothing else is asked of it
├── SlackUnclear        Slack may or may not have done it
├── ModelUnavailable    the model wrote no reply (model_answers)
├── NotFound            what was named does not exist
├── NoDate              what was typed is no day that can be asked for (dates)
├── Unreadable          what came from Slack is not what this version sent there
├── ImportFileError     a file cannot be imported as a whole (import_files)
├── MappingError        columns cannot be mapped that way (import_rows)
└── LabelFileError      a line of a label file cannot be read (label_files.rows)
"""


class AssayError(Exception):
    """Something that a person can understand and act on."""


class MissingSettings(AssayError):
    """A setting is absent or wrong; the message names it."""


class CannotDeliver(AssayError):
    """Slack refused for good; sending it again will not help."""


class NotNow(CannotDeliver):
    """Slack refuses as things stand; `everywhere` says that it is the account, not one channel.

    A new token, an invitation or a channel that is opened again mends it, so what waits is kept.
    """

    def __init__(self, code: str, *, everywhere: bool) -> None:
        super().__init__(code)
        self.everywhere = everywhere


class SlackBusy(AssayError):
    """Slack asks to wait; `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait for {seconds:.0f} seconds.")
        self.seconds = seconds


class Paused(SlackBusy):
    """Slack asked to wait before, some replica or other: it was not called, and `seconds` are left of the wait."""


class NotYet(Paused):
    """Slack has not said of which workspace the token is: nothing was asked of it, `seconds` may help."""

    def __str__(self) -> str:
        return "Slack has not said yet of which workspace the token is."


class SlackUnclear(AssayError):
    """Nobody heard Slack's answer, or something else answered: it may or may not have done the work."""


class NotFound(AssayError):
    """What was named does not exist; the message says what to do."""


class Unreadable(AssayError):
    """What came from Slack is not what this version sent there: an older one's, or nobody's."""
