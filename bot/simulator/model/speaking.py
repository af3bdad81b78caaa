"""The model's mouth: which responses there are, what they say, and when they stop."""

import json
from collections.abc import Callable, Iterator, Sequence

from loguru import logger

from bot.simulator.model import usage
from bot.simulator.model.config import check_choices
from bot.simulator.model.conversation import Item
from bot.simulator.model.manner import Moment
from bot.simulator.model.refusal import Event, ModelRefusal
from bot.simulator.model.response import Response, Status
from bot.simulator.model.script import Call, News, ScriptAnswer, line_to_say_exactly
from bot.simulator.model.sound import really_sent
from bot.simulator.model.state import Render, SessionState, new_id

TOKENS_PER_MINUTE = 200_000
REQUESTS_PER_MINUTE = 400
RESERVED_TOKENS = 4096  # held back for the output while a response runs


class Speaker:
    """At most one response writes to the conversation; any number run out of band beside it."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._running: dict[str, Response] = {}
        self._answers: dict[str, ScriptAnswer] = {}  # decided, by response
        self._conversation_id = new_id("conv")
        self._cached = usage.Tokens()
        self._used_tokens = 0
        self._has_answered = False
        self.when_done: Callable[[float], None] = lambda sound_secs: (
            None
        )  # told after each response
        self.has_spoken = False  # assistant audio was sent: the voice is settled
        self._loops = 0  # functions called in a loop
        self._asked = 0  # responses

    @property
    def current(self) -> Response | None:
        """The response that writes to the conversation now."""
        running = self._running.values()
        return next((response for response in running if response.conversation is not None), None)

    def request(self, wishes: Event) -> None:
        """A response is due, with the overrides of `response.create` (may be empty).

        Raises `ModelRefusal` when the conversation has a running one, or a wish cannot be met.
        """
        check_choices(wishes, "response")
        current = None if wishes.get("conversation") == "none" else self.current
        if current is not None:
            raise ModelRefusal(
                message="Conversation already has an active response in progress: "
                f"{current.id}. Wait until it is finished before creating a new one.",
                code="conversation_already_has_active_response",
            )
        response = self._make(wishes)
        faults = self._state.faults
        if faults.never_answers:
            return
        self._state.stirrings += 1
        self._running[response.id] = response
        response.open()
        self._tell_rate_limits(reserved=RESERVED_TOKENS)
        number, self._asked = self._asked, self._asked + 1
        past = faults.fails_after + (
            number + 1 if faults.fails_times is None else faults.fails_times
        )
        if faults.fails_with is not None and faults.fails_after <= number < past:
            said = faults.fails_saying or None
            self._close(response, "failed", code=faults.fails_with, message=said)
        elif faults.empty_after == number:
            self._close(response, "completed")
        else:
            self.think()

    def think(self) -> None:
        """Decides each response that waits for no words to be made out any more."""
        for response in [r for r in self._running.values() if r.id not in self._answers]:
            script = self._state.judgement.script
            exact = line_to_say_exactly(response.wishes.get("instructions"))
            if exact is not None:
                self._decide(response, ScriptAnswer(say=exact))
            elif response.conversation is None or response.modality == "text":
                summary = response.modality == "text"
                self._decide(
                    response, ScriptAnswer(say=script.summary if summary else script.fallback)
                )
            elif self._state.faults.loops and self.has_spoken and self._may_call(response):
                self._loops += 1
                loop = self._state.faults.loops
                self._decide(
                    response, ScriptAnswer(say="", calls=(loop[self._loops % len(loop) - 1],))
                )
            elif not self._state.unheard:
                self._decide(response, self._state.judgement.answer(self._news(response)))

    def rendered(self, response_id: str, ulaw: bytes) -> None:
        """The line of this response has been rendered; it may have been cancelled meanwhile."""
        response = self._running.get(response_id)
        if response is not None:
            self._start(response, ulaw)

    def cancel(self, response_id: str | None) -> None:
        """The client cancels; raises `ModelRefusal` when there is nothing to cancel."""
        response = self._running.get(response_id) if response_id else self.current
        if response is None:
            raise ModelRefusal(
                message="Cancellation failed: no active response found.",
                code="response_cancel_not_active",
            )
        self._close(response, "cancelled", reason="client_cancelled")

    def interrupt(self) -> None:
        """The caller speaks: what the model is saying into the conversation ends here."""
        if self.current is not None:
            self._close(self.current, "cancelled", reason="turn_detected")

    def _make(self, wishes: Event) -> Response:
        config, output = self._state.config, self._state.config.output
        wished_output = (wishes.get("audio") or {}).get("output") or {}
        voice = wished_output.get("voice") or output["voice"]
        conversation = None if wishes.get("conversation") == "none" else self._state.conversation
        told = config.sound_format(wished_output.get("format") or output["format"])
        return Response(
            emit=self._state.emit,
            bill=self._bill,
            conversation=conversation,
            conversation_id=None if conversation is None else self._conversation_id,
            modality=(wishes.get("output_modalities") or config["output_modalities"])[0],
            sound_format=told,
            sent_as=really_sent(told, self._state.faults.sends),
            voice=voice if isinstance(voice, str) else voice["id"],
            max_output_tokens=wishes.get("max_output_tokens") or config["max_output_tokens"],
            metadata=wishes.get("metadata"),
            wishes=wishes,
            created_at_secs=self._state.now_secs,
            context=self._context(wishes),
        )

    def _context(self, wishes: Event) -> list[Item]:
        given = wishes.get("input")
        if given is None:
            return list(self._state.conversation.items)
        find = self._state.conversation.find
        return [
            find(part["id"], verb="retrieve")
            if part["type"] == "item_reference"
            else Item(body={"id": new_id("item"), **part})
            for part in given
        ]

    def _news(self, response: Response) -> News:
        """What the conversation holds that no response has answered; this one will."""
        heard: list[str] = []
        results: list[tuple[str, str]] = []
        response.answers = [item for item in self._state.conversation.items if not item.answered]
        for item in response.answers:
            item.answered = True
            if item.body.get("role") == "user":
                heard.append(self._state.record.heard.get(item.id, item.words))
            elif item.body["type"] == "function_call_output":
                tool = self._state.conversation.call_name(item.body["call_id"])
                results.append((tool or "", item.body["output"]))
        told = [i.words for i in self._state.conversation.items if i.body.get("role") == "system"]
        return News(
            heard=tuple(heard),
            results=tuple(results),
            first=not self._has_answered,
            told=tuple(told),
        )

    def _decide(self, response: Response, answer: ScriptAnswer) -> None:
        self._answers[response.id] = answer
        if answer.say and response.modality == "audio":
            self._state.jobs.append(Render(response.id, answer.say))
        else:
            self._start(response, b"")

    def _start(self, response: Response, ulaw: bytes) -> None:
        faults, manner = self._state.faults, self._state.manner
        latency_secs = faults.first_audio_after_secs
        if latency_secs is None:
            latency_secs = manner.first_audio_after_secs
        first_at_secs = max(self._state.now_secs, response.created_at_secs + latency_secs)
        acts = self._perform(response, self._answers[response.id], ulaw)
        self._state.agenda.add(first_at_secs, lambda: self._continue(response, acts))

    def _perform(self, response: Response, answer: ScriptAnswer, ulaw: bytes) -> Iterator[float]:
        """Everything the response does, with the seconds to wait in between."""
        self._has_answered = self._has_answered or response.conversation is not None
        manner, faults = self._state.manner, self._state.faults
        if answer.say and response.modality == "text":
            response.write(answer.say)
        elif answer.say:
            speed = faults.speed or manner.speed
            speech = response.speak(answer.say, ulaw, delta_ms=manner.delta_ms, speed=speed)
            for index, wait_secs in enumerate(speech):
                if index == 0:
                    self._note_first_sound()
                yield wait_secs
        if response.status is None:
            for call in self._callable(response, answer.calls):
                response.call(call, json.dumps(dict(call.arguments)))
                self._state.reached(Moment.TOOL_CALL)

    def _note_first_sound(self) -> None:
        if not self.has_spoken:
            self.has_spoken = True
            self._state.reached(Moment.GREETING)
        self._state.reached(Moment.SPEAKING)

    def _continue(self, response: Response, acts: Iterator[float]) -> None:
        if response.status is not None:
            return  # cancelled since
        wait_secs = next(acts, None)
        if wait_secs is not None:
            self._state.after(wait_secs, lambda: self._continue(response, acts))
        elif response.status is None:
            self._close(response, "completed")
        else:
            self._retire(response)  # it ended itself, cut short by its token limit

    def _callable(self, response: Response, calls: Sequence[Call]) -> list[Call]:
        """The calls that are on offer: a model cannot call what it was not told of."""
        config, wishes = self._state.config, response.wishes
        offered = wishes["tools"] if wishes.get("tools") is not None else config["tools"]
        names = {tool.get("name") for tool in offered or []}
        for call in calls:
            if call.name not in names:
                logger.warning("The script calls {}, which the session does not offer.", call.name)
        return [call for call in calls if call.name in names and self._may_call(response)]

    def _may_call(self, response: Response) -> bool:
        choice = response.wishes.get("tool_choice") or self._state.config["tool_choice"]
        return bool(choice != "none")

    def _close(
        self,
        response: Response,
        status: Status,
        *,
        reason: str | None = None,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        response.close(status, reason=reason, code=code, message=message)
        self._retire(response)

    def _retire(self, response: Response) -> None:
        del self._running[response.id]
        answer = self._answers.pop(response.id, None)
        if answer is not None and not response.output and response.status == "cancelled":
            # The caller went on before a word was said: the next response answers it all.
            self._state.judgement.take_back(answer)
            for item in response.answers:
                item.answered = False
        self._used_tokens += self._bill(response)["total_tokens"]
        if response.conversation is not None:
            self._cached = self._read(response)
            self.when_done(sum(item.audio_ms for item in response.output) / 1000)
        self._tell_rate_limits(reserved=0)

    def _read(self, response: Response) -> usage.Tokens:
        config, wishes = self._state.config, response.wishes
        told = wishes.get("instructions") or config["instructions"] or ""
        tools = wishes["tools"] if wishes.get("tools") is not None else config["tools"]
        text = told + (json.dumps(tools) if tools else "")
        return usage.of_text(text) + usage.of_items(response.context)

    def _bill(self, response: Response) -> Event:
        read, written = self._read(response), usage.of_items(response.output)
        cached = self._cached if response.conversation is not None else usage.Tokens()
        return usage.bill(read=read, cached=cached, written=written)

    def _tell_rate_limits(self, *, reserved: int) -> None:
        remaining = {
            "requests": (REQUESTS_PER_MINUTE, REQUESTS_PER_MINUTE - 1),
            "tokens": (TOKENS_PER_MINUTE, TOKENS_PER_MINUTE - self._used_tokens - reserved),
        }
        self._state.emit(
            {
                "type": "rate_limits.updated",
                "rate_limits": [
                    {
                        "name": name,
                        "limit": limit,
                        "remaining": max(0, left),
                        "reset_seconds": round(60 * (limit - max(0, left)) / limit, 3),
                    }
                    for name, (limit, left) in remaining.items()
                ],
            }
        )
