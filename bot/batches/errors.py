"""Why something that a sender asked for is not done: one sentence, for them to read."""


class Refused(Exception):
    """It does not fit how things stand: the batch is over, say, or nobody is left to be called."""


class NotThere(Refused):
    """There is no such batch, contact or number."""


class Malformed(Refused):
    """What was given cannot be used: a file, settings, a number."""
