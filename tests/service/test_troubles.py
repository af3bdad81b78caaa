"""What keeps the service from doing its work is known to its health and told in its log."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from bot.brains import KeyRefused, ModelNotThere, ModelUnreachable
from bot.brains.openai.key_check import check_model
from bot.calls.troubles import CARRIER, DATABASE, Troubles, key_of
from bot.calls.watch import Watch
from bot.simulator.model import Faults, RealtimeModelServer
from bot.store import Store, StoreError
from bot.testing.line import HASTY, Line, sign, voice_form
from tests.calls.memory_carrier import DOWN, MemoryCarrier
from tests.service.line_kit import ToneVoice, open_line

LINE: dict[str, Any] = {"manner": HASTY, "voice": ToneVoice()}


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """Level and message of all that is logged as INFO or worse, as it comes."""
    lines: list[tuple[str, str]] = []
    sink = logger.add(
        lambda message: lines.append((message.record["level"].name, message.record["message"])),
        level="INFO",
    )
    yield lines
    logger.remove(sink)


async def ready(line: Line, state: str) -> dict[str, Any]:
    """What /health/ready says once it is in this state."""
    async with asyncio.timeout(120):
        while True:
            answer = await line.api.get("/health/ready")
            if answer.json()["status"] == state:
                assert answer.status_code == (200 if state == "ready" else 503)
                found: dict[str, Any] = answer.json()
                return found
            await asyncio.sleep(0.5)


async def test_a_key_that_the_model_refuses(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    """Found at the start, before anybody calls: told in one line, until it is in order."""
    async with open_line(tmp_path, openai_api_key="sk-wrong", **LINE) as line:
        why = (await ready(line, "unable"))["why"]
        assert "OPENAI_API_KEY" in why
        assert "401" in why
        assert "sk-wrong" not in why
        assert [message for level, message in told if level == "ERROR"] == [why]
        line.model.key = "sk-wrong"  # whoever keeps the keys lets it in
        assert "why" not in await ready(line, "ready")
    assert ("INFO", f"{key_of('openai')}: in order again") in told


async def test_credentials_that_the_carrier_refuses(
    tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    """Found at the start too; callers are answered all the same."""
    async with open_line(tmp_path, twilio_auth_token="wrong", **LINE) as line:
        why = (await ready(line, "unable"))["why"]
        assert "TWILIO_ACCOUNT_SID" in why
        assert [message for level, message in told if level == "ERROR"] == [why]
        form = voice_form("CAx")
        signature = sign("https://line.example/twilio/incoming", form, token="wrong")
        answer = await line.webhook("/twilio/incoming", form, signature=signature)
        assert "<Stream" in answer.text


async def test_a_key_that_is_refused_later(tmp_path: Path) -> None:
    """A call meets it first: from then on it is known."""
    async with open_line(tmp_path, **LINE) as line:
        await ready(line, "ready")
        line.model.faults = Faults(refuse_with=401)
        await line.carrier.dial("+15552223333")
        assert "OPENAI_API_KEY" in (await ready(line, "unable"))["why"]
        line.model.faults = Faults()
        await ready(line, "ready")


async def test_a_database_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody calls, and until it is back."""

    async def away(store: Store) -> None:
        raise StoreError("Could not reach the database: it does not answer", temporary=True)

    async with open_line(tmp_path, **LINE) as line:
        await ready(line, "ready")
        with monkeypatch.context() as patched:
            patched.setattr(Store, "ping", away)
            assert "DATABASE_URL" in (await ready(line, "unable"))["why"]
        await ready(line, "ready")


@pytest.mark.parametrize(
    ("key", "without", "path", "raises"),
    [
        ("sk-simulated", "", "/v1/realtime", None),
        ("sk-wrong", "", "/v1/realtime", KeyRefused),
        ("sk-simulated", "gpt-realtime-2.1", "/v1/realtime", ModelNotThere),
        ("sk-wrong", "", "/v1/elsewhere", None),  # not beside anything that we know
        ("sk-wrong", "", "/v2/realtime", None),  # a gateway without such a question
    ],
)
async def test_the_question_for_a_model(
    key: str, without: str, path: str, raises: type[Exception] | None
) -> None:
    """It costs nothing, and opens no session."""
    async with RealtimeModelServer(voice=ToneVoice()) as model:
        model.without_models = {without}
        with pytest.raises(raises) if raises else contextlib.nullcontext():
            await check_model(
                url=model.url.replace("/v1/realtime", path),
                api_key=key,
                model="gpt-realtime-2.1",
                within_secs=5.0,
            )
        assert (model.sessions, model.refused) == ([], [404] if path.startswith("/v2") else [])


async def test_a_model_that_cannot_be_asked() -> None:
    """Nobody listens there."""
    with pytest.raises(ModelUnreachable):
        await check_model(
            url="ws://127.0.0.1:9/v1/realtime", api_key="k", model="m", within_secs=1.0
        )


class Database:
    """As much of a store as is asked."""

    async def ping(self) -> None:
        pass


async def watched(check: Any, carrier: MemoryCarrier, *, answers: bool) -> Troubles:
    """What is known when all were looked at once."""
    troubles = Troubles()
    watch = Watch(
        troubles=troubles,
        store=Database(),  # type: ignore[arg-type]
        carrier=carrier,
        check_model=check,
        models={("openai", "gpt-new"): answers},
    )
    watching = asyncio.create_task(watch.run())
    await watch.looked.wait()
    watching.cancel()
    await asyncio.wait({watching})
    return troubles


@pytest.mark.parametrize("answers", [True, False])
async def test_a_model_that_the_key_may_not_use(told: list[tuple[str, str]], answers: bool) -> None:
    """It keeps callers from being answered only if one who answers speaks with it; it is told
    either way.
    """

    async def check(brain: str, model: str) -> None:
        raise ModelNotThere(f"there is no model {model} for this key")

    troubles = await watched(check, MemoryCarrier(), answers=answers)
    assert bool(troubles.why) == answers
    (line,) = [message for _, message in told if "gpt-new" in message]
    assert "choose another in the agents' files" in line


async def test_what_cannot_be_reached_is_no_refusal(told: list[tuple[str, str]]) -> None:
    """A line that is down for a minute is told of, and calls will try for themselves."""

    async def check(brain: str, model: str) -> None:
        raise ModelUnreachable("no connection to the model: refused")

    carrier = MemoryCarrier()
    carrier.fails["find"] = DOWN
    troubles = await watched(check, carrier, answers=True)
    assert troubles.why == ""
    assert [level for level, _ in told] == ["WARNING", "WARNING"]


async def test_who_never_answers_is_not_waited_for(told: list[tuple[str, str]]) -> None:
    """Within five seconds all were looked at; the line says why it knows nothing."""

    async def check(brain: str, model: str) -> None:
        await asyncio.sleep(3600)

    troubles = await watched(check, MemoryCarrier(), answers=True)
    assert troubles.why == ""
    assert "no answer within 5 s" in told[0][1]


def test_each_is_told_once(told: list[tuple[str, str]]) -> None:
    """However often it is found; and its end only if it had begun."""
    troubles = Troubles()
    troubles.over(key_of("openai"))
    for _ in range(3):
        troubles.found(DATABASE, "no answer within 5 s")
        troubles.found(CARRIER, "refused")
    assert len(told) == 2
    assert troubles.why == "; ".join(message for _, message in told)
    troubles.over(DATABASE)
    troubles.over(DATABASE)
    assert len(told) == 3


async def test_a_signature_that_does_not_fit(tmp_path: Path, warnings_logged: list[str]) -> None:
    """What to check is said with the address, once a minute however many come."""
    async with open_line(tmp_path, **LINE) as line:
        form = voice_form("CAx")
        for _ in range(5):
            await line.webhook("/twilio/incoming", form, signature="wrong")
        hint = "signature does not fit https://line.example/twilio/incoming: "
        hints = [message for message in warnings_logged if message.startswith(hint)]
        assert hints == [hint + "check TWILIO_AUTH_TOKEN and PUBLIC_URL"]
        await asyncio.sleep(61)
        await line.webhook("/twilio/incoming", form, signature="wrong")
        assert sum(message.startswith(hint) for message in warnings_logged) == 2


async def test_who_signs_nothing_gets_no_hint(tmp_path: Path, warnings_logged: list[str]) -> None:
    """The client is a stranger, and nothing need be checked."""
    async with open_line(tmp_path, **LINE) as line:
        await line.webhook("/twilio/incoming", voice_form("CAx"), signature="")
    assert warnings_logged == ["refused: /twilio/incoming without the carrier's signature"]


async def test_a_request_for_another_host_is_told_with_the_hint(
    tmp_path: Path, warnings_logged: list[str]
) -> None:
    """A tunnel has got a new name, and PUBLIC_URL has the old one."""
    async with open_line(tmp_path, **LINE) as line:
        await line.api.post(
            "/twilio/incoming",
            data=voice_form("CAx"),
            headers={"X-Twilio-Signature": "wrong", "X-Forwarded-Host": "new.tunnel.example"},
        )
    assert warnings_logged[-1].endswith("(the request was for the host new.tunnel.example)")
