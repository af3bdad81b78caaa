"""What the law of the places of a call asks for. Plain code; the laws are data (config/laws.py)."""

from collections.abc import Collection
from dataclasses import dataclass

from config.laws import Law, Laws
from processors.agent_tables import ByLaw

Regions = Collection[str]  # where one side may be; empty: not known


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Whether something is done in a call, and whether the other party is told of it first."""

    done: bool
    told: bool
    laws: tuple[Law, ...] = ()  # that ask for the telling; none where the agent's file does


def recording_notice(when: ByLaw, laws: Laws, *, theirs: Regions, ours: Regions) -> Notice:
    """Whether a call between these places is recorded, and announced as such.

    A call between two states has the law of the stricter one, and a place that is not known that
    of the strictest.
    """
    if when == "off":
        return Notice(done=False, told=False)
    if when == "on":
        return Notice(done=True, told=True)
    asking = tuple(dict.fromkeys((*laws.that_need_it(theirs), *laws.that_need_it(ours))))
    return Notice(done=True, told=bool(asking), laws=asking)


def ai_notice(when: ByLaw, laws: Laws, *, theirs: Regions) -> Notice:
    """Whether the other party is told that they speak with an AI."""
    asking = laws.that_need_it(theirs) if when == "by_law" else ()
    told = when == "on" or bool(asking)
    return Notice(done=told, told=told, laws=asking)
