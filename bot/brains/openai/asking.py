"""What is wanted of the model, and when it is asked for. Plain code."""

from bot.brains.openai import client_events
from bot.brains.openai.dialogue import Dialogue
from bot.brains.openai.responses import Wish


class Asking:
    """See `bot.brains.realtime.conversation.Asking`."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._paused = False  # nothing is asked for after a failure, for a moment
        self._asks = 0

    @property
    def busy(self) -> bool:
        return self._dialogue.responses.busy

    @property
    def waiting(self) -> bool:
        return self._dialogue.responses.waiting or self._dialogue.rounds.owed

    @property
    def hushed(self) -> bool:
        return self._dialogue.hushed

    # -- lines and answers --------------------------------------------------------------------

    def opening_asked(self, first_line: str | None) -> None:
        self._dialogue.responses.asked(Wish(kind="say", text=first_line or ""))
        self._dialogue.purposes.asked("opening")
        self._dialogue.note_generating()

    def say(self, line: str) -> None:
        self._dialogue.responses.wish(Wish(kind="say", text=line))

    def say_instead(self, line: str) -> bool:
        if self._dialogue.speech.ahead_ms:
            return False
        self._dialogue.call_off()
        self.answer_unwanted()
        self.say(line)
        return True

    def answer(self, instructions: str = "") -> None:
        if not self._dialogue.hushed:
            self._dialogue.responses.wish(Wish(kind="answer", instructions=instructions))

    def answer_now(self) -> None:
        self._dialogue.server_responses.due = False
        self.answer()

    def answer_unwanted(self) -> None:
        self._dialogue.server_responses.unwanted = self._dialogue.server_responses.due

    def answer_turn(self) -> None:
        """What the caller said is to be answered, unless they are found to have said nothing."""
        holding = self._dialogue.server_responses.holding
        if holding is not None:
            holding.answer_owed = True
        else:
            self.answer()

    def answer_results(self) -> None:
        """Results of functions are to be answered, once all of them are there."""
        active = self._dialogue.responses.active
        if self._dialogue.rounds.take_owed(under_way=active.id if active else None):
            self.answer()

    def again(self, wish: Wish) -> None:
        """This was asked for, came to nothing, and is wanted still."""
        if wish.text:
            self.say(wish.text)
        else:
            self.answer()

    # -- what the model is told ---------------------------------------------------------------

    def note(self, text: str) -> None:
        self._dialogue.to_send.append(client_events.note(text))

    def instruct(self, text: str) -> None:
        self._dialogue.memory.instructed(text)

    def pick_up_thread(self) -> None:
        self._dialogue.to_send.append(client_events.line_broke_off())
        self.answer()

    def hush(self) -> None:
        self._dialogue.hushed = True

    def speak_again(self) -> None:
        self._dialogue.hushed = False

    def greet(self, first_line: str | None) -> None:
        self._dialogue.hushed = False
        self._dialogue.to_send.append(client_events.person_came())
        if first_line:
            self.answer_unwanted()
            self.say(first_line)
        else:
            self.answer()

    # -- beside the conversation --------------------------------------------------------------

    def say_aside(self, line: str) -> None:
        if not self._dialogue.out_of_band.possible:
            return
        self._dialogue.out_of_band.say(line)
        self._dialogue.purposes.asked("aside")

    def call_off_asides(self) -> None:
        for response in self._dialogue.out_of_band.call_off():
            self._dialogue.cancel(response)
            self._dialogue.agent_turns.end_sound(response)

    def summarise(self, instructions: str) -> None:
        self._dialogue.out_of_band.summarise(instructions)
        self._dialogue.purposes.asked("summary")

    # -- asking -------------------------------------------------------------------------------

    def next_line(self) -> str:
        return "" if self._must_wait else self._dialogue.responses.next_line()

    def ask(self) -> None:
        dialogue = self._dialogue
        words_only = dialogue.rounds.must_speak
        waits = self._must_wait or self._paused
        wish = None if waits else dialogue.responses.next_to_ask(words_only=words_only)
        if wish is None:
            return
        self._asks += 1
        dialogue.purposes.asked(wish.kind)
        dialogue.to_send.append(
            client_events.response(
                wish.kind,
                event_id=f"ask_{self._asks}",
                line=wish.text,
                instructions=wish.instructions,
                words_only=wish.words_only,
            )
        )
        dialogue.note_generating()

    @property
    def _must_wait(self) -> bool:
        """While the model's side hears the caller: two responses, theirs and ours, would meet, and
        the one refused is the one that answers the caller. Unless no answer is wanted."""
        return self._dialogue.server_responses.due and not self._dialogue.hushed

    def is_last(self, event_id: str | None) -> bool:
        """Whether this is the event by which a response in the conversation was last asked for."""
        return event_id == "opening" or event_id == f"ask_{self._asks}"

    def pause(self) -> None:
        """Nothing is asked for after a failure, until `ask_again`."""
        self._paused = True

    def ask_again(self) -> None:
        self._paused = False
