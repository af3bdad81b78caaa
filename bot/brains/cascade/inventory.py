"""What there is for a cascade: engines on this machine, servers that answer, keys that are set."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal

import httpx

from bot.brains.cascade.accounts import Accounts
from bot.brains.cascade.parts import HEARING, SPEAKING, THINKING
from bot.brains.errors import KeyRefused, ModelUnreachable
from bot.trust import machine_trust

ASK_SECS = 3.0
MOST_NAMES = 12
Does = Literal["hears", "thinks", "speaks"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One that an agent's file could name."""

    name: str
    does: tuple[Does, ...]
    there: bool
    seen: str
    do: str = ""  # what to install, start or set, where it is not


# Engines on this machine: the module of each, and what installs it.
ENGINES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "moonshine": ("moonshine_voice", "pip install 'trunkline[ears]'"),
        "whisper": ("faster_whisper", "pip install 'trunkline[words]'"),
    }
)


def to_install(vendor: str) -> str:
    """What is to be installed for this one; empty: it is there, or needs nothing here."""
    module, how = ENGINES.get(vendor, ("", ""))
    return how if module and find_spec(module) is None else ""


async def look(accounts: Accounts) -> Sequence[Found]:
    """All of them; those on this machine first."""
    async with httpx.AsyncClient(verify=machine_trust(), timeout=ASK_SECS) as client:
        servers = await asyncio.gather(_chat(client, accounts), _piper(client, accounts))
    return [_moonshine(), _whisper(), *servers, *_clouds(accounts)]


def _moonshine() -> Found:
    do = to_install("moonshine")
    return Found(
        name="moonshine",
        does=("hears",),
        there=not do,
        seen="tiny for English is in the package; others are loaded at their first call"
        if not do
        else "not installed",
        do=do,
    )


def _whisper() -> Found:
    do = to_install("whisper")
    return Found(
        name="whisper",
        does=("hears",),
        there=not do,
        seen="a model is loaded at its first call, or from a folder: whisper:/path/to/model"
        if not do
        else "not installed",
        do=do,
    )


async def ask_chat_server(accounts: Accounts, *, within_secs: float) -> None:
    """Whether a chat server of one's own answers, and takes our key. One that has no list of its
    models is taken for one that would say yes.

    Raises:
        KeyRefused, ModelUnreachable.
    """
    url = f"{accounts.chat_url}/models"
    try:
        async with httpx.AsyncClient(verify=machine_trust(), timeout=within_secs) as client:
            status = (await client.get(url, headers=_key(accounts))).status_code
    except httpx.HTTPError as error:
        raise ModelUnreachable(f"nobody answers at {url}: {error!r}") from error
    if status in (401, 403):
        raise KeyRefused(f"{url} answers HTTP {status}: set CHAT_API_KEY")
    if status >= 500:
        raise ModelUnreachable(f"{url} answers HTTP {status}")


def _key(accounts: Accounts) -> dict[str, str]:
    return {"Authorization": f"Bearer {accounts.chat_key}"} if accounts.chat_key else {}


async def _chat(client: httpx.AsyncClient, accounts: Accounts) -> Found:
    names, why = await _names(client, f"{accounts.chat_url}/models", _key(accounts))
    return Found(
        name="local",
        does=("thinks",),
        there=bool(names),
        seen=f"{accounts.chat_url} has {', '.join(f'local:{name}' for name in names)}"
        if names
        else f"{accounts.chat_url}: {why}",
        do=""
        if names
        else "start a chat server (ollama serve; llama-server -m MODEL.gguf; vllm serve MODEL), "
        "and set CHAT_URL to where it is",
    )


async def _piper(client: httpx.AsyncClient, accounts: Accounts) -> Found:
    names, why = await _names(client, f"{accounts.piper_url}/voices", {})
    return Found(
        name="piper",
        does=("speaks",),
        there=bool(names),
        seen=f"{accounts.piper_url} has voice = {' or '.join(names)}"
        if names
        else f"{accounts.piper_url}: {why}",
        do=""
        if names
        else "in an environment of its own: pip install 'piper-tts[http]', python -m piper."
        "download_voices en_US-lessac-medium, python -m piper.http_server -m en_US-lessac-medium; "
        "and set PIPER_URL to where it is",
    )


async def _names(
    client: httpx.AsyncClient, url: str, headers: dict[str, str]
) -> tuple[list[str], str]:
    """What a server says it has, or why it does not."""
    try:
        answer = await client.get(url, headers=headers)
        answer.raise_for_status()
        content = answer.json()
        told = [each["id"] for each in content["data"]] if "data" in content else list(content)
        names = [name for name in told if isinstance(name, str)]
    except httpx.HTTPStatusError as error:
        return [], f"answers HTTP {error.response.status_code}"
    except httpx.HTTPError:
        return [], "nobody answers"
    except (ValueError, KeyError, TypeError):
        return [], "its answer cannot be read"
    return names[:MOST_NAMES], "" if names else "has none"


def _clouds(accounts: Accounts) -> list[Found]:
    vendors = dict.fromkeys([*HEARING, *THINKING, *SPEAKING])
    found = []
    for vendor in vendors:
        key = accounts.key_of(vendor)
        if key is None:
            continue
        kinds: list[tuple[Does, object]]
        kinds = [("hears", HEARING), ("thinks", THINKING), ("speaks", SPEAKING)]
        does = tuple(kind for kind, names in kinds if vendor in names)  # type: ignore[operator]
        setting = f"{vendor.upper()}_API_KEY"
        seen = f"{setting} is set" if key else f"{setting} is not set"
        do = "" if key else f"set {setting} to the key of an account there"
        found.append(Found(name=vendor, does=does, there=bool(key), seen=seen, do=do))
    return found
