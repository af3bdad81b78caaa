"""Signed webhooks: what one costs the service, beside a bare server that answers the same.

    python -m tests.benchmarks.webhooks [--count 1500]

Both run as processes of their own and get the same requests over kept connections, by turns, so
that what else the machine does befalls both. The figure is processor time a request, which other
work disturbs least, and its ratio; requests a second are told beside it. The yardstick is Starlette
on uvicorn with uvloop and httptools: it reads the form, checks the signature with the package
`twilio`, and answers 204.
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from bot.simulator.loopback_client import loopback_client
from bot.testing.line import AUTH_TOKEN, PUBLIC, open_line, sign, voice_form
from tests.ports import free_port
from tests.service.process_kit import ServiceProcess

AT_ONCE = 8
ROUNDS = 5
SPAWNED = multiprocessing.get_context("spawn")
KINDS = ("status", "status of a call", "incoming")

Webhook = tuple[str, dict[str, str]]  # path and form


def run_bare(port: int) -> None:
    """The yardstick, until it is killed."""
    validator = RequestValidator(AUTH_TOKEN)

    async def answer(request: Request) -> Response:
        form = await request.form()
        url = f"{PUBLIC}{request.url.path}"
        if request.url.query:
            url = f"{url}?{request.url.query}"
        known = validator.validate(url, form, request.headers.get("x-twilio-signature", ""))
        return Response(status_code=204 if known else 403)

    app = Starlette(routes=[Route("/twilio/{what}", answer, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", log_level="error")


@dataclass
class Side:
    """One of the two servers, and what it took."""

    url: str
    pid: int
    cpu_secs: float = 0.0
    wall_secs: float = 0.0
    answered: list[int] = field(default_factory=list)  # status codes

    async def take(self, requests: Sequence[Webhook]) -> None:
        """Has these requests answered, some at a time."""
        async with loopback_client(base_url=self.url, timeout=30) as client:
            before, began = self._cpu_secs(), time.perf_counter()
            waiting = iter(requests)
            await asyncio.gather(*(self._work(client, waiting) for _ in range(AT_ONCE)))
            self.wall_secs += time.perf_counter() - began
            self.cpu_secs += self._cpu_secs() - before

    async def _work(self, client: httpx.AsyncClient, waiting: Iterator[Webhook]) -> None:
        for path, form in waiting:
            headers = {"X-Twilio-Signature": sign(f"{PUBLIC}{path}", form)}
            answer = await client.post(path, data=form, headers=headers)
            self.answered.append(answer.status_code)

    def _cpu_secs(self) -> float:
        """User and system time of the process, as proc(5) tells it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def cost_ms(self) -> float:
        """Of the processor, for each request."""
        return 1000 * self.cpu_secs / len(self.answered)

    @property
    def a_second(self) -> float:
        """Requests, of the wall clock: the client takes its share of the machine."""
        return len(self.answered) / self.wall_secs


def webhooks_of(kind: str, call_ids: Sequence[str], count: int, round_: int) -> list[Webhook]:
    """Reports of calls that nobody knows, or callers; the same for both servers."""
    made = []
    for number in range(count):
        sid = f"CA{round_ * count + number:032d}"
        if kind == "incoming":
            made.append(("/twilio/incoming", voice_form(sid)))
            continue
        form = voice_form(sid, CallStatus="ringing", SequenceNumber="1")
        of_call = f"?call={call_ids[number % len(call_ids)]}" if kind != "status" else ""
        made.append((f"/twilio/status{of_call}", form))
    return made


async def compare(folder: Path, kind: str, count: int) -> tuple[Side, Side]:
    """The service and the yardstick, each with what so many webhooks took."""
    port = free_port()
    bare_process = SPAWNED.Process(target=run_bare, args=(port,), daemon=True)
    bare_process.start()
    try:
        service = ServiceProcess(folder, ready_secs=90)
        async with open_line(folder, serving=service.serving, log_level="WARNING") as line:
            ours = Side(url=line.url, pid=service.pid)
            bare = Side(url=f"http://127.0.0.1:{port}", pid=bare_process.pid or 0)
            await _until_it_answers(bare.url)
            each = count // ROUNDS
            for round_ in range(ROUNDS):
                webhooks = webhooks_of(kind, ["call_unknown"], each, round_)
                for side in (ours, bare) if round_ % 2 else (bare, ours):
                    await side.take(webhooks)
        return ours, bare
    finally:
        bare_process.kill()


async def _until_it_answers(url: str) -> None:
    async with asyncio.timeout(60), loopback_client(base_url=url) as client:
        while True:
            try:
                await client.get("/")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


def main() -> None:
    """Prints a line for each kind of webhook."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1500, help="webhooks of each kind")
    parser.add_argument("--kind", choices=KINDS, action="append")
    options = parser.parse_args()
    for kind in options.kind or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            ours, bare = asyncio.run(compare(Path(folder), kind, options.count))
        refused = sum(status >= 400 for status in (*ours.answered, *bare.answered))
        sys.stdout.write(
            f"{kind:18} {ours.cost_ms:6.2f} ms of CPU each, the yardstick {bare.cost_ms:5.2f}: "
            f"{ours.cost_ms / bare.cost_ms:4.1f} times; {ours.a_second:4.0f} a second, "
            f"the yardstick {bare.a_second:4.0f}; {refused} refused\n"
        )


if __name__ == "__main__":
    main()
