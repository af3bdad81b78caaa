"""The documents say what we mean, and say it in Twilio's words."""

import inspect
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
import twilio.twiml.voice_response as package
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import lower_camel  # the package's rule from argument to attribute names

from bot.carriers.twilio import twiml

STREAM = {
    "stream_url": "wss://example.com/twilio/stream",
    "parameters": {"token": "t0k&<>\"'", "agent": "table"},
    "sorry": "We are sorry.",
    "language": "en-GB",
}


def tree(document: str) -> list[object]:
    """A document as nested lists: [tag, attributes, text, children...]."""

    def of(node: ElementTree.Element) -> list[object]:
        return [node.tag, dict(node.attrib), node.text or "", *map(of, node)]

    return of(ElementTree.fromstring(document))


def test_a_call_is_connected_and_a_lost_stream_is_caught() -> None:
    """The stream with its parameters comes first, then the apology, the human and the end."""
    document = twiml.connect_stream(
        **STREAM,
        action_url="https://example.com/twilio/after",
        human="+15550001111",
        caller_id="+15552223333",
    )
    assert tree(document) == [
        "Response",
        {},
        "",
        [
            "Connect",
            {"action": "https://example.com/twilio/after"},
            "",
            [
                "Stream",
                {"url": "wss://example.com/twilio/stream"},
                "",
                ["Parameter", {"name": "token", "value": "t0k&<>\"'"}, ""],
                ["Parameter", {"name": "agent", "value": "table"}, ""],
            ],
        ],
        ["Say", {"language": "en-GB"}, "We are sorry."],
        [
            "Dial",
            {"timeout": "25", "callerId": "+15552223333", "answerOnBridge": "true"},
            "",
            ["Number", {}, "+15550001111"],
        ],
        ["Hangup", {}, ""],
    ]


def test_without_a_human_a_lost_stream_ends_with_the_apology() -> None:
    """No human set: nobody is dialled."""
    tags = [child[0] for child in tree(twiml.connect_stream(**STREAM))[3:]]  # type: ignore[index]
    assert tags == ["Connect", "Say", "Hangup"]


def test_a_human_behind_sip_is_dialled_as_sip() -> None:
    """A sip: target goes into <Sip>, with what to say before and when nobody answers."""
    document = twiml.dial_human(
        hold_line="One moment.",
        human="sip:desk@example.com",
        nobody_line="Nobody is free.",
        language="en-US",
        action_url="https://example.com/twilio/dialled",
        timeout_secs=15,
    )
    assert tree(document)[3:] == [
        ["Say", {"language": "en-US"}, "One moment."],
        [
            "Dial",
            {
                "action": "https://example.com/twilio/dialled",
                "timeout": "15",
                "answerOnBridge": "true",
            },
            "",
            ["Sip", {}, "sip:desk@example.com"],
        ],
        ["Say", {"language": "en-US"}, "Nobody is free."],
        ["Hangup", {}, ""],
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            twiml.hang_up("Sorry.", language="de-DE"),
            [["Say", {"language": "de-DE"}, "Sorry."], ["Hangup", {}, ""]],
        ),
        (twiml.busy(), [["Reject", {"reason": "busy"}, ""]]),
        (
            twiml.busy(line="All lines are busy."),
            [["Say", {"language": "en-US"}, "All lines are busy."], ["Hangup", {}, ""]],
        ),
        (
            twiml.wait_in_queue(
                line="Please hold.",
                language="en-US",
                pause_secs=10,
                again_url="https://example.com/twilio/incoming?call=call_1&tries=2",
            ),
            [
                ["Say", {"language": "en-US"}, "Please hold."],
                ["Pause", {"length": "10"}, ""],
                [
                    "Redirect",
                    {"method": "POST"},
                    "https://example.com/twilio/incoming?call=call_1&tries=2",
                ],
            ],
        ),
        (twiml.hang_up(), [["Hangup", {}, ""]]),
        (
            twiml.hang_up("Bye."),
            [["Say", {"language": "en-US"}, "Bye."], ["Hangup", {}, ""]],
        ),
        (twiml.hang_up(" \x00\n "), [["Hangup", {}, ""]]),
    ],
)
def test_short_documents(document: str, expected: list[object]) -> None:
    """Each short answer is exactly these verbs."""
    assert tree(document)[3:] == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/s",
        "ws://example.com/s",
        "wss:///s",
        "wss://example.com/s?token=1",
        "wss://example.com/s?",
        "wss://example.com/s#x",
        "/s",
        "",
    ],
)
def test_a_stream_address_twilio_would_not_take_is_refused(url: str) -> None:
    """Only wss, absolute, without a query string."""
    with pytest.raises(ValueError, match="address"):
        twiml.connect_stream(**(STREAM | {"stream_url": url}))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_a_simulator_on_this_machine_may_stream_over_plain_ws(host: str) -> None:
    """ws:// is allowed where Twilio could never get: on loopback."""
    assert f"ws://{host}/s" in twiml.connect_stream(**(STREAM | {"stream_url": f"ws://{host}/s"}))


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"name": "x" * 496}, "below 500"),
        ({"": "x"}, "needs a name"),
        ({"a": "\x00"}, "XML"),
        ({"a": "\ud800"}, "XML"),
    ],
)
def test_a_parameter_twilio_would_not_take_is_refused(
    parameters: dict[str, str], sentence: str
) -> None:
    """Name and value stay below 500 characters together and must be XML."""
    with pytest.raises(ValueError, match=sentence):
        twiml.connect_stream(**(STREAM | {"parameters": parameters}))


def test_a_parameter_of_499_characters_fits() -> None:
    """The limit is exclusive: 499 pass."""
    document = twiml.connect_stream(**(STREAM | {"parameters": {"name": "x" * 495}}))
    assert "x" * 495 in document


@pytest.mark.parametrize("human", ["", "911", "bob", "sip:a@b?X-H=1", "sip:" + "a" * 255 + "@b.c"])
def test_only_a_number_or_a_sip_address_can_be_dialled(human: str) -> None:
    """A human that cannot be dialled is refused when the document is written."""
    with pytest.raises(ValueError, match="human"):
        twiml.dial_human(hold_line="Sorry.", human=human, nobody_line="", language="en-US")


@pytest.mark.parametrize("secs", [4, 601])
def test_a_humans_phone_rings_for_a_sensible_time(secs: int) -> None:
    """Twilio lets a dialled phone ring for 5 to 600 seconds."""
    with pytest.raises(ValueError, match="5 to 600"):
        twiml.dial_human(
            hold_line="x",
            human="+15550001111",
            nobody_line="",
            language="en-US",
            timeout_secs=secs,
        )


def test_the_rest_limit_is_named() -> None:
    """A document of 4000 characters may go by REST, one more may not, and we say so."""
    assert twiml.check_rest_limit("x" * 4000) == "x" * 4000
    with pytest.raises(ValueError, match="4000 characters, this document has 4001"):
        twiml.check_rest_limit("x" * 4001)


def test_a_document_above_64_kilobytes_is_refused() -> None:
    """Twilio reads no more than 64 KB."""
    with pytest.raises(ValueError, match="65536"):
        twiml.hang_up("x" * 70_000)


def test_every_verb_and_attribute_exists_in_the_twilio_package() -> None:
    """What we write is what the package can write: verbs, nouns and attributes alike."""
    documents = [
        twiml.connect_stream(
            **STREAM,
            action_url="https://e.com/a",
            human="+15550001111",
            caller_id="+15552223333",
        ),
        twiml.dial_human(
            hold_line="a",
            human="sip:a@b.com",
            nobody_line="b",
            language="en-US",
            action_url="https://e.com/d",
            caller_id="x",
        ),
        twiml.busy(),
    ]

    def check(parent: ElementTree.Element) -> None:
        for child in parent:
            add: Callable[..., object] = getattr(
                package.VoiceResponse if parent.tag == "Response" else getattr(package, parent.tag),
                child.tag.lower(),
            )
            known = {lower_camel(name) for name in inspect.signature(add).parameters}
            assert set(child.attrib) <= known, child.tag
            check(child)

    for document in documents:
        check(ElementTree.fromstring(document))


@given(line=st.text(st.characters()), value=st.text(max_size=400))
def test_any_text_gives_well_formed_xml(line: str, value: str) -> None:
    """Quotes, angle brackets, control characters and lone surrogates never break a document."""
    assert tree(twiml.hang_up(line))[0] == "Response"
    try:
        document = twiml.connect_stream(**(STREAM | {"parameters": {"a": value}}))
    except ValueError as error:
        assert "XML" in str(error)
        return
    parameter = ElementTree.fromstring(document).find("./Connect/Stream/Parameter")
    assert parameter is not None
    assert parameter.get("value") == value
