"""Files that come in are put on disk; where that fails, a sentence says so."""

import tempfile
from pathlib import Path

import pytest
from service_kit import WITH_KEY, ask, opened

UPLOAD = {"content-type": "multipart/form-data; boundary=x"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
LINE = b"+12125550123," + b"x" * 1000 + b"\r\n"


async def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 for a file that memory does not hold, and what is wrong with the disk."""
    async with opened(tmp_path) as service:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        body = [HEAD, *[LINE * 60] * 20, b"--x--\r\n"]
        for path in ("/batches", "/suppressions/import"):
            answer = await ask(service.web, "POST", path, headers=WITH_KEY | UPLOAD, body=body)
            assert answer is not None
            assert answer.status == 503
            assert answer.json["detail"].endswith("No such file or directory")
