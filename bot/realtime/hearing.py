"""Which of the caller's sound the model is sent.

With server turns the model's side listens all the time. With local turns it is sent speech only,
from half a second before it was noticed. A turn that has no answer yet is kept, should the session
that heard it be lost.
"""

from collections import deque
from typing import Literal

from bot.media.g711 import duration_ms
from processors.frames import CallerAudioFrame

Turns = Literal["hybrid", "server", "local"]

PRE_ROLL_MS = 500  # Silero needs 200 ms to be sure; the breath before belongs to the word
UNHEARD_MS = 10_000  # kept for a session that is being opened; older sound is of no use any more


class Hearing:
    """Holds sound back until it is due."""

    def __init__(self, *, turns: Turns) -> None:
        self._turns = turns
        self._open = False
        self._speaking = False
        self._turn_waits = False  # the caller has said something before the session was open
        self._turn_open = False  # the caller speaks, or waits for an answer
        self._held: deque[CallerAudioFrame] = deque()
        self._held_ms = 0
        self._sent: deque[CallerAudioFrame] = deque()  # the open turn, or what may begin one
        self._sent_ms = 0

    def hear(self, frame: CallerAudioFrame) -> list[CallerAudioFrame]:
        """What to send now that this sound has come, in order."""
        self._held.append(frame)
        self._held_ms += duration_ms(frame.ulaw)
        if self._due:
            return self._release()
        keep_ms = PRE_ROLL_MS if self._open else UNHEARD_MS
        while self._held_ms > keep_ms and len(self._held) > 1:
            self._held_ms -= duration_ms(self._held.popleft().ulaw)
        return []

    def opened(self) -> list[CallerAudioFrame]:
        """The session is open: what to send of the sound that waited."""
        self._open = True
        return self._release() if self._due or self._turn_waits else []

    def caller_started(self) -> list[CallerAudioFrame]:
        """The caller began to speak: what to send of the sound before."""
        self._speaking = self._turn_open = True
        return self._release() if self._due else []

    def caller_stopped(self) -> None:
        """The caller's turn is over."""
        self._speaking = False
        self._turn_waits = not self._open

    def answered(self) -> None:
        """What the caller has said is known or answered: it need not be heard again."""
        self._turn_open = self._speaking

    def lost(self) -> None:
        """The session is gone: sound is held back until another is open."""
        self._open = False

    def again(self) -> None:
        """The turn that is open is to be heard by the next session too."""
        self._held.extendleft(reversed(self._sent))
        self._held_ms += self._sent_ms
        self._sent, self._sent_ms = deque(), 0
        self._turn_waits = True

    @property
    def _due(self) -> bool:
        return self._open and (self._turns != "local" or self._speaking)

    def _release(self) -> list[CallerAudioFrame]:
        due, self._held, self._held_ms = list(self._held), deque(), 0
        for frame in due:
            self._sent.append(frame)
            self._sent_ms += duration_ms(frame.ulaw)
        keep_ms = UNHEARD_MS if self._turn_open else PRE_ROLL_MS
        while self._sent_ms > keep_ms and len(self._sent) > 1:
            self._sent_ms -= duration_ms(self._sent.popleft().ulaw)
        return due
