"""TwiML, read strictly: the verbs this carrier executes, as data, and what is wrong with the rest.

As at Twilio, a document that is not XML or not a <Response> is fatal; an unknown verb or attribute
is a schema warning (12200): it is left out and the rest is executed.
"""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from bot.simulator.carrier.errors import ApplicationError
from bot.simulator.carrier.request import Callback
from bot.simulator.carrier.twiml_schema import ATTRIBUTES, NOUNS, VERBS
from bot.simulator.carrier.twiml_verbs import (
    Callee,
    Conference,
    ConnectStream,
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    PlayDigits,
    Redirect,
    Reject,
    Say,
    TwimlProblem,
    Verb,
)
from bot.simulator.carrier.webhooks import Reply

__all__ = [
    "Callee",
    "Conference",
    "ConnectStream",
    "Dial",
    "Document",
    "Gather",
    "Hangup",
    "Pause",
    "PlayDigits",
    "Redirect",
    "Reject",
    "Say",
    "TwimlProblem",
    "Verb",
    "parse",
    "read_reply",
    "stream_url_problem",
]

XML_TYPES = frozenset({"text/xml", "application/xml"})
MAX_DOCUMENT_BYTES = 64 * 1024
MAX_CONFERENCE_NAME = 128
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
MAX_PARAMETER_CHARS = 500  # name and value together stay below this


def read_reply(reply: Reply, url: str) -> Document:
    """The document in a webhook's reply; `ApplicationError` if it is not XML of a legal size."""
    if reply.content_type not in XML_TYPES:
        raise ApplicationError(12300, f"content type {reply.content_type!r} is not XML", url)
    if len(reply.text.encode()) > MAX_DOCUMENT_BYTES:
        raise ApplicationError(11750, "the document is larger than 64 KB", url)
    return parse(reply.text, url)


def parse(xml: str, url: str = "") -> Document:
    """Read a document; `ApplicationError` 12100 if it is not XML, 12200 if not a <Response>."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise ApplicationError(12100, f"not XML: {error}", url) from error
    if root.tag != "Response":
        raise ApplicationError(12200, f"the root element is <{root.tag}>, not <Response>", url)
    reader = _Reader()
    verbs = tuple(reader.verbs(root))
    return Document(verbs=verbs, problems=tuple(reader.problems), xml=xml)


class _Reader:
    def __init__(self) -> None:
        self.problems: list[TwimlProblem] = []

    def verbs(self, root: Element) -> Iterator[Verb]:
        self._check_attributes(root)
        for element in root:
            if element.tag not in VERBS:
                self._complain(f"<{element.tag}> is not a verb this carrier executes")
                continue
            self._check_attributes(element)
            if verb := self._verb(element):
                yield verb

    def _verb(self, element: Element) -> Verb | None:  # noqa: C901 - one case a verb
        match element.tag:
            case "Say":
                return self._say(element)
            case "Gather":
                return self._gather(element)
            case "Play":
                return self._play(element)
            case "Pause":
                return Pause(length_secs=self._number(element, "length", 1))
            case "Dial":
                return self._dial(element)
            case "Hangup":
                return Hangup()
            case "Reject":
                return self._reject(element)
            case "Redirect":
                return Redirect(url=_text(element), method=self._method(element))
            case _:
                return self._connect(element)

    def _say(self, element: Element) -> Say:
        text = " ".join("".join(element.itertext()).split())
        return Say(text=text, loop=int(self._number(element, "loop", 1)))

    def _gather(self, element: Element) -> Gather:
        inputs = frozenset((element.get("input") or "dtmf").split())
        if unknown := inputs - {"dtmf", "speech"}:
            self._complain(f"<Gather input> has no {sorted(unknown)[0]!r}")
        digits = int(self._number(element, "numDigits", 0))
        return Gather(
            lines=tuple(self._say(noun) for noun in self._nouns(element, "Gather")),
            inputs=inputs,
            digits=digits or None,
            finish_key=element.get("finishOnKey", "#"),
            timeout_secs=self._number(element, "timeout", 5),
            tells_silence=element.get("actionOnEmptyResult") == "true",
            action=element.get("action"),
            method=self._method(element),
        )

    def _conference(self, noun: Element) -> Conference | None:
        name = _text(noun)
        if not name or len(name) > MAX_CONFERENCE_NAME:
            self._complain("<Conference> needs a name of 1 to 128 characters")
            return None
        most = int(self._number(noun, "maxParticipants", 250))
        if not 2 <= most <= 250:
            self._complain("<Conference maxParticipants> is from 2 to 250")
            most = 250
        words = {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker"}
        return Conference(
            name=name,
            starts=noun.get("startConferenceOnEnter", "true") == "true",
            ends=noun.get("endConferenceOnExit", "false") == "true",
            most=most,
            label=noun.get("participantLabel", ""),
            callback=self._callback(noun, words | {"announcement"}, "start end"),
        )

    def _play(self, element: Element) -> PlayDigits | None:
        digits = element.get("digits")
        if digits is None:
            self._complain("<Play> of a sound file is not simulated; only digits are")
            return None
        if bad := set(digits) - set("0123456789ABCDabcd*#wW"):
            self._complain(f"<Play digits> cannot play {''.join(sorted(bad))!r}")
            return None
        return PlayDigits(digits=digits)

    def _reject(self, element: Element) -> Reject:
        reason = element.get("reason", "rejected")
        if reason not in ("rejected", "busy"):
            self._complain(f"<Reject> knows no reason {reason!r}")
            reason = "rejected"
        return Reject(reason=reason)

    def _dial(self, element: Element) -> Dial:
        nouns = list(self._nouns(element, "Dial"))
        rooms = [noun for noun in nouns if noun.tag == "Conference"]
        if rooms and len(nouns) > 1:
            self._complain("<Dial> holds one <Conference> and nothing else, or none")
        callees = [
            Callee(kind=noun.tag.lower(), address=_text(noun), callback=self._callback(noun))
            for noun in nouns
            if noun.tag != "Conference"
        ]
        if plain := (element.text or "").strip():
            callees.insert(0, Callee(kind="number", address=plain))
        if not callees and not rooms:
            self._complain("<Dial> names nobody")
        limit = self._number(element, "timeLimit", 0)
        return Dial(
            callees=tuple(callees),
            action=element.get("action"),
            method=self._method(element),
            timeout_secs=self._number(element, "timeout", 30),
            time_limit_secs=limit or None,
            caller_id=element.get("callerId"),
            conference=self._conference(rooms[0]) if rooms else None,
        )

    def _callback(
        self, noun: Element, known: Collection[str] = CALL_EVENTS, usual: str = "completed"
    ) -> Callback | None:
        url = noun.get("statusCallback")
        if not url:
            return None
        events = frozenset(noun.get("statusCallbackEvent", usual).split())
        if unknown := events - set(known):
            self._complain(f"<{noun.tag} statusCallbackEvent> has no {sorted(unknown)[0]!r}")
        method = self._method(noun, "statusCallbackMethod")
        return Callback(url=url, method=method, events=events)

    def _connect(self, element: Element) -> ConnectStream | None:
        streams = list(self._nouns(element, "Connect"))
        if len(streams) != 1:
            self._complain("<Connect> holds exactly one <Stream> here")
            return None
        stream = streams[0]
        if stream.get("track", "inbound_track") != "inbound_track":
            self._complain("<Connect><Stream> has only the inbound_track")
        return ConnectStream(
            url=(stream.get("url") or "").strip(),
            name=stream.get("name"),
            parameters=dict(self._parameters(stream)),
            status_callback=stream.get("statusCallback"),
            status_callback_method=self._method(stream, "statusCallbackMethod"),
            action=element.get("action"),
            method=self._method(element),
        )

    def _parameters(self, stream: Element) -> Iterator[tuple[str, str]]:
        for parameter in self._nouns(stream, "Stream"):
            name, value = parameter.get("name"), parameter.get("value")
            if not name or value is None:
                self._complain("<Parameter> needs a name and a value")
            elif len(name) + len(value) >= MAX_PARAMETER_CHARS:
                self._complain(f"<Parameter name={name!r}>: name and value reach 500 characters")
            else:
                yield name, value

    def _nouns(self, element: Element, parent: str) -> Iterator[Element]:
        for noun in element:
            if noun.tag in NOUNS[parent]:
                self._check_attributes(noun)
                yield noun
            else:
                self._complain(f"<{noun.tag}> is not allowed in <{parent}>")

    def _check_attributes(self, element: Element) -> None:
        for name in sorted(set(element.attrib) - ATTRIBUTES[element.tag]):
            self._complain(f"<{element.tag}> has no attribute {name!r}")

    def _number(self, element: Element, name: str, default: float) -> float:
        raw = element.get(name)
        if raw is None:
            return default
        if not raw.isdigit():
            self._complain(f"<{element.tag} {name}> is {raw!r}, not a whole number")
            return default
        return int(raw)

    def _method(self, element: Element, name: str = "method") -> str:
        method = element.get(name, "POST").upper()
        if method not in ("GET", "POST"):
            self._complain(f"<{element.tag} {name}> is {method!r}, not GET or POST")
            return "POST"
        return method

    def _complain(self, message: str) -> None:
        self.problems.append(TwimlProblem(code=12200, message=message))


def stream_url_problem(url: str) -> TwimlProblem | None:
    """Why the carrier would not open a stream to this absolute URL, or None."""
    parts = urlsplit(url)
    if parts.scheme != "wss":
        return TwimlProblem(
            code=31922, message=f"the scheme of a stream is wss, not {parts.scheme!r}"
        )
    if not parts.hostname or parts.fragment:
        return TwimlProblem(code=31923, message="the stream's URL is malformed")
    if parts.query:
        return TwimlProblem(
            code=31920, message="a stream's URL has no query string; use <Parameter>"
        )
    return None


def _text(element: Element) -> str:
    return (element.text or "").strip()
