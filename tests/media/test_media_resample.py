"""8 kHz to 24 kHz and back."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media.resample import Downsampler, Upsampler

Wave = npt.NDArray[np.float64]
LEVEL = 10_000.0


def sine(hz: float, rate: int, secs: float = 1.0) -> bytes:
    wave = LEVEL * np.sin(2 * np.pi * hz * np.arange(round(rate * secs)) / rate)
    return np.rint(wave).astype("<i2").tobytes()


def samples(pcm: bytes) -> Wave:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def spectrum(wave: Wave, rate: int) -> tuple[Wave, Wave]:
    """Frequencies and the power at each, of the steady middle."""
    middle = wave[len(wave) // 10 : -len(wave) // 10]
    power = np.abs(np.fft.rfft(middle * np.blackman(len(middle)))) ** 2
    return np.fft.rfftfreq(len(middle), 1 / rate), power


def snr_db(pcm: bytes, hz: float, rate: int) -> float:
    """Power of the tone against all the rest."""
    frequencies, power = spectrum(samples(pcm), rate)
    tone = np.abs(frequencies - hz) < 25
    return float(10 * np.log10(power[tone].sum() / power[~tone].sum()))


def gain_db(pcm: bytes) -> float:
    wave = samples(pcm)
    middle = wave[len(wave) // 10 : -len(wave) // 10]
    return float(20 * np.log10(np.sqrt(2 * np.mean(middle**2)) / LEVEL + 1e-12))


@pytest.mark.parametrize("hz", [150, 440, 1000, 2000, 3000, 3300])
def test_a_tone_of_speech_comes_out_pure_both_ways(hz: float) -> None:
    """Telephone band: level kept within 0.5 dB, at least 50 dB above images and noise."""
    up = Upsampler().feed(sine(hz, 8000))
    assert abs(gain_db(up)) < 0.5
    assert snr_db(up, hz, 24_000) > 50
    down = Downsampler().feed(sine(hz, 24_000))
    assert abs(gain_db(down)) < 0.5
    assert snr_db(down, hz, 8000) > 50


@pytest.mark.parametrize("hz", [150, 440, 1000, 2000, 3000, 3300])
def test_a_tone_comes_out_pure_at_twice_the_rate(hz: float) -> None:
    """As at three times it."""
    up = Upsampler(2).feed(sine(hz, 8000))
    assert abs(gain_db(up)) < 0.5
    assert snr_db(up, hz, 16_000) > 50
    down = Downsampler(2).feed(sine(hz, 16_000))
    assert abs(gain_db(down)) < 0.5
    assert snr_db(down, hz, 8000) > 50


@pytest.mark.thorough
@pytest.mark.parametrize("ratio", [2, 3])
def test_nothing_drifts_over_an_hour(ratio: int) -> None:
    """After an hour in uneven pieces, a click comes out where it went in, as at the beginning."""
    up, down, click = Upsampler(ratio), Downsampler(), np.zeros(8000)
    click[4000] = 30_000
    second = click.astype("<i2").tobytes()
    wide_click = np.repeat(click, 3) * (np.arange(24_000) == 12_000)
    wide_second = wide_click.astype("<i2").tobytes()
    for _ in range(3600):
        faster = b"".join((up.feed(second[:6666]), up.feed(second[6666:])))
        slower = b"".join((down.feed(wide_second[:7777]), down.feed(wide_second[7777:])))
        assert len(faster) == ratio * len(second)
        assert len(slower) == len(second)
    assert np.abs(samples(faster)).argmax() == ratio * 4000 + ratio * 12
    assert np.abs(samples(slower)).argmax() == 4000 + 12


@pytest.mark.parametrize("hz", [4600, 5000, 7000, 11_000])
def test_what_the_line_cannot_carry_does_not_fold_back(hz: float) -> None:
    """Sound above half the telephone's rate is at least 50 dB down."""
    assert gain_db(Downsampler().feed(sine(hz, 24_000))) < -50


def test_there_and_back_keeps_the_wave() -> None:
    """Both ways together delay by 3 ms and change nothing else to speak of."""
    wave = sine(700, 8000)
    back = samples(Downsampler().feed(Upsampler().feed(wave)))
    delayed = samples(wave)[: len(back) - 24]
    error = back[24:] - delayed
    assert np.abs(error[100:-100]).max() < 0.01 * LEVEL


@pytest.mark.parametrize(
    ("resampler", "per_ms_in", "per_ms_out"), [(Upsampler(), 8, 24), (Downsampler(), 24, 8)]
)
def test_the_delay_is_at_most_two_milliseconds(
    resampler: Upsampler | Downsampler, per_ms_in: int, per_ms_out: int
) -> None:
    """The middle of a click comes out no later than 2 ms after where it went in."""
    click = np.zeros(per_ms_in * 100)
    click[per_ms_in * 50] = 30_000
    out = samples(resampler.feed(click.astype("<i2").tobytes()))
    assert 0 <= np.abs(out).argmax() / per_ms_out - 50 <= 2


CHUNKS = st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=20)


@pytest.mark.parametrize("ratio", [2, 3])
@given(sizes=CHUNKS)
def test_upsampling_in_any_pieces_is_upsampling_at_once(sizes: list[int], ratio: int) -> None:
    """Exactly so many samples for one, at once, and the same ones: no clicks at the borders."""
    whole = sine(440, 8000, sum(sizes) / 8000)
    resampler, position, out = Upsampler(ratio), 0, b""
    for size in sizes:
        piece = resampler.feed(whole[2 * position : 2 * (position + size)])
        assert len(piece) == ratio * 2 * size
        out, position = out + piece, position + size
    assert_same(out, Upsampler(ratio).feed(whole))


@given(CHUNKS)
def test_downsampling_in_any_pieces_is_downsampling_at_once(sizes: list[int]) -> None:
    """A third of the samples over the whole stream, and the same ones."""
    whole = sine(440, 24_000, sum(sizes) / 24_000)
    resampler, position, out = Downsampler(), 0, b""
    for size in sizes:
        out += resampler.feed(whole[2 * position : 2 * (position + size)])
        position += size
        assert len(out) // 2 == -(-position // 3)
    assert_same(out, Downsampler().feed(whole))


@given(st.lists(st.integers(min_value=0, max_value=99), min_size=1, max_size=20))
def test_pieces_may_end_inside_a_sample(sizes: list[int]) -> None:
    """The model's deltas have no contractual size: half a sample waits for its other half."""
    whole = sine(440, 24_000, 1.0)[: sum(sizes)]
    resampler, position, out = Downsampler(), 0, b""
    for size in sizes:
        out += resampler.feed(whole[position : position + size])
        position += size
    assert_same(out, Downsampler().feed(whole[: len(whole) & ~1]))


def test_loud_sound_is_clipped_not_wrapped() -> None:
    """Beyond the largest sample there is the largest sample: wrapping would crack."""
    square = np.where(np.arange(800) % 80 < 40, 32767, -32768).astype("<i2").tobytes()
    up = samples(Upsampler().feed(square))
    assert up.max() == 32767
    assert up.min() == -32768
    assert up[240:300].min() < 0 or up[240:300].max() > 0
    steady = up[3 * 110 : 3 * 115]  # inside one half wave, past the ringing of its edge
    assert np.sign(steady).min() == np.sign(steady).max()


def assert_same(pcm: bytes, other: bytes) -> None:
    """Equal to the last bit but one: float sums of other lengths may round otherwise."""
    assert len(pcm) == len(other)
    if pcm:
        assert np.abs(samples(pcm) - samples(other)).max() <= 1
