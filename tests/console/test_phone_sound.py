"""The sound of the browser phone: what `phone-worklet.js` does with tones at several rates."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.media.g711 import ulaw_to_pcm

HERE = Path(__file__).parent
WORKLET = HERE.parents[1] / "bot/console/static/phone-worklet.js"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here: the worklet runs in no other program but a browser")
    ran = subprocess.run(
        [node, str(HERE / "phone_sound.mjs"), str(WORKLET)],
        check=True,
        capture_output=True,
        text=True,
        timeout=50,
    )
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_the_microphone_keeps_speech_and_drops_the_rest(found: dict[str, Any]) -> None:
    """Tones of speech pass as loud as they are; what would fold back at 8 kHz is gone."""
    for name, (level_db, count) in found["down"].items():
        rate, hz = map(int, name.split())
        assert abs(count - 8000) < 20, name
        if hz <= 3000:
            assert abs(level_db) < 0.2, name
        elif hz < rate / 2:
            assert level_db < -60, name


def test_the_earpiece_is_as_loud_as_the_line(found: dict[str, Any]) -> None:
    for rate, told in found["up"].items():
        assert abs(told["db"]) < 0.3, rate


def test_marks_come_back_when_what_is_before_was_played(found: dict[str, Any]) -> None:
    """Half a second of sound takes half a second. After a clear nothing is played, and all marks
    come back."""
    for rate, told in found["up"].items():
        assert 0.45 < told["at"] < 0.52, rate
        assert told["marks"] == ["half", "dropped"]
        assert told["after"] < 0.01


def test_the_code_is_that_of_the_line(found: dict[str, Any]) -> None:
    """μ-law in the browser is μ-law here."""
    ours = np.frombuffer(ulaw_to_pcm(bytes(range(256))), "<i2") / 32768
    assert np.allclose(found["values"], ours, atol=1e-4)
    again = [code for code, encoded in found["codes"] if code != encoded]
    assert again == [127]  # the negative zero
