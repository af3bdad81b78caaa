"""A plugin of pytest: collects the tests once, then runs some of them on changed code, as often as
it is asked to.

Each run is a child forked after the collection, so none pays for imports and none leaves anything
to the next. Functions get their changed code before the first test; the files stay as they are.
Loaded into a tree that may be older than this file, so it imports nothing of the project. Who asks
is at the other end of a connection, whose file descriptor is in MUTATION_CONNECTION (warm_tree.py).
"""

import builtins
import gc
import os
import resource
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from types import CodeType, FunctionType
from typing import Any

import pytest

_asking = Connection(int(os.environ["MUTATION_CONNECTION"]))
_failed: list[str] = []  # by the test that runs: last lines of what it said
_marks: set[int] = set()  # that it came by
_functions: dict[tuple[str, str, int], list[FunctionType]] = {}  # by file, name and line
vars(builtins)["__mark__"] = _marks.add  # marked code calls it


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    gc.unfreeze()  # what is frozen is not found
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            code = each.__code__
            place = code.co_filename, code.co_qualname, code.co_firstlineno
            _functions.setdefault(place, []).append(each)
    gc.freeze()  # no child copies what it only looks at
    _asking.send([item.nodeid for item in session.items])
    while (asked := _asking.recv()) is not None:
        for said in _in_child(session, asked):
            _asking.send(said)
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.append(str(report.longrepr)[-300:])


def _in_child(session: pytest.Session, asked: dict[str, Any]) -> Iterator[Any]:
    """What each test came to, then how the run ended: "", or why it was cut short."""
    here, there = Pipe(duplex=False)
    if (child := os.fork()) == 0:
        os.setsid()
        cpu_secs = asked["cpu_secs"]
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_secs, cpu_secs + 10))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        try:
            _run(session, asked, there)
        except BaseException as error:
            there.send(repr(error))
        finally:
            os._exit(0)
    there.close()
    until = time.monotonic() + asked["most_secs"]
    try:
        while here.poll(max(0.0, until - time.monotonic())):
            yield (said := here.recv())
            if isinstance(said, str):
                break
        else:
            yield "too long"
    except EOFError:
        _pid, status = os.waitpid(child, 0)
        child = 0
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        yield "too much CPU" if ended_by == signal.SIGXCPU else f"died, status {status}"
    finally:
        here.close()
        if child:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _run(session: pytest.Session, asked: dict[str, Any], there: Connection) -> None:
    for file, tree in asked["changed"].items():
        _put_in(compile(tree, file, "exec", dont_inherit=True), file)
    by_name = {item.nodeid: item for item in session.items}
    items = [by_name[name] for name in asked["tests"]]
    for item, after in zip(items, [*items[1:], None], strict=True):
        began, used = time.monotonic(), time.process_time()
        _marks.clear()
        _failed.clear()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        secs = (time.process_time() - used, time.monotonic() - began)
        there.send((item.nodeid, list(_failed), secs, sorted(_marks)))
        if _failed and asked["first"]:
            break
    there.send("")


def _put_in(code: CodeType, file: str) -> None:
    """Gives the functions of a file the code that is in this of the whole file."""
    for new in _codes(code):
        for function in _functions.get((file, new.co_qualname, new.co_firstlineno), ()):
            function.__code__ = new


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)
