"""GoodbyeDetector: a farewell that was heard is announced, right after its words."""

from bot.testing.stage import on_stage
from processors import GoodbyeDetector
from processors.frames import AgentSaidFrame, FarewellFrame
from processors.words.farewells import farewell_patterns


async def test_a_farewell_follows_its_words() -> None:
    """The FarewellFrame comes after the AgentSaidFrame, with its text; other lines add none."""
    async with on_stage(GoodbyeDetector(patterns=farewell_patterns("en"))) as stage:
        await stage.down(AgentSaidFrame(text="We are open until nine."))
        await stage.down(AgentSaidFrame(text="Thank you, goodbye!"))
    kinds = (AgentSaidFrame, FarewellFrame)
    assert [type(seen.frame) for seen in stage.sink.seen if isinstance(seen.frame, kinds)] == [
        AgentSaidFrame,
        AgentSaidFrame,
        FarewellFrame,
    ]
    assert [frame.text for frame in stage.downs(FarewellFrame)] == ["Thank you, goodbye!"]


async def test_an_interrupted_goodbye_is_none() -> None:
    """A caller who cut in has more to say."""
    async with on_stage(GoodbyeDetector(patterns=("goodbye",))) as stage:
        await stage.down(AgentSaidFrame(text="Goodbye", interrupted=True))
    assert stage.downs(FarewellFrame) == []
