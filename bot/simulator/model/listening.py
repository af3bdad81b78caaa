"""The model's ear: the input audio buffer, the turns in it, and what was said in them."""

import base64
import binascii
import math
from functools import partial

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.model.conversation import Item
from bot.simulator.model.manner import Moment
from bot.simulator.model.refusal import Event, ModelRefusal
from bot.simulator.model.sound import ULAW_BYTES_PER_MS, SoundIntake
from bot.simulator.model.speaking import Speaker
from bot.simulator.model.state import Hear, SessionState, new_id
from bot.simulator.model.turns import SpeechStarted, SpeechStopped, TurnDetector
from bot.simulator.model.usage import USER_MS_PER_TOKEN, of_text

MAX_APPEND_BYTES = 15 * 1024 * 1024
MIN_COMMIT_MS = 100
KEPT_BEFORE_SPEECH_MS = 2000  # more than any sensible prefix_padding_ms


class Listener:
    """Appended sound becomes user messages: by turn detection, or by `commit`."""

    def __init__(self, state: SessionState, speaker: Speaker) -> None:
        self._state = state
        self._speaker = speaker
        self._detector = TurnDetector()
        self._buffer = bytearray()  # μ-law not yet part of a message
        self._dropped = 0  # bytes of the session's sound that lie before the buffer
        self._item_id = new_id("item")  # of the message the buffer will become
        self._format: Event = {}
        self.reconfigure()
        speaker.when_done = self._expect_speech

    def reconfigure(self) -> None:
        """Follows the session's agreement, after it was made or changed."""
        state = self._state
        rules = state.config.turn_rules(semantic_silence_ms=state.manner.end_of_turn_ms)
        self._detector.rules = rules
        if rules is None:
            self._detector.forget()
        if state.config.input["format"] != self._format:
            self._format = state.config.input["format"]
            self._intake = SoundIntake(self._format)

    def decode(self, encoded: str, *, param: str) -> bytes:
        """Sound of the wire as μ-law; raises `ModelRefusal` when it is too much or not sound."""
        try:
            data = base64.b64decode(encoded, validate=True)
            if len(data) > MAX_APPEND_BYTES:
                raise ValueError("More than 15 MiB at once.")
            return self._intake.ulaw(data)
        except (binascii.Error, ValueError) as error:
            wanted = self._format["type"]
            raise ModelRefusal(
                message=f"Invalid '{param}'. Expected base64-encoded {wanted} bytes: {error}",
                code="invalid_value",
                param=param,
            ) from None

    def append(self, encoded: str) -> None:
        ulaw = self.decode(encoded, param="audio")
        record = self._state.record
        record.audio_received_ms = (self._end + len(ulaw)) // ULAW_BYTES_PER_MS
        if self._state.manner.keeps_audio:
            record.audio_received += ulaw
        self._buffer += ulaw
        for mark in self._detector.feed(ulaw_to_pcm(ulaw)):
            if isinstance(mark, SpeechStarted):
                self._turn_begins(mark)
            else:
                self._turn_ends(mark)
        if self._detector.rules is not None and not self._detector.speaking:
            self._drop_before(self._end - KEPT_BEFORE_SPEECH_MS * ULAW_BYTES_PER_MS)

    def commit(self) -> None:
        """Makes a message of all that is in the buffer; raises `ModelRefusal` for nothing."""
        held_ms = len(self._buffer) / ULAW_BYTES_PER_MS
        if held_ms < MIN_COMMIT_MS:
            raise ModelRefusal(
                message="Error committing input audio buffer: buffer too small. Expected at least "
                f"{MIN_COMMIT_MS}ms of audio, but buffer only has {held_ms:.2f}ms of audio.",
                code="input_audio_buffer_commit_empty",
            )
        self._detector.forget()
        self._commit_until(self._end)

    def clear(self) -> None:
        self._detector.forget()
        self._drop_before(self._end)
        self._state.emit({"type": "input_audio_buffer.cleared"})

    def listen_to(self, item: Item) -> None:
        """Makes out what is said in a message, then lets the waiting responses decide."""
        state = self._state
        if state.has_ears:
            state.unheard.add(item.id)
            state.jobs.append(Hear(item.id, bytes(item.ulaw)))
        else:
            self._understood(item.id, state.judgement.expected_words())
        if state.config.input["transcription"] is not None:
            state.after(state.manner.transcript_after_secs, lambda: self._tell_transcript(item))

    def heard(self, item_id: str, words: str) -> None:
        """The ears are done with this message."""
        self._state.unheard.discard(item_id)
        self._understood(item_id, words)
        self._speaker.think()

    @property
    def _end(self) -> int:
        return self._dropped + len(self._buffer)

    def _turn_begins(self, mark: SpeechStarted) -> None:
        state = self._state
        state.stirrings += 1
        self._drop_before(mark.audio_start_ms * ULAW_BYTES_PER_MS)
        start = {"audio_start_ms": mark.audio_start_ms, "item_id": self._item_id}
        state.emit({"type": "input_audio_buffer.speech_started", **start})
        state.reached(Moment.LISTENING)
        if (state.config.input["turn_detection"] or {}).get("interrupt_response"):
            self._speaker.interrupt()

    def _turn_ends(self, mark: SpeechStopped) -> None:
        end = {"audio_end_ms": mark.audio_end_ms, "item_id": self._item_id}
        self._state.emit({"type": "input_audio_buffer.speech_stopped", **end})
        self._commit_until(mark.audio_end_ms * ULAW_BYTES_PER_MS)
        if (self._state.config.input["turn_detection"] or {}).get("create_response"):
            try:
                self._speaker.request({})
            except ModelRefusal as refusal:  # it is speaking and was told not to be interrupted
                self._state.emit(refusal.as_event())

    def _expect_speech(self, sound_secs: float) -> None:
        """A response is done: `idle_timeout_ms` counts from where its sound has been played."""
        idle_ms = (self._state.config.input["turn_detection"] or {}).get("idle_timeout_ms")
        if idle_ms:
            give_up = partial(self._give_up, self._state.stirrings, idle_ms)
            self._state.after(sound_secs + idle_ms / 1000, give_up)

    def _give_up(self, stirrings: int, idle_ms: int) -> None:
        """The caller kept silent all that time: the silence is a turn, and is answered."""
        if self._state.stirrings != stirrings:
            return
        end_ms = self._end // ULAW_BYTES_PER_MS
        silent = {"audio_start_ms": max(0, end_ms - idle_ms), "audio_end_ms": end_ms}
        kind = "input_audio_buffer.timeout_triggered"
        self._state.emit({"type": kind, "item_id": self._item_id, **silent})
        self._commit_until(self._end, spoken=False)
        self._speaker.request({})

    def _commit_until(self, end: int, *, spoken: bool = True) -> None:
        ulaw = self._buffer[: end - self._dropped]
        self._drop_before(end)
        item = Item(
            body={
                "id": self._item_id,
                "object": "realtime.item",
                "type": "message",
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            },
            ulaw=ulaw,
            answered=not spoken,
        )
        self._item_id = new_id("item")
        previous = self._state.conversation.append(item)
        place = {"previous_item_id": previous}
        self._state.emit({"type": "input_audio_buffer.committed", "item_id": item.id, **place})
        self._state.emit({"type": "conversation.item.added", "item": item.as_wire(), **place})
        self._state.emit({"type": "conversation.item.done", "item": item.as_wire(), **place})
        if spoken:
            self.listen_to(item)

    def _drop_before(self, end: int) -> None:
        if end > self._dropped:
            del self._buffer[: end - self._dropped]
            self._dropped = end

    def _understood(self, item_id: str, words: str) -> None:
        self._state.record.heard[item_id] = words

    def _tell_transcript(self, item: Item) -> None:
        words = self._state.record.heard.get(item.id)
        if words is None:  # still being made out: ask again shortly
            self._state.after(0.05, lambda: self._tell_transcript(item))
            return
        item.body["content"][0]["transcript"] = words
        audio_tokens = math.ceil(item.audio_ms / USER_MS_PER_TOKEN)
        text_tokens = of_text(words).text
        self._state.emit(
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": item.id,
                "content_index": 0,
                "transcript": words,
                "usage": {
                    "type": "tokens",
                    "input_tokens": audio_tokens,
                    "output_tokens": text_tokens,
                    "total_tokens": audio_tokens + text_tokens,
                    "input_token_details": {"audio_tokens": audio_tokens, "text_tokens": 0},
                },
            }
        )
