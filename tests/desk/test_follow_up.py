"""When somebody is told again of a message: tables of minutes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desk_kit import NOON, a_message

from bot.messages.follow_up import follow_up
from processors.desk import MessageRules

TO_SECOND = MessageRules(escalate_to=("boss@clinic.example",))
NOBODY_ELSE = MessageRules()


def schedule(rules: MessageRules, *, most: int = 40, **changes: Any) -> list[tuple[str, float]]:
    """What is done about a message that nobody ever acknowledges, and after how many minutes."""
    message = a_message(**changes)
    steps: list[tuple[str, float]] = []
    while (step := follow_up(message, rules)) is not None and len(steps) < most:
        steps.append((step.step.partition(".")[2], (step.at - NOON).total_seconds() / 60))
        if step.step == "message.escalated":
            message = replace(message, escalated_at=step.at)
        else:
            message = replace(message, reminders=message.reminders + 1)
    return steps


def test_reminders_double() -> None:
    """After an hour, then after two more, four more..., each at most a day after the last."""
    minutes = [at for _, at in schedule(NOBODY_ELSE)]
    assert minutes[:5] == [60, 180, 420, 900, 1860]
    pauses = [later - earlier for earlier, later in zip(minutes, minutes[1:], strict=False)]
    assert max(pauses) == 24 * 60


def test_they_end_after_a_week() -> None:
    """The message stays open; nobody is written to for ever."""
    steps = schedule(NOBODY_ELSE)
    assert len(steps) < 15
    assert 6 * 24 * 60 < steps[-1][1] <= 7 * 24 * 60


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [
        ("normal", [("reminder", 60), ("reminder", 180), ("escalated", 240), ("reminder", 420)]),
        ("urgent", [("reminder", 5), ("escalated", 15), ("reminder", 15), ("reminder", 35)]),
    ],
)
def test_a_second_person_is_told_once(urgency: str, expected: list[tuple[str, float]]) -> None:
    """After four hours, of an urgent one after fifteen minutes; reminders go on."""
    steps = schedule(TO_SECOND, urgency=urgency)
    assert steps[:4] == expected
    assert [step for step, _ in steps].count("escalated") == 1


@pytest.mark.parametrize(
    "changes",
    [{"acknowledged_at": NOON + timedelta(minutes=1)}, {"name": "", "reason": ""}],
    ids=["acknowledged", "erased"],
)
def test_nothing_is_done_about_a_settled_message(changes: dict[str, Any]) -> None:
    assert follow_up(a_message(**changes), TO_SECOND) is None
