"""What a call has used where several models spoke in it, each billed at its own prices."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.brains import Meter


class Meters:
    """A meter (`bot.brains.Meter`) of one model after the other."""

    def __init__(self, first: Meter) -> None:
        self._meters = [first]

    def go_on_with(self, meter: Meter) -> None:
        """What is used from here on is another model's."""
        self._meters.append(meter)

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """See `bot.brains.Meter`, as the next."""
        self._meters[-1].add_response(usage)

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        self._meters[-1].add_transcription(usage)

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        self._meters[-1].add_recorded(recorded)

    def as_record(self) -> dict[str, Any]:
        """All of it together; what is no number is the newest one's."""
        records = [meter.as_record() for meter in self._meters]
        if len(records) == 1:
            return records[0]
        sums: Counter[str] = Counter()
        for record in records:
            sums.update({k: v for k, v in record.items() if isinstance(v, int | float)})
        return {**records[-1], **sums}

    @property
    def usd(self) -> float:
        return sum(meter.usd for meter in self._meters)

    def hearing_usd(self, secs: float) -> float:
        return self._meters[-1].hearing_usd(secs)
