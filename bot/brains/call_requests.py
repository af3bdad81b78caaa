"""What the tools of one call have asked of it."""

from collections.abc import Callable, Collection, Mapping

from tools.ports import NumberKind


class CallRequests:
    """The `CallControl` port of `tools.ports`; the model's processor does what is asked."""

    def __init__(
        self,
        *,
        human_available: bool,
        people: Callable[[], Mapping[str, bool]] = dict,  # who is there when it is asked
        warm: Collection[str] = (),
        asking: Callable[[], bool] = lambda: False,
        keys_available: bool = False,
        colleagues: Mapping[str, str] | None = None,
    ) -> None:
        self.human_available = human_available
        self._people = people
        self.warm = frozenset(warm)
        self._asking = asking
        self.consultation: tuple[str, str, str] | None = None  # to whom, why, and the brief
        self.keys_available = keys_available
        self.end_summary: str | None = None
        self.transfer_reason: str | None = None
        self.transfer_to = ""
        self.number_kind: NumberKind | None = None
        self.keys = ""  # to be pressed
        self.hold = False  # to be waited on
        self.colleagues = dict(colleagues or {})
        self.next_agent: tuple[str, str] | None = None  # with the reason

    @property
    def people(self) -> Mapping[str, bool]:
        return self._people()

    @property
    def asking(self) -> bool:
        return self._asking()

    def request_consultation(self, to: str, reason: str, brief: str) -> None:
        self.consultation = (to, reason, brief)

    def call_off_consultation(self) -> None:
        self.consultation = ("", "", "")

    def request_hand_over(self, agent: str, reason: str) -> None:
        self.next_agent = (agent, reason)

    def request_hold(self) -> None:
        self.hold = True

    def request_end(self, summary: str) -> None:
        self.end_summary = summary

    def request_transfer(self, reason: str, to: str = "") -> None:
        self.transfer_reason, self.transfer_to = reason, to

    def request_number(self, kind: NumberKind) -> None:
        self.number_kind = kind

    def request_keys(self, keys: str) -> None:
        self.keys += keys
