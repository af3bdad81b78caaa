"""`trunkline serve` that writes down on SIGUSR1 which tasks its event loop has.

python -m tests.benchmarks.watched_server PORT FILE
"""

import asyncio
import gc
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from bot.cli import main as trunkline


def main() -> None:
    port, note = sys.argv[1], Path(sys.argv[2])

    def tell(number: int, frame: FrameType | None) -> None:
        """In the loop's own thread, between two of its callbacks or in the middle of one."""
        gc.collect()
        fresh = note.with_suffix(".new")
        fresh.write_text(json.dumps(Counter(map(_kind, asyncio.all_tasks()))))
        fresh.replace(note)

    signal.signal(signal.SIGUSR1, tell)
    sys.argv = ["trunkline", "serve", "--port", port]
    trunkline()


def _kind(task: "asyncio.Task[object]") -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", repr(coroutine))


if __name__ == "__main__":
    main()
