"""The service as operators run it: `trunkline` in a process of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.simulator.loopback_client import loopback_client
from config import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
MAIN = "from bot.cli import main; main()"
COMMAND = (sys.executable, "-c", MAIN)
GIVES_UP_SECS = 60.0  # nothing that comes takes so long, on the busiest machine
OTHER_NAMES = {"var_dir": "TRUNKLINE_VAR", "log_level": "TRUNKLINE_LOG_LEVEL"}


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """The environment that gives these settings; an empty change leaves its variable out."""
    given = {
        OTHER_NAMES.get(name, name.upper()): _text(value)
        for name, value in settings
        if value is not None
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    chosen = {**kept, "PYTHONPATH": str(ROOT), **given, **changes}
    return {name: value for name, value in chosen.items() if value}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that has run."""

    code: int
    out: str
    err: str


async def trunkline(*arguments: str, env: Mapping[str, str], folder: Path) -> Ran:
    """Runs the command to its end, in a folder without an .env file."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        cwd=folder,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), GIVES_UP_SECS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ran(code=process.returncode, out=out.decode(), err=err.decode())


class ServiceProcess:
    """`trunkline serve`, started and stopped; always on the same port.

    `haste` is Python that its process runs first, for tests of what takes the product minutes: it
    sets shorter ones. Workers are processes of their own, and do not run it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        ready_secs: float = GIVES_UP_SECS,
        haste: str = "",
    ) -> None:
        self.env: dict[str, str] = {}
        self._code = f"{haste}\n{MAIN}"
        self._folder = folder
        self._port = free_port()
        self._workers = workers
        self._ready_secs = ready_secs
        self._log = folder / "serve.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """Everything written to stdout and stderr, by all processes of this service."""
        return self._log.read_text()

    @asynccontextmanager
    async def serving(self, settings: Settings) -> AsyncIterator[str]:
        """For `open_line`."""
        self.env = environment(settings)
        try:
            await self.start()
            yield self.url
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Returns when the service answers."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                self._code,
                "serve",
                "--port",
                str(self._port),
                "--workers",
                str(self._workers),
                cwd=self._folder,
                env=self.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(self._ready_secs), loopback_client() as client:
            while True:
                assert self._process.returncode is None, self.log
                try:
                    await client.get(f"{self.url}/health/live")
                    return
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)

    def worker_pid(self, worker: int, *, life: int = 1) -> int | None:
        """The process of a worker in this life of it; None before it is ready."""
        found = re.findall(rf"worker {worker} is ready \(process (\d+)\)", self.log)
        return int(found[life - 1]) if len(found) >= life else None

    def signal(self, number: signal.Signals) -> None:
        """Sends it this signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def exit_code(self) -> int:
        """Waits for its end."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), GIVES_UP_SECS)
