"""The agent's voice on its way into the pipeline: prepared lines, and the model's own sound."""

import base64
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Sequence

from pipecat.frames.frames import Frame

from bot.brains.clips import Clips, same_words
from bot.brains.config import ModelConfig
from bot.brains.realtime.conversation import Conversation
from bot.brains.realtime.events import AgentSound, LineSpoken
from bot.brains.realtime.sound import SoundPath
from bot.brains.realtime.sound_format import FormatCheck
from bot.media.g711 import BYTES_PER_MS, SAMPLE_RATE, duration_ms, ulaw_to_pcm
from processors.frames import AgentAudioEndFrame, AgentAudioFrame

_ASIDE = "aside_"


class Voice:
    """Pushes sound as frames, and keeps an agent's fixed lines as clips when they are spoken."""

    def __init__(
        self,
        *,
        config: ModelConfig,
        clips: Clips,
        voices: Sequence[str],  # in which a line may have been prepared
        conversation: Conversation,
        push: Callable[[Frame], Awaitable[None]],
    ) -> None:
        self._config = config
        self._clips = clips
        self._voices = voices
        self._conversation = conversation
        self._playback = conversation.playback
        self._push = push
        self._speaks = ""  # what the model says now
        self._sounds: dict[str, bytearray] = {}  # of lines that may become clips

    def prepared(self, line: str | None) -> bytes | None:
        """The clip of this line, if there is one."""
        return self._clips.get(self._config.speaker, line) if line else None

    def asking_to_wait(self, number: int) -> tuple[str, bytes] | None:
        """The `number`-th of the lines that ask to wait, with its clip: the next that has one, or
        one that another voice has said before. None: nobody has said any."""
        lines = self._config.waiting
        turn = number % max(1, len(lines))
        lines = (*lines[turn:], *lines[:turn])
        for look in (self.prepared, self._said_by_anyone):
            for line in lines:
                if clip := look(line):
                    return line, clip
        return None

    def _said_by_anyone(self, line: str) -> bytes | None:
        return self._clips.of_anyone(self._config.speaker, self._voices, line)

    @staticmethod
    def is_aside(utterance_id: str) -> bool:
        """Whether this is a prepared line that is no part of the conversation."""
        return utterance_id.startswith(_ASIDE)

    async def play(self, line: str, clip: bytes, *, first: bool = False) -> None:
        """Says a prepared line: the call's `first` words, or what is to be said next."""
        utterance_id = f"clip_{uuid.uuid4().hex[:12]}"
        self._playback.clip_played(utterance_id, line, duration_ms(clip), first=first)
        await self._push_sound(utterance_id, clip, line)
        await self.end(utterance_id)

    async def play_aside(self, line: str, clip: bytes) -> None:
        """Says a prepared line that is no part of the conversation."""
        utterance_id = f"{_ASIDE}{uuid.uuid4().hex[:12]}"
        self._playback.aside_played(utterance_id, line, duration_ms(clip))
        await self._push_sound(utterance_id, clip)
        await self.end(utterance_id)

    async def speak(self, sound: AgentSound, path: SoundPath, check: FormatCheck) -> None:
        """Says what the model gives. What is not sound counts as malformed. Raises WrongFormat."""
        try:
            given = base64.b64decode(sound.payload)
        except (ValueError, TypeError):
            self._conversation.malformed += 1
            return
        if sound.utterance_id != self._speaks:
            self._speaks = sound.utterance_id
            path.begins()
        if admitted := check.admit(sound.utterance_id, given):
            await self._say(sound.utterance_id, path.from_model(admitted))

    async def speak_rest(self, utterance_id: str, path: SoundPath, check: FormatCheck) -> None:
        """All sound of this utterance has come: says what was withheld of it, and ends it."""
        if rest := check.rest(utterance_id):
            await self._say(utterance_id, path.from_model(rest))
        await self.end(utterance_id)

    async def _say(self, utterance_id: str, ulaw: bytes) -> None:
        self._playback.received(utterance_id, len(ulaw) / BYTES_PER_MS)
        if self._config.fixed_lines:
            self._sounds.setdefault(utterance_id, bytearray()).extend(ulaw)
        await self._push_sound(utterance_id, ulaw)

    async def end(self, utterance_id: str) -> None:
        """All sound of this utterance has come."""
        asks = self._playback.ends_in_question(utterance_id)
        await self._push(AgentAudioEndFrame(utterance_id=utterance_id, asks=asks))

    def keep(self, line: LineSpoken) -> None:
        """A line was spoken as it was given: a fixed one is a clip from now on."""
        ulaw = self._sounds.pop(line.utterance_id, None)
        if (
            ulaw
            and line.text in self._config.fixed_lines
            and same_words(line.text, line.transcript)
        ):
            with contextlib.suppress(OSError):  # a full disk: the line was spoken all the same
                self._clips.put(self._config.speaker, line.text, bytes(ulaw))

    def forget(self, utterance_id: str) -> None:
        """It was played, or cut: what was not kept by now never will be."""
        self._sounds.pop(utterance_id, None)

    async def _push_sound(self, utterance_id: str, ulaw: bytes, line: str = "") -> None:
        await self._push(
            AgentAudioFrame(
                audio=ulaw_to_pcm(ulaw),
                sample_rate=SAMPLE_RATE,
                num_channels=1,
                ulaw=ulaw,
                utterance_id=utterance_id,
                line=line,
            )
        )
