"""Why a move does not go on. Each message is a sentence for whoever runs it."""


class CannotMove(Exception):
    """Nothing was lost; the message says what stands in the way and what to do."""


class BrokeOff(Exception):
    """PostgreSQL did not take or give something; the message is what it says, without the values that it was about."""
