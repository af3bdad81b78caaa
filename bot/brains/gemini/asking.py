"""What is wanted of the model, and when it is asked for. Plain code."""

from dataclasses import replace

from bot.brains.gemini import client_messages
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.wishes import ModelTurn, Wish


class Asking:
    """See `bot.brains.realtime.conversation.Asking`."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.holding = False  # nothing may be asked for

    @property
    def busy(self) -> bool:
        return self._dialogue.busy

    @property
    def waiting(self) -> bool:
        return bool(self._dialogue.wishes) or self._dialogue.rounds.owed

    @property
    def hushed(self) -> bool:
        return self._dialogue.hushed

    # -- lines and answers --------------------------------------------------------------------

    def opening_asked(self, first_line: str | None) -> None:
        line = Wish(kind="say", text=first_line) if first_line else Wish(kind="answer")
        self._dialogue.asked = line
        self._dialogue.note_generating()

    def say(self, line: str) -> None:
        self._dialogue.wishes.append(Wish(kind="say", text=line))

    def say_instead(self, line: str) -> bool:
        if self._dialogue.speech.ahead_ms or self._dialogue.summing_up:
            return False
        self._dialogue.call_off()
        self.say(line)
        return True

    def answer(self, instructions: str = "") -> None:
        """Two answers that wait are one."""
        waiting = any(wish.kind == "answer" for wish in self._dialogue.wishes)
        if not (self._dialogue.hushed or waiting):
            self._dialogue.wishes.append(Wish(kind="answer", instructions=instructions))

    def answer_now(self) -> None:
        """What the model owed it has not given: it is asked for it, unless it speaks by now."""
        if self._dialogue.summing_up:
            return
        if self._dialogue.active is None and self._dialogue.asked is not None:
            self._dialogue.asked, self._dialogue.unwanted = None, True
        self.answer()

    def answer_unwanted(self) -> None:
        asked = self._dialogue.asked
        if asked is not None and asked.of_caller:
            self._dialogue.asked, self._dialogue.unwanted = None, True

    def answer_is_owed(self) -> None:
        """The model begins to answer of itself: to what it heard, or to the result of a
        function."""
        if self._dialogue.asked is None:
            self._dialogue.asked = Wish(kind="answer")
        if self._dialogue.active is not None:
            self._dialogue.active.gave_owed = False

    def again(self, wish: Wish) -> None:
        """This was asked for, came to nothing, and is wanted still."""
        if wish.kind == "answer":
            self.answer(wish.instructions)
        else:
            self._dialogue.wishes.append(replace(wish, of_caller=False))
        if wish.kind == "summary":
            self.ask()  # nobody else asks for anything any more

    def cut(self, turn: ModelTurn) -> None:
        """The server has cut this turn, and the caller did not want that, as far as is known."""
        if self._dialogue.activity:
            return  # what follows is decided when they have spoken
        if turn.has_sound and not turn.wish.text:
            self.go_on()
        else:
            self.again(turn.wish)

    def go_on(self) -> None:
        """What the agent was saying broke off."""
        self._dialogue.memory.note(client_messages.GO_ON, about="go on")
        self.answer()

    # -- what the model is told ---------------------------------------------------------------

    def note(self, text: str) -> None:
        self._dialogue.memory.note(text)
        self.tell_speaker()

    def instruct(self, text: str) -> None:
        self._dialogue.memory.instructed(text)
        self.tell_speaker()

    def tell_speaker(self) -> None:
        """While the caller speaks, notes go with what they say."""
        if self._dialogue.activity:
            self._dialogue.to_send.extend(
                client_messages.aside_in_activity(note)
                for note in self._dialogue.memory.take_notes()
            )

    def pick_up_thread(self) -> None:
        self.note(client_messages.LINE_BROKE_OFF)
        self.answer()

    def hush(self) -> None:
        self._dialogue.hushed = True

    def speak_again(self) -> None:
        self._dialogue.hushed = False

    def greet(self, first_line: str | None) -> None:
        self._dialogue.hushed = False
        self.note(client_messages.PERSON_CAME)
        if first_line:
            self.answer_unwanted()
            self.say(first_line)
        else:
            self.answer()

    # -- beside the conversation --------------------------------------------------------------

    def say_aside(self, line: str) -> None:
        """The protocol has nothing beside the conversation: it is a line in it like any other, and
        comes too late where something else is said."""
        if not (self.busy or self._dialogue.wishes):
            self.say(line)

    def call_off_asides(self) -> None:
        """There is none."""

    def summarise(self, instructions: str) -> None:
        """From here on nothing else is wanted, and nothing calls this off: the line of a call that
        is over is lost in the middle of it."""
        dialogue = self._dialogue
        self.holding = False
        if dialogue.activity:  # it may be asked for nothing while that goes on
            dialogue.to_send.append(client_messages.ACTIVITY_END)
            dialogue.activity = False
            dialogue.asked = Wish(kind="answer", of_caller=True)
        dialogue.call_off()
        dialogue.summing_up = True
        dialogue.wishes.append(Wish(kind="summary", text=instructions))
        self.ask()

    # -- asking -------------------------------------------------------------------------------

    def next_line(self) -> str:
        wishes = self._dialogue.wishes
        if self._must_wait or not wishes or wishes[0].kind != "say":
            return ""
        return wishes[0].text

    def ask(self) -> None:
        dialogue = self._dialogue
        if self._must_wait or not dialogue.wishes:
            return
        wish = dialogue.asked = dialogue.wishes.popleft()
        dialogue.cuts_in()
        notes = dialogue.memory.take_notes()
        dialogue.to_send.extend(client_messages.ask(notes, _wanted(wish)))
        dialogue.note_generating()

    def ask_again(self) -> None:
        """Nothing that fails is asked for later: sessions that fail end."""

    @property
    def _must_wait(self) -> bool:
        """What is asked for stops what is being said; and while the caller speaks, it may end the
        session."""
        dialogue, active = self._dialogue, self._dialogue.active
        speaks = active is not None and not (active.cancelled or active.generated)
        return self.holding or dialogue.activity or dialogue.asked is not None or speaks


def _wanted(wish: Wish) -> str:
    if wish.kind == "say":
        return client_messages.say_exactly(wish.text)
    if wish.kind == "summary":
        return client_messages.summary(wish.text)
    return wish.instructions or client_messages.ANSWER
