"""Why something that a sender asked for is not done: one sentence, for them to read."""


class RequestRefused(Exception):
    """It does not fit how things stand: the batch is over, say, or has no contact left to call."""


class NotThere(RequestRefused):
    """There is no such batch, contact or number."""


class Malformed(RequestRefused):
    """What was given cannot be used: a file, settings, a number."""
