"""The caller's turns as the model's side hears them: when each was spoken, and its words."""

from collections import deque
from datetime import datetime, timedelta

from bot.brains.openai.memory import Memory
from bot.brains.openai.purposes import Purposes
from bot.brains.openai.server_events import ServerEvent
from bot.brains.openai.server_responses import ServerResponses
from bot.brains.realtime.events import (
    CallerSaid,
    CallerSpeaks,
    CallerWords,
    HeldWords,
    ModelEvent,
    Transcribed,
)

LONGEST_WORDS = 10_000  # of one turn while it goes on; a longer one is told when it is over


class CallerTurns:
    """The turns of one session. Plain code: server events go in, what they mean to `happened`."""

    def __init__(
        self,
        *,
        server_responses: ServerResponses,
        purposes: Purposes,
        memory: Memory,
        happened: deque[ModelEvent],
    ) -> None:
        self._server_responses = server_responses
        self._purposes = purposes
        self._memory = memory
        self._happened = happened
        self.appended_ms = 0.0  # caller sound sent so far: the clock of the server's VAD
        # Those whose words have not come yet, by the id of their item.
        self._turns: dict[str, tuple[datetime, datetime | None]] = {}
        self._words: dict[str, str] = {}  # of those, as far as they have come
        self._committing: deque[tuple[datetime, datetime]] = deque()  # by us, without an id yet

    @property
    def any(self) -> bool:
        """A turn has not been transcribed yet."""
        return bool(self._turns or self._committing)

    @property
    def committing(self) -> bool:
        """A turn that we have ended is not in the conversation yet."""
        return bool(self._committing)

    @property
    def open(self) -> set[str]:
        """Those that the model's side still hears."""
        return {item_id for item_id, (_, ended_at) in self._turns.items() if ended_at is None}

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        """We end a turn ourselves; its item is to come."""
        self._committing.append((started_at, ended_at))

    def end_open(self, now: datetime) -> datetime | None:
        """What their ear still hears is over, and no words of it come by themselves. Returns when
        it began; None if it hears nothing."""
        begun = [self._turns.pop(item_id)[0] for item_id in self.open]
        if not begun:
            return None
        self._happened.append(CallerSpeaks(speaking=False, at=now))
        return min(begun)

    def commit_refused(self) -> None:
        """There was no sound in what we wanted to end: no item comes of it."""
        if self._committing:
            self._committing.popleft()

    # -- what the server does -----------------------------------------------------------------

    def speech_started(self, event: ServerEvent, now: datetime) -> None:
        """`input_audio_buffer.speech_started`"""
        self._server_responses.due = True
        item_id = event["item_id"]
        self._memory.begin(item_id)
        began_at = self._at(event["audio_start_ms"], now)
        self._turns[item_id] = (began_at, None)
        self._server_responses.caller_goes_on(item_id)
        self._happened.append(CallerSpeaks(speaking=True, at=began_at, key=item_id))

    def speech_stopped(self, event: ServerEvent, now: datetime) -> None:
        """`input_audio_buffer.speech_stopped`"""
        began_at, _ = self._turns.get(event["item_id"], (now, None))
        ended_at = self._at(event["audio_end_ms"], now)
        self._turns[event["item_id"]] = (began_at, ended_at)
        self._happened.append(CallerSpeaks(speaking=False, at=ended_at))

    def committed(self, event: ServerEvent, now: datetime) -> None:
        """`input_audio_buffer.committed`: a turn is in the conversation."""
        item_id, holding = event["item_id"], self._server_responses.holding
        if self._committing:
            self._memory.begin(item_id)
            self._turns[item_id] = self._committing.popleft()
            if holding is not None:
                holding.turns.add(item_id)
        else:
            self._purposes.turn_ended()
        if holding is not None and item_id in holding.turns:
            holding.committed.append(item_id)

    def words_came(self, event: ServerEvent, now: datetime) -> None:
        """`conversation.item.input_audio_transcription.delta`, for those who watch."""
        item_id = event["item_id"]
        text = self._words.get(item_id, "") + event["delta"]
        if item_id in self._turns and len(text) <= LONGEST_WORDS:
            self._words[item_id] = text
            self._happened.append(CallerWords(key=item_id, text=text))

    def transcribed(self, event: ServerEvent, now: datetime) -> None:
        """`conversation.item.input_audio_transcription.completed`"""
        self._words.pop(event["item_id"], None)
        spoken = self._turns.pop(event["item_id"], (now, now))
        text = self._memory.room_for((event["transcript"] or "").strip())
        self._said(event["item_id"], text, spoken, now)
        if event["usage"]:
            self._happened.append(Transcribed(usage=event["usage"]))

    def not_transcribed(self, event: ServerEvent, now: datetime) -> None:
        """`conversation.item.input_audio_transcription.failed`"""
        self._words.pop(event["item_id"], None)
        spoken = self._turns.pop(event["item_id"], (now, now))
        self._said(event["item_id"], "(not understood)", spoken, now)

    def _at(self, position_ms: float, now: datetime) -> datetime:
        """When this position in the sound sent was spoken."""
        return now - timedelta(milliseconds=max(0.0, self.appended_ms - position_ms))

    def _said(
        self, item_id: str, text: str, spoken: tuple[datetime, datetime | None], now: datetime
    ) -> None:
        if text:
            self._memory.caller_said(item_id, text)
            started_at, ended_at = spoken[0], spoken[1] or now
            self._happened.append(
                CallerSaid(key=item_id, text=text, started_at=started_at, ended_at=ended_at)
            )
        if (
            self._server_responses.holding is not None
            and item_id in self._server_responses.holding.turns
        ):
            self._happened.append(HeldWords(text=text))
