"""The environment, read once; each malformed setting is named in one clear line."""

import base64
import os
from pathlib import Path

import pytest

from config import Settings, SettingsError, doubts, load_settings, sound_settings
from config.near_names import misspelt

GOOD = {
    "OPENAI_API_KEY": "sk-very-secret",
    "OPENAI_REALTIME_URL": "ws://127.0.0.1:9000/v1/realtime",
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "TWILIO_AUTH_TOKEN": "new-token-secret, old-token-secret",
    "TWILIO_API_KEY_SID": "SK" + "0" * 32,
    "TWILIO_API_KEY_SECRET": "key-secret",
    "TWILIO_PHONE_NUMBER": "+15550001111",
    "TWILIO_API_URL": "http://127.0.0.1:9001",
    "PUBLIC_URL": "https://line.example/",
    "BUSINESS_API_BASE": "https://business.example/api/",
    "HUMAN_TRANSFER_NUMBER": "sip:desk@pbx.example",
    "DATABASE_URL": "postgresql://user:db-secret@db/calls",
    "TRUNKLINE_API_KEY": "api-secret",
    "MAX_CALLS": "7",
    "TRUNKLINE_VAR": "/srv/var",
    "TRUNKLINE_LOG_LEVEL": "debug",
}
SECRETS = (
    *("very-secret", "token-secret", "key-secret", "db-secret", "api-secret", "results-secret"),
    "otlp-secret",
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "TWILIO_", "TRUNKLINE_")) or name in {
            *GOOD,
            "INBOUND_AGENT",
            "RESULTS_SECRET",
        }:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def with_env(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in (GOOD | changes).items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_every_setting_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, addresses without a slash at their end."""
    settings = with_env(monkeypatch)
    assert settings.openai_realtime_url == "ws://127.0.0.1:9000/v1/realtime"
    assert settings.public_url == "https://line.example"
    assert settings.business_api_base == "https://business.example/api"
    assert settings.max_calls == 7
    assert settings.var_dir == Path("/srv/var")
    assert settings.openai_api_key.get_secret_value() == "sk-very-secret"
    assert settings.log_level.upper() == "DEBUG"


def test_without_any_there_are_defaults() -> None:
    """Public endpoints, SQLite below ./var; nothing that a key would open."""
    settings = load_settings()
    assert settings.openai_realtime_url == "wss://api.openai.com/v1/realtime"
    assert settings.twilio_api_url == "https://api.twilio.com"
    assert settings.database_url == "sqlite:///var/trunkline.db"
    assert settings.twilio_auth_token == ()
    assert settings.trunkline_agents is None


def test_while_a_token_is_rotated_there_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order given; spaces and empty places do not count."""
    for text in ("one,two", " one , two ", "one,,two,"):
        settings = with_env(monkeypatch, TWILIO_AUTH_TOKEN=text)
        assert [t.get_secret_value() for t in settings.twilio_auth_token] == ["one", "two"]
    (only,) = with_env(monkeypatch, TWILIO_AUTH_TOKEN="one").twilio_auth_token
    assert only.get_secret_value() == "one"


def test_the_env_file_is_read_and_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What else stands in it is nobody's business."""
    (tmp_path / ".env").write_text("MAX_CALLS=3\nPUBLIC_URL=https://file.example\nOTHER=1\n")
    assert load_settings().max_calls == 3
    monkeypatch.setenv("MAX_CALLS", "4")
    settings = load_settings()
    assert (settings.max_calls, settings.public_url) == (4, "https://file.example")
    assert load_settings(env_file=None).public_url == ""


def test_a_setting_left_empty_is_not_set(tmp_path: Path) -> None:
    """As in a copy of .env.example that was filled in by half."""
    empty = [f"{name}=" for name in (*GOOD, "TRUNKLINE_AGENTS", "INBOUND_AGENT", "TRUNKLINE_URL")]
    (tmp_path / ".env").write_text("\n".join(empty))
    assert load_settings() == load_settings(env_file=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_REALTIME_URL", "https://api.openai.com/v1/realtime"),
        ("OPENAI_REALTIME_URL", "api.openai.com"),
        ("OPENAI_REALTIME_URL", "wss://api.openai.com/v1/realtime?model=x"),
        ("OPENAI_REALTIME_URL", "wss://[bad"),
        ("OPENAI_REALTIME_URL", "wss://host:port/x"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32),
        ("TWILIO_ACCOUNT_SID", "AC" + "z" * 32),
        ("TWILIO_PHONE_NUMBER", "555 0001"),
        ("TWILIO_API_URL", "api.twilio.com"),
        ("TWILIO_API_URL", "ftp://api.twilio.com"),
        ("PUBLIC_URL", "http://line.example"),
        ("PUBLIC_URL", "line.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://line.example/?a=1"),
        ("PUBLIC_URL", "https://line.example/#x"),
        ("PUBLIC_URL", "https://line.example/twilio/incoming"),
        ("PUBLIC_URL", "https://line.example/twilio/"),
        ("PUBLIC_URL", "https://line.example:70000"),
        ("BUSINESS_API_BASE", "business.example"),
        ("TWILIO_API_URL", "http://127.0.0.1:70000"),
        ("TRUNKLINE_URL", "http://127.0.0.1:70000"),
        ("OPENAI_REALTIME_URL", "ws://127.0.0.1:70000/v1/realtime"),
        ("HUMAN_TRANSFER_NUMBER", "the desk"),
        ("HUMAN_TRANSFER_NUMBER", "555 0001"),
        ("DATABASE_URL", "mysql://host/calls"),
        ("DATABASE_URL", "var/trunkline.db"),
        ("DATABASE_URL", "postgresql://user:db-secret@db:70000/calls"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key: otlp-secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", 'x-api-key="otlp-secret"'),
        ("MAX_CALLS", "many"),
        ("MAX_CALLS", "-1"),
        ("INBOUND_RESERVE", "-1"),
        ("INBOUND_RESERVE", "some"),
        ("DRAIN_SECS", "-1"),
        ("DRAIN_SECS", "nan"),
        ("DRAIN_SECS", "2 min"),
        ("TRUNKLINE_URL", "localhost:8080"),
        ("TRUNKLINE_LOG_LEVEL", "loud"),
        ("RESULTS_SECRET", "whsec_!!!"),
        ("RESULTS_SECRET", "whsec_abc"),
        ("RESULTS_SECRET", "whsec_"),
        ("RESULTS_SECRET", "whsec_" + base64.b64encode(b"results-secret!").decode()),
        ("RESULTS_SECRET", "whsec_" + "ä" * 32),
        ("RESULTS_SECRET", "results-secret"),
    ],
)
def test_a_malformed_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """One line: the name as it is written in the environment, and what is wrong; no secrets."""
    with pytest.raises(SettingsError) as caught:
        with_env(monkeypatch, **{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} ")
    assert "\n" not in message
    assert not any(secret in message for secret in SECRETS)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("missing", ["TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"])
def test_half_a_key_pair_is_none(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Both are named."""
    with pytest.raises(SettingsError, match="TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET"):
        with_env(monkeypatch, **{missing: ""})


def test_all_that_is_malformed_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody starts the service three times to find three mistakes."""
    with pytest.raises(SettingsError) as caught:
        with_env(monkeypatch, PUBLIC_URL="x", MAX_CALLS="x", TWILIO_ACCOUNT_SID="x")
    for name in ("PUBLIC_URL", "MAX_CALLS", "TWILIO_ACCOUNT_SID"):
        assert name in str(caught.value)


def test_what_is_missing_is_named_beside_what_is_malformed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of what is needed, also where it could stand in the file; what is given is not named."""
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-very-secret\nPUBLIC_URL=\n")
    monkeypatch.setenv("MAX_CALLS", "many")
    with pytest.raises(SettingsError) as caught:
        load_settings(needed=("openai_api_key", "public_url", "trunkline_api_key"))
    assert str(caught.value).startswith("MAX_CALLS ")
    assert str(caught.value).endswith(
        "; PUBLIC_URL, TRUNKLINE_API_KEY are not set (see `trunkline settings`)"
    )
    monkeypatch.setenv("MAX_CALLS", "1")
    with pytest.raises(SettingsError, match="^PUBLIC_URL is not set"):
        load_settings(needed=("openai_api_key", "public_url"))


def test_half_a_pair_is_named_beside_what_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes two settings to see it, and both are looked at whatever else is wrong."""
    with pytest.raises(SettingsError) as caught:
        with_env(monkeypatch, MAX_CALLS="x", TWILIO_API_KEY_SECRET="")
    assert str(caught.value).startswith("MAX_CALLS ")
    assert str(caught.value).endswith("TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET go together")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_CALL", "MAX_CALLS"),
        ("MAXCALLS", "MAX_CALLS"),
        ("TRUNKLINE_MAX_CALLS", "MAX_CALLS"),
        ("max_call", "MAX_CALLS"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("OPENAI_APIKEY", "OPENAI_API_KEY"),
        ("TWILIO_TOKEN", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_NUMBER", "TWILIO_PHONE_NUMBER"),
        ("PUBLIC_BASE_URL", "PUBLIC_URL"),
        ("API_KEY", "TRUNKLINE_API_KEY"),
        ("DRAIN_SECONDS", "DRAIN_SECS"),
        ("LOGFORMAT", "LOG_FORMAT"),
        ("TRUNKLINE_PORT", None),
    ],
)
def test_a_name_that_is_no_setting(tmp_path: Path, name: str, meant: str | None) -> None:
    """Of the file: it is named, with the setting that was probably meant."""
    (tmp_path / ".env").write_text(f"{name}=x\n")
    told = doubts(load_settings())
    assert told == [f"{name} is no setting" + (f": did you mean {meant}?" if meant else "")]


@pytest.mark.parametrize(
    "name", ["OTHER", "HOME", "COMPOSE_PROJECT_NAME", "POSTGRES_PASSWORD", "SSL_CERT_FILE", "TZ"]
)
def test_what_is_set_for_others_is_not_named(tmp_path: Path, name: str) -> None:
    """A file may serve several programs."""
    (tmp_path / ".env").write_text(f"{name}=x\n")
    assert doubts(load_settings()) == []


def test_of_the_environment_only_slips_are_named() -> None:
    """Much is set there for others, with names like ours."""
    known = {"OPENAI_API_KEY", "MAX_CALLS", "TRUNKLINE_VAR"}
    there = ["OPENAI_API_BASE", "OPENAI_KEY", "API_KEY_OF_OTHERS", "MAX_CALL", "TRUNKLINE_VARS"]
    assert misspelt([], there, known) == {
        "MAX_CALL": "MAX_CALLS",
        "TRUNKLINE_VARS": "TRUNKLINE_VAR",
    }


def test_a_name_meant_for_what_is_missing_is_told_with_it(tmp_path: Path) -> None:
    """Whoever has set it, in another name, reads so at once."""
    (tmp_path / ".env").write_text("OPENAI_KEY=sk-very-secret\nMAX_CALL=3\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(needed=("openai_api_key", "public_url"))
    assert str(caught.value) == (
        "OPENAI_API_KEY, PUBLIC_URL are not set (see `trunkline settings`); "
        "OPENAI_KEY is no setting: did you mean OPENAI_API_KEY?"
    )


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("TRUNKLINE_API_KEY", "fifteen-letters", "TRUNKLINE_API_KEY"),
        ("PUBLIC_URL", "https://line.example/phone", "/phone"),
    ],
)
def test_what_is_probably_a_mistake_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str
) -> None:
    """It is served with all the same; the secret itself is not shown."""
    (told,) = doubts(with_env(monkeypatch, **{"TRUNKLINE_API_KEY": "k" * 16, name: value}))
    assert named in told
    assert "fifteen" not in told


@pytest.mark.parametrize(
    "secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "0123456789abcdef" * 2, ""]
)
def test_a_secret_that_signs(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Base64 of 24 bytes after whsec_, a long text of one's own, or none."""
    settings = with_env(monkeypatch, RESULTS_SECRET=secret)
    assert settings.results_secret.get_secret_value() == secret


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Also one of bytes that nobody can read; whatever else is needed."""
    (tmp_path / ".env").write_bytes(b"MAX_CALLS=\xff\xfe")
    for needed in ((), ("public_url",)):
        with pytest.raises(SettingsError, match=r"^\.env is not text in UTF-8$"):
            load_settings(needed=needed)
    assert sound_settings() == load_settings(None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"MAX_CALLS": "x", "OWNER_EMAIL": "me@clinic.example"},
            ["MAX_CALLS ", "OWNER_EMAIL needs MAIL_SERVER"],
        ),
        (
            {"DIGEST_AT": "19:00", "TWILIO_API_KEY_SECRET": ""},
            ["DIGEST_AT ", "TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET"],
        ),
        # One that is wrong itself is not missed.
        ({"OWNER_EMAIL": "me@clinic.example", "MAIL_SERVER": "two words"}, ["MAIL_SERVER "]),
        ({"WEBHOOK_URLS": "https://crm.example", "WEBHOOK_SECRET": "short"}, ["WEBHOOK_SECRET "]),
    ],
)
def test_what_goes_together_is_looked_at_beside_what_is_malformed(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: list[str]
) -> None:
    """And each mistake is told once; the rest can be read without all of these."""
    with pytest.raises(SettingsError) as caught:
        with_env(monkeypatch, TRUNKLINE_AGENTS="mine", TRUNKLINE_LOG_LEVEL="LOUD", **given)
    faults = [fault for fault in caught.value.faults if "LOG_LEVEL" not in fault]
    assert [fault[: len(start)] for fault, start in zip(faults, said, strict=True)] == said
    sound = sound_settings(None)
    assert (sound.trunkline_agents, sound.log_level) == (Path("mine"), "INFO")


def test_what_is_needed_and_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them or several."""
    settings = with_env(monkeypatch, OPENAI_API_KEY="", TWILIO_AUTH_TOKEN=" , ", PUBLIC_URL="")
    with pytest.raises(SettingsError, match="^OPENAI_API_KEY is not set"):
        settings.require("openai_api_key", "trunkline_api_key")
    with pytest.raises(SettingsError, match="^TWILIO_AUTH_TOKEN, PUBLIC_URL are not set"):
        settings.require("twilio_auth_token", "public_url", "twilio_phone_number")
    settings.require("trunkline_api_key", "twilio_account_sid")


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a log line, not in a traceback."""
    shown = repr(with_env(monkeypatch, DATABASE_URL="sqlite:///x.db"))
    assert not any(secret in shown for secret in SECRETS)
