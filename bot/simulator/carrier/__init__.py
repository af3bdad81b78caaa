"""A telephone company on loopback that speaks Twilio: REST, webhooks, TwiML, media streams."""

from bot.simulator.carrier.answers import AnswerPolicy, Answers, Busy, Fails, NoAnswer, RefusedByApi
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.carrier import Carrier
from bot.simulator.carrier.errors import CarrierError
from bot.simulator.carrier.faults import CallbackFaults, RestFaults
from bot.simulator.carrier.legs import DialLeg
from bot.simulator.carrier.marks_late import MarksLate
from bot.simulator.carrier.recordings import SimRecording
from bot.simulator.carrier.request import Callback, RecordingRequest
from bot.simulator.carrier.states import CallStatus, EndReason
from bot.simulator.carrier.stream import ClearRecord, MarkRecord
from bot.simulator.carrier.texts import Delivers, RefusesTexts, SimText, TextPolicy, Undelivered
from bot.simulator.carrier.timeline import Event

__all__ = [
    "AnswerPolicy",
    "Answers",
    "Busy",
    "CallStatus",
    "Callback",
    "CallbackFaults",
    "Carrier",
    "CarrierError",
    "ClearRecord",
    "Delivers",
    "DialLeg",
    "EndReason",
    "Event",
    "Fails",
    "MarkRecord",
    "MarksLate",
    "NoAnswer",
    "RecordingRequest",
    "RefusedByApi",
    "RefusesTexts",
    "RestFaults",
    "SimCall",
    "SimRecording",
    "SimText",
    "TextPolicy",
    "Undelivered",
]
