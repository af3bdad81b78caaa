"""Stories: what ships can be told on any day, and holds together without being played."""

import datetime as dt
from pathlib import Path

import pytest

from bot.simulator.business import Diary
from bot.simulator.business.seed import CLINIC
from bot.simulator.caller import CallerScript, InterruptAfter, Say, WaitForAgent
from bot.simulator.model import ModelScript
from bot.simulator.model.script import Judgement, News
from bot.simulator.stories import Story, an_appointment, next_weekday, shipped, spoken
from config import SHIPPED, read_agents

TODAY = dt.date(2026, 11, 20)
STORIES = {story.name: story for story in shipped(TODAY)}
RESULTS = {"lookup_hours": "{}", "book_appointment": '{"booked":true}', "end_call": "{}"}

# What the recogniser has made of the lines, with the voices that ship, in other takes.
MISHEARD = {
    "appointment": (
        "You Hi, I'd like to book an appointment for next Tuesday, please.",
        "You Sorry, ten in the morning would be perfect.",
        "My name is Hannah Baker.",
        "You No, that is all. thank you. good-bye.",
    ),
    "table": (
        "Oygies, good evening.",
        "You Sure, for how many people and what time?",
        "I'm sorry. we are full at seven.",
        "You We have a table at 7:45.",
        "Great! And what is the name, please?",
        "You Perfect. we will see you to-night. the bye.",
    ),
}


def story(**changes: object) -> Story:
    given = {
        "name": "call",
        "title": "A call",
        "agent": "reception",
        "direction": "inbound",
        "number": "+15550002222",
        "caller": CallerScript(),
        "model": ModelScript(),
    }
    return Story(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", STORIES)
def test_a_story_that_ships_gives_its_agent_all_it_needs(name: str) -> None:
    """Its agent exists, and every variable the agent's texts name has a value."""
    told = STORIES[name]
    agent = read_agents(SHIPPED)[told.agent]
    assert agent.placeholders <= agent.variables.keys() | told.variables.keys()
    assert agent.outcome.fields.keys() >= told.expects.fields.keys()


@pytest.mark.parametrize("heard_well", [True, False])
@pytest.mark.parametrize("name", STORIES)
def test_each_line_of_the_caller_leads_to_the_next_step(name: str, heard_well: bool) -> None:
    """Whether the recogniser hears it well or badly, no line falls through to the fallback.

    Of a call that we place, whoever picks up has the agent's own first line for an answer.
    """
    told = STORIES[name]
    answered = 1 if told.direction == "outbound" else 0
    judgement = Judgement(told.script, in_order=False)
    steps: list[int | None] = []
    for line in (spoken(told.caller) if heard_well else MISHEARD[name])[answered:]:
        answer = judgement.answer(News(heard=(line,)))
        steps.append(answer.step)
        for call in answer.calls:
            if call.name != "end_call":
                result = (call.name, RESULTS[call.name])
                steps.append(judgement.answer(News(results=(result,))).step)
    assert None not in steps
    assert steps == sorted(steps, key=lambda step: step or 0)


async def test_the_day_of_the_appointment_is_open_whenever_the_story_is_told(
    tmp_path: Path,
) -> None:
    """For every day of two years, ten o'clock is free at the clinic on the day that is named."""
    today = TODAY

    def now() -> dt.datetime:
        return dt.datetime.combine(today, dt.time(23, 59), dt.UTC)

    async with Diary.open(tmp_path / "business.db", now) as diary:
        for ahead in range(730):
            today = TODAY + dt.timedelta(days=ahead)
            day = next_weekday(today)
            assert 2 <= (day - today).days <= 8
            assert "10:00" in await diary.free(CLINIC, day), day


def test_the_caller_names_the_day_that_is_booked() -> None:
    """On a Monday "next Tuesday" is not tomorrow; around Christmas it is another weekday."""
    monday, before_christmas = dt.date(2026, 11, 23), dt.date(2029, 12, 20)
    for today, day, weekday in (
        (monday, "2026-12-01", "Tuesday"),
        (before_christmas, "2029-12-27", "Thursday"),
    ):
        told = an_appointment(today)
        assert f"next {weekday}" in spoken(told.caller)[0]
        assert [booking["day"] for booking in told.expects.bookings] == [day]


def test_without_ears_the_model_expects_the_callers_own_lines() -> None:
    """The lines come from the caller's script, unless the model's has its own."""
    caller = CallerScript(actions=(WaitForAgent(), Say("One."), InterruptAfter(500, "Two.")))
    assert story(caller=caller).script.expects == ("One.", "Two.")
    own = ModelScript(expects=("Something else.",))
    assert story(caller=caller, model=own).script.expects == ("Something else.",)


def test_a_story_that_cannot_be_told_is_refused() -> None:
    """Its name must do for a file, and nobody calls in with variables."""
    with pytest.raises(ValueError, match="name for a file"):
        story(name="../elsewhere")
    with pytest.raises(ValueError, match="Variables"):
        story(variables={"party": "4"})
