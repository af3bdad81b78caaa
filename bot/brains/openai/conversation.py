"""The protocol of one conversation with OpenAI Realtime (GA): plain code, no I/O, no clock.

Calls and server events go in; client events to send collect in `to_send` and what they mean for
the call in `happened`. Whoever drives it drains both after each call.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from loguru import logger

from bot.brains.openai import client_events, server_events
from bot.brains.openai.agent_turns import AgentTurns
from bot.brains.openai.caller_turns import CallerTurns
from bot.brains.openai.failed_answers import LONGEST_MESSAGE, ErrorSaid, FailedAnswers
from bot.brains.openai.memory import Memory
from bot.brains.openai.out_of_band import OutOfBandResponses
from bot.brains.openai.purposes import Purposes
from bot.brains.openai.responses import Responses, Wish
from bot.brains.openai.server_events import Repeats, ServerEvent
from bot.brains.openai.server_responses import ServerResponses
from bot.brains.openai.usage import sound_ms
from bot.brains.realtime import questions
from bot.brains.realtime.events import (
    AgentSaid,
    AskLater,
    Complaint,
    FunctionCalled,
    Generating,
    ModelEvent,
    ModelFailed,
    SummaryMade,
    Used,
)
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.own_words import are_own
from bot.brains.realtime.speech import Speech, Utterance

MAX_BROKEN_OFF = 3  # answers in a row that are gone on with where they end in mid-sentence
_GO_ON = "Your last sentence broke off in the middle. Go on from there, without an apology."


class OpenAIConversation:
    """The conversation of one call, whatever session it is in."""

    def __init__(self, rounds: FunctionRounds | None = None) -> None:
        self.to_send: deque[dict[str, Any]] = deque()
        self.happened: deque[ModelEvent] = deque()
        self.malformed = 0  # known events that lacked what they must have
        self.unknown = 0  # events of a type nobody knows
        self.repeated = 0  # events that came before
        self.failed = 0  # events that we could not deal with
        self._failed_kinds: set[str] = set()
        self._responses = Responses()
        self._speech = Speech()
        self._memory = Memory(self.to_send)
        self._rounds = rounds or FunctionRounds()
        self._meet_the_session()
        self._lines: dict[str, str] = {}  # response -> the line it was given to say
        self._broken_off = False  # what was being said when the session was lost stays unfinished
        self._hushed = False  # nobody listens: only lines asked for by `say` are wanted
        self._generating = False
        self._failed = FailedAnswers()
        self._paused = False  # nothing is asked for after a failure, for a moment
        self._barren_answers = 0  # in a row
        self._broken_answers = 0  # in a row
        self._asks = 0

    # -- what we do ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """A response is under way or has been asked for."""
        return self._responses.busy

    @property
    def waiting(self) -> bool:
        """Something is to be said that has not been asked for yet."""
        return self._responses.waiting or self._rounds.owed

    @property
    def owes(self) -> bool:
        """More of the model is due than has come: an answer, a line, the rest of a sentence."""
        wanted = self._responses.left(active=self._barren, answers=True).waiting
        broken = self._broken_off or self._theirs.due or self._caller_turns.committing
        return wanted or broken or self._rounds.owed

    @property
    def _barren(self) -> bool:
        """A response is under way that has brought nothing whole yet."""
        active = self._responses.active
        return active is not None and not self._agent_turns.is_fruitful(active)

    @property
    def speaking(self) -> bool:
        """A response is under way, or waits to be heard, that may still reach the caller."""
        active = self._responses.active
        under_way = active is not None and not self._responses.is_cancelled(active)
        return under_way or self._speech.any_in_conversation

    @property
    def cancelled_active(self) -> str | None:
        """The response under way, if it was cancelled: the model's side is to say that it ended."""
        active = self._responses.active
        return active if active is not None and self._responses.is_cancelled(active) else None

    def presume_over(self, response_id: str | None) -> None:
        """That response was cancelled and has ended, though nobody says so."""
        if response_id is None or response_id != self.cancelled_active:
            return
        self._lines.pop(response_id, None)
        self._agent_turns.done(response_id, line=None, broken_off=False)
        self._responses.done(response_id)
        self._answer_results()
        self._note_generating()

    @property
    def saying(self) -> bool:
        """Something is on its way to the caller of which nobody has told how much was heard."""
        return self._speech.any_in_conversation

    @property
    def awaits_words(self) -> bool:
        """A turn of the caller has not been transcribed yet."""
        return self._caller_turns.any

    @property
    def turn_is_open(self) -> bool:
        """The model's side hears the caller speak."""
        return bool(self._caller_turns.open)

    def opening_asked(self, first_line: str | None) -> None:
        """`opening_request` was sent when the session was opened."""
        self._responses.asked(Wish(kind="say", text=first_line or ""))
        self._purposes.asked("opening")
        self._note_generating()

    def appended(self, duration_ms: float) -> None:
        """This much caller sound has been sent."""
        self._caller_turns.appended_ms += duration_ms

    def say(self, line: str) -> None:
        """Wants this line spoken, word for word, when nothing else is being said."""
        self._responses.wish(Wish(kind="say", text=line))

    def answer(self, instructions: str = "") -> None:
        """Wants an answer to what is new in the conversation, unless nobody listens."""
        if not self._hushed:
            self._responses.wish(Wish(kind="answer", instructions=instructions))

    def note(self, text: str) -> None:
        """Tells the model something that nobody has said."""
        self.to_send.append(client_events.note(text))

    def answer_unwanted(self) -> None:
        """What the model's side will answer to what it hears now is not to be heard."""
        self._theirs.unwanted = self._theirs.due

    def say_instead(self, line: str) -> bool:
        """Wants this line said in place of the answer that is due or under way. False: some of
        that is on its way to the caller already."""
        if self._speech.ahead_ms:
            return False
        self._cancel_active()
        self.answer_unwanted()
        self.say(line)
        return True

    def keys_typed(self, item_id: str, text: str, *, asks: bool) -> None:
        """The caller has typed something, which is put before the model; if it `asks`, an answer
        is wanted. One that the model's side gives to speech that comes with it will do."""
        self._memory.typed(item_id, text)
        if asks:
            self.answer()

    def pick_up_thread(self) -> None:
        """The line is back: wants the agent to say so and to go on."""
        self.to_send.append(client_events.line_broke_off())
        self.answer()

    def end_stuck_turn(self, now: datetime, *, heard: bool) -> None:
        """The model's ear hears the caller speak, and he does not. What our ear has `heard` of him
        is put before the model, and answered; else it was nothing, and is forgotten."""
        began_at = self._caller_turns.end_open(now)
        if began_at is None:
            return
        self._theirs.due = False
        if heard:
            self.commit(began_at, now)
        else:
            self.to_send.append(client_events.clear())

    def answer_now(self) -> None:
        """Wants an answer from a model that owes one, and waits for it no longer."""
        self._theirs.due = False
        self.answer()

    @property
    def failing(self) -> bool:
        """The last answer failed."""
        return self._failed.any

    def ask_again(self) -> None:
        """The moment after a failure is over."""
        self._paused = False

    def next_line(self) -> str:
        """The line that `ask` would ask for now, word for word; empty if it is something else."""
        return "" if self._must_wait else self._responses.next_line()

    def ask(self) -> None:
        """Asks for what is wanted, if nothing is under way.

        While the model's side hears the caller it waits: two responses, theirs and ours, would
        meet, and the one refused is the one that answers the caller. Unless no answer is wanted.
        """
        words_only = self._rounds.must_speak
        waits = self._must_wait or self._paused
        wish = None if waits else self._responses.next_to_ask(words_only=words_only)
        if wish is None:
            return
        self._asks += 1
        self._purposes.asked(wish.kind)
        self.to_send.append(
            client_events.response(
                wish.kind,
                event_id=f"ask_{self._asks}",
                line=wish.text,
                instructions=wish.instructions,
                words_only=wish.words_only,
            )
        )
        self._note_generating()

    @property
    def _must_wait(self) -> bool:
        return self._theirs.due and not self._hushed

    def clip_played(self, utterance_id: str, text: str, duration_ms: float, *, first: bool) -> None:
        """A prepared line goes to the caller, its `first` words or what `next_line` said.

        The model is told that it was said.
        """
        if not first:
            self._responses.line_played()
        self._speech.begin(Utterance.prepared(utterance_id, text, duration_ms))
        self._memory.clip_begins(utterance_id, text, first=first)

    def aside_played(self, utterance_id: str, text: str, duration_ms: float) -> None:
        """A prepared filler goes to the caller: no part of the conversation."""
        self._speech.begin(
            Utterance.prepared(utterance_id, text, duration_ms, in_conversation=False)
        )

    def say_aside(self, line: str) -> None:
        """Wants a line spoken at once beside the conversation, which goes on unaware of it."""
        self._beside.say(line)
        self._purposes.asked("aside")

    def call_off_asides(self) -> None:
        """The caller speaks: a line beside the conversation is not generated any further."""
        for response_id in self._beside.call_off():
            if not self._responses.is_cancelled(response_id):
                self._cancel(response_id)
                self._agent_turns.end_sound(response_id)

    def summarise(self, instructions: str) -> None:
        """Wants a text about the conversation so far, beside it: a `SummaryMade` will follow."""
        self._beside.summarise(instructions)
        self._purposes.asked("summary")

    def commit(self, started_at: datetime, ended_at: datetime) -> None:
        """Local turns: the caller has finished; an answer is wanted."""
        self._caller_turns.commit(started_at, ended_at)
        self.to_send.append(client_events.commit())
        self._answer_turn()

    def _answer_turn(self) -> None:
        """What the caller said is to be answered, unless he is found to have said nothing."""
        if self._theirs.holding is not None:
            self._theirs.holding.answer_owed = True
        else:
            self.answer()

    def restart_turn(self) -> None:
        """Local turns: the caller begins; what was sent since the last turn is forgotten."""
        self.to_send.append(client_events.clear())

    def function_result(
        self, call_id: str, output: Mapping[str, Any], *, speak: bool = False
    ) -> None:
        """Hands the model the result of a function it called. Wants it answered if the model is to
        `speak` about it: once, when no other result is to come."""
        self._memory.result(call_id, output)
        self._rounds.answered(call_id, speak=speak)
        self._answer_results()

    def _answer_results(self) -> None:
        if self._rounds.take_owed(under_way=self._responses.active):
            self.answer()

    def call_function(self, name: str, arguments: Mapping[str, Any]) -> FunctionCalled:
        """Has a function called in the model's stead; it will find the call and its result."""
        text = orjson.dumps(arguments).decode()
        call_id = self._memory.call_in_its_stead(name, text)
        self._rounds.called_in_its_stead(call_id)
        return FunctionCalled(call_id=call_id, name=name, arguments=text, wordless=False)

    def interrupted(self, *, speaking: bool = False) -> bool:
        """The caller has the turn. Returns whether a response was cut short.

        What the model's side began to answer in a hold is kept, unless he is `speaking` again.
        """
        was_busy = self._responses.busy
        self._broken_off = False  # he does not want the rest of it
        self._broken_answers = 0
        self._failed.caller_speaks()
        self.call_off_asides()
        holding = self._theirs.end_hold()
        if holding is None:
            self._rounds.called_off()
            self._cancel_active()
            return was_busy
        speaking = speaking or any(item not in holding.committed for item in holding.turns)
        if speaking or self._hushed:
            self._theirs.withdraw_waiting(holding)
        self._cancel_active(keep=holding.answer)
        if holding.answer_owed and holding.answer is None and not speaking:
            self.answer()
        self._theirs.take_in(holding)
        return was_busy

    def _cancel_active(self, *, keep: str | None = None) -> None:
        response_id = self._responses.cancel(keep=keep)
        if response_id is not None:
            self._cancel(response_id)

    @property
    def hushed(self) -> bool:
        """Nobody listens."""
        return self._hushed

    def hush(self) -> None:
        """Nobody listens: until `greet` nothing is said but the lines that `say` wants. What the
        model's side answers to what it hears is withdrawn."""
        self._hushed = True

    def greet(self, first_line: str | None) -> None:
        """Somebody has come to listen: wants the call begun, with this line or in its own words."""
        self._hushed = False
        self.to_send.append(client_events.person_came())
        if first_line:
            self._theirs.unwanted = self._theirs.due
            self.say(first_line)
        else:
            self.answer()

    def hold(self) -> None:
        """The caller speaks over the agent: whether he wants the turn is seen later.

        Until `interrupted` or `given_back` nothing may be asked for, and what the model's side
        answers to that speech waits.
        """
        if self._theirs.holding is None:
            self._theirs.hold(self._caller_turns.open)
            self._responses.hold()

    def given_back(self, *, answers: bool = False) -> None:
        """The caller did not want the turn: the model forgets his noise and what it made of it.
        What `answers` a question that is still being asked it keeps, and is asked about later."""
        holding = self._theirs.end_hold()
        if holding is None:
            return
        self._responses.resume()
        self._theirs.give_back(holding)
        for item_id in holding.committed if not answers else ():
            self._memory.forget(item_id)

    def catch_up(self) -> bool:
        """Takes in one event that was withheld in a hold; false if there is none."""
        put_off = self._theirs.next_event()
        if put_off is None:
            return False
        self._take_in(*put_off)
        return True

    def _cancel(self, response_id: str) -> None:
        """Stops a response. What it has begun to say and nobody has heard is forgotten."""
        self._responses.cancelled(response_id)
        self.to_send.append(client_events.cancel(response_id))
        self._agent_turns.forget_unheard(response_id)

    def may_be_heard(self, utterance_id: str) -> bool:
        """It has neither ended nor been cut, and its response was not cancelled."""
        utterance = self._speech.get(utterance_id)
        if utterance is None:
            return False
        response_id = utterance.response_id
        return response_id is None or not self._responses.is_cancelled(response_id)

    def ends_in_question(self, utterance_id: str) -> bool:
        """As far as its words have come."""
        utterance = self._speech.get(utterance_id)
        return utterance is not None and questions.ends_in_question(utterance.text)

    def is_asking(self, unheard_ms: float) -> bool:
        """The caller is being asked something, and has so much still to hear."""
        return questions.is_being_asked(self._speech.under_way(), unheard_ms)

    def is_saying(self, text: str) -> bool:
        """These words are of what the agent says now."""
        return are_own(text, [utterance.text for utterance in self._speech.under_way()])

    def received(self, utterance_id: str, duration_ms: float) -> None:
        """How long the sound of an `AgentSound` was, once decoded."""
        utterance = self._speech.get(utterance_id)
        if utterance is not None:
            utterance.sound_came(duration_ms)

    def played(
        self,
        utterance_id: str,
        heard_ms: int,
        *,
        interrupted: bool,
        held_ms: int = 0,
        began_secs_ago: float | None = None,
        silent_secs_ago: float = 0.0,
    ) -> None:
        """The carrier has played an utterance, or it was cut: what was heard becomes history."""
        utterance = self._speech.end(utterance_id)
        if utterance is None:
            return
        text = self._memory.heard(utterance, heard_ms, interrupted=interrupted)
        self.happened.append(
            AgentSaid(
                utterance_id=utterance_id,
                text=text,
                interrupted=interrupted or utterance.broken_off,
                heard_ms=heard_ms,
                held_ms=held_ms,
                began_secs_ago=began_secs_ago,
                silent_secs_ago=silent_secs_ago,
            )
        )

    def session_lost(self) -> None:
        """The session is gone: speech on its way to the caller goes on as far as it has come."""
        self._broken_off |= self._agent_turns.break_off()
        if self._beside.summarising:
            self.happened.append(SummaryMade(text=""))

    def begin_again(self, *, unheard: bool = False) -> bool:
        """Another session takes the place of the one lost, with an empty memory: tells it all.

        Returns whether the caller waits for an answer to words that the new session can only
        learn from their sound; `unheard` says that he does. Answers that were to be asked for are
        not any more then: they would be given before he is heard.
        """
        self._rounds.session_lost()
        self._answer_results()
        barren = self._barren
        owed = self._theirs.due or barren or self._caller_turns.committing
        unheard = unheard or (owed and self._caller_turns.any)
        goes_on = self._broken_off and barren and not (unheard or self._hushed)
        if self._theirs.due or goes_on:
            self.answer()
        self._responses = self._responses.left(
            active=barren and not goes_on, answers=not (unheard or self._hushed)
        )
        self._broken_off = False
        self._forget_the_session()
        if owed:
            self._purposes.turn_ended()  # it is to hear him for the second time
        self._memory.retell(self._speech.under_way())
        if goes_on:
            self.to_send.append(client_events.note(_GO_ON))
        self._note_generating()
        return unheard

    def _forget_the_session(self) -> None:
        """Lets go of all that was between us and the session that is gone."""
        self.to_send.clear()
        self._lines.clear()
        self._meet_the_session()

    def _meet_the_session(self) -> None:
        """There is nothing yet between us and it."""
        self._paused = False
        self._purposes = Purposes()
        self._theirs = ServerResponses(self._responses, self.to_send)
        self._beside = OutOfBandResponses(self.to_send)
        self._caller_turns = caller = CallerTurns(
            theirs=self._theirs,
            purposes=self._purposes,
            memory=self._memory,
            happened=self.happened,
        )
        self._agent_turns = agent = AgentTurns(
            responses=self._responses,
            theirs=self._theirs,
            beside=self._beside,
            speech=self._speech,
            memory=self._memory,
            rounds=self._rounds,
            happened=self.happened,
        )
        self._handlers: Mapping[str, Callable[[ServerEvent, datetime], None]] = {
            "response.created": self._response_created,
            "response.output_item.added": self._item_added,
            "conversation.item.added": self._news_seen,
            "response.output_audio.delta": agent.sound_came,
            "response.output_audio.done": agent.sound_ended,
            "response.output_audio_transcript.delta": agent.words_came,
            "response.output_text.delta": self._summary_words,
            "response.output_item.done": agent.item_done,
            "response.done": self._response_done,
            "input_audio_buffer.speech_started": caller.speech_started,
            "input_audio_buffer.speech_stopped": caller.speech_stopped,
            "input_audio_buffer.committed": caller.committed,
            "conversation.item.input_audio_transcription.completed": caller.transcribed,
            "conversation.item.input_audio_transcription.failed": caller.not_transcribed,
            "error": self._error,
        }
        self._repeats = Repeats()
        self._begun: set[str] = set()  # responses

    def _note_generating(self) -> None:
        if self._responses.busy != self._generating:
            self._generating = self._responses.busy
            self.happened.append(Generating(under_way=self._generating))

    # -- what the server does -----------------------------------------------------------------

    def server_event(self, event: ServerEvent, now: datetime) -> None:
        """Takes in one server event. Those that are unknown or malformed or that came before are
        counted and dropped: they change nothing."""
        kind = event["type"]
        if kind not in server_events.KINDS:
            self.unknown += kind not in server_events.UNUSED
        elif self._repeats.is_repeated(event):
            self.repeated += 1
        elif (known := server_events.read(event)) is None:
            self.malformed += 1
        elif not self._theirs.puts_off(known, now):
            self._take_in(known, now)

    def _take_in(self, event: ServerEvent, now: datetime) -> None:
        try:
            self._handlers[event["type"]](event, now)
        except Exception as error:
            self.could_not_take(event, error)

    def could_not_take(self, event: ServerEvent, error: Exception) -> None:
        """A fault of ours with one event costs what that event says, and not the call."""
        self.failed += 1
        kind = event["type"]
        if kind not in self._failed_kinds:
            self._failed_kinds.add(kind)
            logger.opt(exception=error).error("an event of the model was not dealt with: {}", kind)

    def _response_created(self, event: ServerEvent, now: datetime) -> None:
        response_id = event["response.id"]
        purpose = self._purposes.begins(event["response.metadata.purpose"])
        self._begun.add(response_id)
        if purpose == "summary":
            self._beside.summary_begins(response_id)
        elif purpose == "aside":
            self._aside_begins(response_id)
        else:
            self._response_begins(response_id, ours=purpose is not None)

    def _item_added(self, event: ServerEvent, now: datetime) -> None:
        """Of a response whose beginning could not be read it is the beginning."""
        response_id = event["response_id"]
        if self._has_begun_unnoticed(response_id):
            self._begun.add(response_id)
            self._response_begins(response_id, ours=self._responses.busy)
        self._agent_turns.item_added(event, now)

    def _has_begun_unnoticed(self, response_id: str) -> bool:
        """One that nobody has told us of takes the place of none that is under way."""
        free = self._responses.active is None and self._theirs.holding is None
        return free and response_id not in self._begun

    def _aside_begins(self, response_id: str) -> None:
        line = self._beside.aside_begins(response_id)
        if line is None:
            self._cancel(response_id)
        else:
            self._lines[response_id] = line

    def _response_begins(self, response_id: str, *, ours: bool) -> None:
        answers_all = self._memory.has_all_news
        if not ours:
            self._theirs.due = False
            if self._theirs.unwanted or self._hushed or self._theirs.holding is not None:
                self._theirs.keep_back(
                    response_id, wanted=not self._hushed, answers_all=answers_all
                )
                self._note_generating()
                return
        wish = self._responses.created(response_id, ours=ours, answers_all=answers_all)
        if wish is None:
            self._cancel(response_id)
        elif wish.kind == "say" and wish.text:
            self._lines[response_id] = wish.text
        self._note_generating()

    def _news_seen(self, event: ServerEvent, now: datetime) -> None:
        if event["item.type"] == "function_call_output":
            self._memory.news_seen(event["item.call_id"])
        elif event["item.id"]:
            self._memory.news_seen(event["item.id"])

    def _summary_words(self, event: ServerEvent, now: datetime) -> None:
        if self._beside.is_summary(event["response_id"]):
            self._beside.summary_goes_on(event["response_id"], event["delta"])

    def _response_done(self, event: ServerEvent, now: datetime) -> None:
        response_id: str = event["response.id"]
        was_active = self._responses.active == response_id
        if self._has_begun_unnoticed(response_id):
            self._response_created(event, now)
        if event["response.usage"]:
            usage = event["response.usage"]
            self.happened.append(Used(usage=usage, sound_ms=sound_ms(usage)))
        if self._beside.is_summary(response_id):
            self.happened.append(SummaryMade(text=self._beside.summary_done(response_id)))
            return
        line = self._lines.pop(response_id, None)
        status = event["response.status"]
        spoke = self._agent_turns.has_spoken(response_id)
        self._agent_turns.done(
            response_id,
            line=line if status == "completed" else None,
            broken_off=status == "incomplete",
        )
        if self._beside.is_aside(response_id):
            self._beside.aside_done(response_id)
            return
        self._responses.done(response_id)
        self._answer_results()
        self._note_generating()
        if was_active:  # of one that was not we do not know what it brought
            self._judge(event, line, spoke=spoke)

    def _judge(self, done: ServerEvent, line: str | None, *, spoke: bool) -> None:
        """What failed, broke off or brought nothing is asked for again, within reason."""
        status, response_id = done["response.status"], done["response.id"]
        wish = Wish(kind="say", text=line) if line else Wish(kind="answer")
        called = self._rounds.called_in(response_id)
        if status == "failed":
            error = ErrorSaid.of(done, "response.status_details.error")
            self._ask_later(None if called else wish, error)
            return
        if status == "cancelled" or self._responses.is_cancelled(response_id):
            return
        self._failed.succeeded()
        self._paused = False
        if not (spoke or called):
            self._barren_answers += 1
            if self._barren_answers == 1 and not self._responses.waiting:
                self._want_again(wish)
            return
        self._barren_answers = 0
        if status != "incomplete" or called:
            self._broken_answers = 0
        else:
            self._go_on(done["response.status_details.reason"], wish)

    def _go_on(self, reason: str | None, wish: Wish) -> None:
        """An answer has ended in mid-sentence."""
        self._broken_answers += 1
        if self._hushed or self._broken_answers > MAX_BROKEN_OFF:
            return
        if reason == "max_output_tokens" and not wish.text:
            self.to_send.append(client_events.note(_GO_ON))
            self.answer()
        elif self._broken_answers == 1:
            self._want_again(wish)

    def _want_again(self, wish: Wish) -> None:
        if wish.text:
            self.say(wish.text)
        else:
            self.answer()

    def _ask_later(self, wish: Wish | None, error: ErrorSaid) -> None:
        """An answer failed: what is still to be asked for waits a moment, or it is given up."""
        wait_secs = self._failed.failed(error)
        if wait_secs is None:
            self.happened.append(ModelFailed(reason="model_failed", detail=str(error)))
            return
        self._paused = True
        self.happened.append(AskLater(after_secs=wait_secs))
        if wish is not None:
            self._want_again(wish)

    def _error(self, event: ServerEvent, now: datetime) -> None:
        """Most errors are about one client event and leave the session as it was."""
        code, about = event["error.code"], event["error.event_id"]
        if code == "session_expired":
            self.happened.append(ModelFailed(reason="model_lost", detail="the session expired"))
        elif about == client_events.ARE_YOU_THERE:
            return  # an answer as good as any
        elif about == "summary":
            self.happened.append(SummaryMade(text=""))
        elif about == "aside":
            self._beside.aside_refused()
            self._purposes.refused("aside")
        elif about == "opening" or about == f"ask_{self._asks}":
            self._purposes.refused("opening", "answer", "say")
            wish, error = self._responses.asked_for, ErrorSaid.of(event, "error")
            if error.may_pass or error.is_final:
                self._responses.refused(for_good=True)
                self._ask_later(wish, error)
                self._note_generating()
                return
            self._responses.refused(for_good=code != "conversation_already_has_active_response")
            self._note_generating()
        elif about is None and code == "conversation_already_has_active_response":
            self._theirs.due = False  # their answer to the caller was refused for ours
            self._purposes.turn_goes_unanswered()
            if not self._theirs.unwanted:
                self._answer_turn()
            self._theirs.unwanted = False
        if code == "response_cancel_not_active":
            self.presume_over(self.cancelled_active)
        if code == "input_audio_buffer_commit_empty":
            self._caller_turns.commit_refused()
        if code not in ("response_cancel_not_active", "conversation_already_has_active_response"):
            message = (event["error.message"] or "")[:LONGEST_MESSAGE]
            self.happened.append(Complaint(code=str(code), message=message))
