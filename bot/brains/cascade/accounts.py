"""Where the services of a cascade are, and the keys that pay for them: plain data."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Keys and addresses; an empty key: no account."""

    openai_key: str = ""
    openai_url: str = "https://api.openai.com/v1"
    deepgram_key: str = ""
    deepgram_url: str = "wss://api.deepgram.com"
    elevenlabs_key: str = ""
    elevenlabs_url: str = "wss://api.elevenlabs.io"
    cartesia_key: str = ""
    cartesia_url: str = "wss://api.cartesia.ai"
    chat_url: str = "http://127.0.0.1:11434/v1"  # a chat server of the owner's own
    chat_key: str = ""  # that it may want
    piper_url: str = "http://127.0.0.1:5000"

    def key_of(self, vendor: str) -> str | None:
        """The key of this vendor, empty if it is missing; None: it needs none."""
        keys = {
            "openai": self.openai_key,
            "deepgram": self.deepgram_key,
            "elevenlabs": self.elevenlabs_key,
            "cartesia": self.cartesia_key,
        }
        return keys.get(vendor)
