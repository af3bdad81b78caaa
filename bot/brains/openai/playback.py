"""What the caller hears of the agent, and how much of it was heard. Plain code."""

from bot.brains.openai.dialogue import Dialogue
from bot.brains.realtime import questions
from bot.brains.realtime.events import AgentSaid
from bot.brains.realtime.speech import Utterance, are_own


class Playback:
    """See `bot.brains.realtime.conversation.Playback`."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    @property
    def under_way(self) -> bool:
        return self._dialogue.speech.any_in_conversation

    def clip_played(self, utterance_id: str, text: str, duration_ms: float, *, first: bool) -> None:
        if not first:
            self._dialogue.responses.line_played()
        self._dialogue.speech.begin(Utterance.prepared(utterance_id, text, duration_ms))
        self._dialogue.memory.clip_begins(utterance_id, text, first=first)

    def aside_played(self, utterance_id: str, text: str, duration_ms: float) -> None:
        self._dialogue.speech.begin(
            Utterance.prepared(utterance_id, text, duration_ms, in_conversation=False)
        )

    def received(self, utterance_id: str, duration_ms: float) -> None:
        utterance = self._dialogue.speech.get(utterance_id)
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
        utterance = self._dialogue.speech.end(utterance_id)
        if utterance is None:
            return
        text = self._dialogue.memory.heard(utterance, heard_ms, interrupted=interrupted)
        self._dialogue.happened.append(
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
        utterance = self._dialogue.speech.get(utterance_id)
        if utterance is None:
            return False
        response_id = utterance.response_id
        return response_id is None or not self._dialogue.responses.of(response_id).is_cancelled

    def ends_in_question(self, utterance_id: str) -> bool:
        utterance = self._dialogue.speech.get(utterance_id)
        return utterance is not None and questions.ends_in_question(utterance.text)

    def is_asking(self, unheard_ms: float) -> bool:
        return questions.is_being_asked(self._dialogue.speech.under_way(), unheard_ms)

    def is_saying(self, text: str) -> bool:
        return are_own(text, [utterance.text for utterance in self._dialogue.speech.under_way()])
