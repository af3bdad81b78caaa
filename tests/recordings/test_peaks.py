"""The picture of a recording: both sides, as loud as they are; made once, and kept."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.child import ChildRefused, Output, in_this_process
from bot.recordings.peaks import Peaks, peaks_key
from bot.recordings.storage import FolderStorage
from bot.recordings.words import key_of
from bot.sound_peaks import MOST_POINTS, peaks_of
from bot.store import RecordingRecord

lameenc = pytest.importorskip("lameenc")
RECORD = RecordingRecord(
    id="rec_1", call_id="call_1", made_at=datetime(2026, 11, 30, tzinfo=UTC), channels=2
)


def mp3(secs: float) -> bytes:
    """The left side speaks in the first half, the right one in the second, half as loud."""
    count = int(secs * 8000)
    tone = np.sin(np.arange(count) / 8000 * 2 * np.pi * 440)
    first = np.arange(count) < count // 2
    sides = np.stack([tone * first * 0.8, tone * ~first * 0.4], axis=1)
    encoder = lameenc.Encoder()
    encoder.set_channels(2)
    encoder.set_in_sample_rate(8000)
    encoder.set_bit_rate(64)
    encoder.silence()
    pcm = (sides * 32767).astype("<i2").tobytes()
    return bytes(encoder.encode(pcm) + encoder.flush())


def picture(content: bytes) -> dict[str, Any]:
    (line,) = peaks_of(content)
    made: dict[str, Any] = json.loads(line)
    return made


def test_both_sides_are_as_loud_as_they_are() -> None:
    made = picture(mp3(4.0))
    assert made["duration"] == pytest.approx(4.0, abs=0.4)
    left, right = made["peaks"]
    assert len(left) == len(right) == pytest.approx(made["duration"] / 0.05, abs=2)
    middle = len(left) // 2
    assert max(left[10 : middle - 10]) == pytest.approx(0.8, abs=0.1)
    assert max(left[middle + 10 :]) < 0.05
    assert max(right[10 : middle - 10]) < 0.05
    assert max(right[middle + 10 : -10]) == pytest.approx(0.4, abs=0.1)


def test_a_long_one_has_no_more_points() -> None:
    left, _ = picture(mp3(MOST_POINTS * 0.05 + 60))["peaks"]
    assert MOST_POINTS * 0.5 < len(left) <= MOST_POINTS + 1


@pytest.mark.parametrize("content", [b"", b"no sound at all" * 100])
def test_what_holds_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(ChildRefused, match="holds no sound"):
        list(peaks_of(content))


async def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    storage, made_times = FolderStorage(tmp_path / "kept"), 0
    file = tmp_path / "file"
    file.write_bytes(mp3(1.0))

    async def counted(function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
        nonlocal made_times
        made_times += 1
        return await in_this_process(function, content, asked)

    peaks = Peaks(storage=storage, folder=tmp_path / "work", apart=counted)
    assert await peaks.of(RECORD) is None  # there is no sound
    await storage.put(key_of(RECORD), file)
    made = await peaks.of(RECORD)
    assert made is not None
    assert await peaks.of(RECORD) == made
    assert made_times == 1
    assert (tmp_path / "kept" / peaks_key(RECORD)).stat().st_mode & 0o077 == 0
    assert list((tmp_path / "work").iterdir()) == []
