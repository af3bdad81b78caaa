"""What the console has from elsewhere: files whose versions and contents stand in a lock."""

import hashlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2] / "bot/console"
VENDOR = ROOT / "static/vendor"


def test_vendored_files_are_what_the_lock_says() -> None:
    """Each has a version, a licence and its SHA-256; there is no file beside them."""
    lock = tomllib.loads((VENDOR / "lock.toml").read_text(encoding="utf-8"))
    found = set()
    for package in lock["package"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["license"]
        for file in package["file"]:
            content = (VENDOR / file["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["sha256"], file["name"]
            found.add(file["name"])
    assert {path.name for path in VENDOR.iterdir()} == found | {"lock.toml"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No template and no file of ours names another host, or holds a script or style of its own."""
    ours = [*(ROOT / "templates").iterdir(), *(ROOT / "static").glob("*.*")]
    assert len(ours) > 8
    for path in ours:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|src=\"//|@import|url\(", text), path.name
        if path.suffix == ".html":
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", text), (
                path.name
            )
            assert "| safe" not in text.replace("' aria-current=\"page\"' | safe", ""), path.name
