"""The protocol of one conversation with OpenAI Realtime (GA): plain code, no I/O, no clock.

Calls and server events go in; client events to send collect in `to_send` and what they mean for
the call in `happened`. Whoever drives it drains both after each call.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from bot.realtime import client_events
from bot.realtime.happenings import (
    AgentSaid,
    AgentSound,
    AgentSoundEnd,
    CallerSaid,
    CallerSpeaks,
    Complaint,
    FunctionCalled,
    Generating,
    Happening,
    HeldWords,
    LineSpoken,
    ModelFailed,
    SummaryMade,
    Transcribed,
    Used,
)
from bot.realtime.history import History
from bot.realtime.holding import Event, Holding
from bot.realtime.responses import Responses, Wish
from bot.realtime.speech import Speech, Utterance
from bot.realtime.unused import UNUSED

MAX_FAILED_RESPONSES = 3  # in a row; the third ends the call
_GO_ON = "Your last sentence broke off in the middle. Go on from there, without an apology."


class Conversation:
    """One session's conversation."""

    def __init__(self) -> None:
        self.to_send: deque[dict[str, Any]] = deque()
        self.happened: deque[Happening] = deque()
        self.malformed = 0  # known events that lacked what they must have
        self.unknown = 0  # events of a type nobody knows
        self._speech = Speech()
        self._history = History()
        self._responses = Responses()
        self._lines: dict[str, str] = {}  # response -> the line it was given to say
        self._fruitful: set[str] = set()  # responses under way that have said or called something
        self._with_words: set[str] = set()  # responses under way that have begun a message
        self._asides_asked: deque[str | None] = deque()  # lines; None: called off meanwhile
        self._asides: set[str] = set()  # responses beside the conversation that are under way
        self._summaries: dict[str, list[str]] = {}  # response beside the conversation -> its text
        self._clip_items: dict[str, str] = {}  # clip utterance -> item that tells the model of it
        self._appended_ms = 0.0  # caller sound sent so far: the clock of the server's VAD
        self._caller_turns: dict[str, tuple[datetime, datetime | None]] = {}
        self._committing: deque[tuple[datetime, datetime]] = deque()
        self._turn_is_theirs = False  # from speech they hear to the response they start for it
        self._unseen_results: set[str] = set()  # function calls whose result they may not have yet
        self._broken_off = False  # what was being said when the session was lost stays unfinished
        self._holding: Holding | None = None
        self._due: deque[tuple[Event, datetime]] = deque()  # withheld, now to be taken in
        self._withdrawn: set[str] = set()  # responses of which nothing may remain
        self._answer_unwanted = False  # theirs, to a turn that was none, is still to begin
        self._generating = False
        self._failures = 0
        self._items_made = 0
        self._asks = 0

    # -- what we do ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """A response is under way or has been asked for."""
        return self._responses.busy

    @property
    def waiting(self) -> bool:
        """Something is to be said that has not been asked for yet."""
        return self._responses.waiting

    @property
    def speaking(self) -> bool:
        """A response is under way, or waits to be heard, that may still reach the caller."""
        active = self._responses.active
        under_way = active is not None and not self._responses.is_cancelled(active)
        return under_way or self._speech.any_in_conversation

    @property
    def awaits_words(self) -> bool:
        """A turn of the caller has not been transcribed yet."""
        return bool(self._caller_turns)

    def opening_asked(self, first_line: str | None) -> None:
        """`opening_request` was sent when the session was opened."""
        self._responses.asked(Wish(kind="say", text=first_line or ""))
        self._note_generating()

    def appended(self, duration_ms: float) -> None:
        """This much caller sound has been sent."""
        self._appended_ms += duration_ms

    def say(self, line: str) -> None:
        """Wants this line spoken, word for word, when nothing else is being said."""
        self._responses.wish(Wish(kind="say", text=line))

    def answer(self, instructions: str = "") -> None:
        """Wants an answer to what is new in the conversation."""
        self._responses.wish(Wish(kind="answer", instructions=instructions))

    def pick_up_thread(self) -> None:
        """The line is back: wants the agent to say so and to go on."""
        self.to_send.append(client_events.line_broke_off())
        self.answer()

    def answer_now(self) -> None:
        """Wants an answer from a model that owes one, and waits for it no longer."""
        self._turn_is_theirs = False
        self.answer()

    def next_line(self) -> str:
        """The line that `ask` would ask for now, word for word; empty if it is something else."""
        return "" if self._turn_is_theirs else self._responses.next_line()

    def ask(self) -> None:
        """Asks for what is wanted, if nothing is under way.

        While the model's side hears the caller it waits: two responses, theirs and ours, would
        meet, and the one refused is the one that answers the caller.
        """
        wish = None if self._turn_is_theirs else self._responses.next_to_ask()
        if wish is None:
            return
        self._asks += 1
        self.to_send.append(
            client_events.response(
                wish.kind,
                event_id=f"ask_{self._asks}",
                line=wish.text,
                instructions=wish.instructions,
            )
        )
        self._note_generating()

    def clip_played(self, utterance_id: str, text: str, duration_ms: float, *, first: bool) -> None:
        """A prepared line goes to the caller, its `first` words or what `next_line` said.

        The model is told that it was said.
        """
        if not first:
            self._responses.line_played()
        self._speech.begin(
            Utterance(
                id=utterance_id,
                response_id=None,
                received_ms=duration_ms,
                transcript=[text],
                complete=True,
            )
        )
        self._history.begin(utterance_id)
        self._clip_items[utterance_id] = self._tell(text, first=first)

    def aside_played(self, utterance_id: str, text: str, duration_ms: float) -> None:
        """A prepared filler goes to the caller: no part of the conversation."""
        self._speech.begin(
            Utterance(
                id=utterance_id,
                response_id=None,
                in_conversation=False,
                received_ms=duration_ms,
                transcript=[text],
                complete=True,
            )
        )

    def say_aside(self, line: str) -> None:
        """Wants a line spoken at once beside the conversation, which goes on unaware of it."""
        self._asides_asked.append(line)
        self.to_send.append(client_events.aside(line))

    def call_off_asides(self) -> None:
        """The caller speaks: a line beside the conversation is not generated any further."""
        self._asides_asked = deque(None for _ in self._asides_asked)
        for response_id in self._asides:
            if not self._responses.is_cancelled(response_id):
                self._cancel(response_id)
                self._end_sound(response_id)

    def summarise(self, instructions: str) -> None:
        """Wants a text about the conversation so far, beside it: a `SummaryMade` will follow."""
        self.to_send.append(client_events.summary(instructions))

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        """Local turns: the caller has finished; an answer is wanted."""
        self._committing.append((started_at, ended_at))
        self.to_send.append(client_events.commit())
        self._answer_turn()

    def _answer_turn(self) -> None:
        """What the caller said is to be answered, unless he is found to have said nothing."""
        if self._holding is not None:
            self._holding.answer_owed = True
        else:
            self.answer()

    def restart_turn(self) -> None:
        """Local turns: the caller begins; what was sent since the last turn is forgotten."""
        self.to_send.append(client_events.clear())

    def function_result(self, call_id: str, output: Mapping[str, Any]) -> None:
        """Hands the model the result of a function it called; asks for no answer by itself."""
        self._unseen_results.add(call_id)
        self._history.answered(call_id, orjson.dumps(output).decode())
        self.to_send.append(client_events.function_output(call_id, output))

    def interrupted(self, *, speaking: bool = False) -> bool:
        """The caller has the turn. Returns whether a response was cut short.

        What the model's side began to answer in a hold is kept, unless he is `speaking` again.
        """
        was_busy = self._responses.busy
        self.call_off_asides()
        holding, self._holding = self._holding, None
        if holding is None:
            self._cancel_active()
            return was_busy
        speaking = speaking or any(item not in holding.committed for item in holding.turns)
        if speaking:
            self._withdraw_answer(holding)
        self._cancel_active(keep=holding.answer)
        if holding.answer_owed and holding.answer is None and not speaking:
            self.answer()
        self._due.extend(holding.withheld)
        return was_busy

    def _cancel_active(self, *, keep: str | None = None) -> None:
        response_id = self._responses.cancel(keep=keep)
        if response_id is not None:
            self._cancel(response_id)

    def hold(self) -> None:
        """The caller speaks over the agent: whether he wants the turn is seen later.

        Until `interrupted` or `given_back` nothing may be asked for, and what the model's side
        answers to that speech waits.
        """
        if self._holding is None:
            speaking = {item for item, (_, ended_at) in self._caller_turns.items() if not ended_at}
            self._holding = Holding(turns=speaking)
            self._responses.hold()

    def given_back(self) -> None:
        """The caller did not want the turn: the model forgets his noise and what it made of it."""
        holding, self._holding = self._holding, None
        if holding is None:
            return
        self._responses.resume()
        self._answer_unwanted = bool(holding.committed) and self._turn_is_theirs
        self._withdraw_answer(holding)
        for item_id in holding.committed:
            self._history.forget(item_id)
            self._delete(item_id)

    def _withdraw_answer(self, holding: Holding) -> None:
        """An answer that waits is not to be heard; what is known of it is taken in as such."""
        if holding.answer is not None:
            self._withdraw(holding.answer, is_done=holding.answer_is_done)
            self._due.extend(holding.withheld)
            holding.withheld.clear()
            holding.answer = None

    def _withdraw(self, response_id: str, *, is_done: bool = False) -> None:
        self._withdrawn.add(response_id)
        self._responses.cancelled(response_id)
        if not is_done:
            self.to_send.append(client_events.cancel(response_id))

    def catch_up(self) -> bool:
        """Takes in one event that was withheld in a hold; false if there is none."""
        if not self._due:
            return False
        self._take_in(*self._due.popleft())
        return True

    def _cancel(self, response_id: str) -> None:
        """Stops a response. What it has begun to say and nobody has heard is forgotten."""
        self._responses.cancelled(response_id)
        self.to_send.append(client_events.cancel(response_id))
        for utterance in self._speech.of_response(response_id):
            if not utterance.received_ms:
                self._speech.end(utterance.id)
                if utterance.in_conversation:
                    self._delete(utterance.id)

    def played(
        self, utterance_id: str, heard_ms: int, *, interrupted: bool, held_ms: int = 0
    ) -> None:
        """The carrier has played an utterance, or it was cut: what was heard becomes history."""
        utterance = self._speech.end(utterance_id)
        if utterance is None:
            return
        text = utterance.heard_text(heard_ms) if interrupted else utterance.text
        if interrupted and utterance.in_conversation:
            self._forget_unheard(utterance, heard_ms, text)
        self._clip_items.pop(utterance_id, None)
        if utterance.in_conversation and text:
            self._history.said("assistant", utterance_id, text)
        else:
            self._history.forget(utterance_id)
        self.happened.append(
            AgentSaid(
                utterance_id=utterance_id,
                text=text,
                interrupted=interrupted,
                heard_ms=heard_ms,
                held_ms=held_ms,
            )
        )

    def _forget_unheard(self, utterance: Utterance, heard_ms: int, text: str) -> None:
        """Cuts the model's memory to what was heard. The server refuses a cut beyond the sound."""
        clip_item = self._clip_items.get(utterance.id)
        if clip_item is not None:
            self._delete(clip_item)
            if text:
                self._tell(text, first=False)
        elif heard_ms <= 0:
            self._delete(utterance.id)
        else:
            heard_ms = min(heard_ms, int(utterance.received_ms))
            self.to_send.append(client_events.truncate(utterance.id, heard_ms))

    def _delete(self, item_id: str) -> None:
        self.to_send.append(client_events.delete(item_id))

    def _tell(self, text: str, *, first: bool) -> str:
        """Adds what the agent said to the conversation, as text; returns the item's id."""
        self._items_made += 1
        item_id = f"said_{self._items_made}"
        self.to_send.append(client_events.told(item_id, text, first=first))
        return item_id

    def session_lost(self) -> None:
        """The session is gone: speech on its way to the caller goes on as far as it has come."""
        for utterance in self._speech.under_way():
            if not utterance.received_ms:
                self._speech.end(utterance.id)
            elif not utterance.complete:
                utterance.complete = True
                self._broken_off = True
                self.happened.append(AgentSoundEnd(utterance_id=utterance.id))
        if self._summaries:
            self.happened.append(SummaryMade(text=""))

    def begin_again(self) -> bool:
        """Another session takes the place of the one lost, with an empty memory: tells it all.

        Returns whether the caller waits for an answer to words that the new session can only
        learn from their sound.
        """
        active = self._responses.active
        barren = active is not None and active not in self._fruitful
        owed = self._turn_is_theirs or barren or bool(self._committing)
        unheard = owed and bool(self._caller_turns or self._committing)
        goes_on = self._broken_off and barren and not unheard
        if self._turn_is_theirs or goes_on:
            self.answer()
        self._responses = self._responses.left(active=barren and not goes_on, answers=not unheard)
        self._turn_is_theirs = self._broken_off = False
        self._forget_the_session()
        self.to_send.extend(self._history.retelling())
        for utterance in self._speech.under_way():
            if utterance.in_conversation and utterance.text:
                self._clip_items[utterance.id] = self._tell(utterance.text, first=False)
        if goes_on:
            self.to_send.append(client_events.note(_GO_ON))
        self._note_generating()
        return unheard

    def _forget_the_session(self) -> None:
        """Lets go of all that was between us and the session that is gone."""
        for of_session in (
            self.to_send,
            self._lines,
            self._fruitful,
            self._with_words,
            self._asides_asked,
            self._asides,
            self._summaries,
            self._clip_items,
            self._caller_turns,
            self._committing,
            self._unseen_results,
            self._due,
            self._withdrawn,
        ):
            of_session.clear()
        self._holding = None
        self._answer_unwanted = False
        self._appended_ms = 0.0

    def _note_generating(self) -> None:
        if self._responses.busy != self._generating:
            self._generating = self._responses.busy
            self.happened.append(Generating(under_way=self._generating))

    # -- what the server does -----------------------------------------------------------------

    def server_event(self, event: Event, now: datetime) -> None:
        """Takes in one server event. Unknown and malformed ones are counted and dropped."""
        if self._holding is not None and self._holding.withholds(event):
            self._holding.withheld.append((event, now))
        elif self._due:
            self._due.append((event, now))
        else:
            self._take_in(event, now)

    def _take_in(self, event: Event, now: datetime) -> None:
        handle = self._HANDLERS.get(event["type"])
        if handle is None:
            self.unknown += event["type"] not in UNUSED
            return
        try:
            handle(self, event, now)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.malformed += 1

    def _response_created(self, event: Event, now: datetime) -> None:
        response = event["response"]
        response_id: str = response["id"]
        purpose = (response.get("metadata") or {}).get("purpose")
        if purpose == "summary":
            self._summaries[response_id] = []
        elif purpose == "aside":
            self._aside_begins(response_id)
        else:
            self._response_begins(response_id, ours=purpose is not None)

    def _aside_begins(self, response_id: str) -> None:
        line = self._asides_asked.popleft() if self._asides_asked else None
        self._asides.add(response_id)
        if line is None:
            self._cancel(response_id)
        else:
            self._lines[response_id] = line

    def _response_begins(self, response_id: str, *, ours: bool) -> None:
        if not ours:
            self._turn_is_theirs = False
            if self._answer_unwanted or self._holding is not None:
                self._kept_back(response_id)
                return
        wish = self._responses.created(response_id, ours=ours, answers_all=not self._unseen_results)
        if wish is None:
            self._cancel(response_id)
        elif wish.kind == "say" and wish.text:
            self._lines[response_id] = wish.text
        self._note_generating()

    def _kept_back(self, response_id: str) -> None:
        """They answer what is no turn, or may be none."""
        answers_all = not self._unseen_results
        self._responses.created_in_hold(response_id, answers_all=answers_all)
        if self._holding is not None and not self._answer_unwanted:
            self._holding.answer = response_id
        else:
            self._answer_unwanted = False
            self._withdraw(response_id)
        self._note_generating()

    def _item_added(self, event: Event, now: datetime) -> None:
        response_id, item_id = event["response_id"], event["item"]["id"]
        if response_id in self._withdrawn:
            self._delete(item_id)
            return
        if event["item"]["type"] != "message":
            return
        if not self._responses.is_cancelled(response_id):
            self._with_words.add(response_id)
            self._utterance(event, item_id)
        elif response_id not in self._asides:
            self._delete(item_id)  # begun while our cancellation was on its way

    def _result_seen(self, event: Event, now: datetime) -> None:
        self._unseen_results.discard(event["item"].get("call_id", ""))

    def _utterance(self, event: Event, item_id: str) -> Utterance | None:
        """The utterance an event belongs to; None when nothing of it may reach the caller."""
        response_id: str = event["response_id"]
        if self._responses.is_cancelled(response_id) or response_id in self._summaries:
            return None
        known = self._speech.get(item_id)
        if known is not None:
            return known
        in_conversation = self._responses.active == response_id
        if in_conversation:
            self._history.begin(item_id)
        return self._speech.begin(
            Utterance(id=item_id, response_id=response_id, in_conversation=in_conversation)
        )

    def _audio_delta(self, event: Event, now: datetime) -> None:
        utterance = self._utterance(event, event["item_id"])
        if utterance is not None:
            payload: str = event["delta"]
            self.happened.append(AgentSound(utterance_id=utterance.id, payload=payload))

    def received(self, utterance_id: str, duration_ms: float) -> None:
        """How long the sound of an `AgentSound` was, once decoded."""
        utterance = self._speech.get(utterance_id)
        if utterance is not None:
            utterance.received_ms += duration_ms

    def _audio_done(self, event: Event, now: datetime) -> None:
        utterance = self._utterance(event, event["item_id"])
        if utterance is not None and not utterance.complete:
            utterance.complete = True
            self._fruitful.add(event["response_id"])
            self.happened.append(AgentSoundEnd(utterance_id=utterance.id))

    def _end_sound(self, response_id: str) -> None:
        """No more sound of this response is waited for: what came of it is all there is."""
        for utterance in self._speech.of_response(response_id):
            if not utterance.complete:
                utterance.complete = True
                self.happened.append(AgentSoundEnd(utterance_id=utterance.id))

    def _words(self, event: Event, now: datetime) -> None:
        utterance = self._utterance(event, event["item_id"])
        if utterance is not None:
            utterance.transcript.append(event["delta"])

    def _summary_words(self, event: Event, now: datetime) -> None:
        if event["response_id"] in self._summaries:
            self._summaries[event["response_id"]].append(event["delta"])

    def _item_done(self, event: Event, now: datetime) -> None:
        item = event["item"]
        if item["type"] != "function_call":
            return
        response_id = event["response_id"]
        if response_id in self._withdrawn:
            return
        if self._responses.is_cancelled(response_id):
            self.function_result(
                item["call_id"], {"error": "Not done: the answer was cut off before it began."}
            )
            return
        arguments = item.get("arguments") or "{}"
        self._history.called(item["call_id"], item["name"], arguments)
        self._fruitful.add(response_id)
        self.happened.append(
            FunctionCalled(
                call_id=item["call_id"],
                name=item["name"],
                arguments=arguments,
                wordless=response_id not in self._with_words,
            )
        )

    def _response_done(self, event: Event, now: datetime) -> None:
        response = event["response"]
        response_id: str = response["id"]
        if response.get("usage"):
            self.happened.append(Used(usage=response["usage"]))
        if response_id in self._summaries:
            text = "".join(self._summaries.pop(response_id))
            self.happened.append(SummaryMade(text=text))
            return
        line = self._lines.pop(response_id, None)
        if not self._responses.is_cancelled(response_id):
            self._end_sound(response_id)
        for utterance in self._speech.of_response(response_id):
            if line and response.get("status") == "completed":
                self.happened.append(
                    LineSpoken(text=line, utterance_id=utterance.id, transcript=utterance.text)
                )
            if not utterance.received_ms:
                self._speech.end(utterance.id)  # it has no sound, so it will never be played
        self._with_words.discard(response_id)
        self._fruitful.discard(response_id)
        if response_id in self._asides:
            self._asides.discard(response_id)
            return
        self._responses.done(response_id)
        self._note_generating()
        self._judge(response, line)

    def _judge(self, response: Event, line: str | None) -> None:
        """A failed response is asked for again; several in a row end the call."""
        if response.get("status") != "failed":
            self._failures = 0
            return
        self._failures += 1
        error = (response.get("status_details") or {}).get("error") or {}
        detail = f"{error.get('code') or error.get('type')}: {error.get('message', '')}"
        if self._failures >= MAX_FAILED_RESPONSES:
            self.happened.append(ModelFailed(reason="model_failed", detail=detail))
        elif line:
            self.say(line)
        else:
            self.answer()

    def _speech_started(self, event: Event, now: datetime) -> None:
        self._turn_is_theirs = True
        self._history.begin(event["item_id"])
        began_at = self._at(event["audio_start_ms"], now)
        self._caller_turns[event["item_id"]] = (began_at, None)
        self._answer_unwanted = False
        if self._holding is not None:
            self._withdraw_answer(self._holding)  # he goes on: it answers half of what he says
            self._holding.turns.add(event["item_id"])
        self.happened.append(CallerSpeaks(speaking=True, at=began_at))

    def _speech_stopped(self, event: Event, now: datetime) -> None:
        began_at, _ = self._caller_turns.get(event["item_id"], (now, None))
        ended_at = self._at(event["audio_end_ms"], now)
        self._caller_turns[event["item_id"]] = (began_at, ended_at)
        self.happened.append(CallerSpeaks(speaking=False, at=ended_at))

    def _at(self, position_ms: float, now: datetime) -> datetime:
        """When this position in the sound sent was spoken."""
        return now - timedelta(milliseconds=max(0.0, self._appended_ms - position_ms))

    def _committed(self, event: Event, now: datetime) -> None:
        item_id = event["item_id"]
        if self._committing:
            self._history.begin(item_id)
            self._caller_turns[item_id] = self._committing.popleft()
            if self._holding is not None:
                self._holding.turns.add(item_id)
        if self._holding is not None and item_id in self._holding.turns:
            self._holding.committed.append(item_id)

    def _transcribed(self, event: Event, now: datetime) -> None:
        started_at, ended_at = self._caller_turns.pop(event["item_id"], (now, now))
        text = (event.get("transcript") or "").strip()
        self._caller_said(event["item_id"], text, started_at, ended_at or now)
        if event.get("usage"):
            self.happened.append(Transcribed(usage=event["usage"]))

    def _not_transcribed(self, event: Event, now: datetime) -> None:
        started_at, ended_at = self._caller_turns.pop(event["item_id"], (now, now))
        self._caller_said(event["item_id"], "(not understood)", started_at, ended_at or now)

    def _caller_said(
        self, item_id: str, text: str, started_at: datetime, ended_at: datetime
    ) -> None:
        if text:
            self._history.said("user", item_id, text)
            self.happened.append(
                CallerSaid(key=item_id, text=text, started_at=started_at, ended_at=ended_at)
            )
        if self._holding is not None and item_id in self._holding.turns:
            self.happened.append(HeldWords(text=text))

    def _error(self, event: Event, now: datetime) -> None:
        """Most errors are about one client event and leave the session as it was."""
        error = event["error"]
        code, about = error.get("code"), error.get("event_id")
        if code == "session_expired":
            self.happened.append(ModelFailed(reason="model_lost", detail="the session expired"))
        elif about == "summary":
            self.happened.append(SummaryMade(text=""))
        elif about == "aside" and self._asides_asked:
            self._asides_asked.popleft()
        elif about == "opening" or about == f"ask_{self._asks}":
            self._responses.refused(for_good=code != "conversation_already_has_active_response")
            self._note_generating()
        elif about is None and code == "conversation_already_has_active_response":
            self._turn_is_theirs = False  # their answer to the caller was refused for ours
            if not self._answer_unwanted:
                self._answer_turn()
            self._answer_unwanted = False
        if code not in ("response_cancel_not_active", "conversation_already_has_active_response"):
            self.happened.append(Complaint(code=str(code), message=str(error.get("message", ""))))

    _HANDLERS: Mapping[str, Callable[["Conversation", Event, datetime], None]] = {
        "response.created": _response_created,
        "response.output_item.added": _item_added,
        "conversation.item.added": _result_seen,
        "response.output_audio.delta": _audio_delta,
        "response.output_audio.done": _audio_done,
        "response.output_audio_transcript.delta": _words,
        "response.output_text.delta": _summary_words,
        "response.output_item.done": _item_done,
        "response.done": _response_done,
        "input_audio_buffer.speech_started": _speech_started,
        "input_audio_buffer.speech_stopped": _speech_stopped,
        "input_audio_buffer.committed": _committed,
        "conversation.item.input_audio_transcription.completed": _transcribed,
        "conversation.item.input_audio_transcription.failed": _not_transcribed,
        "error": _error,
    }
