"""What the model is to know of what the caller hears. Plain code."""

from bot.brains.openai.dialogue import Dialogue
from bot.brains.realtime.playback import SpeechPlayback
from bot.brains.realtime.speech import Utterance


class Playback(SpeechPlayback):
    """See `bot.brains.realtime.conversation.Playback`."""

    def __init__(self, dialogue: Dialogue) -> None:
        super().__init__(dialogue.speech, dialogue.happened)
        self._dialogue = dialogue

    def _line_was_played(self) -> None:
        self._dialogue.responses.line_played()

    def _clip_begins(self, utterance_id: str, text: str, *, first: bool) -> None:
        self._dialogue.memory.clip_begins(utterance_id, text, first=first)

    def _heard(self, utterance: Utterance, heard_ms: int, *, interrupted: bool) -> str:
        return self._dialogue.memory.heard(utterance, heard_ms, interrupted=interrupted)

    def _is_cancelled(self, utterance: Utterance) -> bool:
        response_id = utterance.response_id
        return response_id is not None and self._dialogue.responses.of(response_id).is_cancelled
