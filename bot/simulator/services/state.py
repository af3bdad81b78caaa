"""What the simulated services share: the script, the voice, what they were asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.ears import Ears
from bot.simulator.model.script import Judgement, ModelScript, ScriptAnswer
from bot.simulator.services.faults import ChatFaults, ServiceFaults, SpeechFaults
from bot.simulator.voices import Voice


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast healthy services are.

    words_after_secs: from the end of a turn to its words.
    first_word_secs: from a request to the first word of its answer; `word_secs` from each to the
        next.
    sound_after_secs: from a sentence to its first sound; the rest follows `speed` times as fast as
        it is spoken.
    """

    words_after_secs: float = 0.15
    first_word_secs: float = 0.2
    word_secs: float = 0.01
    sound_after_secs: float = 0.1
    speed: float = 5.0


@dataclass(kw_only=True)
class State:
    """One call's far side: these services keep nothing of a call but its script's place."""

    judgement: Judgement
    voice: Voice
    ears: Ears | None
    pace: Pace
    key: str
    faults: ServiceFaults = field(default_factory=ServiceFaults)
    chats: list[dict[str, Any]] = field(default_factory=list)  # bodies of requests, in order
    heard: list[str] = field(default_factory=list)  # what was made out of the caller
    sentences: list[str] = field(default_factory=list)  # that were to be spoken
    place: list[str] = field(default_factory=list)  # roles of the last chat
    answer: ScriptAnswer | None = None  # to it
    cleared: int = 0  # times that speech was called off
    opened: list[str] = field(default_factory=list)  # paths of connections

    async def words_of(self, ulaw: bytes) -> str:
        """What this sound says."""
        words = self.judgement.expected_words()
        if self.ears is not None:
            words = await self.ears.hear(ulaw)
        self.heard.append(words)
        return words

    async def render(self, text: str) -> bytes:
        """The voice's μ-law."""
        self.sentences.append(text)
        return await asyncio.to_thread(self.voice.render, text)

    def take_thinking(self) -> ChatFaults:
        """What is wrong with this request."""
        faults = self.faults.thinking
        faults.times -= 1
        return faults if faults.times >= 0 else ChatFaults()

    def take_speaking(self) -> SpeechFaults:
        """What is wrong with this connection, request or sentence."""
        return _take(self.faults.speaking)

    def take_hearing(self) -> SpeechFaults:
        """What is wrong with this connection, request or turn."""
        return _take(self.faults.hearing)


def judgement_of(script: ModelScript, ears: Ears | None) -> Judgement:
    """A new way through the script."""
    return Judgement(script, in_order=ears is None)


def _take(faults: SpeechFaults) -> SpeechFaults:
    faults.times -= 1
    return faults if faults.times >= 0 else SpeechFaults()
