"""The toolbox of one call: runs what the model asks for, and always has an answer for it."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from loguru import logger

from tools.ports import (
    Business,
    BusinessError,
    CallControl,
    Contacts,
    HoursOf,
    Knowledge,
    Messages,
    Numbers,
    Texts,
)
from tools.reading_back import ReadBack
from tools.signature import BadArguments, Signature, signature_of
from tools.tool import Theirs, Tool, ToolAnswer, ToolCall

TOO_SLOW = ToolAnswer.failure(
    "too_slow",
    "The answer is taking too long. Say so in one short sentence, make no guess at it, "
    "and offer to try once more.",
)
LONGEST_ANSWER = 32 * 1024  # characters of JSON; twice what a business may answer
FAILED = ToolAnswer.failure(
    "failed",
    "Something went wrong on our side. Say so in one short sentence, make no guess at the "
    "answer, and offer to help in another way.",
)


@dataclass(kw_only=True)
class _Write:
    """One thing to be written, over all the attempts at it."""

    idempotency_key: str
    arguments: dict[str, Any]  # of the first attempt: one key never stands for two requests
    about: str  # see `tools.tool.records`, as the next
    undoes: tuple[str, ...]
    in_doubt: bool = False  # an attempt may have written, and none since has told
    attempt: "asyncio.Task[ToolAnswer]" = field(init=False)

    def settled(self) -> bool:
        """The attempt is under way or has succeeded: there is nothing to repeat."""
        done = self.attempt.done()
        return not done or (not self.attempt.cancelled() and self.attempt.result().ok)


class Toolbox:
    """The tools of one call.

    Tools that only look something up are cancelled at the deadline. A tool that records
    (`tools.tool.records`) runs on in a task of its own, whether the deadline passes or `run` is
    cancelled: it is bounded by the business client's own time limit, and `finish` waits for it.
    Asked again for the same write, the toolbox joins the attempt under way, gives the answer
    of one that succeeded, and repeats one that ended in doubt under the same idempotency key.

    `on_late(model_call_id, name, answer)` is told how a write ended after `run` had to answer
    without, or was cancelled. `succeeded` names the tools that did so before in this call,
    elsewhere, and `theirs` is what was shown there to be the other party's.
    """

    def __init__(
        self,
        tools: Iterable[Tool],
        *,
        business: Business,
        control: CallControl,
        contacts: Contacts,
        call_id: str,
        messages: Messages | None = None,
        texts: Texts | None = None,
        numbers: Numbers | None = None,
        knowledge: Knowledge | None = None,
        variables: Mapping[str, str] = MappingProxyType({}),
        language: str = "en",
        hours: HoursOf | None = None,
        caller: str = "",
        deadline_secs: float = 2.5,
        on_late: Callable[[str, str, ToolAnswer], None] | None = None,
        succeeded: Iterable[str] = (),
        theirs: Theirs | None = None,
    ) -> None:
        self._tools = {signature_of(tool).name: tool for tool in tools}
        self._business = business
        self._control = control
        self._contacts = contacts
        self._messages = messages
        self._texts = texts
        self._numbers = numbers
        self._knowledge = knowledge
        self._typed: dict[str, str] = {}
        self._read_back = ReadBack()
        self._variables = variables
        self._call_id = call_id
        self._language = language
        self._hours = hours
        self._caller = caller
        self._theirs = theirs or Theirs()
        self._deadline_secs = deadline_secs  # a caller takes longer silence for a lost line
        self._on_late = on_late
        self._succeeded = set(succeeded)
        self._writes: dict[tuple[str, ...], _Write] = {}
        self._attempts: set[asyncio.Task[ToolAnswer]] = set()
        self._log = logger.bind(call_id=call_id)

    async def run(self, name: str, arguments_json: str, model_call_id: str) -> ToolAnswer:
        """Answers one function call of the model within the deadline. Only cancellation raises.

        An answer longer than `LONGEST_ANSWER` is not told; whether the tool did what it was asked
        is. Barge-in must not reach this method: whoever calls it shields it, so that the caller's
        "mhm" does not take back a question already asked. A booking survives it anyhow.
        """
        tool = self._tools.get(name)
        if tool is None:
            names = ", ".join(self._tools) or "none"
            return ToolAnswer.failure("unknown_tool", f"There is no such tool. There are: {names}.")
        answer = await self._run(tool, arguments_json, model_call_id)
        length = len(json.dumps(answer.output))
        return answer if length <= LONGEST_ANSWER else self._too_long(name, answer, length)

    def _too_long(self, name: str, answer: ToolAnswer, length: int) -> ToolAnswer:
        log = self._log.bind(tool=name)
        log.error(
            "The answer of {} has {} characters of JSON: not told",
            name,
            length,
            event="tool_answer_too_long",
        )
        done = "It was done" if answer.ok else "It was not done"
        output = {"note": f"{done}; what was found is too long to be read here. Make no guess."}
        return ToolAnswer(output=output, ok=answer.ok, speak=answer.speak)

    async def _run(self, tool: Tool, arguments_json: str, model_call_id: str) -> ToolAnswer:
        signature = signature_of(tool)
        name = signature.name
        try:
            arguments = signature.read(arguments_json)
        except BadArguments as error:
            return ToolAnswer.failure("bad_arguments", str(error))
        if signature.needs and not self._succeeded & set(signature.needs):
            first = " or ".join(each for each in signature.needs if each in self._tools)
            return ToolAnswer.failure(
                "too_early",
                f"Not done: {name} is refused until {first} has succeeded. Call "
                f"{first} first, if what it stands for is true.",
            )
        if signature.identity is None:
            return await self._look_up(tool, arguments, model_call_id)
        return await self._record(tool, signature, arguments, model_call_id)

    def covers(self, name: str) -> tuple[str, ...]:
        """What the agent may claim once this tool has succeeded (`tools.claims`)."""
        tool = self._tools.get(name)
        return signature_of(tool).covers if tool is not None else ()

    def number_typed(self, kind: str, number: str) -> None:
        """The caller has typed it in a sensitive passage: from now on tools may take it. What was
        done with an earlier one of this kind is asked for anew.
        """
        self._typed[kind] = number
        for same, write in tuple(self._writes.items()):
            if write.about == "number" and write.settled() and write.attempt.done():
                del self._writes[same]

    async def finish(self, *, within_secs: float = 15.0) -> None:
        """Waits for writes still under way when the call is over; gives up on what is left."""
        if not self._attempts:
            return
        _, left = await asyncio.wait(self._attempts, timeout=within_secs)
        for attempt in left:
            attempt.cancel()
        if left:
            self._log.error(
                "A write was given up: the business did not answer in time", event="write_given_up"
            )
            await asyncio.wait(left)

    async def _look_up(
        self, tool: Tool, arguments: dict[str, Any], model_call_id: str
    ) -> ToolAnswer:
        try:
            async with asyncio.timeout(self._deadline_secs) as deadline:
                answer = await tool(self._call(self._key(model_call_id)), **arguments)
                self._note_success(tool, answer)
                return answer
        except Exception as error:
            if deadline.expired():
                self._log.warning(
                    "A tool passed its deadline", tool=tool.__name__, event="tool_too_slow"
                )
                return TOO_SLOW
            return self._failure(tool.__name__, error)

    async def _record(
        self, tool: Tool, signature: Signature, arguments: dict[str, Any], model_call_id: str
    ) -> ToolAnswer:
        same = signature.same(arguments)
        write = self._writes.get(same)
        repeated = write is not None and write.settled()
        if write is None:
            key = self._key(model_call_id)
            write = _Write(
                idempotency_key=key,
                arguments=arguments,
                about=signature.about,
                undoes=signature.undoes,
            )
            self._writes[same] = write
        if not repeated:
            write.attempt = asyncio.create_task(self._attempt(tool, same, write))
            self._attempts.add(write.attempt)
            write.attempt.add_done_callback(self._attempts.discard)
        attempt = write.attempt
        late = partial(self._late, model_call_id, signature.name)
        try:
            done, _ = await asyncio.wait({attempt}, timeout=self._deadline_secs)
        except asyncio.CancelledError:
            attempt.add_done_callback(late)
            raise
        if not done or attempt.cancelled():
            self._log.warning(
                "A write goes on past its deadline",
                tool=signature.name,
                event="write_past_deadline",
            )
            attempt.add_done_callback(late)
            return _unconfirmed(signature.name)
        answer = attempt.result()
        if repeated and answer.ok:
            note = "This was asked for before in this call and is done once, as stated here."
            return ToolAnswer(output=answer.output | {"note": note}, speak=answer.speak)
        return answer

    async def _attempt(self, tool: Tool, same: tuple[str, ...], write: _Write) -> ToolAnswer:
        try:
            answer = await tool(self._call(write.idempotency_key), **write.arguments)
            write.in_doubt = False
        except BusinessError as error:
            answer = self._failure(tool.__name__, error)
            write.in_doubt = not error.decided and (write.in_doubt or error.maybe_done)
        except Exception as error:
            answer = self._failure(tool.__name__, error)
            write.in_doubt = True
        if write.in_doubt:
            return _unconfirmed(tool.__name__)
        if not answer.ok:
            del self._writes[same]  # nothing was written: asking again is a new question
        else:
            self._note_success(tool, answer)
            self._replace(same, write)
        return answer

    def _note_success(self, tool: Tool, answer: ToolAnswer) -> None:
        if answer.ok:
            self._succeeded.add(tool.__name__)

    def _replace(self, same: tuple[str, ...], write: _Write) -> None:
        """Earlier writes about the same thing no longer stand: asking again is a new question."""
        for other, earlier in tuple(self._writes.items()):
            about_it = write.about and earlier.about == write.about
            replaced = other != same and (about_it or other[0] in write.undoes)
            if replaced and earlier.attempt.done() and not earlier.in_doubt:
                del self._writes[other]

    def _failure(self, name: str, error: Exception) -> ToolAnswer:
        log = self._log.bind(tool=name)
        if not isinstance(error, BusinessError):
            log.opt(exception=error).error("A tool failed", event="tool_failed")
            return FAILED
        if not error.decided:
            log.warning(
                "The business gave no usable answer: {}", error, event="business_answer_unusable"
            )
        return ToolAnswer(output=error.facts(), ok=False)

    def _late(self, model_call_id: str, name: str, ended: "asyncio.Task[ToolAnswer]") -> None:
        if self._on_late is not None and not ended.cancelled():
            self._on_late(model_call_id, name, ended.result())

    def _call(self, idempotency_key: str) -> ToolCall:
        return ToolCall(
            business=self._business,
            control=self._control,
            contacts=self._contacts,
            messages=self._messages,
            texts=self._texts,
            numbers=self._numbers,
            knowledge=self._knowledge,
            typed=self._typed,
            read_back=self._read_back,
            variables=self._variables,
            idempotency_key=idempotency_key,
            language=self._language,
            hours=self._hours,
            caller=self._caller,
            holder=self._key("holder"),
            theirs=self._theirs,
        )

    def _key(self, model_call_id: str) -> str:
        """Hashed, for it travels in an HTTP header and the model side chose half of it."""
        told = f"{self._call_id}\n{model_call_id}".encode("utf-8", "backslashreplace")
        return hashlib.sha256(told).hexdigest()[:32]


def _unconfirmed(name: str) -> ToolAnswer:
    return ToolAnswer.failure(
        "unconfirmed",
        "This is still being worked on and is NOT confirmed. Say that you are finishing it, "
        "promise nothing, and do not say that it failed. To learn how it ended, call "
        f"{name} again with exactly the same arguments; that never does it twice.",
    )
