"""The one frame we write and read ourselves, against the library's own reading of it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from bot.media.websocket import (
    begins_message,
    client_text,
    frame_end,
    head_length,
    hollow,
    is_data,
    masked_text_frame,
    text_frame,
)

LENGTHS = (0, 1, 125, 126, 127, 300, 65_535, 65_536, 100_000)


def parsed(data: bytes, *, mask: bool) -> Frame:
    """As the library reads it; fails if anything is missing or left over."""
    reader = StreamReader()
    reader.feed_data(data)
    reading = Frame.parse(reader.read_exact, mask=mask)
    try:
        next(reading)
    except StopIteration as done:
        assert not reader.buffer
        frame: Frame = done.value
        return frame
    raise AssertionError("the frame is not complete")


@pytest.mark.parametrize(("write", "mask"), [(text_frame, False), (masked_text_frame, True)])
@pytest.mark.parametrize("length", LENGTHS)
def test_the_library_reads_what_we_write(
    write: Callable[[bytes], bytes], mask: bool, length: int
) -> None:
    """One final text frame, masked from a client and only from a client."""
    text = bytes(65 + i % 26 for i in range(length))
    assert parsed(write(text), mask=mask) == Frame(Opcode.TEXT, text)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_clients_message_is_read_where_it_is_short(length: int) -> None:
    """Up to 64 KiB; a longer one is the library's."""
    text = bytes(65 + i % 26 for i in range(length))
    data = Frame(Opcode.TEXT, text).serialize(mask=True)
    assert client_text(data) == (text if length < 65_536 else None)
    assert frame_end(data, 0) == len(data)


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Opcode.TEXT, b"abc").serialize(mask=False),
        Frame(Opcode.TEXT, b"abc", fin=False).serialize(mask=True),
        bytes([0xC1]) + Frame(Opcode.TEXT, b"abc").serialize(mask=True)[1:],
        *(
            Frame(opcode, b"abc").serialize(mask=True)
            for opcode in (Opcode.CONT, Opcode.BINARY, Opcode.CLOSE, Opcode.PING, Opcode.PONG)
        ),
    ],
    ids=["unmasked", "unfinished", "reserved", "cont", "binary", "close", "ping", "pong"],
)
def test_every_other_frame_is_the_librarys(frame: bytes) -> None:
    """Unmasked, in pieces, compressed, or not text."""
    assert client_text(frame) is None
    assert frame_end(frame, 0) == len(frame)


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_can_be_emptied(length: int, mask: bool) -> None:
    """Its kind and its mask stay, and where its content begins is known."""
    for opcode, fin in ((Opcode.TEXT, True), (Opcode.CONT, False), (Opcode.BINARY, True)):
        frame = Frame(opcode, bytes(length), fin=fin).serialize(mask=mask)
        assert parsed(hollow(b"?" + frame, 1), mask=mask) == Frame(opcode, b"", fin=fin)
        assert head_length(b"?" + frame, 1) == len(frame) - length
        assert is_data(frame, 0)
        assert begins_message(frame, 0) is (opcode is not Opcode.CONT)
    assert not is_data(Frame(Opcode.PING, b"").serialize(mask=mask), 0)


@given(st.binary(max_size=300), st.binary(max_size=40), st.integers(0, 340))
def test_more_or_less_than_a_frame_is_no_message(text: bytes, more: bytes, cut: int) -> None:
    """Whatever comes with it, and wherever it is cut; its end is told as soon as it is known."""
    frame = Frame(Opcode.TEXT, text).serialize(mask=True)
    assert client_text(frame + more) == (None if more else text)
    assert frame_end(more + frame + more, len(more)) == len(more) + len(frame)
    if cut < len(frame):
        assert client_text(frame[:cut]) is None
        assert frame_end(frame[:cut], 0) in (0, len(frame))


@given(st.binary(max_size=64))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    """Nothing raises."""
    client_text(data)
    assert frame_end(data, 0) >= 0
