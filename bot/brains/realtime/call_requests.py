"""What tools have asked of the call."""


class CallRequests:
    """The `CallControl` port of `tools.ports`; the model's processor does what is asked."""

    def __init__(self, *, human_available: bool) -> None:
        self.human_available = human_available
        self.end_summary: str | None = None
        self.transfer_reason: str | None = None

    def request_end(self, summary: str) -> None:
        self.end_summary = summary

    def request_transfer(self, reason: str) -> None:
        self.transfer_reason = reason
