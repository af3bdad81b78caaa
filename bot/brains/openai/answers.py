"""The model's responses from their beginning to their end, and what follows from how they end.
Plain code."""

from datetime import datetime

from bot.brains.openai import client_events
from bot.brains.openai.asking import Asking
from bot.brains.openai.dialogue import Dialogue
from bot.brains.openai.failed_answers import LONGEST_MESSAGE, ErrorSaid, FailedAnswers
from bot.brains.openai.responses import Response, Wish
from bot.brains.openai.server_events import ServerEvent
from bot.brains.openai.usage import sound_ms
from bot.brains.realtime.events import AskLater, Complaint, ModelFailed, SummaryMade, Used

MAX_BROKEN_OFF = 3  # answers in a row that are gone on with where they end in mid-sentence
GO_ON = "Your last sentence broke off in the middle. Go on from there, without an apology."


class Answers:
    """Those of one call. Server events go in; `failed`, barren and broken answers are counted."""

    def __init__(self, dialogue: Dialogue, asking: Asking) -> None:
        self._dialogue = dialogue
        self._asking = asking
        self._failed = FailedAnswers()
        self._barren = 0  # in a row
        self._broken = 0  # in a row

    @property
    def failing(self) -> bool:
        """The last answer failed."""
        return self._failed.any

    def caller_speaks(self) -> None:
        """They do not wait any more, and do not want the rest of what broke off."""
        self._broken = 0
        self._failed.caller_speaks()

    # -- beginnings ---------------------------------------------------------------------------

    def created(self, event: ServerEvent, now: datetime) -> None:
        """`response.created`"""
        response = self._dialogue.responses.of(event["response.id"])
        response.begin()
        purpose = self._dialogue.purposes.begins(event["response.metadata.purpose"])
        if purpose == "summary":
            response.purpose = "summary"
        elif purpose == "aside":
            if not self._dialogue.out_of_band.aside_begins(response):
                self._dialogue.cancel(response)
        else:
            self._begins(response, ours=purpose is not None)

    def item_added(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_item.added`: of a response whose beginning could not be read it is the
        beginning."""
        response = self._dialogue.responses.of(event["response_id"])
        if self._has_begun_unnoticed(response):
            response.begin()
            self._begins(response, ours=self._dialogue.responses.busy)
        self._dialogue.agent_turns.item_added(event, now)

    def _has_begun_unnoticed(self, response: Response) -> bool:
        """A response the server has not announced replaces none that is under way."""
        dialogue = self._dialogue
        free = dialogue.responses.active is None and dialogue.server_responses.holding is None
        return free and response.is_unnoticed

    def _begins(self, response: Response, *, ours: bool) -> None:
        dialogue = self._dialogue
        answers_all = dialogue.memory.has_all_news
        if not ours:
            dialogue.server_responses.due = False
            if (
                dialogue.server_responses.unwanted
                or dialogue.hushed
                or dialogue.server_responses.holding is not None
            ):
                dialogue.server_responses.keep_back(
                    response.id, wanted=not dialogue.hushed, answers_all=answers_all
                )
                dialogue.note_generating()
                return
        wish = dialogue.responses.created(response.id, ours=ours, answers_all=answers_all)
        if wish is None:
            dialogue.cancel(response)
        elif wish.kind == "say":
            response.line = wish.text
        dialogue.note_generating()

    # -- ends ---------------------------------------------------------------------------------

    def summary_words(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_text.delta`"""
        response = self._dialogue.responses.of(event["response_id"])
        if response.is_now("summary"):
            self._dialogue.out_of_band.summary_goes_on(response, event["delta"])

    def spoken_words(self, event: ServerEvent, now: datetime) -> None:
        """`response.output_audio_transcript.delta`; some servers speak a summary, unheard."""
        if self._dialogue.responses.of(event["response_id"]).is_now("summary"):
            self.summary_words(event, now)
        else:
            self._dialogue.agent_turns.words_came(event, now)

    def done(self, event: ServerEvent, now: datetime) -> None:
        """`response.done`"""
        dialogue = self._dialogue
        response = dialogue.responses.of(event["response.id"])
        was_active = dialogue.responses.active is response
        if self._has_begun_unnoticed(response):
            self.created(event, now)
        usage = event["response.usage"] or {}  # also of none: the call's limit is looked at
        dialogue.happened.append(Used(usage=usage, sound_ms=sound_ms(usage)))
        if response.is_now("summary"):
            response.is_over = True
            dialogue.happened.append(SummaryMade(text="".join(response.text)))
            return
        status, spoke = event["response.status"], response.has_sound
        self._end(response, line=response.line if status == "completed" else "", status=status)
        if was_active:  # of one that was not we do not know what it brought
            self._judge(response, event, spoke=spoke)

    def presume_over(self, response_id: str | None) -> None:
        """Treats a cancelled response as ended though its end was never announced."""
        active = self._dialogue.responses.active
        if active is not None and active.id == response_id and active.is_cancelled:
            self._end(active, line="", status=None)

    def _end(self, response: Response, *, line: str, status: str | None) -> None:
        dialogue = self._dialogue
        dialogue.agent_turns.done(response, line=line, broken_off=status == "incomplete")
        was_aside = response.is_now("aside")
        dialogue.responses.done(response.id)
        if not was_aside:
            self._asking.answer_results()
            dialogue.note_generating()

    def _judge(self, response: Response, done: ServerEvent, *, spoke: bool) -> None:
        """What failed, broke off or brought nothing is asked for again, within reason."""
        status = done["response.status"]
        wish = Wish(kind="say", text=response.line) if response.line else Wish(kind="answer")
        called = self._dialogue.rounds.called_in(response.id)
        if status == "failed":
            error = ErrorSaid.of(done, "response.status_details.error")
            self._ask_later(None if called else wish, error)
            return
        if status == "cancelled" or response.is_cancelled:
            return
        self._failed.succeeded()
        self._asking.ask_again()
        if not (spoke or called):
            self._barren += 1
            if self._barren == 1 and not self._dialogue.responses.waiting:
                self._asking.again(wish)
            return
        self._barren = 0
        if status != "incomplete" or called:
            self._broken = 0
        else:
            self._go_on(done["response.status_details.reason"], wish)

    def _go_on(self, reason: str | None, wish: Wish) -> None:
        """An answer has ended in mid-sentence."""
        self._broken += 1
        if self._dialogue.hushed or self._broken > MAX_BROKEN_OFF:
            return
        if reason == "max_output_tokens" and not wish.text:
            self._asking.note(GO_ON)
            self._asking.answer()
        elif self._broken == 1:
            self._asking.again(wish)

    def _ask_later(self, wish: Wish | None, error: ErrorSaid) -> None:
        """An answer failed: what is still to be asked for waits a moment, or it is given up."""
        wait_secs = self._failed.failed(error)
        happened = self._dialogue.happened
        if wait_secs is None:
            happened.append(ModelFailed(reason="model_failed", detail=str(error)))
            return
        self._asking.pause()
        happened.append(AskLater(after_secs=wait_secs))
        if wish is not None:
            self._asking.again(wish)

    # -- errors -------------------------------------------------------------------------------

    def error(self, event: ServerEvent, now: datetime) -> None:
        """`error`: most are about one client event and leave the session as it was."""
        dialogue, code, about = self._dialogue, event["error.code"], event["error.event_id"]
        has_active = code == "conversation_already_has_active_response"
        if code == "session_expired":
            expired = ModelFailed(reason="model_lost", detail="the session expired")
            dialogue.happened.append(expired)
        elif about == client_events.ARE_YOU_THERE:
            return  # an answer as good as any
        elif about == "summary":
            dialogue.happened.append(SummaryMade(text=""))
        elif about == "aside":
            dialogue.out_of_band.aside_refused()
            dialogue.purposes.refused("aside")
        elif self._asking.is_last(about):
            if self._refused(event, for_good=not has_active):
                return
        elif about is None and has_active:
            self._their_answer_refused()
        if code == "response_cancel_not_active" and dialogue.responses.active is not None:
            self.presume_over(dialogue.responses.active.id)
        if code == "input_audio_buffer_commit_empty":
            dialogue.caller_turns.commit_refused()
        if code != "response_cancel_not_active" and not has_active:
            message = (event["error.message"] or "")[:LONGEST_MESSAGE]
            dialogue.happened.append(Complaint(code=str(code), message=message))

    def _refused(self, event: ServerEvent, *, for_good: bool) -> bool:
        """The server would not start what we asked for; whether that is asked for later."""
        responses, error = self._dialogue.responses, ErrorSaid.of(event, "error")
        self._dialogue.purposes.refused("opening", "answer", "say")
        may_pass, wish = error.may_pass or error.is_final, responses.asked_for
        responses.refused(for_good=for_good or may_pass)
        if may_pass:
            self._ask_later(wish, error)
        self._dialogue.note_generating()
        return may_pass

    def _their_answer_refused(self) -> None:
        """Theirs to the caller was refused for one of ours."""
        theirs = self._dialogue.server_responses
        theirs.due = False
        self._dialogue.purposes.turn_goes_unanswered()
        if not theirs.unwanted:
            self._asking.answer_turn()
        theirs.unwanted = False
