"""What the carrier says and asks of people who are asked to take a call."""

from functools import lru_cache
from typing import Literal

from bot.calls.call import Call
from bot.calls.meeting import is_for_both
from bot.calls.person_events import (
    Joined,
    PersonMachine,
    PersonPlaced,
    PersonSaid,
    PersonStatus,
)
from bot.calls.registry import Registry
from bot.carriers import (
    Answer,
    AskPerson,
    HangUp,
    JoinedConference,
    MachineDetected,
    Meet,
    PersonAnswer,
    StatusUpdate,
)
from processors.words.pleas import Pleas
from processors.words.refusals import Refusals

YES_KEY, NO_KEY = "1", "2"


class PersonCallbacks:
    """Brings it to the call, and answers what follows for the person."""

    def __init__(self, *, registry: Registry) -> None:
        self._registry = registry

    def status(self, update: StatusUpdate, call_id: str, attempt: int) -> None:
        """Their leg has moved on."""
        if call := self._registry.find(call_id):
            call.post(PersonStatus(attempt, update))

    def machine_detected(self, report: MachineDetected, call_id: str, attempt: int) -> None:
        """Who has answered there, as the carrier hears it."""
        if call := self._registry.find(call_id):
            call.post(PersonMachine(attempt, report))

    def joined(self, told: JoinedConference | None, call_id: str) -> None:
        """Somebody has come into the conference of this call."""
        call = self._registry.find(call_id)
        if call is not None and told is not None:
            call.post(Joined(told.call_sid))

    def said(self, answer: PersonAnswer, call_id: str, attempt: int) -> Answer:
        """What they say to the question: they meet the caller, or are asked once more."""
        call = self._registry.find(call_id)
        if call is None:
            return HangUp()
        meant = meaning(answer, call.agent.language)
        too_late = not _is_asked(call, attempt)
        if not too_late:
            call.post(PersonPlaced(attempt, answer.call_sid))  # if the carrier had not said so
            call.post(PersonSaid(attempt, meant))
        asked = call.state.consultation
        if asked is not None and asked.attempt == attempt and is_for_both(call.state):
            return Meet(call_id=call.id, is_caller=False)
        if asked is None or asked.attempt != attempt or call.ending is not None:
            sorry = call.agent.lines.caller_left if too_late and meant != "no" else ""
            return HangUp(line=sorry, language=call.agent.locale)
        return question(call, attempt)


def question(call: Call, attempt: int) -> AskPerson:
    """Whether they take this caller; what it is about is said to them alone."""
    asked = call.state.consultation
    brief = asked.brief.strip().rstrip(".") + "." if asked else ""
    return AskPerson(
        line=call.agent.lines.take_call.replace("{brief}", brief),
        language=call.agent.locale,
        call_id=call.id,
        attempt=attempt,
    )


def meaning(answer: PersonAnswer, language: str) -> Literal["yes", "no", "unclear"]:
    """A key is clear, and so are a yes and a no that say nothing else."""
    if answer.key:
        return "yes" if answer.key == YES_KEY else "no" if answer.key == NO_KEY else "unclear"
    yes, no = _words(language)
    first = answer.words.split(maxsplit=1)[:1]  # of "No, I am driving" as of a plain no
    if any(no.refuses(words.strip(",.;:!?"), answers=True) for words in (answer.words, *first)):
        return "no"
    return "yes" if yes.assent(answer.words) else "unclear"


@lru_cache
def _words(language: str) -> tuple[Pleas, Refusals]:
    return Pleas(language=language), Refusals(language=language)


def _is_asked(call: Call, attempt: int) -> bool:
    asked = call.state.consultation
    return asked is not None and asked.attempt == attempt and not asked.taken
