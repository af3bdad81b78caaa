"""The doctor's visit: what is wrong is found, said in words, and hides nothing else."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from doctor_kit import (
    FALLBACK,
    answering,
    findings,
    findings_of,
    healthy_line,
    http,
    of,
    plain_proxy,
    roomy,
    troubles,
)

from bot.doctor import Finding, worst
from bot.doctor.examination import Check, examine
from bot.doctor.finding import ok
from bot.simulator.model import Faults
from bot.testing.line import AUTH_TOKEN, LINE, PUBLIC
from config import Settings

APP, TRUNK = "AP" + "1" * 32, "TK" + "2" * 32


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    roomy(monkeypatch)


async def test_all_is_well(tmp_path: Path) -> None:
    """Every check that there is has looked, and says so; the model's first sound is timed."""
    async with healthy_line(tmp_path) as line:
        found = await findings_of(line)
    assert troubles(found) == []
    checks = {each.check for each in found}
    assert checks >= {"agents", "carrier account", "clock", "our number", "fallback", "database"}
    assert checks >= {"public address", "media stream", "human line", "business", "disk"}
    assert all(each.do == "nothing" for each in found)
    assert any("first sound comes" in each.seen for each in found)
    assert worst(found) == "ok"
    asked = [request for request in line.rest.requests if request.method != "GET"]
    assert asked == []  # it only looks


async def test_a_token_that_the_carrier_refuses(tmp_path: Path) -> None:
    """Found with the account, and nothing is hidden by it; the token is in no sentence."""
    async with healthy_line(tmp_path, twilio_auth_token="another-token") as line:
        found = await findings_of(line)
    (account,) = of(found, "carrier account")
    assert (account.state, "TWILIO_AUTH_TOKEN" in account.do) == ("wrong", True)
    assert of(found, "our number", "wrong")
    assert of(found, "media stream")  # it has been looked at all the same
    assert of(found, "database", "ok")
    assert not any("another-token" in each.seen + each.do for each in found)


async def test_each_of_two_tokens_is_asked_with(tmp_path: Path) -> None:
    """While one is rotated both must be right, with an API key in use too."""
    async with healthy_line(
        tmp_path,
        twilio_auth_token=f"{AUTH_TOKEN},stale-token",
        twilio_api_key_sid="SK1",
        twilio_api_key_secret="key-secret",
    ) as line:
        line.carrier.credentials["SK1"] = "key-secret"
        found = await findings_of(line)
    assert [each.state for each in of(found, "carrier account")] == ["ok", "wrong"]
    assert "token 2 of 2" in of(found, "carrier account")[1].seen
    assert of(found, "our number", "ok")


@pytest.mark.parametrize(
    ("changes", "named"), [({"type": "Trial"}, "trial"), ({"status": "suspended"}, "suspended")]
)
async def test_an_account_that_cannot_take_calls(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    async with healthy_line(tmp_path) as line:
        for name, value in changes.items():
            setattr(line.carrier.account, name, value)
        (account,) = of(await findings_of(line), "carrier account")
    assert (account.state, named in account.seen) == ("wrong", True)


@pytest.mark.parametrize(("ahead", "state"), [(-3.0, "ok"), (40.0, "warning"), (-500.0, "wrong")])
async def test_a_clock_that_is_off(tmp_path: Path, ahead: float, state: str) -> None:
    """By the header Date of the carrier's answer."""
    async with healthy_line(tmp_path) as line:
        line.carrier.account.clock_ahead_secs = ahead
        (clock,) = of(await findings_of(line), "clock")
    assert clock.state == state
    assert ("behind" in clock.seen, "ahead" in clock.seen) == (state == "warning", state == "wrong")


async def test_a_number_that_points_elsewhere_is_mended(tmp_path: Path) -> None:
    """Only when that is asked for; the next visit finds nothing."""
    async with healthy_line(tmp_path) as line:
        fields = line.carrier.number.fields
        fields |= {
            "voice_url": "https://old.example/twilio/incoming",
            "voice_method": "GET",
            "status_callback": "",
            "sms_url": "https://demo.twilio.com/welcome",
            "voice_application_sid": APP,
            "sms_application_sid": APP,
        }
        found = of(await findings_of(line), "our number")
        assert [each.state for each in found] == ["wrong", "warning", "wrong", *["warning"] * 2]
        assert all("--fix" in each.do for each in found)
        assert fields["voice_url"] == "https://old.example/twilio/incoming"
        (mended,) = of(await findings_of(line, fix=True), "our number")
        assert (mended.state, "set just now" in mended.seen) == ("ok", True)
        assert line.carrier.number["voice_url"] == f"{PUBLIC}/twilio/incoming"
        assert line.carrier.number["sms_url"] == f"{PUBLIC}/twilio/text"
        assert line.carrier.number["status_callback"] == f"{PUBLIC}/twilio/status"
        assert troubles(await findings_of(line)) == []


async def test_what_is_asked_with_get(tmp_path: Path) -> None:
    """The right address is not enough."""
    async with healthy_line(tmp_path) as line:
        line.carrier.number.fields["voice_method"] = "GET"
        (asked,) = of(await findings_of(line), "our number")
        assert (asked.state, "POST" in asked.seen) == ("wrong", True)
        await findings_of(line, fix=True)
        assert line.carrier.number["voice_method"] == "POST"


async def test_a_trunk_is_left_alone(tmp_path: Path) -> None:
    """Whoever has put the number on a SIP trunk has meant it; what to do is said."""
    async with healthy_line(tmp_path) as line:
        line.carrier.number.fields["trunk_sid"] = TRUNK
        (trunk,) = of(await findings_of(line, fix=True), "our number")
    assert (trunk.state, TRUNK in trunk.seen, "--fix" in trunk.do) == ("wrong", True, False)
    assert line.carrier.number["trunk_sid"] == TRUNK


async def test_a_number_of_somebody_else(tmp_path: Path) -> None:
    async with healthy_line(tmp_path, twilio_phone_number="+15550001112") as line:
        (found,) = of(await findings_of(line, fix=True), "our number")
    assert (found.state, "+15550001112" in found.seen) == ("wrong", True)


@pytest.mark.parametrize("address", ["", f"{PUBLIC}/twilio/incoming"])
async def test_nobody_answers_while_we_are_down(tmp_path: Path, address: str) -> None:
    """No fallback address, or one on this very machine; another can be set."""
    async with healthy_line(tmp_path) as line:
        line.carrier.number.fields["voice_fallback_url"] = address
        found = await findings_of(line)
        assert troubles(found) == [("fallback", "warning")]
        assert "fallback-twiml" in of(found, "fallback")[0].do
        found = await findings_of(line, fix=True, fallback_url=FALLBACK)
        assert line.carrier.number["voice_fallback_url"] == FALLBACK
    assert troubles(found) == []


async def test_a_proxy_without_websockets(tmp_path: Path) -> None:
    """The service is found through it, and its stream is not."""
    async with healthy_line(tmp_path) as line, plain_proxy(line.url) as proxy:
        found = await findings_of(line, sent_to=proxy)
    assert of(found, "public address", "ok")
    assert troubles(found) == [("media stream", "wrong")]
    assert "websocket upgrades" in of(found, "media stream")[0].do


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (http("200 OK", "<h1>It works</h1>"), "something else"),
        (http("200 OK", '["alive"]'), "something else"),
        (http("404 Not Found"), "something else"),
        (http("502 Bad Gateway"), "no service does"),
        (http("301 Moved", "", "Location: https://www.line.example/"), "https://www.line.example"),
        (b"SSH-2.0-OpenSSH\r\n", "does not speak HTTP"),
    ],
)
async def test_somebody_else_at_our_address(tmp_path: Path, answer: bytes, named: str) -> None:
    async with healthy_line(tmp_path) as line, answering(answer) as port:
        found = await findings_of(line, sent_to=f"http://127.0.0.1:{port}")
    (public,) = of(found, "public address")
    assert (public.state, named in public.seen) == ("wrong", True)
    assert troubles(found) == [("public address", "wrong")]


async def test_a_service_with_another_token(tmp_path: Path) -> None:
    """It is Trunkline, but not with these settings: its stream would refuse the carrier."""
    (tmp_path / "other").mkdir()
    async with (
        healthy_line(tmp_path) as line,
        healthy_line(tmp_path / "other", twilio_auth_token="token-of-others") as other,
    ):
        found = await findings_of(line, sent_to=other.url)
    assert troubles(found) == [("media stream", "wrong")]
    assert "403" in of(found, "media stream")[0].seen


async def test_nobody_at_our_address(tmp_path: Path) -> None:
    async with healthy_line(tmp_path) as line:
        found = await findings_of(line, sent_to="http://127.0.0.1:9")
        assert troubles(found) == [("public address", "wrong")]
        found = await findings_of(line, sent_to="http://127.0.0.1:9", served=False)
    assert troubles(found) == [("public address", "not_checked")]


async def test_a_key_that_the_model_refuses(tmp_path: Path) -> None:
    async with healthy_line(tmp_path, openai_api_key="sk-of-somebody-else") as line:
        found = await findings_of(line)
    assert {state for _, state in troubles(found)} == {"wrong"}
    assert all("OPENAI_API_KEY" in each.do for each in found if each.check.startswith("model "))
    assert not any("somebody-else" in each.seen for each in found)


async def test_a_model_that_the_key_may_not_use(tmp_path: Path) -> None:
    async with healthy_line(tmp_path) as line:
        line.model.without_models = {"gpt-realtime-2.1"}
        (found,) = [each for each in await findings_of(line) if "gpt-realtime-2.1" in each.seen]
    assert (found.state, "choose another model" in found.do) == ("wrong", True)


async def test_a_model_that_opens_no_session(tmp_path: Path) -> None:
    """The key is right, and there is no sound: found by asking for one."""
    async with healthy_line(tmp_path) as line:
        line.model.faults = Faults(refuse_with=503)
        found = await findings_of(line)
    (model,) = [each for each in found if each.state == "wrong"]
    assert model.check.startswith("model ")


@pytest.mark.parametrize(("free", "state"), [(10 * 1024**2, "wrong"), (1024**3, "warning")])
async def test_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    async with healthy_line(tmp_path) as line:
        roomy(monkeypatch, free)
        found = await findings_of(line)
    assert troubles(found) == [("disk", state)]
    (disk,) = of(found, "disk")  # all on one: told once
    assert "calls and recordings and prepared lines" in disk.seen


async def test_who_takes_over_and_who_is_asked(tmp_path: Path) -> None:
    """No human, no business, no mail server: each is told, and what to do."""
    async with healthy_line(
        tmp_path,
        human_transfer_number=LINE,
        business_api_base="http://127.0.0.1:9",
        mail_server="127.0.0.1:9",
        mail_from="line@clinic.example",
    ) as line:
        found = await findings_of(line)
    assert troubles(found) == [("human line", "wrong"), ("business", "warning"), ("mail", "wrong")]


async def test_settings_that_are_missing(tmp_path: Path) -> None:
    """What needs them is not looked at; all else is."""
    settings = Settings(
        _env_file=None, var_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/none/line.db"
    )
    found = await findings(settings)
    assert len(of(found, "settings", "wrong")) == 5
    assert {state for check, state in troubles(found) if "carrier" in check} == {"not_checked"}
    assert of(found, "our number", "not_checked")
    assert of(found, "public address", "not_checked")
    assert of(found, "database", "ok")
    assert not (tmp_path / "none").exists()


async def test_a_check_that_fails_hides_no_other() -> None:
    """Nor does one that never answers; secrets are in no finding, whatever an error says."""

    async def breaks() -> Sequence[Finding]:
        raise KeyError("token-12345 is not here")

    async def hangs() -> Sequence[Finding]:
        await asyncio.sleep(3600)
        return []

    async def works() -> Sequence[Finding]:
        return [ok("third", "it works")]

    checks = [
        Check(name="first", ask=breaks),
        Check(name="second", ask=hangs, within_secs=3.0),
        Check(name="third", ask=works),
        Check(name="fourth", ask=hangs, missing="A_SETTING is"),
    ]
    found = await examine(checks, secrets=["token-12345"])
    states = [(each.check, each.state) for each in found]
    assert states == [
        ("first", "wrong"),
        ("second", "wrong"),
        ("third", "ok"),
        ("fourth", "not_checked"),
    ]
    assert "token-12345" not in found[0].seen
    assert "3 s" in found[1].seen
