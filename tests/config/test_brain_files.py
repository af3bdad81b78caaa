"""Brains' files: found, joined, and refused with the place of a mistake."""

from pathlib import Path

import pytest

from bot.brains.catalog import open_brains
from config import Settings, SettingsError, doubts
from config.brains import SHIPPED, BrainError, read_brains

GOOD = 'protocol = "openai-realtime"\nurl = "ws://10.0.0.7/v1/realtime"\nmodels = ["clinic"]\n'


def brains_of(folder: Path, **files: str) -> Settings:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return Settings(_env_file=None, trunkline_brains=folder)


def test_a_file_is_a_brain_by_its_name(tmp_path: Path) -> None:
    """With the first of its models, and any voice."""
    brain = open_brains(brains_of(tmp_path, near=GOOD))["near"]
    assert brain.speaker().model == "clinic" and brain.speaker(voice="amy").voice == "amy"
    assert brain.lacks() == ()


def test_a_file_may_be_like_another(tmp_path: Path) -> None:
    """Its tables are joined with those of the other, key by key."""
    text = 'like = "xai"\nurl = "ws://10.0.0.7/x"\n[quirks]\nmemory_is_cut = "tell"\n'
    brain_files = read_brains(SHIPPED, brains_of(tmp_path, near=text).trunkline_brains or tmp_path)
    quirks = brain_files["near"].content["quirks"]
    assert quirks["memory_is_cut"] == "tell" and quirks["turn_detection"] == "server_vad"
    assert brain_files["near"].content["key"] == "XAI_API_KEY"


def test_one_with_the_name_of_one_that_ships_takes_its_place(tmp_path: Path) -> None:
    """Likewise where it is like itself."""
    brain = open_brains(brains_of(tmp_path, localai='like = "localai"\nmodels = ["mine"]\n'))
    assert brain["localai"].speaker().model == "mine"


def test_what_is_not_set_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key, and variables of its address."""
    text = GOOD.replace("10.0.0.7", "${NEAR_HOST}") + 'key = "NEAR_KEY"\n'
    assert open_brains(brains_of(tmp_path, near=text))["near"].lacks() == ("NEAR_HOST", "NEAR_KEY")
    monkeypatch.setenv("NEAR_HOST", "10.0.0.8")
    monkeypatch.setenv("NEAR_KEY", "secret")
    assert open_brains(brains_of(tmp_path, near=text))["near"].lacks() == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "voise = 1\n", "near.toml:4: voise: there is no such key"),
        (GOOD + "[quirks]\nformats = []\n", "near.toml:5: quirks.formats: "),
        (GOOD + '[quirks]\nformats = ["mp3"]\n', "near.toml:5: quirks.formats"),
        (GOOD + '[quirks]\nformats = ["pcm", "pcm"]\n', "names a format twice"),
        (GOOD + '[quirks]\nmemory_is_cut = "off"\n', "near.toml:5: quirks.memory_is_cut"),
        (GOOD + "[prices.clinic]\naudio = 1\n", "there is no such key"),
        (GOOD.replace("ws:", "http:"), "near.toml:2: url: must be like wss://"),
        (GOOD.replace('["clinic"]', "[]"), "near.toml:3: models: "),
        (GOOD.replace("openai-realtime", "smoke"), "near.toml:1: protocol: nobody here speaks it"),
        ('url = "ws://10.0.0.7"\n', "near.toml: protocol: say which one"),
        ('like = "nobody"\n', "near.toml:1: like: there is no brain 'nobody'"),
        ('like = ["xai"]\n', "near.toml:1: like: there is no brain ['xai']"),
        ('like = "xai"\nvoice = "amy"\n', "near.toml:2: voice: is none of ara, eve, leo, rex, sal"),
        ("models = [\n", "near.toml: "),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    """Before anything is served."""
    with pytest.raises(BrainError) as refused:
        open_brains(brains_of(tmp_path, near=text))
    assert told in str(refused.value)


def test_a_name_that_is_built_in_or_no_name_is_refused(tmp_path: Path) -> None:
    """And so is a folder that is not there."""
    with pytest.raises(BrainError, match="is built in"):
        open_brains(brains_of(tmp_path, openai=GOOD))
    (tmp_path / "openai.toml").unlink()
    with pytest.raises(BrainError, match="is no name for a brain"):
        open_brains(brains_of(tmp_path, **{"Near By": GOOD}))
    with pytest.raises(SettingsError, match="is not a folder"):
        open_brains(Settings(_env_file=None, trunkline_brains=tmp_path / "none"))


def test_a_key_that_a_file_names_is_no_setting_that_was_misspelt(tmp_path: Path) -> None:
    """XAI_API_KEY looks much like OPENAI_API_KEY."""
    env = tmp_path / ".env"
    env.write_text("XAI_API_KEY=x\nNEAR_API_KEY=y\nOPENAI_KEY=z\n", encoding="utf-8")
    (tmp_path / "own").mkdir()
    settings = brains_of(tmp_path / "own", near=GOOD + 'key = "NEAR_API_KEY"\n')
    assert doubts(settings, env) == ["OPENAI_KEY is no setting: did you mean OPENAI_API_KEY?"]
