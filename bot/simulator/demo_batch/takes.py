"""What happens when somebody's phone rings: how they answer, and what the model then says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.simulator.callees import full_mailbox, late_person, screened_person, voicemail
from bot.simulator.caller import (
    Action,
    CallerScript,
    HangUp,
    Press,
    Say,
    StayOn,
    WaitForAgent,
)
from bot.simulator.carrier import AnswerPolicy, Answers, Busy, Fails, NoAnswer, RefusedByApi
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.stories import spoken
from bot.simulator.voices import Voice

RING_SECS = 0.6
LISTEN_MS = 350  # how long people wait before they answer
GREETING_MS = 4200  # of a machine: by then the carrier's detection has heard its end


@dataclass(frozen=True, kw_only=True)
class Take:
    """One call."""

    policy: AnswerPolicy
    steps: Sequence[Step] = ()

    def lines(self) -> Sequence[str]:
        """All that is said by the other side, to be rendered beforehand."""
        return spoken(self.policy.caller) if isinstance(self.policy, Answers) else ()

    def script(self) -> ModelScript:
        """For a model without ears, which takes the script's word for what it heard."""
        return ModelScript(steps=self.steps, expects=self.lines(), by_words=True)

    def performed(self, voice: Voice) -> AnswerPolicy:
        """The policy, with the voice of those who answer."""
        if not isinstance(self.policy, Answers):
            return self.policy
        return replace(self.policy, caller=replace(self.policy.caller, voice=voice))


def talk(*words: str, steps: Sequence[Step], then: Action | None = None) -> Take:
    """A person: hears the agent out, answers line by line, and hears its last words."""
    lines = tuple(each for text in words for each in (WaitForAgent(LISTEN_MS), Say(text)))
    actions = (*lines, then or WaitForAgent(LISTEN_MS), HangUp())
    return Take(policy=_answers(actions), steps=steps)


def confirms() -> Take:
    return talk(
        "Yes, speaking.",
        "Yes, I will be there.",
        steps=(*_introduced(), *_confirmed()),
    )


def cancels() -> Take:
    return talk(
        "Yes, that is me.",
        "No, I can't come. Please cancel it.",
        steps=(
            *_introduced(),
            _does("cancel it", "cancel_appointment"),
            _says("cancel_appointment", OFF),
        ),
    )


def moves(day: str, time: str) -> Take:
    """To a slot that is free."""
    return talk(
        "Yes, this is me.",
        "Could I come another day instead?",
        steps=(
            *_introduced(),
            _does("another day", "reschedule_appointment", day=day, time=time),
            _says("reschedule_appointment", "It is moved. Thank you and goodbye."),
        ),
    )


def is_somebody_else() -> Take:
    sorry = "I am sorry to have troubled you. Goodbye."
    return talk(
        "No, you have the wrong number.",
        steps=(_does("wrong number", "wrong_person"), _says("wrong_person", sorry)),
    )


def wants_a_call_at(at: str) -> Take:
    """At that local time."""
    later = "We will call you back then. Goodbye."
    return talk(
        "I am driving, can you call me later?",
        steps=(_does("later", "call_back_later", at=at), _says("call_back_later", later)),
    )


def opts_out() -> Take:
    """In words."""
    never = "This number will not be called again. Goodbye."
    return talk(
        "Please stop calling me.",
        steps=(_does("stop calling", "opt_out", note="Stop calling me."), _says("opt_out", never)),
    )


def presses(key: str) -> Take:
    """9: no more calls. 0: a person."""
    actions = (WaitForAgent(LISTEN_MS), Press(key), StayOn())
    never = "This number will not be called again. Goodbye."
    return Take(policy=_answers(actions), steps=(_says("opt_out", never),))


def speaks(language: str, words: str) -> Take:
    noted = "Somebody who speaks it will call you. Goodbye."
    return talk(
        words,
        steps=(
            _does(words, "another_language", language=language),
            _says("another_language", noted),
        ),
    )


def hangs_up_on_it() -> Take:
    """Without a word that settles anything."""
    return talk("Yes, speaking.", steps=_introduced(), then=HangUp())


def machine(greeting: str) -> Take:
    """With a beep."""
    answers = _answers(voicemail(greeting))
    return Take(policy=replace(answers, who="machine", detection_ms=GREETING_MS))


def mailbox_is_full() -> Take:
    answers = _answers(full_mailbox("The mailbox is full and cannot accept any messages."))
    return Take(policy=replace(answers, who="machine", greeting_end="other"))


def picks_up_late(greeting: str) -> Take:
    """A machine first; then somebody hears it and takes the phone."""
    lines = ("Hello? Hello, I am here.", "Yes, speaking.", "Yes, I will be there.")
    answers = _answers(late_person(greeting, *lines))
    return Take(
        policy=replace(answers, who="machine", detection_ms=GREETING_MS),
        steps=(*_introduced(), *_confirmed()),
    )


def is_screened() -> Take:
    """An assistant asks who calls, and fetches them."""
    answers = _answers(
        screened_person(
            "Please say your name and why you are calling.",
            "Thank you. Please hold the line.",
            "Hello, who is there?",
            "Yes, speaking.",
            "Yes, I will be there.",
        )
    )
    return Take(policy=replace(answers, who="unknown"), steps=(*_introduced(), *_confirmed()))


def is_busy() -> Take:
    return Take(policy=Busy())


def nobody_comes() -> Take:
    return Take(policy=NoAnswer(ring_secs=1.5))


def cannot_be_connected() -> Take:
    return Take(policy=Fails())


def is_no_number() -> Take:
    """The carrier will not dial it."""
    return Take(policy=RefusedByApi())


BOOKED = "You are confirmed. Thank you, goodbye."
OFF = "It is cancelled. Thank you, goodbye."
TOLD = "You have an appointment with us. Will you come? You can press 9 for no more calls."


def agent_lines(take: Take) -> Sequence[str]:
    """What the model says in it."""
    return [step.say for step in take.steps if step.say]


def _answers(actions: Sequence[Action]) -> Answers:
    return Answers(ring_secs=RING_SECS, caller=CallerScript(actions=tuple(actions)))


def _does(words: str, tool: str, **arguments: Any) -> Step:
    """When any of these phrases, separated by `|`, is said."""
    return Step(hears=(words,), calls=(Call(name=tool, arguments=arguments),))


def _says(tool: str, say: str) -> Step:
    """Once the tool has done its work."""
    return Step(after_tool=tool, say=say)


def _introduced() -> tuple[Step, ...]:
    return (_does("speaking|that is me|this is me", "right_person"), _says("right_person", TOLD))


def _confirmed() -> tuple[Step, ...]:
    return (_does("I will", "confirm_appointment"), _says("confirm_appointment", BOOKED))
