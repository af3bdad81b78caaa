"""Operations of an OpenAPI document as tools: each a request to the service it describes."""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson

from bot.bounded_body import BadBody, BoundedBody
from bot.egress import Egress, TargetRefused, guarded_client
from bot.outside.cutting import cut
from bot.outside.document import DocumentError, read_document
from bot.outside.doubt import Doubt
from bot.outside.operation import Operation
from tools import NotFound, Refused, ToolAnswer, ToolCall, Unavailable
from tools.described import DescribedTool
from tools.tool import Tool

REQUEST_SECS = 10.0  # longer than a tool's deadline, so that a slow write comes to its end
MOST_BYTES = 512 * 1024  # of an answer; what is told of it is less
MOST_TOOLS = 40  # of one document; more confuse a model, and fill its instructions
LONGEST_REASON = 500
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_REFUSING = frozenset((400, 409, 410, 412, 422))
# Where services say in words why not, the first that is there: RFC 9457 (detail, title) and custom.
_REASONS = ("reason", "detail", "message", "error_description", "error", "title")


class OpenApiTools:
    """The tools of one document. `fault` texts name the document and the operation."""

    def __init__(
        self,
        path: Path,
        *,
        only: Collection[str],
        address: str,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        repeatable: bool,
        egress: Egress,
    ) -> None:
        self._path = path
        self._headers = dict(headers)
        self._query = dict(query)
        self._repeatable = repeatable
        self._client = guarded_client(egress, timeout_secs=REQUEST_SECS)
        self.faults: list[str] = []
        self.troubles: list[str] = []
        self.tools: tuple[Tool, ...] = ()
        try:
            document = read_document(path)
        except DocumentError as error:
            self.faults.append(f"{path}: {error}")
            return
        wanted = list(only or (*document.operations, *document.faults))
        known = ", ".join(sorted((*document.operations, *document.faults)))
        for name in wanted:
            if name in document.faults:
                self._fault(name, document.faults[name])
            elif name not in document.operations:
                self.faults.append(f"{path}: there is no operation {name}; there are: {known}")
        chosen = [document.operations[name] for name in wanted if name in document.operations]
        if len(chosen) > MOST_TOOLS:
            self.faults.append(
                f"{path}: it has {len(chosen)} operations, and a model gets {MOST_TOOLS} at most: "
                "choose some with `only`"
            )
            return
        self.tools = tuple(
            tool
            for operation in chosen
            if (
                tool := self._tool(
                    operation, address or operation.server or document.server, egress
                )
            )
        )

    async def open(self) -> None:
        """There is nothing to connect to before a call."""

    async def aclose(self) -> None:
        await self._client.aclose()

    def _fault(self, operation: str, why: str) -> None:
        self.faults.append(f"{self._path}: operation {operation}: {why}")

    def _tool(self, operation: Operation, base: str, egress: Egress) -> Tool | None:
        if not base:
            self._fault(operation.name, "the document names no server: give its `address`")
            return None
        if fault := egress.fault(base):
            self._fault(operation.name, f"its server {fault} (PRIVATE_TARGETS may allow it)")
            return None
        asked = _Asked(
            operation=operation,
            base=base.rstrip("/"),
            client=self._client,
            headers=self._headers,
            query=self._query,
            doubt=Doubt(repeatable=operation.repeatable or self._repeatable),
        )
        try:
            return DescribedTool(
                name=operation.name,
                description=operation.description,
                parameters=operation.schema,
                writes=not operation.reads,
                act=asked,
            )
        except ValueError as error:
            self._fault(operation.name, str(error))
            return None


class _Asked:
    """One operation, asked on behalf of a call."""

    def __init__(
        self,
        *,
        operation: Operation,
        base: str,
        client: httpx.AsyncClient,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        doubt: Doubt,
    ) -> None:
        self._operation = operation
        self._base = base
        self._client = client
        self._headers = headers
        self._query = query
        self._doubt = doubt

    async def __call__(self, call: ToolCall, arguments: Mapping[str, Any]) -> ToolAnswer:
        try:
            wanted = self._operation.request(arguments)
        except ValueError as error:
            return ToolAnswer.failure("bad_arguments", str(error))
        key = {} if self._operation.reads else {"Idempotency-Key": call.idempotency_key}
        request = self._client.build_request(
            self._operation.method,
            self._base + wanted.path,
            params=[*wanted.query, *self._query.items()],
            json=wanted.body,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **wanted.headers,
                **key,
                **self._headers,
            },
        )
        if self._operation.reads:
            return await self._answered(request)
        with self._doubt.about(call.idempotency_key):
            return await self._answered(request)

    async def _answered(self, request: httpx.Request) -> ToolAnswer:
        name = self._operation.name
        try:
            async with asyncio.timeout(REQUEST_SECS):
                status, body = await self._exchange(request)
        except TargetRefused as error:
            raise Unavailable(f"{name}: {error}", maybe_done=False) from None
        except (httpx.HTTPError, TimeoutError, BadBody) as error:
            maybe_done = not isinstance(error, _NEVER_SENT)
            detail = f"{name} failed: {type(error).__name__}"
            raise Unavailable(detail, maybe_done=maybe_done) from None
        return _verdict(name, status, body)

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = BoundedBody(response.headers.get("Content-Encoding", ""), MOST_BYTES)
            async for chunk in response.aiter_raw():
                body.add(chunk)
            return response.status_code, body.content
        finally:
            await response.aclose()


def _verdict(name: str, status: int, body: bytes) -> ToolAnswer:
    """What an answer means. Raises NotFound, Refused or Unavailable."""
    try:
        content: Any = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        content = body.decode("utf-8", "replace")
    if status in (404, 410):
        raise NotFound(f"{name} was answered {status}")
    if status in _REFUSING:
        raise Refused(_reason(content))
    if not httpx.codes.is_success(status):
        hint = " (the key in `headers`?)" if status in (401, 403) else ""
        raise Unavailable(f"{name} was answered {status}{hint}", maybe_done=status >= 500)
    return ToolAnswer(output=cut(content) if content not in ({}, "", None) else {"done": True})


def _reason(content: Any) -> str:
    """Why not, in the service's own words."""
    if isinstance(content, dict):
        for key in _REASONS:
            told = content.get(key)
            if isinstance(told, dict):
                told = told.get("message")
            if isinstance(told, str) and told.strip():
                return " ".join(told.split())[:LONGEST_REASON]
    return "The service gave no reason."
