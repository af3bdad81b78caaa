"""Sessions over a real socket: opened, refused, gone on with, and what they send of their own."""

import base64
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.brains import SessionConfig
from bot.brains.errors import (
    KeyRefused,
    ModelError,
    ModelLost,
    ModelNotThere,
    ModelRefused,
    ModelUnreachable,
)
from bot.brains.gemini import GeminiBrain, GeminiSession
from bot.brains.gemini.client_messages import ACTIVITY_END, ACTIVITY_START, turn
from bot.brains.gemini.refusals import closing
from bot.brains.gemini.resumption import HANDLE
from bot.simulator.gemini import GeminiModelServer
from bot.simulator.model import Faults, Incident, Mishap, Moment
from bot.testing.voices import RulerVoice
from tests.brains.gemini.oracle import assert_known
from tools import lookup_hours
from tools.signature import signature_of

SIGNATURE = signature_of(lookup_hours)
PIECE = base64.b64encode(bytes(640)).decode()


@asynccontextmanager
async def far(**given: Any) -> AsyncIterator[GeminiModelServer]:
    async with GeminiModelServer(voice=RulerVoice(), key="k", **given) as server:
        yield server
        for record in server.records:
            assert_known(record)


def brain(server: GeminiModelServer, key: str = "k") -> GeminiBrain:
    return GeminiBrain(url=server.url, api_key=key)


def config(server: GeminiModelServer, **more: Any) -> SessionConfig:
    speaker = brain(server).speaker(more.pop("model", ""))
    return SessionConfig(
        **{"speaker": speaker, "instructions": "Be brief.", "language": "en", "tools": [SIGNATURE]}
        | {"keywords": ("Miller",)}
        | more
    )


@asynccontextmanager
async def opened(server: GeminiModelServer, **more: Any) -> AsyncIterator[GeminiSession]:
    session = await brain(server).open(config(server, **more))
    try:
        yield session
    finally:
        await session.close()


async def test_what_a_session_is_opened_with() -> None:
    """Compression and resumption always; speech marked by us; results said with their results."""
    async with far() as server, opened(server) as session:
        assert (session.sound, session.resumed) == ("pcm_16_24", False)
        setup = server.records[0].session
        assert setup["model"] == "models/gemini-3.8-live"
        assert setup["contextWindowCompression"] == {"slidingWindow": {}}
        assert setup["sessionResumption"] == {}
        assert setup["realtimeInputConfig"]["automaticActivityDetection"] == {"disabled": True}
        assert setup["inputAudioTranscription"]["customVocabulary"] == ["Miller"]
        assert "thinkingConfig" not in setup["generationConfig"]
        (tools,) = setup["tools"]
        assert {each["behavior"] for each in tools["functionDeclarations"]} == {"NON_BLOCKING"}


async def test_a_model_that_thinks_is_told_how_much() -> None:
    async with (
        far() as server,
        opened(server, model="gemini-3.8-live-extended-thinking"),
    ):
        generation = server.records[0].session["generationConfig"]
        assert generation["thinkingConfig"] == {"thinkingLevel": "LOW"}


@pytest.mark.parametrize(
    ("key", "model", "faults", "error"),
    [
        ("wrong", "", Faults(), KeyRefused),
        ("k", "gemini-9", Faults(), ModelNotThere),
        ("k", "", Faults(refuse_with=503), ModelUnreachable),
        ("k", "", Faults(refuse_with=403), KeyRefused),
        ("k", "", Faults(refuse_with=400), ModelRefused),
    ],
)
async def test_what_a_refusal_means(
    key: str, model: str, faults: Faults, error: type[ModelError]
) -> None:
    async with far(faults=faults) as server:
        server.without_models.add("gemini-9")
        with pytest.raises(error):
            await brain(server, key).open(config(server, model=model))


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (1007, "API key not valid. Please pass a valid API key.", KeyRefused),
        (1007, "Request contains an invalid argument.", ModelRefused),
        (1008, "models/x is not found for API version v1beta", ModelNotThere),
        (1008, "Resource has been exhausted (e.g. check quota).", ModelUnreachable),
        (1011, "You exceeded your current quota, please check your plan and billing", KeyRefused),
        (1011, "Internal error encountered.", ModelUnreachable),
        (None, "", ModelUnreachable),
    ],
)
def test_what_a_close_means(code: int | None, reason: str, error: type[ModelError]) -> None:
    assert type(closing(code, reason)) is error


async def test_a_failure_that_may_pass_is_tried_once_more() -> None:
    async with far() as server:
        server.next_faults(Faults(refuse_with=503))
        async with opened(server):
            assert server.refused == [503]


async def test_a_key_is_checked_without_a_session() -> None:
    async with far() as server:
        server.without_models.add("gemini-9")
        await brain(server).check_model("gemini-3.8-live", within_secs=4)
        with pytest.raises(KeyRefused):
            await brain(server, "wrong").check_model("gemini-3.8-live", within_secs=4)
        with pytest.raises(ModelNotThere):
            await brain(server).check_model("gemini-9", within_secs=4)


async def handle_of(session: GeminiSession) -> str:
    """What it tells after its first turn."""
    session.ask_opening("Hello.")
    async for message in session.events():
        update = message.get("sessionResumptionUpdate") or {}
        if update.get("resumable"):
            return str(update["newHandle"])
    raise AssertionError


@pytest.mark.parametrize("refused", [False, True])
async def test_a_session_goes_on_from_a_handle_or_without(refused: bool) -> None:
    """A handle that is refused costs no session."""
    async with far(faults=Faults(refuses_handles=refused)) as server:
        async with opened(server) as first:
            token = HANDLE.set(await handle_of(first))
        try:
            async with opened(server) as second:
                assert second.resumed == (not refused)
                assert server.records[-1].resumed == (not refused)
                assert ("historyConfig" in server.records[-1].session) == refused
        finally:
            HANDLE.reset(token)


async def test_marks_say_something_new_and_history_ends_before_sound() -> None:
    """The model would wait for the rest of a history that was begun."""
    async with far() as server, opened(server) as session:
        session.tell_turns([turn("user", "Hello."), turn("model", "Good morning.")])
        for message in (ACTIVITY_END, ACTIVITY_START, ACTIVITY_START):
            session.post(message)
        session.append(PIECE)
        session.post(ACTIVITY_END)
        session.append(PIECE)
        record = server.records[0]
        await server.until(lambda: record.audio_received_ms == 40)
        contents = record.received("clientContent")
        assert [each["turnComplete"] for each in contents] == [False, True]
        assert len(record.received("realtimeInput.activityStart")) == 2
        assert record.stray_ms == 0
        assert record.turns[:2] == [("user", "Hello."), ("model", "Good morning.")]


async def test_a_session_that_ends_is_lost_with_its_reason() -> None:
    incident = Incident(moment=Moment.UPDATED, mishap=Mishap.INVALID)
    async with far(faults=Faults(incidents=(incident,))) as server, opened(server) as session:
        with pytest.raises(ModelLost, match="1007"):
            async for _ in session.events():
                pass


async def test_lines_are_rendered_and_the_first_sound_is_timed() -> None:
    async with far() as server:
        speaker = brain(server).speaker()
        async with contextlib.aclosing(brain(server).render(speaker, ["One two.", "Three."])) as it:
            rendered = {line: sound async for line, sound in it}
        assert {line: len(sound or b"") for line, sound in rendered.items()} == {
            "One two.": 4000,
            "Three.": 2000,
        }
        timed = await brain(server).first_sound(speaker, within_secs=4)
        assert timed.sound_ms >= 250


async def test_a_line_that_the_model_does_not_say_is_no_clip() -> None:
    async with far(faults=Faults(empty_after=0)) as server:
        speaker = brain(server).speaker()
        async with contextlib.aclosing(brain(server).render(speaker, ["One two."])) as it:
            assert [sound async for _, sound in it] == [None]
