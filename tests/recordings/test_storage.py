"""Where recordings are kept: a folder, and a bucket of a server that speaks S3."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.recordings.storage import FolderStorage, StorageError, open_storage
from bot.server.recordings import byte_range

SOUND = bytes(range(256)) * 100


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    pytest.importorskip("obstore")
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"
    for name, value in (
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    import boto3

    boto3.client("s3", endpoint_url=url).create_bucket(Bucket="calls")
    yield "s3://calls/line"
    server.stop()


async def holds(where: str, usual: Path, tmp_path: Path) -> None:
    storage = open_storage(where, usual)
    file = tmp_path / "sound.part"
    file.write_bytes(SOUND)
    assert await storage.size("2026-11/rec_a.mp3") is None
    await storage.put("2026-11/rec_a.mp3", file)
    assert await storage.size("2026-11/rec_a.mp3") == len(SOUND)
    assert await storage.read("2026-11/rec_a.mp3", 100, 200) == SOUND[100:200]
    await storage.delete("2026-11/rec_a.mp3")
    await storage.delete("2026-11/rec_a.mp3")  # once more does no harm
    assert await storage.size("2026-11/rec_a.mp3") is None


async def test_a_folder(tmp_path: Path) -> None:
    await holds("", tmp_path / "usual", tmp_path)
    await holds(str(tmp_path / "other"), tmp_path / "usual", tmp_path)


async def test_only_its_owner_may_read_a_file(tmp_path: Path) -> None:
    file = tmp_path / "sound.part"
    file.write_bytes(SOUND)
    await FolderStorage(tmp_path / "kept").put("a/b.mp3", file)
    assert stat.S_IMODE((tmp_path / "kept/a/b.mp3").stat().st_mode) == 0o600


@pytest.mark.realtime
async def test_a_bucket(bucket: str, tmp_path: Path) -> None:
    """With a prefix, over the wire of S3."""
    await holds(bucket, tmp_path / "usual", tmp_path)


async def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        await FolderStorage(tmp_path / "kept").put("a/b.mp3", tmp_path / "kept")


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, (0, 1000)),
        ("bytes=0-", (0, 1000)),
        ("bytes=0-99", (0, 100)),
        ("bytes=100-199", (100, 200)),
        ("bytes=900-5000", (900, 1000)),
        ("bytes=-100", (900, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=999-999", (999, 1000)),
        ("bytes=1000-", None),
        ("bytes=-0", None),
        ("bytes=200-100", (0, 1000)),  # not understood: all of it
        ("bytes=-", (0, 1000)),
        ("bytes=0-1,5-6", (0, 1000)),
        ("pages=1-2", (0, 1000)),
    ],
)
def test_ranges_of_bytes(header: str | None, span: tuple[int, int] | None) -> None:
    assert byte_range(header, 1000) == span
