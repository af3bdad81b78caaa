"""A whole call as somebody sees it who watches: words as they grow, tools, where it stands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from talk_kit import Event, Tap

from bot.app import open_service
from bot.calls import CallService
from bot.calls.feed import Item, Lost, Moved, Over, Said, ToolFinished, ToolStarted, Words
from bot.calls.outcome import Ending
from bot.calls.state import Stage
from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, agent_file, serving
from config import Settings
from tests.service.line_kit import open_line

ASK, ANSWER = "When do you close?", "Until six. Goodbye."


class WordByWord(Tap):
    """The caller's words are told as they are recognised."""

    async def to_service(self, event: Event) -> Sequence[Event | str]:
        if not event["type"].endswith("transcription.completed"):
            return [event]
        delta = {**event, "type": event["type"].replace("completed", "delta")}
        words = str(event["transcript"]).partition(" ")
        parts = [words[0], words[1] + words[2]]
        told = [{**delta, "delta": part, "event_id": f"part_{n}"} for n, part in enumerate(parts)]
        return [*told, event]


async def test_a_call_is_watched_from_its_first_word_to_its_end(
    tmp_path: Path, spoken: Voice
) -> None:
    """In the order in which it happens; what the record says in the end is what was seen."""
    seen: list[Item | Lost] = []
    services: list[CallService] = []

    @asynccontextmanager
    async def watched(settings: Settings) -> AsyncIterator[str]:
        async with open_service(settings) as service, serving(service) as url:
            services.append(service.calls)
            yield url

    async def look() -> None:
        with services[0].feed.watch() as watcher:
            async for item in watcher:
                seen.append(item)
                if isinstance(item, Over):
                    return

    tap = WordByWord()
    async with (
        tap.open() as model_url,
        open_line(
            tmp_path,
            manner=HASTY,
            script=ModelScript(
                steps=(
                    Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
                    Step(after_tool="lookup_hours", say=ANSWER),
                ),
                expects=(ASK,),
            ),
            agents={"front": agent_file()},
            inbound_agent="front",
            openai_realtime_url=model_url,
            serving=watched,
        ) as line,
    ):
        tap.model_url = line.model.url
        looking = asyncio.create_task(look())
        script = CallerScript(
            voice=spoken, actions=(WaitForAgent(silence_ms=100), Say(ASK), StayOn())
        )
        sim = await line.carrier.dial(CALLER, caller=script)
        record = await line.ended(sim.sid)
        await asyncio.wait_for(looking, 5)
    assert {item.call_id for item in seen if isinstance(item, Item)} == {record["id"]}
    assert not any(isinstance(item, Lost) for item in seen)

    said = [(item.who, item.text) for item in seen if isinstance(item, Said)]
    assert said == [(turn["role"], turn["text"]) for turn in record["turns"]]
    of_caller = [item.text for item in seen if isinstance(item, Words) and item.who == "caller"]
    assert of_caller == ["When", ASK]
    of_agent = [item.text for item in seen if isinstance(item, Words) and item.who == "agent"]
    assert of_agent[-1] == ANSWER
    growing = next(n for n, item in enumerate(seen) if isinstance(item, Words))
    assert growing < next(n for n, item in enumerate(seen) if isinstance(item, Said))

    (started,) = [item for item in seen if isinstance(item, ToolStarted)]
    (finished,) = [item for item in seen if isinstance(item, ToolFinished)]
    (tool_call,) = record["tool_calls"]
    assert (started.name, started.arguments) == ("lookup_hours", tool_call["arguments"])
    assert (finished.key, finished.ok) == (started.key, True)
    assert (finished.result, finished.duration_ms) == (
        tool_call["result"],
        tool_call["duration_ms"],
    )

    moves = [item for item in seen if isinstance(item, Moved)]
    assert [item.stage for item in moves if item.stage is not Stage.ENDING][0] is Stage.TALKING
    assert moves[-1].stage is Stage.ENDED
    assert {item.ending for item in moves} == {None, Ending.GOODBYE}
