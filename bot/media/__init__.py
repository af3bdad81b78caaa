"""The sound of a call: the two ends of a pipeline, over whatever leg the carrier gives us."""

from bot.media.bot_audio import BotAudio
from bot.media.caller_audio import CallerAudio
from bot.media.g711 import SAMPLE_RATE

__all__ = ["SAMPLE_RATE", "BotAudio", "CallerAudio"]
