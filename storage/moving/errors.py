"""Why a move does not go on. Each message is a sentence for whoever runs it."""


class CannotMove(Exception):
    """Nothing was lost; the message says what stands in the way and what to do."""
