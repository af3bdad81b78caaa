"""What the pages tell to put into a Caddyfile is one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from page_kit import fenced

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.name} {number}")
    for page in PAGES
    for number, block in enumerate(fenced(page.read_text(encoding="utf-8"), "caddyfile"))
]
CADDY = shutil.which("caddy")

needs_caddy = pytest.mark.skipif(
    CADDY is None, reason="there is no caddy here: `make speech` installs it on Debian"
)


def adapted(block: str) -> subprocess.CompletedProcess[str]:
    assert CADDY is not None
    return subprocess.run(
        [CADDY, "adapt", "--adapter", "caddyfile", "--config", "/dev/stdin"],
        input=block,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_all_that_is_for_caddy_is_looked_at() -> None:
    """A block that names its proxy is marked as one, on every page."""
    marked = sum(page.read_text(encoding="utf-8").count("```caddyfile") for page in PAGES)
    assert marked == len(BLOCKS) >= 2
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert text.count("reverse_proxy ") == sum(
            block.count("reverse_proxy ") for block in fenced(text, "caddyfile")
        )


@needs_caddy
@pytest.mark.parametrize("block", BLOCKS)
def test_a_caddyfile(block: str) -> None:
    """Caddy takes it, without a warning about its form, and it leads to us."""
    ran = adapted(block)
    assert ran.returncode == 0, ran.stderr
    assert "127.0.0.1:8080" in json.dumps(json.loads(ran.stdout))


@needs_caddy
def test_a_block_on_one_line_is_none() -> None:
    """As README once had it: the test can fail."""
    assert adapted("phone.example.com { reverse_proxy 127.0.0.1:8080 }\n").returncode != 0
