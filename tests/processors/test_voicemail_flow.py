"""What is done about who has answered: stories of a call, in seconds since the answer."""

from typing import Any

import pytest

from processors.machines.amd_classifier import BEEP_BELIEVED_SECS, BELIEVED_SECS
from processors.machines.voicemail_flow import (
    AFTER_MESSAGE_SECS,
    ATTEMPTS,
    GREETING_OVER_SECS,
    GREETING_SECS,
    NO_SOUND_SECS,
    SCREENED_SECS,
    WORDS_SECS,
    EndCall,
    Greet,
    Hush,
    Order,
    Phase,
    SayLine,
    Then,
    VoicemailFlow,
)

MESSAGE, SENTENCE = "Please ring us back.", "This is the clinic, about an appointment."
PLEASE = "Please leave a message after the tone."
NAME = "Please say your name and why you are calling."
HELLO, ELSE = "Hello, I am here.", "So what do you want?"
HUSH, GREET = Hush(), Greet()
SAY, TELL = SayLine(text=MESSAGE), SayLine(text=SENTENCE)
HANG_UP, LEFT = EndCall(reason="machine"), EndCall(reason="voicemail")


class Story:
    """A call, told in the order in which things happen; time passes in `until`."""

    def __init__(
        self, then: Then = "leave_message", *, voicemail: str = MESSAGE, sentence: str = SENTENCE
    ) -> None:
        self.matter = VoicemailFlow(then=then, voicemail=voicemail, who_and_why=sentence)
        self.now = 0.0
        self.done: list[tuple[float, Order]] = []

    def until(self, secs: float) -> "Story":
        """Lets time pass, and wakes the matter whenever it wants to be."""
        while (wake_at := self.matter.wake_at) is not None and wake_at <= secs:
            self.now = max(self.now, wake_at)
            self.matter.wake(self.now)
            self._drain()
            if self.matter.wake_at == wake_at:
                raise AssertionError(f"woken at {wake_at} for nothing")
        self.now = secs
        return self

    def after(self, secs: float) -> "Story":
        return self.until(self.now + secs)

    def other(self, text: str, *, secs: float = 2.0, lag_secs: float = 0.6) -> "Story":
        """The other side speaks; its words are known a little later."""
        self.matter.starts_speaking(self.now)
        self._drain()
        self.after(secs).matter.stops_speaking(self.now)
        self._drain()
        if text:
            self.after(lag_secs).matter.said(text, self.now)
            self._drain()
        return self

    def beep(self) -> "Story":
        self.matter.beep(self.now)
        return self._drain()

    def fax(self) -> "Story":
        self.matter.fax(self.now)
        return self._drain()

    def carrier(self, answered_by: str) -> "Story":
        self.matter.carrier_says(answered_by, self.now)
        return self._drain()

    def agent(self, *, secs: float = 3.0, whole: bool = True, is_line: bool = True) -> "Story":
        """The agent is heard, from now on for so long."""
        self.matter.agent_starts()
        self.after(secs).agent_falls_silent(whole=whole, is_line=is_line)
        return self

    def agent_falls_silent(self, *, whole: bool, is_line: bool = True) -> "Story":
        ms = round(1000 * 3)
        self.matter.agent_said(is_line=is_line, whole=whole, played_ms=ms, now=self.now)
        self.matter.agent_stops(self.now)
        return self._drain()

    def _drain(self) -> "Story":
        while self.matter.orders:
            self.done.append((round(self.now, 3), self.matter.orders.popleft()))
        return self

    @property
    def orders(self) -> list[Order]:
        return [order for _, order in self.done]

    def at(self, order: Order) -> float:
        """When this was first done."""
        return next(at for at, done in self.done if done == order)

    @property
    def note(self) -> dict[str, Any]:
        note = self.matter.note
        assert note is not None
        return note


def recorded() -> Story:
    """A machine whose beep has just been heard."""
    return Story().after(0.5).other(PLEASE, secs=4.0).after(0.3).beep()


# -- a message ------------------------------------------------------------------------------------


def test_a_message_behind_the_beep() -> None:
    """Hushed at its words, spoken to at the beep, hung up on when the message was played."""
    story = recorded()
    assert story.orders == [HUSH, SAY]
    story.after(0.8).agent(secs=3.0).after(5)
    assert story.orders == [HUSH, SAY, LEFT]
    assert story.at(LEFT) == pytest.approx(story.at(SAY) + 0.8 + 3.0 + AFTER_MESSAGE_SECS)
    assert story.note["is"] == "machine"
    assert story.note["beep_after_ms"] == 5400
    assert story.note["message_played_ms"] == 3000
    assert story.note["delivered_after_beep"] is True


def test_the_words_may_come_behind_the_beep() -> None:
    """They take their time: the beep that was heard meanwhile is the one they spoke of."""
    story = Story().after(0.5)
    story.matter.starts_speaking(story.now)
    story.after(4.0).matter.stops_speaking(story.now)
    story.after(0.5).beep()
    assert story.orders == []
    story.after(0.3).matter.said(PLEASE, story.now)
    story.after(0.0)._drain()
    assert story.orders == [HUSH, SAY]


def test_words_from_before_the_message_are_no_answer_to_it() -> None:
    """The end of the greeting may be understood when the message has begun."""
    story = recorded()
    for late in ("So long.", PLEASE, HELLO):
        story.matter.said(late, story.now)
    story._drain().after(0.8).agent().after(1)
    assert story.orders == [HUSH, SAY, LEFT]


def test_without_a_beep_silence_ends_the_greeting() -> None:
    """Counted from its last word; the record claims no beep."""
    story = Story().other(PLEASE, secs=4.0, lag_secs=0.6).after(6)
    assert story.orders == [HUSH, SAY]
    assert story.at(SAY) == pytest.approx(4.0 + GREETING_OVER_SECS)
    story.agent().after(1)
    assert story.orders[-1] == LEFT
    assert story.note["delivered_after_beep"] is False
    assert story.note["beep_after_ms"] is None


def test_a_greeting_with_pauses_is_heard_to_its_end() -> None:
    """Each new word moves the end."""
    story = Story().other(PLEASE, secs=2.0)
    for _ in range(3):
        story.after(3.0).other("Or ring my office.", secs=1.0, lag_secs=0.3)
    assert story.orders == [HUSH]
    story.after(5.0)
    assert story.orders == [HUSH, SAY]


@pytest.mark.parametrize(
    ("answered_by", "after_beep"), [("machine_end_beep", True), ("machine_end_silence", False)]
)
def test_the_carrier_ends_the_greeting(answered_by: str, after_beep: bool) -> None:
    """Its beep is as good as ours."""
    story = Story().other(PLEASE, secs=2.0).after(1.0).carrier(answered_by)
    assert story.orders == [HUSH, SAY]
    story.agent().after(1)
    assert story.note["delivered_after_beep"] is after_beep


def test_a_carrier_that_speaks_over_the_greeting_ends_nothing() -> None:
    """What is heard now counts more than what it believed."""
    story = Story().other(PLEASE, secs=2.0)
    story.matter.starts_speaking(story.now)
    story.carrier("machine_end_other").after(1.0)
    story.matter.stops_speaking(story.now)
    assert story.orders == [HUSH]


def test_a_late_beep_begins_the_message_anew() -> None:
    """What was said before it is in no recording: hushed, and once more from the beginning."""
    story = Story().other(PLEASE, secs=2.0).after(5.0)
    story.matter.agent_starts()
    story.after(1.0).beep()
    assert story.orders == [HUSH, SAY, HUSH, SAY]
    story.matter.agent_stops(story.now)
    story.agent().after(1)
    assert story.orders[4:] == [LEFT]
    assert story.note["delivered_after_beep"] is True


def test_a_beep_before_the_message_sounds_costs_nothing() -> None:
    """It was asked for and has not begun: it goes after the beep as it is."""
    story = Story().other(PLEASE, secs=2.0).after(3.6).beep().after(0.5).agent().after(1)
    assert story.orders == [HUSH, SAY, LEFT]
    assert story.note["delivered_after_beep"] is True


def test_a_beep_in_the_recording_changes_nothing() -> None:
    """Many machines beep again."""
    story = recorded().after(0.5)
    story.matter.agent_starts()
    story.after(1.0).beep().after(2.0).agent_falls_silent(whole=True).after(1)
    assert story.orders == [HUSH, SAY, LEFT]


def test_a_message_cut_by_a_noise_is_said_again() -> None:
    """Whole, once nobody is found to have spoken; but not for ever."""
    story = recorded()
    for _ in range(ATTEMPTS):
        story.after(0.5).agent(secs=1.0, whole=False).other("", secs=0.3).after(WORDS_SECS + 0.1)
    assert story.orders == [HUSH, *(SAY,) * ATTEMPTS, HANG_UP]
    assert story.note["message_played_ms"] is None


def test_a_model_that_does_not_speak() -> None:
    """Nothing was left, and the call does not stay open."""
    story = recorded().after(NO_SOUND_SECS + 1)
    assert story.orders == [HUSH, SAY, HANG_UP]


def test_what_else_the_agent_is_heard_with_is_not_the_message() -> None:
    """An utterance cut when it was hushed, for instance."""
    story = recorded()
    story.matter.agent_said(is_line=False, whole=True, played_ms=900, now=story.now)
    story.after(2.0)
    assert story.orders == [HUSH, SAY]


def test_a_machine_that_speaks_into_the_message_is_waited_for() -> None:
    """It was no end of the greeting: the message is said after the next one."""
    story = Story().other(PLEASE, secs=2.0).after(4.0)
    story.matter.agent_starts()
    story.after(0.5).agent_falls_silent(whole=False)
    story.other("You can also press 1 to send a page.", secs=2.0).after(1.0).beep()
    assert story.orders == [HUSH, SAY, HUSH, SAY]


def test_an_endless_menu_is_hung_up_on() -> None:
    """Two minutes are longer than any greeting."""
    story = Story().other(PLEASE, secs=1.0)
    while HANG_UP not in story.orders:
        story.other("Press 1 for English.", secs=2.0).after(0.5)
        assert story.now < 200
    assert story.at(HANG_UP) == pytest.approx(GREETING_SECS, abs=5)
    assert SAY not in story.orders


# -- no message -----------------------------------------------------------------------------------


def test_hanging_up_on_a_machine() -> None:
    """At once when it is found out."""
    assert Story("hang_up").other(PLEASE).orders == [HUSH, HANG_UP]


@pytest.mark.parametrize(
    "story",
    [
        Story().other("The mailbox is full."),
        Story().other(PLEASE).other("The mailbox is full."),
        Story().carrier("fax").after(BELIEVED_SECS),
        Story(voicemail="").other(PLEASE),
        Story(voicemail="", sentence="").other(NAME),
        recorded().other("The mailbox is full."),
    ],
    ids=["full", "full after all", "fax", "nothing to say", "nothing to tell", "full at the end"],
)
def test_a_machine_that_takes_no_message(story: Story) -> None:
    """Or to which there is nothing to say."""
    assert story.orders[-1] == HANG_UP
    assert story.note["message_played_ms"] is None


def test_a_beep_behind_a_monologue_needs_no_other_witness() -> None:
    """Once the words have had time to come."""
    story = Story().other("", secs=4.0).after(0.3).beep().after(5.0)
    assert story.orders[:2] == [HUSH, SAY]
    assert story.at(SAY) == pytest.approx(4.3 + BEEP_BELIEVED_SECS)


def test_ignore_does_nothing() -> None:
    """Whatever is heard."""
    story = Story("ignore").carrier("machine_start").other(PLEASE).beep().after(60)
    assert story.orders == []
    assert story.matter.note is None
    assert story.matter.wake_at is None


# -- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [HELLO, ELSE, "Hold on a second!"])
def test_whoever_speaks_into_the_message_is_greeted(words: str) -> None:
    """A machine that records is silent."""
    story = recorded().after(0.5).agent(secs=1.0, whole=False).other(words).after(30)
    assert story.orders == [HUSH, SAY, GREET]
    assert story.note["is"] == "person"
    assert story.note["message_played_ms"] is None


def test_whoever_picks_up_in_the_greeting_is_greeted() -> None:
    """Greetings go on in words of all kinds; people say hello."""
    story = Story().other(PLEASE).after(0.5).other("I am at the beach.")
    assert story.orders == [HUSH]
    assert story.after(0.5).other(HELLO).orders == [HUSH, GREET]


def test_what_was_said_before_the_machine_was_found_out_is_no_person() -> None:
    """A greeting may begin with hello, and its words come late."""
    story = Story().after(0.5)
    story.matter.starts_speaking(story.now)
    story.after(4.0).matter.stops_speaking(story.now)
    story.carrier("machine_start").after(0.2).beep()
    story.matter.said("Hello.", story.now)
    assert story._drain().orders == [HUSH, SAY]


def test_a_person_found_by_mistake_is_a_machine_again() -> None:
    """Until two turns have answered the agent, a machine's words count."""
    story = recorded().after(0.5).agent(secs=1.0, whole=False).other(HELLO)
    story.agent(is_line=False).other(PLEASE)
    assert story.orders == [HUSH, SAY, GREET, HUSH]


def test_two_answers_close_the_matter() -> None:
    """Nothing that comes later opens it again."""
    story = Story()
    for _ in range(2):
        story.agent(is_line=False).other(ELSE)
    story.carrier("machine_end_beep").beep().other(PLEASE).after(60)
    assert story.orders == []
    assert story.note["is"] == "person"


def test_a_human_verdict_closes_it_for_the_carrier_and_for_beeps() -> None:
    """Words may still prove the carrier wrong."""
    story = Story().carrier("human").carrier("machine_start").other("", secs=4.0).beep().after(60)
    assert story.orders == []
    assert story.note["is"] == "person"
    assert story.other(PLEASE).orders == [HUSH]


def test_a_person_who_speaks_outweighs_the_carrier() -> None:
    """Nobody hangs up on them, however long they think."""
    story = Story("hang_up").agent(is_line=False).other(HELLO).carrier("machine_start").after(60)
    assert story.orders == []


# -- assistants -----------------------------------------------------------------------------------


def test_an_assistant_is_told_who_calls() -> None:
    """Once; then whoever it fetches is greeted, be it in the words of no telephone book."""
    for words in (HELLO, ELSE):
        story = Story().other(NAME).after(0.5).agent()
        story.after(2.0).other("Thanks, please hold.").after(10.0)
        assert story.orders == [HUSH, TELL]
        assert story.note["is"] == "screening"
        story.other(words).after(30)
        assert story.orders == [HUSH, TELL, GREET]
        assert story.note["is"] == "person"


def test_an_assistant_that_asks_again_is_told_again() -> None:
    """But not for ever."""
    story = Story()
    for _ in range(ATTEMPTS + 1):
        story.other(NAME).after(0.5).agent()
    assert [o for o in story.orders if o != HUSH] == [*(TELL,) * ATTEMPTS, HANG_UP]


def test_an_assistant_that_fetches_nobody() -> None:
    """Is waited for, and then left."""
    story = Story().other(NAME).after(0.5).agent()
    told = story.now
    story.after(100)
    assert story.orders == [HUSH, TELL, HANG_UP]
    assert story.at(HANG_UP) == pytest.approx(told + SCREENED_SECS)
    assert story.note["is"] == "screening"


def test_an_assistant_that_takes_a_message() -> None:
    """Is a machine as any other."""
    story = Story().other(NAME).after(0.5).agent()
    story.other("This person is not available.").other(PLEASE).after(0.5).beep()
    assert [o for o in story.orders if o != HUSH] == [TELL, SAY]
    assert story.note["is"] == "machine"
    story = Story("hang_up").other(NAME).after(0.5).agent().other(PLEASE)
    assert story.orders[-1] == HANG_UP


def test_the_message_tells_who_calls_where_nothing_else_does() -> None:
    """Both are texts that anybody may hear."""
    assert Story(sentence="").other(NAME).orders == [HUSH, SAY]


@pytest.mark.parametrize("phase", [Phase.MESSAGE, Phase.SCREENED])
def test_a_line_lost_in_what_is_said(phase: Phase) -> None:
    """It is said again when it has come back, as after any cut that nobody's words explain."""
    story = recorded() if phase is Phase.MESSAGE else Story().other(NAME)
    assert story.matter.phase is phase
    said = story.orders[-1]
    story.after(0.5).agent(secs=1.0, whole=False).after(WORDS_SECS + 0.1).agent()
    assert story.orders == [HUSH, said, said]


@pytest.mark.parametrize(
    "story",
    [
        Story().fax(),
        Story("hang_up").fax(),
        Story().carrier("fax").after(BELIEVED_SECS),
        Story().carrier("machine_start").after(BELIEVED_SECS).fax(),
        Story().other("", secs=4.0).after(0.3).beep().after(5.0).fax(),
        Story().carrier("human").fax(),
    ],
    ids=["tone", "no message", "carrier", "greeting", "in the message", "carrier was wrong"],
)
def test_a_fax_is_hung_up_on_and_noted(story: Story) -> None:
    """At once when its tone is heard, whatever was believed before."""
    assert story.orders[-1] == HANG_UP
    assert story.note["is"] == "fax"
    assert story.note["delivered_after_beep"] is False


def test_a_machine_that_greets_is_no_fax() -> None:
    """Whatever the carrier says of it."""
    assert Story("hang_up").carrier("fax").other(PLEASE).note["is"] == "machine"
