"""What one call tells: its journal first, then the feed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.calls.feed import (
    Began,
    Feed,
    HoldBegan,
    HoldEnded,
    Interrupted,
    ModelSession,
    ModelSessionLost,
    Moved,
    Over,
    Said,
    ToolFinished,
    ToolStarted,
    TransferStep,
    Words,
)
from bot.calls.journal import Journal
from bot.calls.state import CallState
from bot.clock import utcnow
from bot.masking import without_numbers, without_numbers_in
from bot.store import Direction


class CallFeed:
    """What happens in one call (the `CallLog` port of `bot.brains`): to its journal, then on.
    Numbers of cards and people are left out.
    """

    def __init__(self, call_id: str, journal: Journal, feed: Feed) -> None:
        self._call_id = call_id
        self._journal = journal
        self._feed = feed

    def began(self, *, agent: str, direction: Direction) -> None:
        """The call is seen through from now on."""
        self._feed.publish(Began(call_id=self._call_id, agent=agent, direction=direction))

    def noted(self, changes: Mapping[str, Any]) -> None:
        """Something became known for the record (`bot.store.CallChanges`)."""
        self._journal.changed(**changes)

    def moved(self, before: CallState, after: CallState) -> None:
        """The call's state has changed."""
        was, now = self._view(before), self._view(after)
        if was != now:
            self._feed.publish(Moved(call_id=self._call_id, **now))
        if after.stored and not before.stored:
            self._feed.publish(Over(call_id=self._call_id))

    def _view(self, state: CallState) -> dict[str, Any]:
        return {
            "stage": state.stage,
            "connected": state.caller.stream is not None,
            "ending": state.ending,
            "transfer": state.human.outcome if state.human else None,
        }

    def transfer_step(self, step: str, *, to: str) -> None:
        """Something has happened in putting the caller through."""
        at = utcnow()
        self._journal.transfer_step(step, to=to, at=at)
        self._feed.publish(TransferStep(call_id=self._call_id, at=at, step=step, to=to))

    def model_session(
        self, *, brain: str, provider: str, model: str, asked_at: datetime, failed: str = ""
    ) -> None:
        """See `ModelSession`."""
        self._feed.publish(
            ModelSession(
                call_id=self._call_id,
                brain=brain,
                provider=provider,
                model=model,
                asked_at=asked_at,
                failed=failed,
            )
        )

    # -- of the conversation ------------------------------------------------------------------

    def caller_words(self, *, key: str, text: str) -> None:
        key = self._journal.key_of(key)
        self._feed.publish(
            Words(call_id=self._call_id, who="caller", key=key, text=without_numbers(text))
        )

    def agent_words(self, *, key: str, text: str) -> None:
        key = self._journal.key_of(key)
        self._feed.publish(
            Words(call_id=self._call_id, who="agent", key=key, text=without_numbers(text))
        )

    def interrupted(self) -> None:
        self._feed.publish(Interrupted(call_id=self._call_id))

    def session_lost(self, *, expected: bool) -> None:
        self._feed.publish(ModelSessionLost(call_id=self._call_id, expected=expected))

    def hold_began(self, by: str) -> None:
        """We wait from now on; the record is told by `Holds`."""
        self._feed.publish(HoldBegan(call_id=self._call_id, by=by))

    def hold_ended(self, secs: float) -> None:
        """We have waited for so long."""
        self._feed.publish(HoldEnded(call_id=self._call_id, secs=secs))

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        text = without_numbers(text)
        self._journal.caller_said(key=key, text=text, started_at=started_at, ended_at=ended_at)
        said = Said(
            call_id=self._call_id,
            who="caller",
            key=self._journal.key_of(key),
            text=text,
            started_at=started_at,
            ended_at=ended_at,
        )
        self._feed.publish(said)

    def agent_said(
        self,
        *,
        key: str,
        text: str,
        started_at: datetime,
        ended_at: datetime,
        interrupted: bool,
        latency_ms: int | None,
    ) -> None:
        text = without_numbers(text)
        self._journal.agent_said(
            key=key,
            text=text,
            started_at=started_at,
            ended_at=ended_at,
            interrupted=interrupted,
            latency_ms=latency_ms,
        )
        said = Said(
            call_id=self._call_id,
            who="agent",
            key=self._journal.key_of(key),
            text=text,
            started_at=started_at,
            ended_at=ended_at,
            interrupted=interrupted,
            latency_ms=latency_ms,
        )
        self._feed.publish(said)

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        arguments = without_numbers_in(arguments)
        self._journal.tool_started(key=key, name=name, arguments=arguments)
        key = self._journal.key_of(key)
        self._feed.publish(
            ToolStarted(call_id=self._call_id, key=key, name=name, arguments=arguments)
        )

    def tool_finished(
        self, *, key: str, result: Mapping[str, Any], duration_ms: int | None, ok: bool
    ) -> None:
        result = without_numbers_in(result)
        self._journal.tool_finished(key=key, result=result, duration_ms=duration_ms, ok=ok)
        key = self._journal.key_of(key)
        self._feed.publish(
            ToolFinished(
                call_id=self._call_id, key=key, result=result, ok=ok, duration_ms=duration_ms
            )
        )

    def used(self, usage: Mapping[str, Any]) -> float:
        return self._journal.used(usage)

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        return self._journal.transcribed(usage)
