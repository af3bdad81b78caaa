"""What the model is to know of what the caller hears. Plain code."""

from bot.brains.gemini.asking import Asking
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.realtime.playback import SpeechPlayback
from bot.brains.realtime.speech import Utterance


class Playback(SpeechPlayback):
    """See `bot.brains.realtime.conversation.Playback`."""

    def __init__(self, dialogue: Dialogue, asking: Asking) -> None:
        super().__init__(dialogue.speech, dialogue.happened)
        self._dialogue = dialogue
        self._asking = asking

    def _line_was_played(self) -> None:
        self._dialogue.wishes.popleft()

    def _clip_begins(self, utterance_id: str, text: str, *, first: bool) -> None:
        self._dialogue.memory.clip_begins(utterance_id, text)

    def _heard(self, utterance: Utterance, heard_ms: int, *, interrupted: bool) -> str:
        text = self._dialogue.memory.heard(utterance, heard_ms, interrupted=interrupted)
        self._asking.tell_speaker()
        return text

    def _is_cancelled(self, utterance: Utterance) -> bool:
        active = self._dialogue.active
        return active is not None and active.cancelled and utterance.response_id == active.id
