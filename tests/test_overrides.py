"""What we override of other packages, below what they promise: all of it, by name.

Those packages are pinned to the minor version that this was written for (pyproject.toml). Before a
pin is raised, this says what to look at: a name that is gone, or takes something else, fails here
and not in a call.
"""

import ast
import inspect
import re
import textwrap
import tomllib
from pathlib import Path

import aiosqlite
import pytest
import pytest_asyncio.plugin
import uvicorn
from anyio._backends._asyncio import AsyncIOBackend
from packaging.requirements import Requirement
from pipecat.pipeline.worker_observer import WorkerObserver
from pipecat.processors.frame_processor import FrameProcessor
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection, AsyncAdapt_dbapi_cursor
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol

from bot.carriers.twilio.socket import ShortWayProtocol
from bot.lifecycle import DrainingServer
from bot.media import BotAudio, CallerAudio
from bot.media.websocket import apply_mask
from bot.server.connections import BoundedHttp
from bot.testing.virtual_loop import VirtualLoop
from processors.base import CallProcessor

PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))

# Class of theirs -> class of ours, and the methods that it overrides, with what they take.
OVERRIDDEN: list[tuple[type, type, dict[str, list[str]]]] = [
    (
        HttpToolsProtocol,
        BoundedHttp,
        {
            "connection_made": ["transport"],
            "connection_lost": ["exc"],
            "data_received": ["data"],
            "handle_websocket_upgrade": [],
            "on_message_begin": [],
            "on_headers_complete": [],
            "on_message_complete": [],
            "on_response_complete": [],
        },
    ),
    (
        WebSocketsSansIOProtocol,
        ShortWayProtocol,
        {"handle_connect": ["event"], "data_received": ["data"]},
    ),
    (
        uvicorn.Server,
        DrainingServer,
        {
            "capture_signals": [],
            "handle_exit": ["sig", "frame"],
            "startup": ["sockets"],
            "shutdown": ["sockets"],
        },
    ),
    (
        FrameProcessor,
        CallProcessor,
        {
            "setup": ["setup"],
            "queue_frame": ["frame", "direction", "callback"],
            "process_frame": ["frame", "direction"],
            "push_frame": ["frame", "direction"],
            "cleanup": [],
        },
    ),
    *(
        (FrameProcessor, ours, {"process_frame": ["frame", "direction"], "cleanup": []})
        for ours in (CallerAudio, BotAudio)
    ),
]

# Class of theirs -> the fields that we read or set.
USED = {
    HttpToolsProtocol: ("transport", "flow", "cycle", "pipeline", "headers", "scope", "loop"),
    WebSocketsSansIOProtocol: (
        *("transport", "writable", "frames", "close_sent", "disconnected"),
        "handshake_initiated",
    ),
    uvicorn.Server: ("started", "should_exit"),
    FrameProcessor: ("_cancelling", "_event_handlers"),
    WorkerObserver: ("_observers",),
    aiosqlite.Connection: ("_tx", "_thread", "_connection"),
    ClientConnection: ("protocol", "transport"),
}


def _parameters(owner: type, method: str) -> list[str]:
    """As its source has them: `sse_starlette` puts a function of its own into uvicorn's class."""
    for each in owner.__mro__[:-1]:
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        for node in ast.walk(body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == method:
                return [each.arg for each in (*node.args.args[1:], *node.args.kwonlyargs)]
    raise AssertionError(f"{owner.__name__} has no {method}")


@pytest.mark.parametrize(("theirs", "ours", "methods"), OVERRIDDEN, ids=lambda each: str(each)[:40])
def test_what_is_overridden_takes_what_it_took(
    theirs: type, ours: type, methods: dict[str, list[str]]
) -> None:
    """Every method that ours has in common with theirs is named here."""
    for name, takes in methods.items():
        assert _parameters(theirs, name) == takes, name
    inherited = {name for name in vars(ours) if hasattr(theirs, name) and not name.startswith("_")}
    assert inherited == methods.keys()


@pytest.mark.parametrize("theirs", USED, ids=lambda theirs: theirs.__name__)
def test_what_is_used_is_there(theirs: type) -> None:
    """As a field of every instance."""
    source = "".join(inspect.getsource(each) for each in theirs.__mro__ if each is not object)
    for name in USED[theirs]:
        assert f"self.{name}" in source, name


def test_a_cycle_of_uvicorn_closes_through_its_transport() -> None:
    """`BoundedHttp` gives it one of its own, so that closing is parting."""
    assert {"transport", "flow"} <= set(inspect.signature(RequestResponseCycle).parameters)
    cycle = inspect.getsource(RequestResponseCycle)
    assert {"self.more_body", "self.response_complete"} <= set(cycle.split())
    used = {word.split("(")[0] for word in cycle.split() if word.startswith("self.transport.")}
    assert used == {"self.transport.write", "self.transport.close", "self.transport.is_closing"}


def test_what_the_short_way_to_the_model_uses() -> None:
    """Frames of ours are written beside the connection of `websockets`, masked by its own code."""
    assert apply_mask(b"abcd", b"\0\0\0\1") == b"abce"
    assert "state" in dir(ClientProtocol)


def test_what_a_statement_on_sqlite_uses() -> None:
    """The adapter asks its connection for a cursor, and that for what a statement came to."""
    adapter = inspect.getsource(AsyncAdapt_dbapi_cursor)
    assert "cursor = self._make_new_cursor(self._connection)" in adapter
    asked = {"__aenter__", "description", "rowcount", "arraysize", "lastrowid", "close"}
    asked |= {"execute", "executemany", "fetchall"}
    assert (
        set(re.findall(r"(?:self\._|\b)cursor\.(\w+)", adapter)) - {"nextset", "setinputsizes"}
        == asked
    )
    assert "_cursor_cls" in vars(AsyncAdapt_dbapi_connection)
    assert inspect.iscoroutinefunction(aiosqlite.Connection._execute)


def test_what_virtual_time_is_made_of() -> None:
    """Of pytest-asyncio, aiosqlite and anyio; the rest is asyncio's own."""
    assert hasattr(pytest_asyncio.plugin, "_asyncio_loop_factory")
    assert "args=(self._tx,)" in inspect.getsource(aiosqlite.Connection)
    assert inspect.iscoroutinefunction(AsyncIOBackend.run_sync_in_worker_thread)
    assert hasattr(VirtualLoop, "_make_socket_transport")


@pytest.mark.parametrize(
    "name", ["uvicorn", "pipecat-ai", "dbos", "aiosqlite", "sqlalchemy", "pytest-asyncio"]
)
def test_what_is_overridden_is_pinned(name: str) -> None:
    """To the minor version, or to one version alone."""
    extras = PROJECT["project"]["optional-dependencies"]
    needed = [*PROJECT["project"]["dependencies"], *extras["testing"]]
    [pin] = [each for each in map(Requirement, needed) if each.name == name]
    bounds = {each.operator: each.version for each in pin.specifier}
    if "==" not in bounds:
        major, minor = bounds[">="].split(".")[:2]
        assert bounds["<"] == f"{major}.{int(minor) + 1}"
