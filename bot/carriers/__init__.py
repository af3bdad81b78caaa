"""The phone company: a port the service uses, Twilio behind it, and what Twilio sends us."""

from bot.carriers.carrier import (
    CallStatus,
    Carrier,
    CarrierCall,
    MachineDetection,
    PlaceCall,
    PlacedCall,
    Recording,
    SipAuth,
)
from bot.carriers.errors import CarrierError
from bot.carriers.numbers import is_dialable, is_sip, parse_target
from bot.carriers.signatures import TwilioSignatures
from bot.carriers.status_log import StatusLog
from bot.carriers.twilio import TwilioCarrier
from bot.carriers.webhooks import (
    BadWebhook,
    DialEnded,
    IncomingCall,
    MachineDetected,
    StatusUpdate,
    StreamEnded,
)

__all__ = [
    "BadWebhook",
    "CallStatus",
    "Carrier",
    "CarrierCall",
    "CarrierError",
    "DialEnded",
    "IncomingCall",
    "MachineDetected",
    "MachineDetection",
    "PlaceCall",
    "PlacedCall",
    "Recording",
    "SipAuth",
    "StatusLog",
    "StatusUpdate",
    "StreamEnded",
    "TwilioCarrier",
    "TwilioSignatures",
    "is_dialable",
    "is_sip",
    "parse_target",
]
