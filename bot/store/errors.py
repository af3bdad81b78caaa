"""What the store raises."""


class StoreError(Exception):
    """The database could not do what was asked; the message is one sentence fit for a log.

    It never holds a password, a number or words of a call. `temporary` is true when the same
    request may succeed later: the database was busy or away.
    """

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary


class KeyTaken(StoreError):
    """A call with this idempotency key is stored already."""
