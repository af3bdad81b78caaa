"""What stands for the parts of a call while a pipeline is checked, with what they take and add."""

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InputDTMFFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessor

from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    CallerAudioFrame,
    ConsultFrame,
    CorrectFrame,
    EndCallRequestFrame,
    HandOverRequestFrame,
    HeldBackFrame,
    HeldWordsFrame,
    HoldRequestFrame,
    KeysTypedFrame,
    LineBackFrame,
    LineLostFrame,
    ModelListensFrame,
    NoteFrame,
    NumberRequestFrame,
    OnHoldFrame,
    PassageFrame,
    ProvenFrame,
    RanDryFrame,
    RunToolFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferRequestFrame,
    UsageFrame,
    UtterancePlayedFrame,
    WhisperFrame,
)


class CallerAudioPart(FrameProcessor):
    """Stands for `CallParts.caller_audio`."""

    adds = {
        CallerAudioFrame: "down",
        InputDTMFFrame: "down",
        LineLostFrame: "down",
        LineBackFrame: "down",
    }


class ModelPart(FrameProcessor):
    """Stands for `CallParts.model`."""

    consumes = (
        CallerAudioFrame,
        SayFrame,
        AnswerNowFrame,
        CorrectFrame,
        NoteFrame,
        WhisperFrame,
        RunToolFrame,
        KeysTypedFrame,
        PassageFrame,
        UtterancePlayedFrame,
        RanDryFrame,
        HeldBackFrame,
        OnHoldFrame,
    )
    adds = {
        AgentAudioFrame: "down",
        AgentAudioEndFrame: "down",
        AgentSaidFrame: "down",
        EndCallRequestFrame: "down",
        TransferRequestFrame: "down",
        HandOverRequestFrame: "down",
        ConsultFrame: "down",
        NumberRequestFrame: "down",
        ToolsRunningFrame: "down",
        ProvenFrame: "down",
        UsageFrame: "down",
        HeldWordsFrame: "up",
        HoldRequestFrame: "up",
        ModelListensFrame: "up",
        TranscriptionFrame: "both",
        UserStartedSpeakingFrame: "both",
        UserStoppedSpeakingFrame: "both",
        LLMFullResponseStartFrame: "both",
        LLMFullResponseEndFrame: "both",
    }


class BotAudioPart(FrameProcessor):
    """Stands for `CallParts.bot_audio`."""

    consumes = (AgentAudioFrame, AgentAudioEndFrame)
    adds = {
        BotStartedSpeakingFrame: "both",
        BotStoppedSpeakingFrame: "both",
        UtterancePlayedFrame: "up",
        RanDryFrame: "up",
        HeldBackFrame: "up",
    }


PARTS = {CallerAudioPart: "caller_audio", ModelPart: "model", BotAudioPart: "bot_audio"}
