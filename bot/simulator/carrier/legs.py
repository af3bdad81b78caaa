"""The legs a <Dial> makes: who was called, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import utcnow
from bot.simulator.carrier.answers import AnswerPolicy, Answers, Busy, Fails
from bot.simulator.carrier.exchange import new_sid
from bot.simulator.carrier.twiml import Callee


@dataclass(kw_only=True)
class DialLeg:
    """One call made on behalf of another."""

    sid: str
    callee: Callee
    caller_id: str | None
    status: str = "initiated"  # at last completed, busy, no-answer, failed or canceled
    talked_secs: float = 0.0
    created_at: datetime = field(default_factory=utcnow)

    @property
    def address(self) -> str:
        return self.callee.address


@dataclass(frozen=True, kw_only=True)
class DialPlan:
    """How a <Dial> will go."""

    ring_secs: float
    answered_by: DialLeg | None
    talk_secs: float
    status: str  # DialCallStatus


def new_leg(callee: Callee, caller_id: str | None) -> DialLeg:
    return DialLeg(sid=new_sid("CA"), callee=callee, caller_id=caller_id)


def plan_dial(
    legs: Sequence[DialLeg], policies: Mapping[str, AnswerPolicy], timeout_secs: float
) -> DialPlan:
    """All legs ring at once; the first to answer within the timeout is connected, and the others
    are canceled. Sets the status of every leg that is not connected."""
    pickups: list[tuple[float, DialLeg, float]] = []
    ended: list[tuple[float, str]] = []
    for leg in legs:
        policy = policies[leg.address]
        ring_secs = timeout_secs if policy.ring_secs is None else policy.ring_secs
        if isinstance(policy, Answers) and ring_secs <= timeout_secs:
            pickups.append((ring_secs, leg, policy.talk_secs))
        else:
            leg.status = _unanswered(policy, ring_secs, timeout_secs)
            ended.append((min(ring_secs, timeout_secs), leg.status))
    if not pickups:
        ring_secs, status = max(ended, key=lambda end: end[0], default=(0.0, "failed"))
        return DialPlan(ring_secs=ring_secs, answered_by=None, talk_secs=0.0, status=status)
    ring_secs, winner, talk_secs = min(pickups, key=lambda pickup: pickup[0])
    for _, leg, _ in pickups:
        leg.status = "in-progress" if leg is winner else "canceled"
    return DialPlan(
        ring_secs=ring_secs, answered_by=winner, talk_secs=talk_secs, status="completed"
    )


def _unanswered(policy: AnswerPolicy, ring_secs: float, timeout_secs: float) -> str:
    if ring_secs > timeout_secs:
        return "no-answer"
    match policy:
        case Busy():
            return "busy"
        case Fails():
            return "failed"
        case _:
            return "no-answer"
