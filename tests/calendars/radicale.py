"""A Radicale server as a child process, with one user and calendars of theirs, on a free port."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.ports import free_port

USER, PASSWORD = "ann", "open sesame"
START_SECS = 20.0
_MAKE = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"""


class Radicale:
    """Serves the folder; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()

    def __enter__(self) -> "Radicale":
        users = self._folder / "users"
        users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        options = {
            "server-hosts": f"127.0.0.1:{self.port}",
            "auth-type": "htpasswd",
            "auth-htpasswd-filename": str(users),
            "auth-htpasswd-encryption": "plain",
            "auth-delay": "0",
            "server-max-connections": "100",
            "storage-filesystem-folder": str(self._folder / "calendars"),
            "logging-level": "error",
        }
        told = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", "", *told], stderr=subprocess.DEVNULL
        )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    async def calendar(self, name: str) -> str:
        """Makes a calendar; its address."""
        url = f"http://127.0.0.1:{self.port}/{USER}/{name}/"
        async with self.client() as client:
            answer = await client.request("MKCALENDAR", url, content=_MAKE.format(name=name))
            answer.raise_for_status()
        return url

    def client(self) -> httpx.AsyncClient:
        """What a person's calendar program would send goes through this."""
        return httpx.AsyncClient(auth=(USER, PASSWORD), trust_env=False, timeout=10)

    def _wait(self) -> None:
        until = time.monotonic() + START_SECS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Radicale did not start")
