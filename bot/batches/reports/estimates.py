"""What calls of a batch will take and cost, before one was made: assumptions and arithmetic."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bot.batches.settings import BatchSettings
from config.prices import Prices

# What a conversation of so many seconds costs at the model's side, in US dollars, with
# instructions of so many tokens (`Brain.estimate_usd`).
ModelUsd = Callable[[float, int], float]


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What an estimate rests on. Put in your own figures: these are of reminders in general."""

    answered: float = 0.45  # share of calls that a person answers
    machines: float = 0.35  # share of calls that a machine answers
    ring_secs: float = 20.0  # until the call is answered, or given up
    talk_secs: float = 75.0  # with a person
    machine_secs: float = 25.0  # a machine's greeting, and the message where one is left
    instruction_tokens: int = 1500  # the agent's instructions and tools
    machine_detection_usd: float = 0.0075  # the carrier's price for each call

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def call_secs(self) -> float:
        """How long a line is taken by one call, on average."""
        talking = self.answered * self.talk_secs + self.machines * self.machine_secs
        return self.ring_secs + talking


def call_usd(assumed: Assumptions, *, model_usd: ModelUsd, prices: Prices) -> float:
    """What one call costs on average: carrier, answering machine detection and model."""
    cost = assumed.machine_detection_usd
    for share, secs in (
        (assumed.answered, assumed.talk_secs),
        (assumed.machines, assumed.machine_secs),
    ):
        of_model = model_usd(secs, assumed.instruction_tokens)
        cost += share * (prices.carrier_usd("outbound", secs) + of_model)
    return cost


def rounds(assumed: Assumptions, settings: BatchSettings) -> float:
    """Calls for each contact on average, if all who are not reached are called up to the cap."""
    left_for_machines = assumed.machines if settings.machines.then == "leave_message" else 0.0
    unreached = max(0.0, 1 - assumed.answered - left_for_machines)
    return sum(unreached**earlier for earlier in range(settings.caps.per_contact))
