"""The servers under load, each a process of its own, on a core of its own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.brains import Clips, Speaker
from config import read_agents
from tests.benchmarks import processes
from tests.benchmarks.load import CarrierDialer, Dialer, Pace, StreamDialer
from tests.benchmarks.processes import Use

ROOT = Path(__file__).parents[2]
AGENTS = Path(__file__).with_name("agents")
EXTENSIONS = Path(__file__).with_name("benchline")
SILENT = Pace(share=1e-6)  # of a model that speaks when it is asked to begin, and no more
START_SECS = 60.0  # imports on a busy machine take long
STOP_SECS = 20.0
ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "bench-secret"
PUBLIC = "https://bench.example"
NOBODY = "http://127.0.0.1:9"  # a call that is begun and hung up needs no REST API


class ServerFailed(Exception):
    """A server did not start, or is gone: with the end of what it logged."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the servers that are compared."""

    name: str
    about: str
    command: Callable[[int, str], Sequence[str]]  # port, address of the model
    environment: Callable[[Path, str], Mapping[str, str]]
    dialer: Callable[[str], Dialer]  # where the server listens
    prepare: Callable[[Path], None] = field(default=lambda folder: None)
    greeting: str = "made by the model"
    pace: Pace | None = None  # of the model; None: that of the plan
    pinned: bool = True  # to the server's core, where processes are pinned; else it has all cores


def ours(
    *, prepared: bool = False, relay: bool = False, workers: int = 1, carrier_url: str = NOBODY
) -> Variant:
    """Trunkline, served as in production; `prepared`: its first words are a prepared clip; `relay`:
    it only relays sound, and the model is silent.

    `carrier_url` is where it finds the carrier's REST API.
    """
    agents = read_agents(AGENTS)
    agent = agents["bench_prepared" if prepared else "bench_relay" if relay else "bench"]
    name, about = "ours", "`trunkline serve`, agent `reception`, local Silero, one worker"
    if prepared:
        name = "ours, greeting prepared"
    elif relay:
        name, about = "ours, relay", "the same with no voice detection, and a silent model"
    elif workers > 1:
        name, about = f"ours, {workers} workers", f"`trunkline serve --workers {workers}`"

    def prepare(folder: Path) -> None:
        if prepared:
            speaker = Speaker(brain="openai", model=agent.model, voice=agent.voice)
            tone = bytes(range(0x10, 0x90)) * 125  # two seconds of something loud
            Clips(folder / "clips").put(speaker, agent.first_line, tone)

    return Variant(
        name=name,
        about=about,
        command=lambda port, model_url: (
            *(str(Path(sys.executable).with_name("trunkline")), "serve"),
            *("--port", str(port), "--workers", str(workers)),
        ),
        environment=lambda folder, model_url: {
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_REALTIME_URL": model_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_PHONE_NUMBER": agent.numbers[0],
            "TWILIO_API_URL": carrier_url,
            "PUBLIC_URL": PUBLIC,
            "TRUNKLINE_API_KEY": "bench-key",
            "TRUNKLINE_AGENTS": str(AGENTS),
            "TRUNKLINE_EXTENSIONS": str(EXTENSIONS),
            "TRUNKLINE_VAR": str(folder),
            "TRUNKLINE_LOG_LEVEL": "WARNING",
            "DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "MAX_CALLS": "1000",
            "PREPARE_LINES": "false",
        },
        dialer=lambda url: CarrierDialer(
            server_url=url,
            public_url=PUBLIC,
            auth_token=AUTH_TOKEN,
            account_sid=ACCOUNT,
            to=agent.numbers[0],
        ),
        prepare=prepare,
        greeting="prepared" if prepared else "made by the model",
        pace=SILENT if relay else None,
        pinned=workers == 1,
    )


def stock(*, turns: str = "local") -> Variant:
    """Pipecat's own parts; `turns`: "local" with Silero here, "server" without any."""
    heard_by = "local Silero" if turns == "local" else "the model's ear, no local VAD"
    return Variant(
        name="stock" if turns == "local" else "stock, server VAD",
        about=f"Pipecat 1.14's own parts (tests/benchmarks/stock_server.py), {heard_by}",
        command=lambda port, model_url: (
            *(sys.executable, "-m", "tests.benchmarks.stock_server"),
            *("--port", str(port), "--model-url", model_url, "--turns", turns),
        ),
        environment=lambda folder, model_url: {},
        dialer=lambda url: StreamDialer(f"{url.replace('http', 'ws', 1)}/ws"),
    )


class Server:
    """A variant that runs for as long as the context is open."""

    def __init__(self, variant: Variant, *, model_url: str, folder: Path, core: int | None) -> None:
        """`folder` is its own: it keeps its files and its log there. `core` None: not pinned."""
        self.variant = variant
        self._model_url = model_url
        self._folder = folder
        self._core = core
        self._port = _free_port()
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.tasks: dict[str, int] = {}  # by kind, when they were last counted

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def dialer(self) -> Dialer:
        """How calls reach it."""
        return self.variant.dialer(self.url)

    def use(self) -> Use:
        """Raises ServerFailed when the process is gone."""
        assert self._process is not None
        try:
            if self._process.poll() is None:
                return processes.use(self._process.pid)
        except ProcessLookupError:
            pass
        raise ServerFailed(self._describe("ended by itself"))

    async def settled(self, holds: Callable[[Use], bool], within_secs: float) -> Use:
        """What it uses, its tasks too, as soon as this holds; at the latest after so long.

        Of a variant that answers SIGUSR1 with its tasks by kind, in the file "tasks".
        """
        ends_at = asyncio.get_running_loop().time() + within_secs
        while True:
            use = replace(self.use(), tasks=await self._tasks())
            if holds(use) or asyncio.get_running_loop().time() > ends_at:
                return use
            await asyncio.sleep(0.5)

    async def _tasks(self) -> int:
        """Raises ServerFailed when it does not tell."""
        assert self._process is not None
        note = self._folder / "tasks"
        note.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(START_SECS):
                while not note.exists():  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ServerFailed(self._describe("did not tell its tasks")) from None
        self.tasks = json.loads(note.read_text())
        return sum(self.tasks.values())

    def logged(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    async def __aenter__(self) -> Self:
        self._spawn()
        try:
            async with asyncio.timeout(START_SECS):
                await self._listening()
        except TimeoutError:
            self._stop()
            raise ServerFailed(self._describe(f"did not listen in {START_SECS:g} s")) from None
        except BaseException:
            self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._stop)

    def _spawn(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.variant.prepare(self._folder)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.variant.command(self._port, self._model_url),
                cwd=self._folder,  # where no .env of the developer lies
                env={
                    **kept,
                    "PYTHONPATH": str(ROOT),
                    **self.variant.environment(self._folder, self._model_url),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours: we end it in order
            )
        if self._core is not None:
            processes.pin(self._process.pid, self._core if self.variant.pinned else None)

    async def _listening(self) -> None:
        while True:
            self.use()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return

    def _stop(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _describe(self, what: str) -> str:
        return f"the server {self.variant.name!r} {what}; it logged:\n{self.logged()}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
