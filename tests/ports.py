"""Ports of the loopback for what must know its port before it listens, or listens there again."""

import os
import socket
from itertools import count

# Below those that systems hand out by themselves, from 32768 on or higher: nobody is given one of
# ours between the moment a test asks for it and the moment it listens there.
_FIRST, _BLOCK, _BLOCKS = 20_000, 500, 24

# Each worker of pytest-xdist (gw0, gw1, ...) has a block of its own. A second run on this machine
# has the same ones, but hardly begins at the same place.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_places = count(os.getpid())


def free_port() -> int:
    """A port that nobody listens at, another one each time."""
    for _ in range(_BLOCK):
        port = _FIRST + _WORKER % _BLOCKS * _BLOCK + next(_places) % _BLOCK
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise RuntimeError(f"all {_BLOCK} ports of worker {_WORKER} are taken")
