"""Prepared lines, kept as files."""

import multiprocessing
from pathlib import Path

import pytest

from bot.brains import Clips, Speaker
from bot.brains.clips import same_words

MARIN = Speaker(brain="openai", model="gpt-realtime-2.1", voice="marin")


def test_a_line_is_kept_for_its_voice_and_model(tmp_path: Path) -> None:
    """Another voice, model or wording is another clip."""
    clips = Clips(tmp_path / "clips")
    assert clips.get(MARIN, "Hello.") is None
    clips.put(MARIN, "Hello.", b"\x01\x02")
    assert clips.get(MARIN, "Hello.") == b"\x01\x02"
    assert clips.get(MARIN, "Hello!") is None
    assert clips.get(Speaker(brain="openai", model=MARIN.model, voice="cedar"), "Hello.") is None
    assert (
        clips.get(Speaker(brain="openai", model="gpt-realtime-1.5", voice="marin"), "Hello.")
        is None
    )


def test_a_clip_outlives_the_process(tmp_path: Path) -> None:
    """It is found by the next one, also when that has looked before in vain."""
    first, second = Clips(tmp_path), Clips(tmp_path)
    assert second.get(MARIN, "Hello.") is None
    first.put(MARIN, "Hello.", b"\x01\x02")
    assert second.get(MARIN, "Hello.") == b"\x01\x02"


def test_nothing_but_clips_is_left_in_the_folder(tmp_path: Path) -> None:
    """Partial files are gone, and any text makes a file name."""
    clips = Clips(tmp_path)
    for text in ("../../etc/passwd", "Grüß Gott?\n", "x" * 5000):
        clips.put(MARIN, text, b"\x01")
        assert clips.get(MARIN, text) == b"\x01"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".ulaw"] * 3


def _keep(folder: str, fill: int) -> None:
    clips = Clips(Path(folder))
    for _ in range(50):
        clips.put(MARIN, "Hello.", bytes([fill]) * 20_000)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork, from 3.12 on
def test_several_processes_may_keep_the_same_line(tmp_path: Path) -> None:
    """Whoever reads meanwhile gets one clip or the other, never a mixture or a part."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep, args=(str(tmp_path), fill)) for fill in (1, 2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        clip = Clips(tmp_path).get(MARIN, "Hello.")
        assert clip is None or clip in (b"\x01" * 20_000, b"\x02" * 20_000)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "spoken", "same"),
    [
        ("One moment, please.", "One moment please", True),
        ("I can't hear you.", "i can't hear you", True),
        ("Hello!", " HELLO ", True),
        ("Grüß Gott.", "grüß gott", True),
        ("One moment, please.", "One moment.", False),
        ("One moment, please.", "One moment, please. How can I help?", False),
        ("We close at 5.", "We close at 6.", False),
        ("Hello.", "", False),
    ],
)
def test_a_line_was_said_when_its_words_were(text: str, spoken: str, same: bool) -> None:
    """Punctuation and case are the transcriber's affair."""
    assert same_words(text, spoken) is same
