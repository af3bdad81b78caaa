"""An answer has a longest length, and is paid for also where it was thrown away."""

import pytest
from session_kit import services, talk

from bot.brains.openai import client_events
from bot.simulator.model import ModelScript
from bot.simulator.services import ChatFaults, Pace


@pytest.mark.parametrize(
    ("thinking", "name"), [("openai", "max_completion_tokens"), ("local", "max_tokens")]
)
async def test_no_answer_is_longer_than_one_can_listen_to(thinking: str, name: str) -> None:
    """The request says so, by the name that the server knows."""
    async with services() as far, talk(far, f"openai > {thinking} > openai") as call:
        assert (await call.ask())["status"] == "completed"
        bounds = {key: value for key, value in far.state.chats[0].items() if "max_" in key}
        assert bounds == {name: 1000}


async def test_an_answer_that_is_cancelled_while_it_is_thought_is_counted() -> None:
    """Its tokens are estimated: nobody tells them."""
    async with services() as far, talk(far) as call:
        far.state.pace = Pace(word_secs=0.5)
        call.session.post(client_events.response("answer", event_id="ask_1"))
        await call.happened("response.output_item.added")
        created = call.of("response.created")[0]["response"]["id"]
        call.session.post({"type": "response.cancel", "response_id": created})
        done = await call.done()
        assert done["status"] == "cancelled"
        thinking = done["usage"]["thinking"]
        assert thinking["text_in"] > 5 and 2 <= thinking["text_out"] <= 8


async def test_an_answer_that_breaks_off_is_counted() -> None:
    """As far as it came."""
    async with services() as far, talk(far) as call:
        far.state.faults.thinking = ChatFaults(times=1, cut_after_words=5)
        done = await call.ask()
        assert done["status"] == "incomplete"
        assert done["usage"]["thinking"]["text_out"] >= 4


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("\N{THUMBS UP SIGN}", ""),
        ("<think>A greeting. </think>Hello. \N{WAVING HAND SIGN}", "Hello."),
    ],
)
async def test_what_is_not_for_the_ear_is_not_said(answer: str, words: str) -> None:
    """And an answer without anything else does not end the session."""
    async with services(ModelScript(greeting=answer)) as far, talk(far) as call:
        assert (await call.ask())["status"] == "completed"
        assert call.words == words
        assert "".join(far.state.sentences) == words
        assert call.lost is None
