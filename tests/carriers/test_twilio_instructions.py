"""Our answers, in Twilio's words and with Twilio's addresses."""

from xml.etree import ElementTree

import pytest

from bot.carriers import (
    Answer,
    AskPerson,
    Connect,
    HangUp,
    MachineDetection,
    Meet,
    PlaceCall,
    PutThrough,
    TurnAway,
    Wait,
)
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.instructions import connect_document, document
from bot.carriers.twilio.rest_calls import create_fields

HUMAN = "+15550001111"
SORRY = HangUp(line="We are sorry.", language="en-GB")
TO_HUMAN = PutThrough(line="We are sorry.", to=HUMAN, language="en-GB", shown_number="+15552223333")
BASE = "https://line.example/below"
ADDRESSES = Addresses(public_url=BASE)


def verbs(answer: Answer) -> list[tuple[str, dict[str, str], str]]:
    """Each verb with its attributes and the words in it."""
    return [
        (verb.tag, dict(verb.attrib), "".join(verb.itertext()))
        for verb in ElementTree.fromstring(document(answer, ADDRESSES))
    ]


@pytest.mark.parametrize(("worker", "path"), [(None, "/twilio/stream"), (3, "/twilio/stream/3")])
def test_a_call_is_put_on_the_stream_of_the_worker_that_has_it(
    worker: int | None, path: str
) -> None:
    """Whoever of several workers gives the answer; the token comes back with the stream."""
    answer = Connect(call_id="call_1", token="t0k", worker=worker, otherwise=SORRY)
    connect = ElementTree.fromstring(document(answer, ADDRESSES)).find("Connect")
    assert connect is not None
    assert connect.attrib == {"action": f"{BASE}/twilio/stream-ended?call=call_1"}
    stream = connect.find("Stream")
    assert stream is not None
    assert stream.attrib == {"url": f"wss://line.example/below{path}"}
    parameters = {each.attrib["name"]: each.attrib["value"] for each in stream}
    assert parameters == {"call": "call_1", "token": "t0k"}


def test_keys_are_played_before_the_stream_is_opened_again() -> None:
    """For carriers' menus; what is no key is not sent."""
    again = Connect(call_id="call_1", token="t0k", worker=None, otherwise=SORRY)
    xml = connect_document(again, ADDRESSES, keys="1w2#*")
    play, connect, *_ = ElementTree.fromstring(xml)
    assert (play.tag, play.attrib, connect.tag) == ("Play", {"digits": "1w2#*"}, "Connect")
    for keys in ("A", "1 2", "1" * 33):
        with pytest.raises(ValueError, match="Keys are"):
            connect_document(again, ADDRESSES, keys=keys)


def test_what_follows_a_stream_that_nobody_answers_for() -> None:
    """The apology, and the human if there is one, with our number to show; no report of it."""
    lost = Connect(call_id="call_1", token="t", worker=None, otherwise=SORRY)
    said = [("Say", {"language": "en-GB"}, "We are sorry."), ("Hangup", {}, "")]
    assert verbs(lost)[1:] == said
    lost = Connect(call_id="call_1", token="t", worker=None, otherwise=TO_HUMAN)
    dial = {"timeout": "25", "callerId": "+15552223333", "answerOnBridge": "true"}
    assert verbs(lost)[1:] == [said[0], ("Dial", dial, HUMAN), said[1]]
    assert verbs(TO_HUMAN) == verbs(lost)[1:]


def test_a_caller_who_waits_is_asked_for_again() -> None:
    """After a line and a pause, at an address with our id of the call."""
    wait = Wait(line="Please hold.", language="en-US", secs=7, call_id="call_1", visits=2)
    assert verbs(wait) == [
        ("Say", {"language": "en-US"}, "Please hold."),
        ("Pause", {"length": "7"}, ""),
        ("Redirect", {"method": "POST"}, f"{BASE}/twilio/incoming?call=call_1&tries=2"),
    ]


def test_putting_through_with_a_report() -> None:
    """How it went is told for a call of ours that wants to know."""
    through = PutThrough(
        line="One moment.",
        to="sip:desk@pbx.example",
        nobody_line="Nobody is free.",
        language="en-US",
        ring_secs=15,
        report_for="call_1",
    )
    address = f"{BASE}/twilio/dialled?call=call_1"
    assert verbs(through) == [
        ("Say", {"language": "en-US"}, "One moment."),
        (
            "Dial",
            {"action": address, "timeout": "15", "answerOnBridge": "true"},
            "sip:desk@pbx.example",
        ),
        ("Say", {"language": "en-US"}, "Nobody is free."),
        ("Hangup", {}, ""),
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (TurnAway(), [("Reject", {"reason": "busy"}, "")]),
        (
            TurnAway(line="All lines are busy.", language="de-DE"),
            [("Say", {"language": "de-DE"}, "All lines are busy."), ("Hangup", {}, "")],
        ),
        (HangUp(), [("Hangup", {}, "")]),
        (SORRY, [("Say", {"language": "en-GB"}, "We are sorry."), ("Hangup", {}, "")]),
    ],
)
def test_a_call_that_ends(answer: Answer, expected: list[object]) -> None:
    """Without a line a call that is turned away is not even answered."""
    assert verbs(answer) == expected


ASKS = AskPerson(line="Ann, about a bill. Press 1.", language="en-US", call_id="call_1", attempt=2)


def test_a_person_is_asked_by_key_or_word() -> None:
    """What they say, or that they say nothing, is told with the attempt that it is about."""
    (gather,) = ElementTree.fromstring(document(ASKS, ADDRESSES))
    assert gather.tag == "Gather"
    assert (gather.attrib["input"], gather.attrib["numDigits"]) == ("dtmf speech", "1")
    assert gather.attrib["actionOnEmptyResult"] == "true"
    assert gather.attrib["action"] == f"{BASE}/twilio/person-said?call=call_1&attempt=2"
    assert "".join(gather.itertext()) == ASKS.line


def test_the_leg_of_a_person_is_told_of_apart() -> None:
    """Its status and its machine are none of the caller's."""
    call = PlaceCall(
        to=HUMAN,
        from_="+15552223333",
        on_answer=ASKS,
        call_id="call_1",
        attempt=2,
        machine_detection=MachineDetection(),
    )
    fields = create_fields(call, ADDRESSES)
    of_attempt = "?call=call_1&attempt=2"
    assert fields["status_callback"] == f"{BASE}/twilio/person-status{of_attempt}"
    assert fields["async_amd_status_callback"] == f"{BASE}/twilio/person-machine{of_attempt}"
    assert fields["machine_detection"] == "Enable"


@pytest.mark.parametrize("is_caller", [True, False])
def test_two_meet_in_a_conference_of_the_calls_name(is_caller: bool) -> None:
    """It ends when one of them leaves; the caller's side tells that it is over."""
    document_ = document(Meet(call_id="call_1", is_caller=is_caller), ADDRESSES)
    dial, hangup = ElementTree.fromstring(document_)
    told = {"action": f"{BASE}/twilio/dialled?call=call_1"} if is_caller else {}
    assert (dial.tag, dial.attrib, hangup.tag) == ("Dial", told, "Hangup")
    (room,) = dial
    assert (room.tag, room.text) == ("Conference", "call_1")
    assert room.attrib == {
        "beep": "false",
        "startConferenceOnEnter": "true",
        "endConferenceOnExit": "true",
        "statusCallback": f"{BASE}/twilio/conference?call=call_1",
        "statusCallbackEvent": "start end join leave",
    }
