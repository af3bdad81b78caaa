"""Fixed lines are rendered once, in the agent's voice, before anybody calls."""

from pathlib import Path

from bot.calls import prepare_lines
from bot.realtime import Clips, Speaker
from bot.simulator.model import Faults, Manner, RealtimeModelServer
from bot.simulator.voices import default_voice
from config import Agent

AGENT = Agent(
    name="shop",
    pipeline="reception",
    instructions="Help.",
    first_line="Hello, the shop.",
    silence={"prompts": ["Hello?"], "goodbye": "Bye then."},
    lines={"filler": "One moment.", "farewell": "Goodbye.", "time_limit": "Time is up."},
)
LINES = ("Hello, the shop.", "Hello?", "Bye then.", "One moment.", "Goodbye.", "Time is up.")
SPEAKER = Speaker(model=AGENT.model, voice=AGENT.voice)


async def prepare(model: RealtimeModelServer, clips: Clips, *agents: Agent) -> None:
    await prepare_lines(agents, clips=clips, realtime_url=model.url, openai_api_key="sk-simulated")


async def test_every_fixed_line_becomes_a_clip_once(tmp_path: Path) -> None:
    """One session renders all that is missing; a second start renders nothing."""
    clips = Clips(tmp_path)
    async with RealtimeModelServer(manner=Manner(speed=50, first_audio_after_secs=0)) as model:
        await prepare(model, clips, AGENT)
        for line in LINES:
            spoken = default_voice("agent").render(line)
            assert clips.get(SPEAKER, line) == spoken
        assert len(model.sessions) == 1
        await prepare(model, Clips(tmp_path), AGENT)
        assert len(model.sessions) == 1


async def test_a_first_line_with_variables_is_not_prepared(tmp_path: Path) -> None:
    """It differs from call to call; the other lines are prepared all the same."""
    clips = Clips(tmp_path)
    agent = AGENT.model_copy(update={"first_line": "Hello {name}."})
    async with RealtimeModelServer(manner=Manner(speed=50, first_audio_after_secs=0)) as model:
        await prepare(model, clips, agent)
    assert len(list(tmp_path.iterdir())) == len(LINES) - 1


async def test_a_model_that_refuses_costs_the_clips_and_nothing_else(tmp_path: Path) -> None:
    """A voice whose session cannot be opened is left out; the next one is prepared."""
    clips = Clips(tmp_path)
    other = AGENT.model_copy(update={"name": "other", "voice": "cedar"})
    async with RealtimeModelServer(manner=Manner(speed=50, first_audio_after_secs=0)) as model:
        model.next_faults(Faults(refuse_with=401))
        await prepare(model, clips, AGENT, other)
    assert clips.get(SPEAKER, "Goodbye.") is None
    assert clips.get(Speaker(model=other.model, voice="cedar"), "Goodbye.") is not None
