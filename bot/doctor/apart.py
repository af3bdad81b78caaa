"""A visit of the doctor in a process of its own, for a service that carries calls: it reads many
files and makes the brains ready, and no call waits for that.

`python -m bot.doctor.apart` is the other side: settings come in as JSON, findings go out.
"""

import asyncio
import json
import os
import sys
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from pydantic import SecretStr

from bot.doctor.finding import Finding, wrong
from config import Settings

MOST_SECS = 120.0
_KEPT = ("HOME", "LANG", "PATH", "PYTHONPATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ")
_FAILED = wrong(
    "doctor", "the visit came to no end", "run `trunkline doctor` on the machine of the service"
)


async def visit_apart(settings: Settings, needed: Collection[str]) -> list[Finding]:
    """What `visit` finds. The keys go through a pipe that nobody else reads."""
    wanted = {"settings": _plain(settings), "needed": list(needed)}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.doctor.apart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    try:
        async with asyncio.timeout(MOST_SECS):
            told, _ = await child.communicate(json.dumps(wanted).encode())
        return [Finding(**each) for each in json.loads(told)]
    except (TimeoutError, ValueError):
        return [_FAILED]
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _plain(settings: Settings) -> dict[str, Any]:
    """What was set, as JSON has it."""
    given = settings.model_dump(exclude_unset=True)
    return {name: _value(value) for name, value in given.items()}


def _value(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, dict):
        return {str(name): _value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(each) for each in value]
    return str(value)


def main() -> None:
    """The other side."""
    from bot.doctor.visit import Visit, visit

    os.nice(10)
    wanted = json.load(sys.stdin)
    settings = Settings(_env_file=None, **wanted["settings"])
    found = asyncio.run(visit(settings, Visit(needed=wanted["needed"])))
    json.dump([asdict(each) for each in found], sys.stdout)


if __name__ == "__main__":
    main()
