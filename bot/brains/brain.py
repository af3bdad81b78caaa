"""The port of brains: what a call, a batch and the operator need of whoever thinks and speaks."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from pipecat.processors.frame_processor import FrameProcessor

from bot.brains.call_requests import CallRequests
from bot.brains.config import Abilities, FirstSound, ModelConfig, SessionConfig, Speaker
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from bot.brains.clips import Clips


class NotSpoken(ValueError):
    """A brain does not have the voice that is asked for; the sentence names those it has."""


class UnknownBrain(ValueError):
    """No brain has this name; the sentence names those there are."""


class CallLog(Protocol):
    """Takes down what happens in a call. Never blocks, never raises."""

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        """A turn of the caller and the words recognised in it."""
        ...

    def agent_said(
        self,
        *,
        key: str,
        text: str,
        started_at: datetime,
        ended_at: datetime,
        interrupted: bool,
        latency_ms: int | None,
    ) -> None:
        """A turn of the agent: the words that were heard."""
        ...

    def caller_words(self, *, key: str, text: str) -> None:
        """What was recognised so far in a turn that goes on."""
        ...

    def agent_words(self, *, key: str, text: str) -> None:
        """What the agent says in a turn that goes on, as far as the model has told."""
        ...

    def interrupted(self) -> None:
        """The agent is cut off."""
        ...

    def session_lost(self, *, expected: bool) -> None:
        """The model's session broke off, or was given up; or its time was up, as `expected`."""
        ...

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        """A function call of the model begins."""
        ...

    def tool_finished(
        self, *, key: str, result: Mapping[str, Any], duration_ms: int, ok: bool
    ) -> None:
        """A function call has its result."""
        ...

    def used(self, usage: Mapping[str, Any]) -> float:
        """Usage of one response as the model reports it; returns the call's US dollars so far."""
        ...

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        """Usage of one transcription, billed apart; returns the call's US dollars so far."""
        ...


class Meter(Protocol):
    """What the model of one call has used, and what that costs. Taking a note never fails."""

    def add_response(self, usage: Mapping[str, Any]) -> None:
        """Usage of one response, as the model reports it."""
        ...

    def add_transcription(self, usage: Mapping[str, Any]) -> None:
        """Usage of one transcription of the caller's words, as the model reports it."""
        ...

    def add_recorded(self, recorded: Mapping[str, Any]) -> None:
        """What `as_record` gave an earlier record of the same call."""
        ...

    def as_record(self) -> dict[str, Any]:
        """All that was used, for the call's record."""
        ...

    @property
    def usd(self) -> float:
        """What all of it costs, in US dollars."""
        ...

    def hearing_usd(self, secs: float) -> float:
        """What it would cost to hear so much of the caller's sound once, in US dollars."""
        ...


class Session(Protocol):
    """An open conversation with the model. The caller need not be there yet."""

    def ask_opening(self, first_line: str | None) -> None:
        """Has the model begin to speak: with this line, or in its own words."""
        ...

    def tell(self, text: str) -> None:
        """Tells the model a fact that neither side has said."""
        ...

    def tell_line_broke_off(self) -> None:
        """Tells the model why it was cut off, and what to do when it speaks next."""
        ...

    async def close(self) -> None:
        """Lets go of it, also when it is closed already."""
        ...


class CallModel(FrameProcessor, ABC):
    """The model as a processor of one call's pipeline."""

    @property
    @abstractmethod
    def dropped(self) -> dict[str, int]:
        """How many messages of the model's side nothing came of, by kind: unreadable, malformed,
        unknown, repeated."""

    @abstractmethod
    async def hear_out(self) -> None:
        """The call is over for the caller: waits a moment for the words they said last."""

    @abstractmethod
    async def summarise(self, instructions: str, *, within_secs: float) -> str:
        """A text of the model about the call, once it has been heard out. Empty if none comes."""


@dataclass(frozen=True, kw_only=True)
class ForCall:
    """What a brain's processor is made with, for one call. Its sessions are this brain's own."""

    session: Awaitable[Session]  # the first one
    reopen: Callable[[], Awaitable[Session]] | None = None  # gives others, where one is lost
    config: ModelConfig
    toolbox: Toolbox
    requests: CallRequests
    clips: "Clips"
    log: CallLog


class Brain(Protocol):
    """One vendor's models, with the account that pays for them."""

    name: str  # by which agents' files choose it
    provider: str  # its name in OpenTelemetry's conventions for generative AI
    abilities: Abilities

    def lacks(self, model: str = "") -> tuple[str, ...]:
        """Variables that are not set, and without which this model cannot be reached. Raises
        NotSpoken: there can be no such model."""
        ...

    def speaker(self, model: str = "", voice: str = "") -> Speaker:
        """This voice of this model; empty: the brain's own choice. Raises NotSpoken."""
        ...

    def prepare(self) -> None:
        """Does once what takes long and serves all sessions. Raises ValueError: a setting of this
        brain cannot be used."""
        ...

    async def check_model(self, model: str, *, within_secs: float) -> None:
        """Asks whether the vendor takes our key for this model. Raises ModelError."""
        ...

    async def first_sound(self, speaker: Speaker, *, within_secs: float) -> FirstSound:
        """Opens a session, has it say a word, and lets go of it: what that took. It costs as much
        as a word does. Raises ModelError."""
        ...

    async def open(self, config: SessionConfig) -> Session:
        """Opens a session. Raises ModelError."""
        ...

    def processor(self, call: ForCall) -> CallModel:
        """The processor of one call."""
        ...

    def render(
        self, speaker: Speaker, lines: Sequence[str]
    ) -> AsyncGenerator[tuple[str, bytes | None]]:
        """Each of these lines as μ-law at 8 kHz, outside any call; None: the model did not say it
        word for word. Raises ModelError."""
        ...

    def meter(self, model: str | None) -> Meter:
        """A new meter. None: the model is not known, and is billed as the dearest one."""
        ...

    def estimate_usd(self, model: str, talk_secs: float, instruction_tokens: int) -> float:
        """About what a conversation of this length costs at the model's side, in US dollars."""
        ...

    def misfits(self, speaker: Speaker, language: str) -> list[str]:
        """Sentences on what of this speaker was made for another language (ISO 639-1)."""
        ...

    def doubts(self, models: Sequence[str], today: date) -> list[str]:
        """Sentences on those of these models that end soon or have no known price."""
        ...


def find_brain(name: str, brains: Mapping[str, Brain]) -> Brain:
    """The brain of this name. Raises UnknownBrain."""
    if name not in brains:
        raise UnknownBrain(f'there is no brain "{name}"; choose one of: {", ".join(brains)}')
    return brains[name]
