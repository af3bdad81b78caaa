"""What a tool needs of the world, as Protocols, and how that world may fail.

The service supplies the ports; a tool never knows who answers it.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

NumberKind = Literal["card", "id"]
"""What a number is of: a card, or an identity document."""

Facts = dict[str, Any]
"""What the business said: one JSON object, never empty, read by the model as it stands."""


HoursOf = Callable[[dt.date | None], Facts]
"""Opening hours that the line knows itself: of one day, or of the coming week."""


class Business(Protocol):
    """The systems of the business on whose behalf the line answers.

    Every method raises `NotFound`, `Refused` or `Unavailable`, and nothing else. Days and times
    are those of the business's own clock; nobody converts them.
    """

    async def lookup_hours(self, day: dt.date | None) -> Facts:
        """Opening hours of one day, or of the coming week."""
        ...

    async def lookup_order(self, order_id: str | None, email: str | None) -> Facts:
        """The orders under this number or e-mail address; at least one of the two is given."""
        ...

    async def find_slots(
        self, day: dt.date, from_time: dt.time | None, to_time: dt.time | None, party: int | None
    ) -> Facts:
        """What is free on this day between two times, both included."""
        ...

    async def hold_slot(
        self, *, day: dt.date, time: dt.time, party: int | None, holder: str
    ) -> Facts:
        """Keeps a time for this holder for some minutes, in place of the one it held before.

        A holder is one call. `NotFound`: this business holds nothing.
        """
        ...

    async def book_appointment(
        self,
        *,
        name: str,
        day: dt.date,
        time: dt.time,
        party: int | None,
        phone: str | None,
        notes: str | None,
        holder: str = "",
        idempotency_key: str,
    ) -> Facts:
        """Writes an appointment, at most once for each `idempotency_key`. What `holder` holds is
        free for it, and held no longer."""
        ...

    async def find_appointments(self, phone: str | None, reference: str | None) -> Facts:
        """The coming appointments under this telephone number, or the one with this reference:
        `appointments`, each as in `appointment` with its `id` and `name`. One of the two is
        given."""
        ...

    async def appointment(self, appointment_id: str) -> Facts:
        """One appointment: `standing`, a bool, says whether it is still to take place; `day`,
        `time` and `with` are what the callee is told."""
        ...

    async def confirm_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        """Notes that they will come; the appointment as it now is."""
        ...

    async def cancel_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        """Takes it out of the diary; the appointment as it now is."""
        ...

    async def reschedule_appointment(
        self,
        appointment_id: str,
        *,
        day: dt.date,
        time: dt.time,
        idempotency_key: str,
        holder: str = "",
    ) -> Facts:
        """Moves it, all or nothing: it stands where it stood until the new time is its own. The
        appointment as it now is. `Refused` offers alternatives when that time is taken."""
        ...

    async def report_disposition(
        self,
        appointment_ids: Sequence[str],
        *,
        disposition: str,
        detail: Facts,
        idempotency_key: str,
    ) -> Facts:
        """Tells what became of a call about these appointments, once for each
        `idempotency_key`."""
        ...


class CallControl(Protocol):
    """How a tool asks something of the call it is used in. Asking returns at once."""

    @property
    def people(self) -> Mapping[str, bool]:
        """Those to whom this call can be put through by name; whether they, or whoever is called
        instead, are there now."""
        ...

    @property
    def warm(self) -> Collection[str]:
        """Those of them who are asked first whether they take a caller."""
        ...

    @property
    def asking(self) -> bool:
        """Whether somebody is being asked now."""
        ...

    def request_consultation(self, to: str, reason: str, brief: str) -> None:
        """Ask one of the people whether they take the caller, who stays with the agent meanwhile;
        the person alone hears the `brief`. The model is told what comes of it."""
        ...

    def call_off_consultation(self) -> None:
        """The caller wants nobody any more."""
        ...

    @property
    def human_available(self) -> bool:
        """Whether there is a person to whom this call can be put through now."""
        ...

    @property
    def keys_available(self) -> bool:
        """Whether keys can be pressed in this call: in one that we have placed."""
        ...

    def request_hold(self) -> None:
        """Wait on hold, hearing and saying nothing, until a person speaks."""
        ...

    def request_end(self, summary: str) -> None:
        """Hang up once what the agent is saying has been heard."""
        ...

    def request_keys(self, keys: str) -> None:
        """Press these keys (0-9 * #, w waits half a second) once the agent is silent. The model
        is told what came of it.
        """
        ...

    @property
    def colleagues(self) -> Mapping[str, str]:
        """The agents to whom this call can be handed over now, and what each is for."""
        ...

    def request_hand_over(self, agent: str, reason: str) -> None:
        """Have that agent go on with the call once what this one is saying has been heard."""
        ...

    def request_transfer(self, reason: str, to: str = "") -> None:
        """Put the caller through once what the agent is saying has been heard: to the one of the
        people of this name, or to the human of the line."""
        ...

    def request_number(self, kind: NumberKind) -> None:
        """Have the caller type a number that the model does not learn."""
        ...


class Numbers(Protocol):
    """Where a number goes that the caller typed and that the model must not learn."""

    async def hand_in(self, kind: NumberKind, number: str, *, idempotency_key: str) -> Facts:
        """Hands it over, once for each key; what the model may be told of it: no digit of it.

        Raises `NotFound`, `Refused` or `Unavailable`.
        """
        ...


class Contacts(Protocol):
    """Whom we call, and who wants that no more."""

    async def opt_out(self, note: str, number: str = "") -> None:
        """The other party of this call is never to be called again, by anybody: committed when
        this returns. `note` is theirs, in the model's words; `number` is one that they have said
        themselves, which is not called again either. Asking twice is harmless.

        Raises:
            Unavailable: it could not be written down.
            NumberNeeded: nothing was written down, for they withhold their number and have said
                none, or none that can be read.
        """
        ...


class Knowledge(Protocol):
    """What the documents of the business say."""

    async def look_up(self, question: str) -> Sequence[Facts]:
        """The passages nearest to it, the best first: each its `source` and its `text`; none where
        nothing comes near. Raises Unavailable.
        """
        ...


class Messages(Protocol):
    """Where a caller's message for the people of the business goes."""

    @property
    def caller_number(self) -> str:
        """The number that they call from, E.164; empty where it is withheld."""
        ...

    @property
    def our_number(self) -> str:
        """The one they called: numbers of its country are said without a country code."""
        ...

    def number_of(self, said: str) -> str:
        """A number that they said, as E.164. Raises NumberNeeded: it is no whole number."""
        ...

    async def take(
        self, *, name: str, number: str, reason: str, urgent: bool, idempotency_key: str
    ) -> None:
        """Kept, and on its way, when this returns; once for each key. Raises Unavailable."""
        ...


class Texts(Protocol):
    """Text messages to the other party of this call."""

    async def send(self, text: str, *, number: str, idempotency_key: str) -> None:
        """On its way when this returns; `number` empty: to the one they call from; once for each
        key.

        Raises:
            Refused: it may not be sent, and why.
            NumberNeeded: they withhold their number and have said none.
            Unavailable: the database does not take it.
        """
        ...


class BusinessError(Exception):
    """The business did not do what it was asked.

    `slug` names the kind of failure and `say` tells the model what to do about it. `decided` is
    true when the business gave its answer: asking the same again is then a new question.
    `maybe_done` is true when it may have done all the same what it was asked.
    """

    slug: ClassVar[str]
    say: ClassVar[str]
    decided: ClassVar[bool]
    maybe_done = False

    def facts(self) -> Facts:
        """The failure as the model reads it."""
        return {"error": self.slug, "say": self.say}


class NotFound(BusinessError):
    """The business knows nothing under these details."""

    slug = "not_found"
    say = "Nothing was found under these details. Say so, and ask the caller to check them."
    decided = True


class Refused(BusinessError):
    """The business understood and said no, in its own words, perhaps with something instead."""

    slug = "refused"
    say = "This is not possible. Tell the caller why in your own words"
    decided = True

    def __init__(self, reason: str, alternatives: Sequence[Any] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.alternatives = tuple(alternatives)  # JSON values, best first

    def facts(self) -> Facts:
        facts: Facts = {"error": self.slug, "reason": self.reason}
        if self.alternatives:
            say = f"{self.say} and offer the alternatives, best first."
            return facts | {"alternatives": list(self.alternatives), "say": say}
        return facts | {"say": f"{self.say}."}


class NumberNeeded(Refused):
    """Nothing can be done before the caller has said a telephone number."""

    slug = "number_needed"
    say = (
        "Nothing is noted yet. Tell them that you cannot see their number, ask for it with its "
        "area code, say it back digit by digit, and call the function again with it as number"
    )


class Unavailable(BusinessError):
    """No usable answer came: unreachable, too slow, failing, or not speaking our contract.

    `detail` is for the operator and holds no personal data.
    """

    slug = "unavailable"
    say = (
        "Our system cannot be reached right now. Say so in one short sentence, "
        "make no guess at the answer, and offer to help in another way."
    )
    decided = False

    def __init__(self, detail: str, *, maybe_done: bool) -> None:
        super().__init__(detail)
        self.maybe_done = maybe_done
