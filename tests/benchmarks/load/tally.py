"""What a run is measured by: plain lists, filled by callers and sessions as things happen."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Tally:
    """All times in ms. `recording` is on while the measured part of a run lasts; what a call's
    beginning shows (`setup_ms`, `first_words_ms`) and whether calls are lost counts all the time.
    """

    recording: bool = False

    setup_ms: list[float] = field(default_factory=list)  # begun -> the model has caller sound
    first_words_ms: list[float] = field(default_factory=list)  # begun -> the agent is heard
    calls_begun: int = 0
    calls_refused: int = 0  # never came to a stream
    calls_lost: int = 0  # ended by the other side

    uplink_ms: list[float] = field(default_factory=list)
    downlink_ms: list[float] = field(default_factory=list)
    clear_ms: list[float] = field(default_factory=list)  # the caller speaks -> `clear`
    late_ms: list[float] = field(default_factory=list)  # our own frames, behind their schedule
    agent_ms: float = 0.0  # sound of the agent that came
    underruns: int = 0
    underrun_ms: float = 0.0
    markers_lost: int = 0  # not at the model when the next was sent
    utterances_lost: int = 0  # not at the caller when the model began the next
    ignored: int = 0  # the caller spoke over the agent and no `clear` came
    dropped_calls: list[str] = field(default_factory=list)  # why calls were lost or refused
