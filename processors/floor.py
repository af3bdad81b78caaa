"""Who has the floor in a call, read from the frames that pass. Plain code, no I/O.

It is for processors, which each see the call from their place in the list and ask what is so now;
when speech began and whose turn the model answers is kept at the model's side alone
(`TurnTaking` of the brain).
"""

from dataclasses import dataclass, field

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from processors.frames import (
    AgentAudioFrame,
    GreetFrame,
    HoldFrame,
    HushFrame,
    LineBackFrame,
    LineLostFrame,
    OnHoldFrame,
    PassageFrame,
    ResumeFrame,
    TakenOverFrame,
    ToolsRunningFrame,
    UtterancePlayedFrame,
)

# The caller's speech as the local ear (VAD...) or the model's own (User...) hears it.
CALLER_STARTED = (VADUserStartedSpeakingFrame, UserStartedSpeakingFrame)
CALLER_STOPPED = (VADUserStoppedSpeakingFrame, UserStoppedSpeakingFrame)

# Every frame that can change a `Floor`.
FLOOR_FRAMES = (
    *CALLER_STARTED,
    *CALLER_STOPPED,
    AgentAudioFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    GreetFrame,
    HoldFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LineBackFrame,
    OnHoldFrame,
    PassageFrame,
    ResumeFrame,
    ToolsRunningFrame,
    UtterancePlayedFrame,
)


@dataclass(kw_only=True)
class Floor:
    """Feed it every frame that passes; it says who is speaking and what is under way."""

    caller_speaking: bool = False
    responding: bool = False  # the model is generating a response
    tools_running: int = 0
    line_is_down: bool = False  # the carrier's stream broke; a new one has not come yet
    hushed: bool = False  # nobody listens: the agent says nothing of its own
    on_hold: bool = False  # the other side lets us wait
    taken_over: bool = False  # an operator speaks in the agent's place
    typing: bool = False  # the caller types a number that nobody hears
    held: bool = False  # the agent is in the middle of something and waits for what comes of it
    _sounding: bool = False  # the carrier is playing speech of the agent
    _unplayed: set[str] = field(default_factory=set)  # sent down, not yet reported as played
    # Where there is a local ear, it is believed alone: the model's side may begin a turn late, and
    # then stall before it tells of its end.
    _has_local_ear: bool = False

    @property
    def agent_audible(self) -> bool:
        """The caller hears the agent, or will as soon as what was sent, or is held, is played."""
        return self._sounding or self.held or bool(self._unplayed)

    @property
    def agent_busy(self) -> bool:
        """The agent is heard or is about to be: a response is being generated."""
        return self.agent_audible or self.responding

    @property
    def quiet(self) -> bool:
        """Both sides are silent on a live stream, and nothing under way leads to speech."""
        busy = self.caller_speaking or self.agent_busy or self.tools_running
        return not (busy or self.line_is_down or self.nobody_listens)

    @property
    def nobody_listens(self) -> bool:
        """No answer is due, and no question: a machine, a hold, somebody who types, or one who
        speaks with an operator."""
        return self.hushed or self.on_hold or self.taken_over or self.typing

    @property
    def unplayed(self) -> frozenset[str]:
        """Ids of the utterances of which audio was sent down and no end was reported."""
        return frozenset(self._unplayed)

    def note(self, frame: Frame) -> None:
        """Takes account of one frame. An interruption silences all that was on its way."""
        if isinstance(frame, FLOOR_FRAMES):
            self._note_caller(frame)
            self._note_agent(frame)
            self._note_line(frame)

    def heeds(self, frame: Frame) -> bool:
        """Whether this says what the caller does. The model's ear does not where there is ours."""
        ours = isinstance(frame, (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame))
        theirs = isinstance(frame, (*CALLER_STARTED, *CALLER_STOPPED)) and not self._has_local_ear
        return ours or theirs

    def _note_caller(self, frame: Frame) -> None:
        if isinstance(frame, (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)):
            self._has_local_ear = True
        elif self._has_local_ear:
            return
        if isinstance(frame, CALLER_STARTED):
            self.caller_speaking = True
        elif isinstance(frame, CALLER_STOPPED):
            self.caller_speaking = False

    def _note_agent(self, frame: Frame) -> None:
        match frame:
            case AgentAudioFrame():
                self._unplayed.add(frame.utterance_id)
            case UtterancePlayedFrame():
                self._unplayed.discard(frame.utterance_id)
            case BotStartedSpeakingFrame():
                self._sounding = True
            case BotStoppedSpeakingFrame():
                self._sounding = False
            case LLMFullResponseStartFrame():
                self.responding = True
            case LLMFullResponseEndFrame():
                self.responding = False
            case HoldFrame():
                self.held = True
            case ResumeFrame():
                self.held = False
            case InterruptionFrame():
                self.held = self.responding = False
                self._unplayed.clear()
            case ToolsRunningFrame():
                self.tools_running = frame.count

    def _note_line(self, frame: Frame) -> None:
        match frame:
            case LineLostFrame():
                self.line_is_down = True
            case LineBackFrame():
                self.line_is_down = False
            case PassageFrame():
                self.typing = frame.opens
            case TakenOverFrame():
                self.taken_over = frame.begins
            case OnHoldFrame():
                self.on_hold = frame.begins
                if frame.begins:
                    self.caller_speaking = False
            case HushFrame():
                self.hushed = True
            case GreetFrame():
                self.hushed = False
