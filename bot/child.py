"""Work on what strangers made, in a process of its own: it may take too long, or too much memory,
or abort, and no call feels it.

A child runs one function of our own over one file, and ends. The function is named as
"package.module:function"; it gets the bytes and plain JSON values, and yields lines of text:

    def function(content: bytes, **asked: Any) -> Iterator[str]

and raises `ChildRefused` for what its sender should know. What the child writes goes into a file
that has no name, so that nothing is left of it on the disk, whoever is killed; it is complete
before its first line is read. `python -m bot.child` is the child's side.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any, Protocol, Self

from loguru import logger

MAX_LINE = 16 * 1024 * 1024  # bytes; a line is read whole
MOST_ASKED = 8
REFUSED, OUT_OF_MEMORY, BROKEN = 3, 4, 5  # exit codes of a child, beside 0
_KEPT = ("LANG", "LC_ALL", "PATH", "TZ", "TMPDIR")  # of the environment: a child has no keys
_SIGXCPU = 24
_STDOUT = 1


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one piece of work may take."""

    # A hundred thousand rows take one minute or two of a processor; a child yields to all calls.
    secs: float = 600.0  # on the clock of the wall
    cpu_secs: int = 300
    memory_bytes: int = 1024**3  # of address space; 100,000 rows take half of it
    output_bytes: int = 512 * 1024**2  # far more than there is in any file that may be sent


class ChildRefused(ValueError):
    """The function has looked at the file and refuses it: one sentence, for its sender."""


class ChildFailed(Exception):
    """The work came to no end; the message says how, as in "it took longer than 300 s"."""


class Output:
    """The lines that a function has yielded, whole, in a file that has no name. Close it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._file.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        """Each line without its end, once."""
        while line := self._file.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE or not line.endswith(b"\n"):
                raise ChildFailed("its answer is not whole")
            yield line[:-1].decode()


class Apart(Protocol):
    """Runs a function over a file. Raises ChildRefused, ChildFailed."""

    async def __call__(self, function: str, content: bytes, asked: Mapping[str, Any]) -> Output: ...


async def in_this_process(function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
    """`Apart` for a process that carries no calls, such as a command: in a thread, unbounded."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    try:
        await asyncio.to_thread(_run, function, content, asked, file)
    except BaseException:
        file.close()
        raise
    return Output(file)


class Children:
    """`Apart` for a process that carries calls: each piece of work in a child, one at a time."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._turn = asyncio.Lock()
        self._asked = 0  # pieces of work that are under way, or wait for their turn

    async def __call__(self, function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
        if self._asked == MOST_ASKED:  # each waits with its file
            raise ChildRefused(f"{MOST_ASKED} files are being read already; try again in a minute.")
        self._asked += 1
        try:
            return await self._work(function, content, asked)
        finally:
            self._asked -= 1

    async def _work(self, function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
        errand = {"function": function, "asked": dict(asked), **vars(self._bounds)}
        file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
        try:
            with tempfile.TemporaryFile() as given:
                async with self._turn:
                    await asyncio.to_thread(_write, given, json.dumps(errand), content)
                    code = await self._run_child(given, file)
            if code == 0:
                return Output(file)
            said = _first_line(file)
        except OSError as error:
            file.close()
            raise ChildFailed(f"this machine has no room for it ({error.strerror})") from error
        except BaseException:
            file.close()
            raise
        file.close()
        if code == REFUSED and said:
            raise ChildRefused(said)
        why = self._cause(code)
        logger.warning(
            "A child that ran {} failed ({}): {}", function, code, said or why, event="child_failed"
        )
        raise ChildFailed(why)

    async def _run_child(self, given: IO[bytes], file: IO[bytes]) -> int:
        """Its exit code; one that takes too long is killed, and so is an abandoned one."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot.child"),
            stdin=given,
            stdout=file,
            stderr=asyncio.subprocess.DEVNULL,  # what a library says there may be out of the file
            start_new_session=True,
            env={
                **{name: os.environ[name] for name in _KEPT if name in os.environ},
                "PYTHONPATH": os.pathsep.join(sys.path),  # the same code
                "LOGURU_AUTOINIT": "False",
            },
        )
        try:
            async with asyncio.timeout(self._bounds.secs):
                return await process.wait()
        except TimeoutError:
            raise ChildFailed(f"it took longer than {self._bounds.secs:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _cause(self, code: int) -> str:
        """In words, by how a child ended."""
        megabytes = self._bounds.memory_bytes >> 20
        if code == -_SIGXCPU:
            return f"it took longer than {self._bounds.cpu_secs} s of a processor"
        if code == OUT_OF_MEMORY or code < 0:  # a library that gets no memory aborts
            return f"it took more than {megabytes} MB of memory, or broke what reads it"
        return "it broke what reads it"


def _write(given: IO[bytes], errand: str, content: bytes) -> None:
    """What a child is given: a line of JSON, and the file."""
    given.write(errand.encode() + b"\n")
    given.write(content)
    given.seek(0)


def _first_line(file: IO[bytes]) -> str:
    file.seek(0)
    return file.readline(10_000).decode(errors="replace").strip()


def _run(function: str, content: bytes, asked: Mapping[str, Any], file: IO[bytes]) -> None:
    """Writes the lines that the function yields."""
    module, _, name = function.partition(":")
    work: Callable[..., Iterator[str]] = getattr(import_module(module), name)
    for line in work(content, **asked):
        file.write(line.encode() + b"\n")
    file.flush()


def _bound(memory_bytes: int, cpu_secs: int, output_bytes: int) -> None:
    """From here on this process gets no more than that, and lets all other processes go first."""
    os.nice(10)
    for what, most, spare in (
        (resource.RLIMIT_CORE, 0, 0),  # it would hold what people wrote
        (resource.RLIMIT_CPU, cpu_secs, 5),  # at the hard limit it could not say why it ended
        (resource.RLIMIT_FSIZE, output_bytes, 0),
        (resource.RLIMIT_AS, memory_bytes, 0),
    ):
        with suppress(ValueError, OSError):  # macOS bounds no address space
            resource.setrlimit(what, (most, most + spare))


def main() -> None:
    """The child's side: from stdin to stdout, both files."""
    given = sys.stdin.buffer
    errand = json.loads(given.readline())
    _bound(errand["memory_bytes"], errand["cpu_secs"], errand["output_bytes"])
    said = ""
    try:
        _run(errand["function"], given.read(), errand["asked"], sys.stdout.buffer)
        code = 0
    except ChildRefused as fault:
        code, said = REFUSED, " ".join(str(fault).split())
    except MemoryError:
        code = OUT_OF_MEMORY
    except Exception as error:  # its words may be out of the file: the log gets its kind alone
        code, said = BROKEN, type(error).__name__
    if code:  # whatever was written until then goes
        os.ftruncate(_STDOUT, 0)
        os.lseek(_STDOUT, 0, os.SEEK_SET)
        os.write(_STDOUT, said.encode() + b"\n")
    os._exit(code)  # what is still in a buffer stays there


if __name__ == "__main__":
    from bot import child  # so that its errors are those that functions raise

    child.main()
