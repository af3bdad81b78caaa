"""What the caller hears of the agent, whoever the vendor is. Plain code."""

from abc import ABC, abstractmethod
from collections import deque

from bot.brains.realtime import questions
from bot.brains.realtime.events import AgentSaid, ModelEvent
from bot.brains.realtime.speech import Speech, Utterance


class SpeechPlayback(ABC):
    """See `bot.brains.realtime.conversation.Playback`: all of it but what the vendor's model is to
    know."""

    def __init__(self, speech: Speech, happened: deque[ModelEvent]) -> None:
        self._speech = speech
        self._happened = happened

    @abstractmethod
    def _line_was_played(self) -> None:
        """The line that was wanted next has been said as a clip."""

    @abstractmethod
    def _clip_begins(self, utterance_id: str, text: str, *, first: bool) -> None:
        """The agent says what the model did not."""

    @abstractmethod
    def _heard(self, utterance: Utterance, heard_ms: int, *, interrupted: bool) -> str:
        """So much was heard of this: it becomes history. Returns the words."""

    @abstractmethod
    def _is_cancelled(self, utterance: Utterance) -> bool:
        """The answer that it is of was cancelled."""

    @property
    def under_way(self) -> bool:
        return self._speech.any_in_conversation

    def clip_played(self, utterance_id: str, text: str, duration_ms: float, *, first: bool) -> None:
        if not first:
            self._line_was_played()
        self._speech.begin(Utterance.prepared(utterance_id, text, duration_ms))
        self._clip_begins(utterance_id, text, first=first)

    def aside_played(self, utterance_id: str, text: str, duration_ms: float) -> None:
        self._speech.begin(
            Utterance.prepared(utterance_id, text, duration_ms, in_conversation=False)
        )

    def received(self, utterance_id: str, duration_ms: float) -> None:
        utterance = self._speech.get(utterance_id)
        if utterance is not None:
            utterance.sound_came(duration_ms)

    def played(
        self,
        utterance_id: str,
        heard_ms: int,
        *,
        interrupted: bool,
        held_ms: int = 0,
        began_secs_ago: float | None = None,
        silent_secs_ago: float = 0.0,
    ) -> None:
        utterance = self._speech.end(utterance_id)
        if utterance is None:
            return
        text = self._heard(utterance, heard_ms, interrupted=interrupted)
        self._happened.append(
            AgentSaid(
                utterance_id=utterance_id,
                text=text,
                interrupted=interrupted or utterance.broken_off,
                heard_ms=heard_ms,
                held_ms=held_ms,
                began_secs_ago=began_secs_ago,
                silent_secs_ago=silent_secs_ago,
            )
        )

    def may_be_heard(self, utterance_id: str) -> bool:
        utterance = self._speech.get(utterance_id)
        return utterance is not None and not self._is_cancelled(utterance)

    def ends_in_question(self, utterance_id: str) -> bool:
        utterance = self._speech.get(utterance_id)
        return utterance is not None and questions.ends_in_question(utterance.text)

    def is_asking(self, unheard_ms: float) -> bool:
        return questions.is_being_asked(self._speech.under_way(), unheard_ms)

    def is_saying(self, text: str) -> bool:
        return self._speech.is_own(text)
