"""A whole call on a cascade: greeted, served by a tool, interrupted, taken leave of."""

from pathlib import Path
from typing import Any

from cascade_kit import CascadeCall

from bot.simulator.caller import InterruptAfter, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.services import Pace
from bot.simulator.voices import Voice

GREETING = "Hello there, how can I help you?"
ASK = "When are you open?"
HOURS = Call(name="lookup_hours", arguments={"day": "2027-03-09"})
LONG = "We are open from nine to five, and on some days a little longer than that."
STOP = "Wait, please. I only want to know about Sunday."
SUNDAY = "Not on Sundays. Is there anything else?"
THANKS = "No, thank you, that is all."
BYE = "Thank you for calling us today. Goodbye!"


def words_to(services: Any, chat: int) -> list[str]:
    """What the chat model was told in its last messages, in short."""
    messages = services.chats[chat]["messages"][1:]
    return [f"{m['role']}: {m.get('content') or m['tool_calls'][0]['function']}" for m in messages]


async def test_greeted_served_by_a_tool_interrupted_and_taken_leave_of(
    spoken: Voice, tmp_path: Path
) -> None:
    """What is heard is what stands in the record, and what the model is told it has said."""
    call = CascadeCall(
        script=ModelScript(
            greeting=GREETING,
            expects=(ASK, STOP, THANKS),
            steps=(
                Step(hears=ANYTHING, calls=(HOURS,)),
                Step(after_tool="lookup_hours", say=LONG),
                Step(hears=ANYTHING, say=SUNDAY),
                Step(hears=ANYTHING, say=BYE),
            ),
        ),
        agent="goodbye = { grace_secs = 1.0 }\n",
        actions=(
            WaitForAgent(300),
            Say(ASK),
            InterruptAfter(1600, STOP),
            WaitForAgent(300),
            Say(THANKS),
            StayOn(),
        ),
        pace=Pace(speed=1.3),  # the answer is still being spoken into the phone when it is cut
    )
    told, services = await call.play(tmp_path, spoken)
    cut = told.turn("We are open")
    assert told.turns == [
        ("agent", GREETING),
        ("caller", ASK),
        ("agent", cut["text"]),
        ("caller", STOP),
        ("agent", SUNDAY),
        ("caller", THANKS),
        ("agent", BYE),
    ]
    assert told.outcome == ("completed", "goodbye")
    # Heard to its end, and the line goes dead a grace after it.
    farewell = told.heard("Goodbye!")
    assert farewell is not None and farewell.end_ms + 950 < told.ended_ms < farewell.end_ms + 1600
    # Cut within a fifth of a second of when our ear was sure, and so it is remembered.
    heard_words = told.heard_ms(LONG) / 250
    assert cut["interrupted"] and abs(len(cut["text"].split()) - heard_words) <= 1
    assert 4 <= heard_words < len(LONG.split())
    last = words_to(services, -1)
    assert f"assistant: {cut['text']} ..." in last and f"assistant: {SUNDAY}" in last
    assert services.cleared == 1
    # One request for each answer: none was begun too early, and in vain.
    assert len(services.chats) == 5
    # The tool ran once, and its result came back as one.
    (took,) = told.record["tool_calls"]
    assert took["name"] == "lookup_hours" and took["ok"]
    assert any(text.startswith('tool: {"hours"') for text in last)
    # Each stage of each answer is timed, and all three services are paid for.
    usage = told.record["usage"]
    assert usage["responses"] == 5 and usage["heard_secs"] > 3
    assert usage["characters"] == sum(map(len, services.sentences))
    answers = [stages for stages in usage["stages_ms"] if "hearing" in stages]
    assert len(answers) == 3
    assert all(
        100 <= stages["speaking"] < 250 for stages in usage["stages_ms"] if "speaking" in stages
    )
    assert told.record["cost"]["model"] > 0.001
