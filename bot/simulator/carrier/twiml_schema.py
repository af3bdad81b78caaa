"""Which elements and attributes of TwiML this carrier knows (after Twilio's TwiML for Voice)."""

_AMD = {
    "machineDetection",
    "machineDetectionTimeout",
    "machineDetectionSpeechThreshold",
    "machineDetectionSpeechEndThreshold",
    "machineDetectionSilenceTimeout",
    "amdStatusCallback",
    "amdStatusCallbackMethod",
}
_LEG = {
    "url",
    "method",
    "statusCallback",
    "statusCallbackMethod",
    "statusCallbackEvent",
}

VERBS = frozenset(
    {"Connect", "Dial", "Gather", "Hangup", "Pause", "Play", "Redirect", "Reject", "Say"}
)

NOUNS = {
    "Connect": frozenset({"Stream"}),
    "Dial": frozenset({"Number", "Sip", "Conference"}),
    "Gather": frozenset({"Say"}),
    "Stream": frozenset({"Parameter"}),
}

ATTRIBUTES: dict[str, frozenset[str]] = {
    "Response": frozenset(),
    "Connect": frozenset({"action", "method"}),
    "Stream": frozenset({"name", "url", "track", "statusCallback", "statusCallbackMethod"}),
    "Parameter": frozenset({"name", "value"}),
    "Say": frozenset({"voice", "loop", "language"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Redirect": frozenset({"method"}),
    "Gather": frozenset(
        {
            "input",
            "action",
            "method",
            "timeout",
            "speechTimeout",
            "numDigits",
            "finishOnKey",
            "language",
            "hints",
            "bargeIn",
            "actionOnEmptyResult",
            "profanityFilter",
            "speechModel",
        }
    ),
    "Conference": frozenset(
        {
            "muted",
            "beep",
            "startConferenceOnEnter",
            "endConferenceOnExit",
            "waitUrl",
            "waitMethod",
            "maxParticipants",
            "record",
            "participantLabel",
            "coach",
            "statusCallback",
            "statusCallbackMethod",
            "statusCallbackEvent",
        }
    ),
    "Number": frozenset({"sendDigits", "byoc"} | _LEG | _AMD),
    "Sip": frozenset({"username", "password"} | _LEG | _AMD),
    "Dial": frozenset(
        {
            "action",
            "method",
            "timeout",
            "hangupOnStar",
            "timeLimit",
            "callerId",
            "record",
            "trim",
            "recordingStatusCallback",
            "recordingStatusCallbackMethod",
            "recordingStatusCallbackEvent",
            "recordingTrack",
            "answerOnBridge",
            "ringTone",
            "sequential",
            "referUrl",
            "referMethod",
            "events",
        }
    ),
}
