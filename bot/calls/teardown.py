"""What is done at the carrier when a call ends: once, with its own deadline and retries."""

from dataclasses import dataclass, field

from loguru import logger

from bot.calls.call import Call
from bot.calls.events import CarrierAnswered
from bot.calls.legs import HumanLeg
from bot.calls.outcome import MEANING, CarrierAction, Ending
from bot.calls.troubles import Troubles
from bot.carriers import Answer, Carrier, CarrierError, HangUp, PutThrough, TurnAway
from bot.clock import utcnow
from bot.masking import without_numbers
from bot.store import Transfer
from config import Agent


@dataclass(frozen=True, kw_only=True)
class CarrierTeardown:
    """Ends calls at the carrier, and knows what a call whose stream is gone is to hear."""

    carrier: Carrier
    human: str | None  # E.164 or sip:
    troubles: Troubles = field(default_factory=Troubles)

    async def carry_out(self, call: Call, ending: Ending) -> bool:
        """Does what the ending means at the carrier. False when the carrier would not: closing
        the stream then makes it ask what comes next, and `afterwards` answers the same.
        """
        action = _action(call, ending)
        if call.call_sid is None or action == "leave" or call.state.follow_up_asked:
            return True
        try:
            if action == "hang_up":
                await self.carrier.end(call.call_sid)
            else:
                await self.carrier.redirect(call.call_sid, self.afterwards(call, ending))
        except CarrierError as error:
            self.troubles.carrier_refused(error)
            logger.error(
                "the carrier would not end the call: {}",
                error,
                call_id=call.id,
                event="call_end_refused",
            )
            return error.gone
        except ValueError as error:
            _has_to_ask(call, error)
            return False
        return True

    def note_transfer(self, call: Call, human: HumanLeg) -> None:
        """For the record: the caller is to be put through."""
        target = human.number or self.human or ""
        call.journal.transferred(
            Transfer(reason=without_numbers(human.reason), at=human.asked_at, target=target)
        )

    async def put_through(self, call: Call) -> None:
        """Has the carrier call the person while the call goes on. Where it would not, the stream
        that is closed after this makes it ask what comes next: the same.
        """
        if call.call_sid is None:
            return
        try:
            await self.carrier.redirect(call.call_sid, self.dialling(call))
        except CarrierError as error:
            self.troubles.carrier_refused(error)
            logger.error(
                "the carrier would not put the caller through: {}",
                error,
                call_id=call.id,
                event="transfer_refused",
            )
            if error.gone:
                call.post(CarrierAnswered(Ending.CALLER_HUNG_UP))
        except ValueError as error:
            _has_to_ask(call, error)

    def dialling(self, call: Call, *, next_one: bool = False) -> Answer:
        """Has the carrier call the person whom the caller is put through to; the `next_one` after
        nobody answered.
        """
        lines, asked = call.agent.lines, call.state.human
        human = (asked and asked.number) or self.human
        if not human:
            return HangUp(line=lines.nobody, language=call.agent.locale)
        if next_one:
            return self._dial_human(call, human, first="")
        first = f"{asked.line} {lines.hold}" if asked and asked.line else lines.hold
        return self._dial_human(call, human, first=first)

    def turn_away(self, call: Call) -> Answer:
        """For a caller for whom there is no room: the busy line, then the human
        where the agent's file says so and there is one.
        """
        lines, locale = call.agent.lines, call.agent.locale
        if call.agent.busy.then != "human" or self.human is None:
            return TurnAway(line=lines.busy, language=locale)
        call.journal.transferred(
            Transfer(reason="There was no room.", at=utcnow(), target=self.human)
        )
        return self._dial_human(call, self.human, first=lines.busy)

    def keep_out(self, call: Call) -> Answer:
        """For a caller whom the shield does not let in: the busy tone, or a line."""
        told = call.agent.shield.turned_away == "line"
        line = call.agent.lines.turned_away if told else ""
        return TurnAway(line=line, language=call.agent.locale)

    def turn_away_unheard(self, agent: Agent, our_number: str) -> Answer:
        """The same for a caller of whom no record is kept: how dialling went is not reported."""
        lines = agent.lines
        if agent.busy.then != "human" or self.human is None:
            return TurnAway(line=lines.busy, language=agent.locale)
        return PutThrough(
            line=lines.busy,
            to=self.human,
            nobody_line=lines.nobody,
            language=agent.locale,
            shown_number=_shown(our_number),
        )

    def afterwards(self, call: Call, ending: Ending | None) -> Answer:
        """The answer for a call whose stream is over; `None`: no ending is decided yet."""
        action = _action(call, ending)
        lines, locale = call.agent.lines, call.agent.locale
        asked = call.state.human
        if action == "put_through" and ((asked and asked.number) or self.human):
            return self.dialling(call)
        if action == "apologise":
            if call.direction != "inbound" or self.human is None:
                return HangUp(line=lines.sorry, language=locale)
            return PutThrough(
                line=lines.sorry,
                to=self.human,
                language=locale,
                shown_number=_shown(call.our_number),
            )
        return HangUp()

    def dials(self, call: Call, ending: Ending | None) -> bool:
        """Whether a call that ends so is put through to a person."""
        return isinstance(self.afterwards(call, ending), PutThrough)

    def _dial_human(self, call: Call, human: str, *, first: str) -> PutThrough:
        return PutThrough(
            line=first,
            to=human,
            nobody_line=call.agent.lines.nobody,
            language=call.agent.locale,
            shown_number=_shown(call.our_number),
            report_for=call.id,
        )


def _has_to_ask(call: Call, error: ValueError) -> None:
    """The answer is too long to be sent: the carrier can still ask for it."""
    logger.warning(
        "the carrier has to ask: {}", error, call_id=call.id, event="call_end_left_to_carrier"
    )


def _action(call: Call, ending: Ending | None) -> CarrierAction:
    """What the ending means at the carrier. After the agent's own last line nothing is said."""
    if ending is None:
        return "apologise"
    meant = MEANING[ending].action
    if meant == "put_through" and call.state.human and call.state.human.called:
        return "leave"  # with the person, who is being called or talks with them
    return "hang_up" if call.state.said_farewell and meant == "apologise" else meant


def _shown(our_number: str) -> str | None:
    """Our own number: the caller's may be withheld, or not ours to show."""
    return our_number if our_number.startswith("+") else None
