"""Ears on this machine: a turn's sound goes to an engine in a thread of its own, and words come
back. The engines release the interpreter while they work, so no call waits for another's words.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from pipecat.frames.frames import ErrorFrame, Frame, TranscriptionFrame
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.utils.time import time_now_iso8601

from bot.brains.errors import ModelRefused

RATE_HZ = 16000
# Moonshine's package takes samples as a list: to hand over ten seconds of them holds the
# interpreter, and with it all calls, for 16 ms.
LONGEST_SECS = 10.0
# Silence after each piece: its own detection of speech goes by half a second, begins the next piece
# with the rest of this one, and reads a word in that ("You").
AFTER_SECS = 0.6
# Else it hands the same samples back as another list, which takes as long again.
WITHOUT_SOUND = {"return_audio_data": "false"}
# Where Whisper takes to one word, it writes it until it may no longer: a second of speech is some
# five tokens, and never so many.
SECOND_TOKENS, LEAST_TOKENS, MOST_TOKENS = 15, 20, 400
Recogniser = Callable[[bytes], str]  # 16-bit PCM of a turn at `RATE_HZ`; blocks


class LocalEar(SegmentedSTTService):
    """Hears by this recogniser, a turn at a time, and one turn of all calls at a time."""

    def __init__(self, recogniser: Recogniser, *, language: str) -> None:
        super().__init__(
            sample_rate=RATE_HZ,
            audio_passthrough=False,
            ttfs_p99_latency=1.0,
            settings=STTSettings(model="local", language=language),
        )
        self._recogniser = recogniser

    @property
    def wants_wav_segments(self) -> bool:
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame, None]:
        """The words of a turn, also none."""
        loop = asyncio.get_running_loop()
        try:
            text = await loop.run_in_executor(_engine_thread(), self._recogniser, audio)
        except Exception as error:  # whatever an engine raises
            yield ErrorFrame(error=f"the recogniser on this machine failed: {error!r}")
            return
        yield TranscriptionFrame(text, "", time_now_iso8601())


@cache
def _engine_thread() -> ThreadPoolExecutor:
    """Engines are not made for two callers at once, and use several cores by themselves."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="ears")


class Loads:
    """Recognisers that are loaded once, whoever comes first. A load that failed is tried again by
    whoever comes next."""

    def __init__(self) -> None:
        # Not the threads that all other work shares; those who wait for a model hold none.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="ear-loader")
        self._by_loop: WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[tuple[str, ...], asyncio.Future[Recogniser]]
        ] = WeakKeyDictionary()

    async def get(self, load: Callable[..., Recogniser], *named: str) -> Recogniser:
        """What `load` makes of what is `named`. Who stops waiting does not stop the load. Raises
        what it raises."""
        loop = asyncio.get_running_loop()
        loads, key = self._by_loop.setdefault(loop, {}), (load.__name__, *named)
        under_way = loads.get(key)
        if under_way is None or (under_way.done() and under_way.exception() is not None):
            under_way = loads[key] = loop.run_in_executor(self._threads, load, *named)
        return await asyncio.shield(under_way)


@cache
def loads() -> Loads:
    """Those of this process."""
    return Loads()


def pieces(samples: npt.NDArray[np.float32]) -> Iterator[npt.NDArray[np.float32]]:
    """A turn in pieces of at most `LONGEST_SECS`, cut where it is most silent."""
    most, frame = int(LONGEST_SECS * RATE_HZ), RATE_HZ // 20
    while len(samples) > most:
        late = samples[most - most // 3 // frame * frame : most].reshape(-1, frame)
        quietest = int((late**2).mean(axis=1).argmin())
        at = most - len(late) * frame + quietest * frame + frame // 2
        yield samples[:at]
        samples = samples[at:]
    yield samples


def _samples(pcm: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


@cache
def moonshine(model: str, language: str) -> Recogniser:
    """Moonshine. Its wheel brings "tiny" for English; other models are loaded from its makers' site
    at the first use. Raises ModelRefused: it is not installed, or has no such model."""
    try:
        import moonshine_voice as engine
    except ImportError:
        raise ModelRefused("pip install moonshine-voice, for the ears called moonshine") from None
    try:
        if model == "tiny" and language == "en":
            path, arch = str(engine.get_model_path("tiny-en")), engine.ModelArch.TINY
        else:
            wanted = engine.string_to_model_arch(model)
            path, arch = engine.get_model_for_language(language, wanted)
        transcriber = engine.Transcriber(path, arch, options=WITHOUT_SOUND)
    except Exception as error:
        raise ModelRefused(f"moonshine:{model} for {language!r}: {error}") from error

    def hear(pcm: bytes) -> str:
        words = []
        for piece in pieces(_samples(pcm)):
            samples = np.pad(piece, (0, int(AFTER_SECS * RATE_HZ))).tolist()
            told: Any = transcriber.transcribe_without_streaming(samples, RATE_HZ)
            words += [line.text.strip() for line in told.lines]
        return " ".join(words).strip()

    return hear


@cache
def whisper(model: str, language: str) -> Recogniser:
    """faster-whisper, by the name or the folder of a model. Raises ModelRefused: it is not
    installed, or has no such model for this language."""
    try:
        from faster_whisper import WhisperModel
    except ImportError:
        raise ModelRefused("pip install faster-whisper, for the ears called whisper") from None
    try:
        engine = WhisperModel(model, device="auto", compute_type="int8")
    except Exception as error:
        raise ModelRefused(f"whisper:{model}: {error}") from error
    if language not in engine.supported_languages:  # it would write English, whatever is said
        raise ModelRefused(f"whisper:{model} does not hear {language!r}")

    def hear(pcm: bytes) -> str:
        samples = _samples(pcm)
        secs = len(samples) / RATE_HZ
        told, _ = engine.transcribe(
            samples,
            language=language,
            beam_size=1,
            # One try: where somebody says a thing repeatedly it would take more, each as long, and
            # the words of all calls wait for that.
            temperature=0.0,
            condition_on_previous_text=False,
            max_new_tokens=min(MOST_TOKENS, LEAST_TOKENS + round(SECOND_TOKENS * secs)),
        )
        return " ".join(piece.text.strip() for piece in told).strip()

    return hear
