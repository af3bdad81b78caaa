"""A call in which a person is asked whether they take the caller, for tests of what follows."""

from datetime import UTC, datetime, timedelta

from bot.calls import events as happened
from bot.calls import person_events as of_person
from bot.calls.actions import Action
from bot.calls.legs import CallerLeg, Stream, Target
from bot.calls.state import CallState, Stage
from bot.calls.step import step
from bot.carriers import CallStatus, StatusUpdate
from bot.clock import Instant
from tests.media.far_carrier import FarCarrier

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ANN, TOM = Target("ann", "+15551110000"), Target("tom", "+15551110001")
STREAM = Stream(leg=FarCarrier().leg(), let_go=lambda: None)
CALLER, PERSON = "CA1", "CA2"


class Talk:
    """A call that talks, and to which things happen, one each second."""

    def __init__(self) -> None:
        self.state = CallState(
            direction="inbound",
            began_at=NOON,
            stream_within_secs=15.0,
            stage=Stage.TALKING,
            caller=CallerLeg(stream=STREAM, came=True),
            call_sid=CALLER,
            settled=True,
            admitted=True,
        )
        self.secs = 0.0
        self.did: list[Action] = []

    def tell(self, *events: happened.Event) -> list[Action]:
        """What the last one asks for."""
        actions: tuple[Action, ...] = ()
        for event in events:
            now = Instant(NOON + timedelta(seconds=self.secs), self.secs)
            self.state, actions = step(self.state, event, now)
            self.did += actions
            self.secs += 1
        return list(actions)

    def wait(self) -> list[Action]:
        """Lets its next timer run out."""
        assert self.state.next_timer is not None
        timer, due = self.state.next_timer
        self.secs = due
        return self.tell(happened.TimerDue(timer, due))

    def ask(self, *others: Target) -> list[Action]:
        return self.tell(of_person.ConsultAsked("A bill.", "Maria", ANN, others))


def rings(attempt: int = 1, sid: str = PERSON) -> happened.Event:
    return of_person.PersonPlaced(attempt, sid)


def status(word: str, attempt: int = 1) -> happened.Event:
    update = StatusUpdate(call_sid=PERSON, status=CallStatus(word))
    return of_person.PersonStatus(attempt, update)


def yes(attempt: int = 1) -> happened.Event:
    return of_person.PersonSaid(attempt, "yes")


def no(attempt: int = 1) -> happened.Event:
    return of_person.PersonSaid(attempt, "no")
