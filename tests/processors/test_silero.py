"""The shared Silero model and its streams."""

from unittest import mock

import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer

from processors.listening.silero import LEAD_IN_WINDOWS, WINDOW_SAMPLES, SileroModel, SileroStream

SECOND_8K = bytes(16_000)


def pipecat_confidences(pcm: bytes, sample_rate: int) -> list[float]:
    analyzer = SileroVADAnalyzer(sample_rate=sample_rate)
    analyzer.set_sample_rate(sample_rate)
    window = analyzer.num_frames_required() * 2
    whole = len(pcm) - len(pcm) % window
    return [
        float(analyzer.voice_confidence(pcm[start : start + window]).item())
        for start in range(0, whole, window)
    ]


@pytest.mark.parametrize("sample_rate", [8000, 16000])
def test_probabilities_equal_pipecats_analyzer(
    sample_rate: int, speech_8k: bytes, speech_16k: bytes, noise_8k: bytes
) -> None:
    """Silence, speech, hiss and speech again: every window equals Pipecat's, across resets."""
    speech = speech_8k if sample_rate == 8000 else speech_16k
    pcm = SECOND_8K * 5 + speech + noise_8k + speech + SECOND_8K * 3 + speech
    ours = SileroStream(sample_rate=sample_rate).feed(pcm)
    assert ours == pipecat_confidences(pcm, sample_rate)
    assert max(ours) > 0.9
    assert min(ours) < 0.1


@pytest.mark.parametrize("chunk_bytes", [2, 320, 318, 1600, 5000])
def test_chunking_does_not_matter(chunk_bytes: int, speech_8k: bytes) -> None:
    """Sound cut in any way gives the same windows; what is incomplete waits for the rest."""
    pcm = speech_8k[:8000]
    stream = SileroStream()
    chunks = (pcm[start : start + chunk_bytes] for start in range(0, len(pcm), chunk_bytes))
    assert [p for chunk in chunks for p in stream.feed(chunk)] == SileroStream().feed(pcm)


def test_half_a_sample_does_not_shift_what_follows(speech_8k: bytes) -> None:
    """A frame of odd length loses its last byte and nothing else."""
    odd = SileroStream()
    assert odd.feed(speech_8k[:512] + b"\x7f") + odd.feed(speech_8k[512:4096]) == (
        SileroStream().feed(speech_8k[:4096])
    )


def test_streams_do_not_disturb_each_other(speech_8k: bytes) -> None:
    """Two calls on the one model of the process, window by window in turn, keep their memory."""
    first, second = SileroStream(), SileroStream()
    alone = SileroStream().feed(speech_8k[: 512 * 40])
    mixed = []
    for start in range(0, 512 * 40, 512):
        mixed += first.feed(speech_8k[start : start + 512])
        second.feed(bytes(512))
    assert mixed == alone
    assert SileroModel.shared() is SileroModel.shared()


def test_no_reset_while_somebody_speaks(speech_8k: bytes) -> None:
    """Without quiet the state is not cleared: the next speech is scored from another state."""
    lead = SECOND_8K * 5
    reset, kept = SileroStream(), SileroStream()
    reset.feed(lead)
    kept.feed(lead, quiet=False)
    assert reset.feed(speech_8k) != kept.feed(speech_8k, quiet=False)


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("sample_rate", [8000, 16000])
def test_silence_after_silence_is_scored_once_for_all_lines(
    sample_rate: int, quiet: bool, speech_8k: bytes
) -> None:
    """As far as it is kept; and the line hears what comes after it as any other does."""
    model, spoken = SileroModel(), speech_8k[:16_000]
    silence = bytes(2 * sample_rate) * 6

    def heard() -> tuple[list[float], int]:
        with mock.patch.object(model, "run", wraps=model.run) as run:
            stream = SileroStream(sample_rate=sample_rate, model=model)
            return stream.feed(silence + spoken, quiet=quiet), run.call_count

    all_of_it, silent = (
        len(pcm) // (2 * WINDOW_SAMPLES[sample_rate]) for pcm in (silence + spoken, silence)
    )
    (first, runs), (second, fewer) = heard(), heard()
    assert second == first
    # The line that is quiet forgets after 63 windows, and then the silence begins anew.
    assert runs == (all_of_it - silent + 63 if quiet else all_of_it)
    assert fewer == (all_of_it - silent if quiet else all_of_it - 128)


def test_other_rates_are_refused() -> None:
    """A rate Silero has no window for is named in the error."""
    with pytest.raises(ValueError, match="not at 24000 Hz"):
        SileroStream(sample_rate=24000)
    assert set(WINDOW_SAMPLES) == {8000, 16000}


def test_what_is_passed_over_is_not_scored_but_for_its_end(speech_8k: bytes) -> None:
    """Silence leaves two windows behind, whatever its length; speech after it is speech."""
    stream = SileroStream()
    for _ in range(300):
        stream.add(bytes(320))
        stream.pass_over()
        assert stream.windows_waiting <= LEAD_IN_WINDOWS
    assert stream.windows_waiting == LEAD_IN_WINDOWS
    lead_in, speech = stream.feed(b"")[:LEAD_IN_WINDOWS], stream.feed(speech_8k)
    assert max(lead_in) < 0.1
    assert sum(p > 0.6 for p in speech) >= sum(p > 0.6 for p in SileroStream().feed(speech_8k)) - 2
