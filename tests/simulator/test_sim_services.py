"""The simulated services refuse what the real ones would refuse."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from bot.simulator.services import SpeechServices
from bot.testing.voices import RulerVoice

CHAT = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello."}]}
KEY = {"Authorization": "Bearer sk-services"}


@pytest.mark.parametrize("key", [{}, {"Authorization": "Bearer sk-other"}])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/chat/completions", {"json": CHAT}),
        ("POST", "/v1/audio/transcriptions", {"files": {"file": b"RIFF"}}),
        ("POST", "/v1/audio/speech", {"json": {"input": "Hello.", "response_format": "pcm"}}),
        ("GET", "/v1/models", {}),
    ],
)
async def test_a_request_without_the_key_is_refused(
    method: str, path: str, body: Mapping[str, Any], key: dict[str, str]
) -> None:
    """Each of them, also with another key."""
    async with SpeechServices(voice=RulerVoice()) as far, httpx.AsyncClient() as client:
        answer = await client.request(method, f"{far.http_url}{path}", headers=key, **body)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": True}}])
async def test_what_an_answer_used_is_told_to_those_who_ask(options: dict[str, Any]) -> None:
    """And to nobody else."""
    async with SpeechServices(voice=RulerVoice()) as far, httpx.AsyncClient() as client:
        url = f"{far.http_url}/v1/chat/completions"
        answer = await client.post(url, headers=KEY, json={**CHAT, **options})
        assert answer.status_code == 200
        assert ("prompt_tokens" in answer.text) == bool(options)
