"""Which of the agent's utterances is the last line that was asked for. Plain code."""

from pipecat.frames.frames import Frame, LLMFullResponseEndFrame, LLMFullResponseStartFrame

from processors.floor import Floor
from processors.frames import AgentAudioFrame


class LastLine:
    """Tells the line asked for from what was already being said or generated at that moment."""

    def __init__(self, text: str, floor: Floor) -> None:
        """The line, and the floor as it is when it is asked for."""
        self._text = text
        self._older = set(floor.unplayed)
        self._older_response = floor.responding
        self._heard_of: set[str] = set()
        self.begun = False  # a response that can be the line is being generated or played

    def note(self, frame: Frame) -> None:
        """Takes account of one frame on its way through."""
        match frame:
            case LLMFullResponseStartFrame():
                self._older_response = False
                self.begun = True
            case LLMFullResponseEndFrame():
                self._older_response = False
            case AgentAudioFrame(line=line) if line and line == self._text:
                self._heard_of.add(frame.utterance_id)
                self.begun = True
            case AgentAudioFrame() if self._older_response:
                self._older.add(frame.utterance_id)
            case AgentAudioFrame() if frame.utterance_id not in self._older:
                self._heard_of.add(frame.utterance_id)
                self.begun = True

    @property
    def sounding(self) -> bool:
        """Audio of the line has been sent to the caller."""
        return bool(self._heard_of)

    def is_line(self, utterance_id: str) -> bool:
        """Whether this utterance, now played, can be the last line."""
        if utterance_id in self._heard_of:
            return True
        return utterance_id not in self._older and not self._older_response
