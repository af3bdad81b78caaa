"""Media Streams messages to frames and back."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import InputDTMFFrame

from bot.carriers.twilio.serializer import (
    MarkReturnedFrame,
    StreamStoppedFrame,
    TwilioSerializer,
)
from bot.media.framing import framed
from bot.media.g711 import ulaw_to_pcm
from bot.simulator.carrier import messages
from processors.sound import CallerSound
from tests.wire import captured

SID = "MZ00000000000000000000000000000000"


def serializer() -> TwilioSerializer:
    return TwilioSerializer(stream_sid=SID)


def test_media_becomes_sound_and_keeps_its_payload() -> None:
    """The payload goes on to the model as it came; PCM stands beside it for whoever listens."""
    message = captured.twilio("media")
    sound = serializer().read(json.dumps(message))
    assert isinstance(sound, CallerSound)
    assert sound.payload == message["media"]["payload"]
    assert sound.ulaw == base64.b64decode(sound.payload)
    assert sound.pcm == ulaw_to_pcm(sound.ulaw)


def test_sound_is_framed_for_whoever_takes_frames() -> None:
    """Nothing is lost in the frame."""
    sound = serializer().read(json.dumps(captured.twilio("media")))
    assert isinstance(sound, CallerSound)
    frame = framed(sound)
    assert frame.sound == sound
    assert (frame.sample_rate, frame.num_channels) == (8000, 1)


def test_media_of_any_length_is_sound() -> None:
    """Twenty milliseconds a message are usual and nowhere promised."""
    message = captured.twilio("media")
    for size in (0, 1, 159, 160, 8000):
        message["media"]["payload"] = base64.b64encode(bytes(size)).decode()
        sound = serializer().read(json.dumps(message))
        assert isinstance(sound, CallerSound)
        assert len(sound.ulaw) == size


@pytest.mark.parametrize("key", list("0123456789*#"))
def test_keys_of_a_telephone_are_read(key: str) -> None:
    """Digits are strings on the wire."""
    message = captured.twilio("dtmf")
    message["dtmf"]["digit"] = key
    frame = serializer().read(json.dumps(message))
    assert isinstance(frame, InputDTMFFrame)
    assert frame.button is KeypadEntry(key)


@pytest.mark.parametrize("name", ["17", 17])
def test_a_mark_comes_back_by_its_name(name: Any) -> None:
    """Names are compared as text, also should a number come as a number."""
    message = captured.twilio("mark")
    message["mark"]["name"] = name
    frame = serializer().read(json.dumps(message).encode())
    assert isinstance(frame, MarkReturnedFrame)
    assert frame.name_of_mark == "17"


def test_stop_ends_the_stream() -> None:
    """A stream that was stopped is told from a socket that went away."""
    assert isinstance(serializer().read(json.dumps(captured.twilio("stop"))), StreamStoppedFrame)


@pytest.mark.parametrize("kind", ["connected", "start"])
def test_the_first_messages_are_no_frames(kind: str) -> None:
    """They were read before the pipeline began, and are nothing to complain about."""
    reader = serializer()
    assert reader.read(json.dumps(captured.twilio(kind))) is None
    assert reader.dropped == 0


@pytest.mark.parametrize(
    "text", captured.twilio_malformed().values(), ids=captured.twilio_malformed()
)
def test_what_cannot_be_read_is_counted_and_dropped(text: str) -> None:
    """One bad message never ends a call."""
    reader = serializer()
    assert reader.read(text) is None
    assert reader.dropped == 1


def media(number: Any) -> str:
    return json.dumps(captured.twilio("media") | {"sequenceNumber": number})


def test_sound_that_comes_twice_or_late_is_dropped() -> None:
    """Each message of a stream has a number; marks and the stop are taken whatever theirs is."""
    reader = serializer()
    frames = [reader.read(media(str(number))) for number in (2, 3, 3, 2, 5, 4, 6)]
    assert [frame is not None for frame in frames] == [True, True, False, False, True, False, True]
    assert (reader.repeated, reader.unreadable) == (3, 0)
    key = captured.twilio("dtmf") | {"sequenceNumber": "7"}
    assert [reader.read(json.dumps(key)) is not None for _ in range(2)] == [True, False]
    for kind in ("mark", "stop"):
        assert reader.read(json.dumps(captured.twilio(kind) | {"sequenceNumber": "3"}))


@pytest.mark.parametrize("number", ["many", [], {}, 1.5, "", "9" * 5000])
def test_a_number_that_is_none_makes_a_message_unreadable(number: Any) -> None:
    """It spoils no other message; one without a number is taken as it comes."""
    reader = serializer()
    assert reader.read(media(number)) is None
    assert (reader.unreadable, reader.dropped) == (1, 1)
    assert reader.read(media("2")) and reader.read(media(None)) and reader.read(media(3))


def test_unknown_messages_never_break_a_stream() -> None:
    """Twilio may send more than we know of; what cannot be read at all is another matter."""
    reader = serializer()
    for _ in range(2000):
        reader.read('{"event":"hologram"}')
    assert (reader.unknown, reader.broken) == (2000, False)
    for _ in range(2000):
        reader.read('{"event":')
    assert (reader.unreadable, reader.broken) == (2000, True)


def test_fields_that_are_new_to_us_do_no_harm() -> None:
    """Twilio adds fields without notice."""
    message = captured.twilio("media") | {"weather": {"sky": "clear"}}
    message["media"]["codec"] = ["future"]
    assert isinstance(serializer().read(json.dumps(message)), CallerSound)


@given(st.one_of(st.text(), st.binary()))
def test_arbitrary_messages_never_raise(data: str | bytes) -> None:
    """Whatever comes over the socket."""
    serializer().read(data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["connected", "start", "media", "mark", "dtmf", "stop"]


@given(st.sampled_from(KINDS), JSON, JSON)
def test_known_events_with_arbitrary_fields_never_raise(kind: str, inner: Any, leaf: Any) -> None:
    """The shape is wrong at every depth."""
    reader = serializer()
    for body in (inner, {"payload": leaf}, {"name": leaf}, {"digit": leaf}):
        reader.read(json.dumps({"event": kind, kind: body}))


@given(st.binary(max_size=2000))
def test_sound_goes_out_exactly_as_twilio_takes_it(ulaw: bytes) -> None:
    """Text with these fields and no others: anything else is ignored with a warning once."""
    assert json.loads(serializer().media(ulaw)) == {
        "event": "media",
        "streamSid": SID,
        "media": {"payload": base64.b64encode(ulaw).decode()},
    }


def test_marks_and_clears_go_out_exactly_as_twilio_takes_them() -> None:
    """The fields of the documentation and no others."""
    writer = serializer()
    assert json.loads(writer.mark("17")) == {
        "event": "mark",
        "streamSid": SID,
        "mark": {"name": "17"},
    }
    assert json.loads(writer.clear()) == {"event": "clear", "streamSid": SID}


@given(st.text(min_size=1))
def test_any_stream_sid_is_escaped(stream_sid: str) -> None:
    """The sid comes from the other side: it cannot break out of its string."""
    stream_sid = stream_sid.encode("utf-8", "replace").decode()
    writer = TwilioSerializer(stream_sid=stream_sid)
    for text in (writer.media(b"\xff"), writer.mark("1"), writer.clear()):
        messages.parse(text, stream_sid)
