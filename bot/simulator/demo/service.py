"""`trunkline serve` as a process of its own, from its first breath to its last."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.simulator.loopback_client import loopback_client

SERVE = "from bot.cli import main; main()"
READY_SECS = 30.0  # a cold start on a small machine takes five
POLL_SECS = 0.05
STOP_SECS = 8.0  # for an orderly end without calls, which takes a fraction of a second
LOG_LINES = 12  # enough for the end of a traceback

# Settings of the user's own service, which the demo's must not pick up.
OWN_PREFIXES = ("EMBEDDINGS_", "OPENAI_", "TWILIO_", "TRUNKLINE_")
OWN_NAMES = frozenset(
    {"BUSINESS_API_BASE", "DATABASE_URL", "HUMAN_TRANSFER_NUMBER", "INBOUND_AGENT"}
    | {"INBOUND_RESERVE", "MAX_CALLS", "PREPARE_LINES", "PUBLIC_URL", "RESULTS_SECRET"}
)


class ServiceFailed(Exception):
    """The service did not start, or stopped in the middle; the message ends with its last words."""


class ServiceProcess:
    """A running service, or what works beside it. `url` is where the service listens, `log_path`
    what was written to stderr.
    """

    def __init__(
        self,
        *,
        process: asyncio.subprocess.Process,
        url: str,
        env: Mapping[str, str],
        log_path: Path,
    ) -> None:
        self.url = url
        self.log_path = log_path
        self._process = process
        self.env = env

    async def until_ready(self) -> None:
        """Returns once calls are taken; raises ServiceFailed if that does not come about."""
        async with loopback_client(base_url=self.url) as http:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_SECS):
                    while True:
                        self.check_alive()
                        with contextlib.suppress(httpx.TransportError):
                            if (await http.get("/health/ready")).is_success:
                                return
                        await asyncio.sleep(POLL_SECS)
        raise ServiceFailed(f"The service was not ready in {READY_SECS:g} s.\n{self._last_words()}")

    def check_alive(self) -> None:
        """Raises ServiceFailed when the process is gone."""
        code = self._process.returncode
        if code is not None:
            raise ServiceFailed(f"The service stopped with exit code {code}.\n{self._last_words()}")

    async def transcript(self, call_id: str) -> str:
        """What `trunkline calls show` prints of a call."""
        return await self.command("calls", "show", call_id)

    async def command(self, *arguments: str, codes: Collection[int] = (0,)) -> str:
        """What a command prints that is given beside the service, with its settings; raises
        ServiceFailed when its exit code is another.
        """
        running = await _trunkline(
            *arguments, env=self.env, folder=self.log_path.parent, stderr=None
        )
        text, complaint = await running.communicate()
        if running.returncode not in codes:
            command = " ".join(arguments[:2])
            raise ServiceFailed(f"`trunkline {command}` failed.\n{complaint.decode()}")
        return text.decode()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for a process that does not mind it."""
        for end in (self._process.terminate, self._process.kill):
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    end()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), STOP_SECS)

    def _last_words(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])


@asynccontextmanager
async def running_service(
    settings: Mapping[str, str], folder: Path
) -> AsyncIterator[ServiceProcess]:
    """Starts the service with these settings, working in `folder`, where no `.env` is."""
    port = _free_port()
    log_path = folder / "service.log"
    env = _environment({"TRUNKLINE_URL": f"http://127.0.0.1:{port}", **settings})
    with log_path.open("wb") as log:
        process = await _trunkline(
            "serve", "--port", str(port), env=env, folder=folder, stderr=log.fileno()
        )
    service = ServiceProcess(
        process=process, url=f"http://127.0.0.1:{port}", env=env, log_path=log_path
    )
    try:
        yield service
    finally:
        await service.stop()


@asynccontextmanager
async def running_beside(
    service: ServiceProcess, *arguments: str, log_name: str
) -> AsyncIterator[ServiceProcess]:
    """Another command that goes on, like a worker, with the service's settings."""
    log_path = service.log_path.with_name(log_name)
    with log_path.open("wb") as log:
        process = await _trunkline(
            *arguments, env=service.env, folder=log_path.parent, stderr=log.fileno()
        )
    beside = ServiceProcess(process=process, url=service.url, env=service.env, log_path=log_path)
    try:
        yield beside
    finally:
        await beside.stop()


async def _trunkline(
    *arguments: str, env: Mapping[str, str], folder: Path, stderr: int | None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        *arguments,
        env=dict(env),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if stderr is None else asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE if stderr is None else stderr,
    )


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, without the user's settings, with these instead; loopback needs no proxy."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in OWN_NAMES and not name.startswith(OWN_PREFIXES)
    }
    return {**inherited, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **settings}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
