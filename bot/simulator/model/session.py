"""One session of the simulated model: events in, events out, no I/O.

Whoever runs it passes the time with every call, sends what is in `outbox`, does the `jobs`, and
calls `wake` when `wake_at_secs` has come.
"""

from collections import deque
from collections.abc import Callable

from loguru import logger

from bot.clock import utcnow
from bot.simulator.model.config import SessionConfig
from bot.simulator.model.conversation import Item
from bot.simulator.model.listening import Listener
from bot.simulator.model.manner import Faults, Manner, Mishap, Moment
from bot.simulator.model.record import SessionRecord
from bot.simulator.model.refusal import Event, ModelRefusal
from bot.simulator.model.script import Judgement, ModelScript
from bot.simulator.model.speaking import Speaker
from bot.simulator.model.state import HangUpFault, Hear, PauseFault, Render, SessionState, new_id
from bot.simulator.model.wire import read_client_event

ScriptFor = Callable[[str], ModelScript]
"""The script of a session, by the first instructions it is given."""


class ModelSession:
    """The far side of one connection. Times are seconds of one monotonic clock."""

    def __init__(
        self,
        *,
        model: str,
        script: ModelScript | ScriptFor,
        manner: Manner,
        faults: Faults,
        has_ears: bool,
    ) -> None:
        session_id = new_id("sess")
        self.record = SessionRecord(session_id=session_id, model=model)
        self._state = SessionState(
            record=self.record,
            config=SessionConfig(
                session_id=session_id,
                model=model,
                expires_at=int(utcnow().timestamp() + manner.session_secs),
                accepts_g711=manner.accepts_g711,
            ),
            judgement=Judgement(
                script if isinstance(script, ModelScript) else ModelScript(),
                in_order=not has_ears,
            ),
            manner=manner,
            faults=faults,
            has_ears=has_ears,
        )
        self._script_for = script if not isinstance(script, ModelScript) else None
        self._is_updated = False  # the client has sent its settings
        self._speaker = Speaker(self._state)
        self._listener = Listener(self._state, self._speaker)
        self._handlers: dict[str, Callable[[Event], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": lambda event: self._listener.append(event["audio"]),
            "input_audio_buffer.commit": lambda event: self._listener.commit(),
            "input_audio_buffer.clear": lambda event: self._listener.clear(),
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._create_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": lambda event: self._speaker.request(event.get("response") or {}),
            "response.cancel": lambda event: self._speaker.cancel(event.get("response_id")),
        }

    @property
    def outbox(self) -> deque[str | HangUpFault | PauseFault]:
        """What is to be sent, in order; the shell takes from the left."""
        return self._state.outbox

    @property
    def wake_at_secs(self) -> float | None:
        return self._state.agenda.next_at

    def take_jobs(self) -> list[Hear | Render]:
        jobs, self._state.jobs = self._state.jobs, []
        return jobs

    def open(self, now_secs: float) -> None:
        """The client has connected."""
        state = self._state
        state.now_secs = self.record.opened_at_secs = now_secs
        state.reached(Moment.CONNECTED)
        state.after(state.faults.created_after_secs, lambda: self._tell("session.created"))
        state.after(state.manner.session_secs, lambda: state.suffer(Mishap.EXPIRE))
        self.wake(now_secs)

    def wake(self, now_secs: float) -> None:
        """Does what is due."""
        self._state.now_secs = now_secs
        while (action := self._state.agenda.pop_due(now_secs)) is not None:
            action()

    def receive(self, raw: str | bytes, now_secs: float) -> None:
        """A message of the client. Whatever it is, the session survives it."""
        self._state.now_secs = now_secs
        event: Event = {}
        try:
            known = read_client_event(raw, self._state.manner.dialect)
            if known is None:
                return
            event = known
            self._state.note_client(event)
            self._handlers[event["type"]](event)
        except ModelRefusal as refusal:
            if refusal.event_id is None:
                refusal.event_id = event.get("event_id")
            self._state.emit(refusal.as_event())
        except Exception:
            logger.exception("The simulated model stumbled over a client event.")
            broken = ModelRefusal(message="The server had an error.", code="server_error")
            broken.type, broken.event_id = "server_error", event.get("event_id")
            self._state.emit(broken.as_event())

    def heard(self, item_id: str, words: str, now_secs: float) -> None:
        """The job `Hear` is done."""
        self._state.now_secs = now_secs
        self._listener.heard(item_id, words)

    def rendered(self, response_id: str, ulaw: bytes, now_secs: float) -> None:
        """The job `Render` is done."""
        self._state.now_secs = now_secs
        self._speaker.rendered(response_id, ulaw)

    def suffer(self, mishap: Mishap, now_secs: float) -> None:
        """Something goes wrong now, outside the faults agreed beforehand."""
        self._state.now_secs = now_secs
        self._state.suffer(mishap)

    def _tell(self, kind: str) -> None:
        self.record.session = self._state.config.as_wire()
        self._state.emit({"type": kind, "session": self.record.session})

    def _update(self, event: Event) -> None:
        if self._is_updated and self._state.faults.refuses_updates:
            raise ModelRefusal(message="The session cannot be changed.", code="invalid_value")
        self._state.config.update(
            event["session"],
            voice_locked=self._speaker.has_spoken,
            responding=self._speaker.current is not None,
        )
        self._listener.reconfigure()
        instructions = event["session"].get("instructions")
        if self._script_for is not None and instructions:
            script, self._script_for = self._script_for(instructions), None
            self._state.judgement = Judgement(script, in_order=not self._state.has_ears)
        after_secs = 0.0 if self._is_updated else self._state.faults.updated_after_secs
        self._is_updated = True
        self._state.after(after_secs, self._tell_updated)
        self.wake(self._state.now_secs)

    def _tell_updated(self) -> None:
        self._tell("session.updated")
        self._state.reached(Moment.UPDATED)

    def _clear_output(self, event: Event) -> None:
        raise ModelRefusal(
            message="output_audio_buffer.clear is only for WebRTC and SIP sessions.",
            code="invalid_value",
            param="type",
        )

    def _create_item(self, event: Event) -> None:
        body = {"object": "realtime.item", "status": "completed", **event["item"]}
        body["id"] = body.get("id") or new_id("item")
        item = Item(body=body)
        sounds = []
        for index, part in enumerate(body.get("content") or []):
            if not part.get("type"):
                path = f"item.content[{index}].type"
                message = f"Missing required parameter: '{path}'."
                raise ModelRefusal(message=message, code="missing_required_parameter", param=path)
            if part["type"] == "input_audio":
                path = f"item.content[{index}].audio"
                sounds.append(self._listener.decode(part.pop("audio", None) or "", param=path))
        item.ulaw += b"".join(sounds)
        previous = self._state.conversation.insert(item, event.get("previous_item_id"))
        for step in ("added", "done"):
            kind = f"conversation.item.{step}"
            told = {"previous_item_id": previous, "item": item.as_wire()}
            self._state.emit({"type": kind, **told})
        if sounds:
            self._listener.listen_to(item)

    def _delete_item(self, event: Event) -> None:
        self._state.conversation.delete(event["item_id"])
        self._state.emit({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    def _retrieve_item(self, event: Event) -> None:
        item = self._state.conversation.find(event["item_id"], verb="retrieve")
        user = item.body.get("role") == "user"
        side = self._state.config.input if user else self._state.config.output
        told = item.as_wire(sound_format=side["format"])
        self._state.emit({"type": "conversation.item.retrieved", "item": told})

    def _truncate_item(self, event: Event) -> None:
        where = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        self._state.conversation.truncate(**where)
        self._state.emit({"type": "conversation.item.truncated", **where})
