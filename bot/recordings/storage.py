"""Where recordings are kept: a folder, or a bucket of S3 or of what speaks like it."""

import asyncio
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class StorageError(Exception):
    """It cannot be written to, or read from, now; the message says why, for the operator."""


class Storage(Protocol):
    """Files by key. Every method raises StorageError. Nothing is done on the event loop."""

    async def put(self, key: str, path: Path) -> None:
        """Keeps the content of this file, in place of what was kept under the key."""
        ...

    async def size(self, key: str) -> int | None:
        """How many bytes are kept under the key; None: there is nothing."""
        ...

    async def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, which is not included."""
        ...

    async def delete(self, key: str) -> None:
        """Forgets it; what is not there is forgotten already."""
        ...


def open_storage(where: str, usual: Path) -> Storage:
    """What the setting RECORDINGS names: a folder, or s3://bucket/prefix; empty: the usual folder.
    Raises ValueError: it cannot be used.
    """
    if where.startswith("s3://"):
        return BucketStorage(where)
    return FolderStorage(Path(where) if where else usual)


class FolderStorage:
    """A folder of this machine, or one that machines share. Only its owner may read the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, path: Path) -> None:
        """See `Storage.put`."""
        await _in_thread(self._put, key, path)

    def _put(self, key: str, path: Path) -> None:
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = target.with_suffix(".new")  # whole, or not at all
        shutil.copyfile(path, new)
        new.chmod(0o600)
        new.replace(target)

    async def size(self, key: str) -> int | None:
        """See `Storage.size`."""
        path = self._folder / key

        def look() -> int | None:
            return path.stat().st_size if path.is_file() else None

        return await _in_thread(look)

    async def read(self, key: str, start: int, end: int) -> bytes:
        """See `Storage.read`."""

        def read() -> bytes:
            with (self._folder / key).open("rb") as file:
                file.seek(start)
                return file.read(end - start)

        return await _in_thread(read)

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        await _in_thread(partial((self._folder / key).unlink, missing_ok=True))


class BucketStorage:
    """A bucket, by the package `obstore` (the extra `s3`). Keys and region are those of the
    environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL.
    """

    def __init__(self, url: str) -> None:
        try:
            import obstore
            from obstore.store import S3Store
        except ImportError:
            raise ValueError(
                "RECORDINGS is a bucket, and the package obstore is not installed: "
                "pip install 'trunkline[s3]'"
            ) from None
        self._obstore: Any = obstore
        http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        self._store: Any = S3Store.from_url(url, client_options={"allow_http": http})

    async def put(self, key: str, path: Path) -> None:
        """See `Storage.put`."""
        await _in_thread(self._obstore.put, self._store, key, path)

    async def size(self, key: str) -> int | None:
        """See `Storage.size`."""

        def look() -> int | None:
            try:
                size: int = self._obstore.head(self._store, key)["size"]
            except FileNotFoundError:
                return None
            return size

        return await _in_thread(look)

    async def read(self, key: str, start: int, end: int) -> bytes:
        """See `Storage.read`."""

        def read() -> bytes:
            return bytes(self._obstore.get_range(self._store, key, start=start, end=end))

        return await _in_thread(read)

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""

        def forget() -> None:
            try:
                self._obstore.delete(self._store, key)
            except FileNotFoundError:
                return

        await _in_thread(forget)


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    try:
        return await asyncio.to_thread(work, *arguments)
    except Exception as error:  # of a disk, or of the package: whatever it is, it is told
        raise StorageError(f"{type(error).__name__}: {error}") from error
