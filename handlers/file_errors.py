"""Why a file cannot be used, in words."""


def why(error: OSError | UnicodeDecodeError) -> str:
    """What the system says, without its numbers."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 at byte {error.start}"
    return error.strerror or str(error)
