"""Ports for several processes of tests beside each other."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.ports import free_port

ASK = "from tests.ports import free_port; print(*(free_port() for _ in range(20)))"


def ports_of(worker: str) -> set[int]:
    """What a worker of pytest-xdist is given, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTEST_XDIST_WORKER": worker},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(map(int, done.stdout.split()))


def test_workers_share_no_port() -> None:
    """Each has a block of its own, and none of its ports comes twice in a row."""
    first, second = ports_of("gw0"), ports_of("gw1")
    assert len(first) == len(second) == 20
    assert {port // 500 for port in first}.isdisjoint(port // 500 for port in second)


def test_a_port_that_is_taken_is_passed_over() -> None:
    """Somebody listens at the next one: it is not given."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port + 1)):
        assert free_port() not in (port, port + 1)
