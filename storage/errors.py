"""What a database can answer with; here, so that whoever only tells of it does not import it."""


class DatabaseAway(Exception):
    """The database did not answer, or not in time; nothing is known to be stored."""


class WrongVersion(Exception):
    """The database is there, and this version cannot work with it; the message says why and what to do."""
