"""Hears on a line on hold whether a person has come. Plain code: the sound is the clock.

Speech that Silero hears is looked at once `JUDGE_SECS` of it have come. What was heard before,
sound for sound, is an announcement and nobody; what is speech by its spectrum as well is a person;
and what is speech to Silero and music by its spectrum (a singer, or somebody who speaks over music)
has to go on for some seconds, the longer the more often that was for nothing.
"""

from collections import deque
from dataclasses import dataclass, field

from processors.listening.announcements import (
    LONGEST_SECS,
    Announcements,
    Place,
    Print,
    Printer,
)
from processors.listening.music import LOOK_SECS, is_music, samples_of, speech_likeness
from processors.sound import CallerSound

JUDGE_SECS = 0.7  # of speech, from its first sound: half a second later than it was noticed
AGAIN_SECS = 0.2  # between two looks at what is in doubt
BREATH_SECS = 0.4  # before the first sound that was noticed: it belongs to the word
OVER_MUSIC_SECS, MOST_OVER_MUSIC_SECS = 2.5, 10.0
_IDLE_SECS = 0.9  # of sound that is kept while nobody speaks
_BLOCK_SECS = 1.0  # between two looks for music
MOST_SILENT_SECS = 2.0  # between two notes of music
MOST_HEARD = 12  # stretches of speech, before it is known whose they were


@dataclass(kw_only=True)
class _Speech:
    """Somebody, or something, that speaks."""

    secs: float  # since its first sound
    breath_secs: float  # kept from before that
    looked_at: float = 0.0  # secs at the last look
    ended: bool = False
    counts: bool = True  # False: it was known for no person when it was still speaking
    place: Place | None = None  # of the announcement that it is, as far as it has come
    silent_secs: float = 0.0  # since it ended
    printer: Printer = field(default_factory=Printer)


class HoldEar:
    """Listens to one line."""

    def __init__(self) -> None:
        self._kept: deque[CallerSound] = deque()
        self._kept_secs = 0.0
        self._speech: _Speech | None = None
        # Since the agent was heard last, or woken.
        self._heard: deque[Print] = deque(maxlen=MOST_HEARD)
        self._announcements = Announcements()
        self._over_music_secs = OVER_MUSIC_SECS
        self._woken_over_music = False
        self._unlooked_secs = 0.0
        self._silent_secs = 0.0
        self.music_secs = 0.0  # of music without a voice in it, until now
        self.person = False  # one has come, and is to be heard
        self._on_hold = False

    # -- the line -----------------------------------------------------------------------------

    def hear(self, sound: CallerSound) -> None:
        """A piece of the line."""
        secs = len(sound.ulaw) / 8000
        self._kept.append(sound)
        self._kept_secs += secs
        speech = self._speech
        if speech is not None:
            speech.printer.feed(sound.pcm)
            if speech.ended:
                speech.silent_secs += secs
            else:
                speech.secs += secs
        if not (self.person or (self._on_hold and speech is not None)):
            self._forget_all_but(_IDLE_SECS)
        if speech is None:
            if not self._on_hold:
                self._listen_for_music(secs)
        elif self._on_hold and not self.person:
            self._look_at(speech)

    def speech_began(self, secs_ago: float) -> None:
        """Silero hears speech, since so long ago."""
        self._end_speech()
        self.music_secs = self._unlooked_secs = 0.0
        self._forget_all_but(secs_ago + BREATH_SECS)
        self._speech = _Speech(secs=secs_ago, breath_secs=self._kept_secs - secs_ago)
        breath_secs = self._speech.breath_secs  # no part of it: music may have faded there
        for sound in self._kept:
            breath_secs -= len(sound.ulaw) / 8000
            if breath_secs < 0:
                self._speech.printer.feed(sound.pcm)

    def speech_ended(self, secs_ago: float) -> None:
        """It is over, since so long ago."""
        if self._speech is not None and not self._speech.ended:
            self._speech.ended, self._speech.silent_secs = True, secs_ago
            self._speech.secs = max(0.1, self._speech.secs - secs_ago)
            if not self._on_hold or not self._speech.counts or self._speech.place:
                self._end_speech()

    def agent_heard(self) -> None:
        """The agent speaks: who said what before is a person, or was not waited for."""
        self._heard.clear()

    @property
    def speech_secs(self) -> float:
        """How long ago the speech began that is heard now."""
        speech = self._speech
        return 0.0 if speech is None else speech.secs + speech.silent_secs

    @property
    def silent_secs(self) -> float | None:
        """How long ago it ended; None: it goes on."""
        return self._speech.silent_secs if self._speech and self._speech.ended else None

    # -- a hold -------------------------------------------------------------------------------

    def hold_begins(self) -> None:
        """What was heard until now was nobody to speak with."""
        if self._woken_over_music:
            longer_secs = 2 * self._over_music_secs
            self._over_music_secs = min(MOST_OVER_MUSIC_SECS, longer_secs)
        self._woken_over_music = False
        self._on_hold, self.person = True, False
        if self._speech is not None:
            self._speech.counts = False
        for heard in self._heard:
            self._announcements.learn(heard)
        self._heard.clear()

    def hold_ends(self) -> list[CallerSound]:
        """A person is heard: all that is to be heard of them until now, in order."""
        self._on_hold = self.person = False
        if self._speech is not None and self._speech.ended:
            self._end_speech()
        return list(self._kept)

    def _look_at(self, speech: _Speech) -> None:
        if not speech.counts:
            if speech.secs > LONGEST_SECS:  # no recording: somebody has come without a pause
                speech.counts = True
            else:
                self._forget_all_but(_IDLE_SECS)
                return
        so_far = speech.secs + speech.silent_secs
        if so_far < JUDGE_SECS or so_far - speech.looked_at < AGAIN_SECS:
            return
        speech.looked_at = so_far
        speech.place = self._announcements.place_of(speech.printer.so_far, speech.place)
        if speech.place is None:
            self._judge(speech)
        if speech.ended and not self.person:
            self._end_speech()

    def _judge(self, speech: _Speech) -> None:
        pcm = b"".join([sound.pcm for sound in self._kept])
        first = round(speech.breath_secs * 8000) * 2
        sound = pcm[first:][-round(LOOK_SECS * 8000) * 2 :]
        if speech_likeness(samples_of(sound)) > 0:
            self.person = True
        elif speech.secs >= self._over_music_secs:
            self.person = self._woken_over_music = True

    # -- what is kept -------------------------------------------------------------------------

    def _end_speech(self) -> None:
        speech, self._speech = self._speech, None
        if speech is None:
            return
        if not self._on_hold:
            self._heard.append(speech.printer.so_far)
        elif speech.place is None:
            self._announcements.learn(speech.printer.so_far)

    def _forget_all_but(self, secs: float) -> None:
        while self._kept and self._kept_secs - len(self._kept[0].ulaw) / 8000 >= secs:
            self._kept_secs -= len(self._kept.popleft().ulaw) / 8000

    def _listen_for_music(self, secs: float) -> None:
        self._unlooked_secs += secs
        if self._unlooked_secs < _BLOCK_SECS:
            return
        self._unlooked_secs = 0.0
        pcm = b"".join([sound.pcm for sound in self._kept])
        if is_music(samples_of(pcm)[-round(LOOK_SECS * 8000) :]):
            self.music_secs += _BLOCK_SECS
            self._silent_secs = 0.0
        else:
            self._silent_secs += _BLOCK_SECS
            if self._silent_secs > MOST_SILENT_SECS:
                self.music_secs = 0.0
