"""The carrier side of audio."""

from bot.media.bot_audio import BotAudio
from bot.media.caller_audio import CallerAudio, Ended
from bot.media.handshake import NotAStream, StreamStart, read_start
from bot.media.media_socket import MediaSocket, SocketClosed
from bot.media.serializer import MAX_MESSAGE_BYTES, SAMPLE_RATE, TwilioSerializer

__all__ = [
    "MAX_MESSAGE_BYTES",
    "SAMPLE_RATE",
    "BotAudio",
    "CallerAudio",
    "Ended",
    "MediaSocket",
    "NotAStream",
    "SocketClosed",
    "StreamStart",
    "TwilioSerializer",
    "read_start",
]
