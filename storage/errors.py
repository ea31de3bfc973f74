"""What a database can answer with; here, so that whoever only tells of it does not import it."""


class DatabaseAway(Exception):
    """The database did not answer, or not in time; nothing is known to be stored."""
