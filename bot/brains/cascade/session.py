"""A realtime session that is held here: it hears, thinks and speaks with three services.

To the shell (`bot.brains.realtime`) it is a session as any other, and it speaks the protocol that
`bot.brains.openai` speaks with servers: so do the servers that put such a cascade behind a socket,
as LocalAI. Turns are always ended by our own ear.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from pipecat.frames.frames import ErrorFrame
from pipecat.services.openai.base_llm import BaseOpenAILLMService
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.services.tts_service import TTSService

from bot.brains.cascade.answer import Answer, Event, Means
from bot.brains.cascade.hearing import Turn, Turns
from bot.brains.cascade.items import Item, Items
from bot.brains.cascade.mouth import Mouth
from bot.brains.cascade.studio import Studio
from bot.brains.cascade.wire_sound import ToService
from bot.brains.config import SoundFormat
from bot.brains.errors import ModelLost, ModelMute
from bot.brains.openai import client_events
from bot.media.g711 import BYTES_PER_MS

OPEN_SECS = 4.0  # a caller waits no longer than this for a voice before being told
NO_SOUND = "completed with no audio"  # Pipecat's words for a voice that does not say why


class CascadeSession:
    """An open session. See `bot.brains.realtime.vendor.RealtimeSession`."""

    sound: SoundFormat = "ulaw"

    def __init__(
        self,
        *,
        ear: STTService | None,
        thinker: BaseOpenAILLMService,
        mouth: TTSService,
        ear_hz: int = 8000,
        silence_secs: float = 0.0,  # that the ear is given after a turn
        items: Items,
        tools: Sequence[Mapping[str, Any]] = (),
        language: str = "en",
    ) -> None:
        self.unreadable = 0
        self._studio = Studio(ear, mouth, self)
        self._turns = Turns(
            grown=self._words_grew,
            made_out=self._made_out,
            once_a_turn=isinstance(ear, SegmentedSTTService),
        )
        self._mouth = Mouth(self._studio)
        self._items = items
        self._means = Means(
            items=items,
            turns=self._turns,
            mouth=self._mouth,
            thinker=thinker,
            tools=tools,
            language=language,
            emit=self._emit,
            give_up=self._end,
        )
        self._ear_hz, self._wire = ear_hz, ToService(ear_hz)
        self._silence_secs = silence_secs
        self._fed_secs = 0.0  # sound that the ear was given
        self._told: dict[str, str] = {}  # of a turn that goes on, by its item
        self._answers: dict[str, Answer] = {}  # under way
        self._made = 0
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._why = "it was let go"  # the session ended
        self._doing: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._let_go: Callable[[], Awaitable[None]] | None = None

    def on_close(self, let_go: Callable[[], Awaitable[None]]) -> None:
        """What is to be given back when it is closed."""
        self._let_go = let_go

    async def open(self) -> None:
        """Connects its services. Raises ModelRefused, ModelUnreachable, ModelMute."""
        try:
            async with asyncio.timeout(OPEN_SECS):
                await self._studio.open()
        except TimeoutError:
            await self._studio.close()
            raise ModelMute(f"the services were not there within {OPEN_SECS:g} s") from None
        except BaseException:  # whoever called has hung up, say
            await self._studio.close()
            raise
        self._worker = asyncio.create_task(self._work(), name="cascade-session")

    # -- what the shell wants -----------------------------------------------------------------

    def ask_opening(self, first_line: str | None) -> None:
        """Has the agent begin to speak: with this line, or in its own words."""
        self.post(client_events.opening_request(first_line))

    def tell(self, text: str) -> None:
        """Tells the model a fact that neither side has said."""
        self.post(client_events.note(text))

    def tell_line_broke_off(self) -> None:
        """Tells the model why it was cut off, and what to do when it speaks next."""
        self.post(client_events.line_broke_off())

    def append(self, payload: str) -> None:
        """Caller sound, base64 μ-law."""
        ulaw = base64.b64decode(payload)
        secs = len(ulaw) / BYTES_PER_MS / 1000
        self._turns.open.heard_secs += secs
        self._fed_secs += secs
        if pcm := self._wire.feed(ulaw):
            self._do(lambda: self._studio.hear(pcm, self._ear_hz))

    def post(self, message: Mapping[str, Any]) -> None:
        """A message of the conversation's."""
        match message["type"]:
            case "response.create":
                self._ask(message)
            case "response.cancel":
                self._cancel(message.get("response_id"))
            case "conversation.item.create":
                first = message.get("previous_item_id") == "root"
                item = self._items.told(message["item"], first=first)
                told = {**message["item"], "id": item.id}
                self._emit({"type": "conversation.item.added", "item": told})
            case "conversation.item.delete":
                self._items.delete(message["item_id"])
            case "conversation.item.truncate":
                self._items.truncate(message["item_id"], message["audio_end_ms"])
            case "input_audio_buffer.clear":
                self._turns.begins(self._fed_secs)
                self._do(self._studio.turn_begins)
            case "input_audio_buffer.commit":
                self._commit()
            case "session.update":
                self._emit({"type": "session.updated", "session": {}})

    def ping(self, answered: Callable[[], None]) -> None:
        """There is no socket that might be gone: each service watches its own."""
        asyncio.get_running_loop().call_soon(answered)

    def disbelieve(self) -> bool:
        """It is always the format that it says."""
        return False

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What happens, as it does. Raises ModelLost: it has ended."""
        while (event := await self._events.get()) is not None:
            yield event
            await asyncio.sleep(0)  # nothing else would have its turn while there are any
        raise ModelLost(self._why)

    def abort(self) -> None:
        """Lets go at once."""
        self._end("it was let go")

    async def close(self) -> None:
        """Lets go of it, also when it is closed already."""
        self._end("it was closed")
        if self._worker is not None:
            self._worker.cancel()
        for answer in tuple(self._answers.values()):
            if answer.task is not None:
                answer.task.cancel()
        self._turns.close()
        await self._studio.close()
        let_go, self._let_go = self._let_go, None
        if let_go is not None:
            await let_go()

    # -- the caller ---------------------------------------------------------------------------

    def _commit(self) -> None:
        item = Item(id=self._items.new_id("heard"), kind="caller")
        self._items.add(item)
        turn = self._turns.ends(item)
        rest = self._wire.rest() + bytes(2 * round(self._ear_hz * self._silence_secs))
        turn.heard_secs += self._silence_secs
        self._fed_secs += self._silence_secs
        if rest:
            self._do(lambda: self._studio.hear(rest, self._ear_hz))
        self._do(self._studio.turn_ends)
        self._emit({"type": "input_audio_buffer.committed", "item_id": item.id})

    def _words_grew(self, turn: Turn) -> None:
        """For those who watch: words that are added, not those that are taken back."""
        assert turn.item is not None
        told = self._told.get(turn.item.id, "")
        if turn.text.startswith(told) and turn.text != told:
            self._told[turn.item.id] = turn.text
            self._of_turn(turn, "delta", delta=turn.text[len(told) :])

    def _made_out(self, turn: Turn) -> None:
        assert turn.item is not None
        turn.item.text = turn.text
        self._told.pop(turn.item.id, None)
        if turn.failed:
            self._of_turn(turn, "failed")
        else:
            usage = {"seconds": round(turn.heard_secs, 2)}
            self._of_turn(turn, "completed", transcript=turn.text, usage=usage)

    def _of_turn(self, turn: Turn, what: str, **fields: Any) -> None:
        assert turn.item is not None
        kind = f"conversation.item.input_audio_transcription.{what}"
        self._emit({"type": kind, "item_id": turn.item.id, **fields})

    # -- answers ------------------------------------------------------------------------------

    def _ask(self, message: Mapping[str, Any]) -> None:
        wishes, about = message.get("response") or {}, message.get("event_id")
        self._made += 1
        answer = Answer(f"answer_{self._made}", wishes, self._means)
        others = (each for each in self._answers.values() if not each.is_over)
        if answer.in_conversation and any(each.in_conversation for each in others):
            code = "conversation_already_has_active_response"
            error = {"type": code, "code": code, "message": code, "event_id": about}
            self._emit({"type": "error", "error": error})
            return
        self._answers[answer.id] = answer
        answer.task = asyncio.create_task(answer.run(), name="cascade-answer")
        answer.task.add_done_callback(lambda task: self._answered(answer, task))

    def _answered(self, answer: Answer, task: "asyncio.Task[None]") -> None:
        self._answers.pop(answer.id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(f"an answer failed: {error!r}")

    def _cancel(self, response_id: str | None) -> None:
        answer = self._answers.pop(response_id or "", None)
        if answer is None or answer.task is None or answer.is_over:
            code = "response_cancel_not_active"
            self._emit({"type": "error", "error": {"type": code, "code": code, "message": code}})
            return
        answer.task.cancel()
        answer.cancelled()

    # -- what the studio tells ----------------------------------------------------------------

    def words(self, text: str, *, final: bool, whole: bool, at_secs: float | None) -> None:
        """The ear has made something out."""
        self._turns.words(text, final=final, whole=whole, at_secs=at_secs)

    def guess(self, text: str) -> None:
        """The ear believes to know all that the caller says."""
        self._turns.guess(text)

    def said(self, text: str) -> None:
        """The mouth begins with this sentence."""
        if self._mouth.now is not None:
            self._mouth.now.says(text)

    def sound_came(self, pcm: bytes, rate_hz: int) -> None:
        """The mouth's sound."""
        if self._mouth.now is not None:
            self._mouth.now.came(pcm, rate_hz)

    def spoken(self) -> None:
        """All of it has come."""
        if self._mouth.now is not None:
            self._mouth.now.over()

    def trouble(self, error: ErrorFrame, *, ear: bool, for_good: bool) -> None:
        """A service has failed: what it was to do fails, or there is no session any more."""
        if for_good:
            self._end(error.error)
        elif ear:
            self._turns.failed()
        elif self._mouth.now is not None and NO_SOUND not in error.error:
            self._mouth.now.failed = error.error

    # -- within -------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        self._events.put_nowait(event)

    def _end(self, why: str) -> None:
        self._why = why
        self._events.put_nowait(None)

    def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        self._doing.put_nowait(work)

    async def _work(self) -> None:
        """The studio's work is asked for without waiting, and done in order."""
        while True:
            work = await self._doing.get()
            with contextlib.suppress(Exception):
                await work()
