"""The one websocket frame that matters fifty times a second: a whole text message (RFC 6455).

Written and read in place, in a few microseconds. Handshakes, control frames, fragments, limits
and closing are the library's, which is given every other frame untouched.
"""

import os
from functools import lru_cache

try:
    from websockets.speedups import apply_mask
except ImportError:  # an installation without the C part
    from websockets.utils import apply_mask

_WHOLE_TEXT = 0x81  # FIN and opcode 1, no extension
_MASKED = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # of length follow


def text_frame(text: bytes) -> bytes:
    """A whole text message as one frame of a server (RFC 6455, unmasked)."""
    return _header(len(text), 0) + text


def masked_text_frame(text: bytes) -> bytes:
    """A whole text message as one frame of a client (RFC 6455, masked)."""
    mask = os.urandom(4)
    return _header(len(text), _MASKED) + mask + apply_mask(text, mask)


def client_text(data: bytes) -> bytes | None:
    """The message in it, if it is one whole text message of a client and nothing else, shorter
    than 64 KiB; None for everything else."""
    if len(data) < 6 or data[0] != _WHOLE_TEXT or data[1] < _MASKED:
        return None
    length, mask_at = data[1] & 0x7F, 2
    if length == _TWO_BYTES and len(data) >= 8:
        length, mask_at = data[2] << 8 | data[3], 4
    elif length >= _TWO_BYTES:
        return None
    text_at = mask_at + 4
    if len(data) != text_at + length:
        return None
    return apply_mask(data[text_at:], data[mask_at:text_at])


def frame_end(data: bytes, start: int) -> int:
    """Where the frame that begins at `start` ends, be it there yet or not; 0 if its header does
    not say so yet."""
    if len(data) < start + 2:
        return 0
    length = data[start + 1] & 0x7F
    at = start + head_length(data, start)
    if length < _TWO_BYTES:
        return at + length
    more = 2 if length == _TWO_BYTES else 8
    if len(data) < start + 2 + more:
        return 0
    return at + int.from_bytes(data[start + 2 : start + 2 + more])


def head_length(data: bytes, start: int) -> int:
    """How long the header of a frame is that `frame_end` has found the end of."""
    length = data[start + 1] & 0x7F
    more = 0 if length < _TWO_BYTES else 2 if length == _TWO_BYTES else 8
    return 2 + more + (4 if data[start + 1] & _MASKED else 0)


def is_data(data: bytes, start: int) -> bool:
    """Whether the frame is one of a message; else it is a control frame."""
    return data[start] & 0x0F < 0x8


def begins_message(data: bytes, start: int) -> bool:
    """Whether the frame is the first of its message, or all of it."""
    return data[start] & 0x0F != 0x0


def hollow(data: bytes, start: int) -> bytes:
    """The same frame without its payload."""
    masked = data[start + 1] & _MASKED
    return bytes((data[start], masked)) + (bytes(4) if masked else b"")


@lru_cache(maxsize=256)  # sound comes in few lengths
def _header(length: int, masked: int) -> bytes:
    if length < _TWO_BYTES:
        return bytes((_WHOLE_TEXT, masked | length))
    if length < 1 << 16:
        return bytes((_WHOLE_TEXT, masked | _TWO_BYTES, length >> 8, length & 0xFF))
    return bytes((_WHOLE_TEXT, masked | _EIGHT_BYTES)) + length.to_bytes(8)
