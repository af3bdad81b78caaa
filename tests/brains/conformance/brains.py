"""The brains that the suite plays, each with its simulated endpoint."""

from bot.simulator.model import Dialect, Manner
from tests.brains.conformance.cascade_endpoint import cascade
from tests.brains.conformance.endpoints import Entry
from tests.brains.conformance.gemini_endpoint import gemini
from tests.brains.conformance.realtime_endpoints import member, openai

QUICK = Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1, end_of_turn_ms=300)
PCM_ONLY = Manner(**{**vars(QUICK), "accepts_g711": False})
SERVER_VAD = frozenset({"server_vad"})
XAI = Dialect(
    voices=("ara", "eve", "leo", "rex", "sal"),
    at_the_top=frozenset({"voice", "turn_detection"}),
    transcription={"language_hint": "language", "keyterms": "keywords"},
    noise_reduction=False,
    efforts={"none": "minimal", "high": "high"},
    turn_detection=SERVER_VAD,
    turn_options=False,
)
ELEVENLABS = Dialect(
    noise_reduction=False,
    turn_detection=SERVER_VAD,
    truncates="refuses",
    tells_usage=False,
    transcribes=True,
    tells_metadata=False,
)
LOCALAI = Dialect(
    noise_reduction=False,
    turn_detection=SERVER_VAD,
    truncates="refuses",
    out_of_band=False,
    tells_usage=False,
    transcribes=True,
    tells_metadata=False,
)
BARE = Dialect(
    noise_reduction=False,
    turn_detection=frozenset(),
    truncates="refuses",
    deletes=False,
    out_of_band=False,
    tells_formats=False,
    tells_usage=False,
    transcribes=True,
    tells_metadata=False,
)
_BARE_FILE = """
[quirks]
turn_detection = "none"
memory_is_cut = "tell"
echoes_formats = false
"""

ENTRIES = (
    Entry(name="openai", start=openai(QUICK)),
    Entry(name="cascade", start=cascade("deepgram > openai > deepgram")),
    Entry(name="gemini", start=gemini(QUICK)),
    Entry(name="xai", start=member("xai", XAI, QUICK), thorough=True),
    Entry(name="elevenlabs", start=member("elevenlabs", ELEVENLABS, QUICK), thorough=True),
    Entry(name="azure", start=member("azure", Dialect(), QUICK), thorough=True),
    Entry(name="localai", start=member("localai", LOCALAI, PCM_ONLY), costs=False, thorough=True),
    Entry(  # whatever a server may lack, in one
        name="the least",
        start=member("localai", BARE, PCM_ONLY, _BARE_FILE, 'turns = "local"\n'),
        costs=False,
        thorough=True,
    ),
)
