"""Tools of an MCP server, over streamable HTTP or as a child process.

Source: Model Context Protocol 2025-11-25 and 2026-07-28, `tools/list`, `tools/call`, as the package
`mcp` speaks them. A server that dies is reached again by itself; until then its tools answer that
they cannot be reached.
"""

import asyncio
import contextlib
import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any, cast

import httpx2
import orjson
from loguru import logger
from mcp import MCPError
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REQUEST_TIMEOUT,
    CallToolResult,
    RequestParamsMeta,
    TextContent,
)
from mcp_types import Tool as Listed

from bot.egress import Egress
from bot.outside.cutting import cut
from bot.outside.doubt import Doubt
from bot.outside.mcp_http import MOST_BYTES, mcp_client
from tools import Refused, ToolAnswer, ToolCall, Unavailable
from tools.described import DescribedTool
from tools.tool import Tool

OPEN_SECS = 10.0  # to connect and list
START_SECS = 4.0  # so long the service waits for it; what takes longer goes on beside the calls
CLOSE_SECS = 3.0  # before it is told once more to close
CALL_SECS = 10.0  # longer than a tool's deadline, so that a slow write comes to its end
LOOK_SECS = 30.0  # how often a quiet server is asked whether it is still there
PAUSES_SECS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before it is tried again
MOST_TOOLS = 40
MOST_PAGES = 20
LONGEST_REASON = 500
_REFUSALS = (INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND)  # nothing was done
_GONE = (CONNECTION_CLOSED, REQUEST_TIMEOUT)
_KEY = "trunkline/idempotency-key"  # in `_meta`, for a server that looks at it
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class McpTools:
    """The tools of one server; `where` is an https address, or stdio: and a command."""

    def __init__(
        self,
        where: str,
        *,
        only: Collection[str],
        headers: Mapping[str, str],
        environment: Mapping[str, str],
        repeatable: bool,
        egress: Egress,
    ) -> None:
        self._where = where
        self._only = tuple(only)
        self._headers = headers
        self._environment = environment
        self._repeatable = repeatable
        self._egress = egress
        self._client: Client | None = None
        self._lost = asyncio.Event()  # somebody could not reach it
        self._looked = asyncio.Event()  # the first try is over
        self._keeper: asyncio.Task[None] | None = None
        self._closing = False
        self._made: dict[str, DescribedTool] = {}  # by what the server says of each
        self._doubts: dict[str, Doubt] = {}
        self.tools: tuple[Tool, ...] = ()
        self.faults: list[str] = []
        self.troubles = ["it has not been reached yet"]
        if not where.startswith("stdio:") and (fault := egress.fault(where)):
            self.faults.append(f"its address {fault} (PRIVATE_TARGETS may allow it)")

    async def open(self) -> None:
        """Connects and lists the tools; what takes longer goes on beside the calls."""
        if self.faults:
            return
        self._keeper = asyncio.create_task(self._keep(), name="mcp")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), START_SECS)

    async def aclose(self) -> None:
        self._closing = True
        while self._keeper is not None and not self._keeper.done():
            self._keeper.cancel()  # more than once: the package turns a cancellation into errors
            await asyncio.wait({self._keeper}, timeout=CLOSE_SECS)

    async def call(self, name: str, arguments: Mapping[str, Any], key: str) -> ToolAnswer:
        """Raises Refused or Unavailable."""
        client = self._client
        if client is None:
            raise Unavailable(f"the server of {name} cannot be reached", maybe_done=False)
        try:
            async with asyncio.timeout(CALL_SECS):
                result = await client.call_tool(name, dict(arguments), meta=_meta(key))
        except TimeoutError:
            raise Unavailable(f"{name} took longer than {CALL_SECS:g} s", maybe_done=True) from None
        except MCPError as error:
            if error.code in _REFUSALS:
                raise Refused(" ".join(error.message.split())[:LONGEST_REASON]) from None
            if error.code in _GONE:
                self._lost.set()
            raise Unavailable(f"{name} failed: {error.code}", maybe_done=True) from None
        except Exception as error:  # of the package, or of what it stands on
            self._lost.set()
            detail = f"{name} failed: {type(error).__name__}"
            raise Unavailable(detail, maybe_done=True) from None
        return _verdict(result)

    # -- the connection -----------------------------------------------------------------------

    async def _keep(self) -> None:
        """Holds the connection, in one task all its life; makes a new one when it is lost."""
        failures = 0
        while not self._closing:
            self._lost.clear()
            try:
                await self._connected()
                failures = 0  # it was there, and is lost
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # groups of the package's tasks among them
                if self._closing:
                    return
                self.troubles = [_words(error)]
                failures += 1
            self._client = None
            if failures:
                logger.warning(
                    "the MCP server {} is not reached: {}",
                    _shown(self._where),
                    self.troubles[0],
                    event="mcp_server_unreachable",
                )
            self._looked.set()
            await asyncio.sleep(PAUSES_SECS[min(failures, len(PAUSES_SECS) - 1)])

    async def _connected(self) -> None:
        """Connects, and stays so until the connection is lost. Raises what went wrong."""
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(OPEN_SECS):
                client = await self._enter(stack)
                await self._list(client)
            self._client = client
            self._looked.set()
            try:
                while not self._lost.is_set():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._lost.wait(), LOOK_SECS)
                    async with asyncio.timeout(CALL_SECS):  # also where one call could not reach it
                        await self._list(client)
                        self._lost.clear()
            finally:
                self._client = None

    async def _enter(self, stack: contextlib.AsyncExitStack) -> Client:
        """The connected client. Its package wants entering and leaving in the same task."""
        if self._where.startswith("stdio:"):
            command, *arguments = shlex.split(self._where.removeprefix("stdio:"))
            program = StdioServerParameters(
                command=command, args=arguments, env=dict(self._environment)
            )
            return await stack.enter_async_context(Client(program, cache=None))
        http = await stack.enter_async_context(mcp_client(self._egress, self._headers))
        transport = streamable_http_client(
            self._where, http_client=http, max_sse_event_size=MOST_BYTES
        )
        return await stack.enter_async_context(Client(transport, cache=None))

    async def _list(self, client: Client) -> None:
        listed: list[Listed] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            listed += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        self._take(listed)

    def _take(self, listed: list[Listed]) -> None:
        """The tools that are wanted of those it lists; what cannot be used is said once."""
        chosen = [each for each in listed if not self._only or each.name in self._only]
        there = {each.name for each in listed}
        troubles = [f"it has no tool {name}" for name in self._only if name not in there]
        if len(chosen) > MOST_TOOLS:
            troubles.append(
                f"it has {len(chosen)} tools, and a model gets {MOST_TOOLS} at most: choose some "
                "with `only`"
            )
        tools: list[Tool] = []
        for each in chosen[:MOST_TOOLS]:
            try:
                tools.append(self._tool(each))
            except ValueError as error:
                troubles.append(f"tool {each.name}: {error}")
        if troubles != self.troubles:
            for trouble in troubles:
                logger.warning(
                    "the MCP server {}: {}", _shown(self._where), trouble, event="mcp_tool_unusable"
                )
        self.troubles, self.tools = troubles, tuple(tools)

    def _tool(self, listed: Listed) -> DescribedTool:
        """The same object as long as the server says the same of it."""
        told = listed.model_dump_json()
        if told not in self._made:
            self._made[told] = self._make(listed)
        return self._made[told]

    def _make(self, listed: Listed) -> DescribedTool:
        if not _NAME.fullmatch(listed.name):
            raise ValueError("its name is none that a model can call")
        hints = listed.annotations
        reads = bool(hints and hints.read_only_hint)
        repeatable = self._repeatable or bool(hints and hints.idempotent_hint)
        doubt = self._doubts.setdefault(listed.name, Doubt(repeatable=repeatable))

        async def act(call: ToolCall, arguments: Mapping[str, Any]) -> ToolAnswer:
            if reads:
                return await self.call(listed.name, arguments, "")
            with doubt.about(call.idempotency_key):
                return await self.call(listed.name, arguments, call.idempotency_key)

        return DescribedTool(
            name=listed.name,
            description=listed.description or listed.title or listed.name,
            parameters=listed.input_schema,
            writes=not reads,
            act=act,
        )


def _meta(key: str) -> RequestParamsMeta | None:
    return cast(RequestParamsMeta, {_KEY: key}) if key else None


def _verdict(result: CallToolResult) -> ToolAnswer:
    """What a result means. Raises Refused."""
    texts = [part.text for part in result.content if isinstance(part, TextContent)]
    text = "\n".join(texts)
    if result.is_error:
        raise Refused(" ".join(text.split())[:LONGEST_REASON] or "The server gave no reason.")
    content: Any = result.structured_content
    if content is None:
        try:
            content = orjson.loads(text)
        except orjson.JSONDecodeError:
            content = text
    return ToolAnswer(output=cut(content) if content not in ({}, "", None) else {"done": True})


def _words(error: BaseException) -> str:
    """What went wrong, found at the bottom of a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, httpx2.HTTPStatusError):
        return f"it answers {error.response.status_code}"
    if isinstance(error, MCPError | httpx2.HTTPError | OSError):
        return str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _shown(where: str) -> str:
    """For the log: without a query, which may hold a key."""
    return where.partition("?")[0]
