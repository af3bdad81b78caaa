"""What an agent has to say in a call before all else, by its file and by the laws there."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot.batches.gate.places import place_of
from bot.recordings.law import Notice, ai_notice, recording_notice
from bot.store import CallRecord
from config import Agent, language_of
from config.laws import Laws


class Notices:
    """Gives agents of calls what they have to say."""

    def __init__(self, *, recording: Laws, disclosure: Laws) -> None:
        self._recording = recording
        self._disclosure = disclosure

    def agent_for(
        self, agent: Agent, record: CallRecord, earlier: CallRecord | None = None
    ) -> Agent:
        """The agent as it speaks in this call; `earlier` is what another process left of it."""
        theirs, ours = _sides(record)
        notice = self.of_recording(agent, theirs=theirs, ours=ours)
        done = steps_of(earlier)
        told = notice.told and "heard" not in done
        return replace(
            agent,
            disclosure=self._disclosing(agent, record),
            recorded=notice.done and "refused" not in done,
            announcement=agent.lines.recording if told else "",
        )

    def of_recording(self, agent: Agent, *, theirs: str, ours: str) -> Notice:
        """Whether a call between these numbers is recorded, and announced as such."""
        return recording_notice(
            agent.recording.when, self._recording, theirs=_regions(theirs), ours=_regions(ours)
        )

    def _disclosing(self, agent: Agent, record: CallRecord) -> str:
        """What is disclosed; that it is an AI is said once."""
        first_line = str(record.request.get("first_line") or agent.first_line)
        words = f"{agent.disclosure} {first_line}"
        theirs, _ = _sides(record)
        notice = ai_notice(agent.ai_disclosure, self._disclosure, theirs=_regions(theirs))
        if not notice.told or says_ai(words, agent.language):
            return agent.disclosure
        return f"{agent.disclosure} {agent.lines.ai}".strip()


def says_ai(text: str, language: str) -> bool:
    """Whether this says, in that language, that an AI speaks."""
    return any(
        re.search(each, text, re.IGNORECASE) for each in language_of(language).disclosure["ai"]
    )


def steps_of(record: CallRecord | None) -> dict[str, Any]:
    """The steps that are noted of a call's recording, the last of each kind."""
    noted = record.recording if record is not None else None
    return {str(step["what"]): step for step in (noted or {}).get("steps", ())}


def _sides(record: CallRecord) -> tuple[str, str]:
    """The other party's number, and ours."""
    if record.direction == "inbound":
        return record.from_number, record.to_number
    return record.to_number, record.from_number


@lru_cache(maxsize=4096)
def _regions(number: str) -> frozenset[str]:
    """Where somebody with this number may be; empty: not known."""
    return place_of(number=number, zone="", region="", batch_zone="").regions
