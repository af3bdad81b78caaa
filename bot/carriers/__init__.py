"""Carriers, the companies that bring us calls: the port the service uses, and the words for it.

Each carrier has a folder of its own, and only `bot/app.py` and what it calls know which it is.
"""

from bot.carriers.answers import (
    Answer,
    AskPerson,
    Connect,
    HangUp,
    Meet,
    PutThrough,
    TurnAway,
    Wait,
)
from bot.carriers.carrier import (
    CallStatus,
    Carrier,
    CarrierCall,
    MachineDetection,
    PlaceCall,
    PlacedCall,
)
from bot.carriers.errors import CarrierError
from bot.carriers.events import (
    DialEnded,
    IncomingCall,
    JoinedConference,
    MachineDetected,
    PersonAnswer,
    PickedUp,
    StatusUpdate,
    StreamEnded,
)
from bot.carriers.numbers import is_dialable, is_sip, parse_target
from bot.carriers.status_log import StatusLog

__all__ = [
    "Answer",
    "AskPerson",
    "CallStatus",
    "Carrier",
    "CarrierCall",
    "CarrierError",
    "Connect",
    "DialEnded",
    "HangUp",
    "IncomingCall",
    "JoinedConference",
    "MachineDetected",
    "MachineDetection",
    "Meet",
    "PersonAnswer",
    "PickedUp",
    "PlaceCall",
    "PlacedCall",
    "PutThrough",
    "StatusLog",
    "StatusUpdate",
    "StreamEnded",
    "TurnAway",
    "Wait",
    "is_dialable",
    "is_sip",
    "parse_target",
]
