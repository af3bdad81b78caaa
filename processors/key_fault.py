"""What is wrong with a key within that which is looked at as a whole."""


class KeyFault(ValueError):
    """A fault of one key of a table, or of a whole file; its place is told by that key."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key, self.why = key, why
