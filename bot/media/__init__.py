"""The sound of a call: the two ends of a pipeline, over whatever leg the carrier gives us."""

from bot.media.bot_audio import BotAudio
from bot.media.call_sound import CallSound, Listener, Piece
from bot.media.caller_audio import CallerAudio
from bot.media.g711 import SAMPLE_RATE
from bot.media.operator_voice import OperatorVoice

__all__ = [
    "SAMPLE_RATE",
    "BotAudio",
    "CallSound",
    "CallerAudio",
    "Listener",
    "OperatorVoice",
    "Piece",
]
