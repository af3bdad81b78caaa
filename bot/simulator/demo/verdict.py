"""Whether a story ended as it has to. Plain code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.simulator.stories import Expectations

# The caller may begin to speak just as a response ends: cancelling it is then no mistake.
EXPECTED_CODES = frozenset({"response_cancel_not_active"})


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A call that is over, as each of the sides has it."""

    record: Mapping[str, Any]  # GET /calls/{id}
    bookings: Sequence[Mapping[str, Any]]  # made during the call
    carrier_errors: Sequence[str]
    model_errors: Sequence[Mapping[str, Any]]  # the `error` of each error event


def shortcomings(expects: Expectations, ended: Ended) -> list[str]:
    """What was missing, in words; empty when all went well."""
    return [
        *_outcome(expects, ended.record),
        *_talk(expects, ended.record),
        *_around(expects, ended),
    ]


def _outcome(expects: Expectations, record: Mapping[str, Any]) -> Iterator[str]:
    outcome = record["outcome"] or {"result": "no outcome", "reason": "", "fields": {}}
    if outcome["result"] != expects.result:
        yield f"it ended {outcome['result']} ({outcome['reason']}), not {expects.result}"
    elif expects.reasons and outcome["reason"] not in expects.reasons:
        yield f"it ended by {outcome['reason']}, not by {' or '.join(expects.reasons)}"
    for name, value in expects.fields.items():
        if outcome["fields"].get(name) != value:
            yield f"the field {name} holds {outcome['fields'].get(name)!r}, not {value!r}"


def _talk(expects: Expectations, record: Mapping[str, Any]) -> Iterator[str]:
    agent_turns = [turn for turn in record["turns"] if turn["role"] == "agent"]
    cut = sum(turn["interrupted"] for turn in agent_turns)
    if cut < expects.interruptions:
        yield f"{cut} turns of the agent were interrupted, not {expects.interruptions}"
    heard = [turn["text"] for turn in agent_turns if not turn["interrupted"]]
    if expects.first_line and heard[:1] != [expects.first_line]:
        yield f"the agent's first words were {heard[:1]}"
    first_words_ms = record["latency"]["first_words_ms"]
    if first_words_ms is None or first_words_ms > expects.first_words_ms:
        yield f"the first words came after {first_words_ms} ms, not {expects.first_words_ms}"
    done = [tool_call["name"] for tool_call in record["tool_calls"] if tool_call["ok"]]
    if done != list(expects.tools):
        yield f"these tools did their work: {', '.join(done) or 'none'}"


def _around(expects: Expectations, ended: Ended) -> Iterator[str]:
    wanted, made = expects.bookings, ended.bookings
    if len(made) != len(wanted) or not all(map(_holds, made, wanted)):
        yield f"the diary has {len(made)} new entries: {', '.join(map(str, made)) or 'none'}"
    yield from (f"the carrier complained: {error}" for error in ended.carrier_errors)
    for error in ended.model_errors:
        if error.get("code") not in EXPECTED_CODES:
            yield f"the model complained: {error.get('message')}"


def _holds(booking: Mapping[str, Any], wanted: Mapping[str, object]) -> bool:
    return all(booking.get(name) == value for name, value in wanted.items())
