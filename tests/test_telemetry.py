"""Logs: one line each, in one form, whoever speaks."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from bot.carriers import CarrierError
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.log_text import LONGEST, one_line
from bot.telemetry import configure_logs

FORGED = "ok\n19:00:00.000 CRITICAL -  all is lost"
EVIL = (
    FORGED,
    "\r\x1b[2Jgone",
    "\x9b31mred",
    "a\u202eb",
    "a\u2066b\u2069",
    "line\u2028line\u2029line\x85line",
    "\x00\x07\x7f",
    "half \ud800 a pair",
    "zero\u200bwidth\ufeff",
)


@pytest.fixture(autouse=True)
def _logs_of_the_tests() -> Iterator[None]:
    yield
    configure_logs("DEBUG")


def test_libraries_warn_in_our_form(capsys: pytest.CaptureFixture[str]) -> None:
    """What a library says by the standard library's logging stands in a line like ours."""
    configure_logs("INFO")
    with logger.contextualize(call_id="c-1"):
        logging.getLogger("some.library").warning("%s is late", "it")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "WARNING" in lines[0]
    assert lines[0].endswith("c-1 some.library: it is late")


def test_a_line_has_its_day_and_zone(capsys: pytest.CaptureFixture[str]) -> None:
    """And the name of what has happened, where it has one, before the sentence."""
    configure_logs("INFO")
    logger.info("it is over", call_id="c-1", event="call_ended")
    logger.info("nothing in particular")
    named, other = capsys.readouterr().err.splitlines()
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
    assert re.fullmatch(rf"{when} INFO     c-1 call_ended: it is over", named)
    assert re.fullmatch(rf"{when} INFO     - nothing in particular", other)


def test_in_json_a_line_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one shape, whoever speaks: the same keys first, then what was bound, then a traceback."""
    configure_logs("INFO", no_call="w1", log_format="json")
    logger.info("it is {}", "over", call_id="c-1", event="call_ended", secs=61.5)
    logger.info("nothing in particular")
    logging.getLogger("some.library").warning("%s is late", "it")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logger.exception("it failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    keys = ["time", "level", "event", "message", "call_id"]
    assert [list(line)[:5] for line in lines] == [keys] * 4
    ended, other, library, failed = lines
    when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
    assert re.fullmatch(when, ended.pop("time"))
    assert ended == {
        "level": "INFO",
        "event": "call_ended",
        "message": "it is over",
        "call_id": "c-1",
        "details": {"secs": 61.5},
    }
    here = f"{__name__}.test_in_json_a_line_is_an_object"
    assert (other["event"], other["call_id"]) == (here, "w1")
    assert (library["level"], library["event"]) == ("WARNING", "some.library")
    assert "RuntimeError: broken" in failed["exception"]


@pytest.mark.parametrize("said", EVIL)
def test_in_json_nobody_forges_an_object(capsys: pytest.CaptureFixture[str], said: str) -> None:
    """What others say is a text in it, and the line is printable."""
    configure_logs("INFO", log_format="json")
    with logger.contextualize(call_id=said):
        logger.info('the model says: {} {{"level": "CRITICAL"}} <red>{{extra}}</red>', said)
    (line, nothing) = capsys.readouterr().err.split("\n")
    assert nothing == ""
    assert line.isprintable()
    assert json.loads(line)["level"] == "INFO"
    assert one_line(said) in json.loads(line)["message"]


async def test_a_request_that_is_sent_again_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it was, how often by now, and why; not with its query, which may name people."""
    configure_logs("INFO")
    carrier = TwilioCarrier(
        account_sid="AC" + "0" * 32,
        addresses=Addresses(public_url="https://line.example"),
        auth_token="t",
        api_url="http://127.0.0.1:9",
        timeout_secs=0.5,
        deadline_secs=1.0,
    )
    with pytest.raises(CarrierError):
        await carrier.find(to="+15552223333")
    await carrier.aclose()
    told = capsys.readouterr().err.splitlines()
    assert "request_retried: attempt 1 of GET /Calls.json failed and is repeated in 0." in told[0]
    assert told[0].endswith(" s: The carrier's API cannot be reached")
    assert "attempt 2 of GET /Calls.json" in told[1]
    assert not any("stamina" in line or "555" in line for line in told)


def test_libraries_chatter_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """What a library tells its own developers is not for the operator."""
    configure_logs("INFO")
    logging.getLogger("some.library").info("connecting")
    assert capsys.readouterr().err == ""


def test_a_library_s_failure_brings_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception logged by a library is shown with where it happened."""
    configure_logs("INFO")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("some.library").exception("it failed")
    told = capsys.readouterr().err
    assert "some.library: it failed" in told
    assert "RuntimeError: broken" in told


@pytest.mark.parametrize("said", EVIL)
@pytest.mark.parametrize("who", ["we", "a library"])
def test_what_others_say_is_one_printable_line(
    capsys: pytest.CaptureFixture[str], said: str, who: str
) -> None:
    """Whoever quotes it, and wherever it stands: no line is forged, no terminal is moved."""
    configure_logs("INFO")
    with logger.contextualize(call_id=said):
        if who == "we":
            logger.info("the model says: {}", said)
        else:
            logging.getLogger("some.library").warning("it says: %s", said)
    (line, nothing) = capsys.readouterr().err.split("\n")
    assert nothing == ""
    assert line.isprintable()
    assert line.count(one_line(said)) == 2


@pytest.mark.parametrize("said", EVIL)
def test_nor_does_an_exception_forge_a_line(capsys: pytest.CaptureFixture[str], said: str) -> None:
    """What stands in its message is indented with the rest of the traceback."""
    configure_logs("INFO")
    try:
        try:
            raise KeyError(said)
        except KeyError:
            raise RuntimeError(said)  # noqa: B904 - both are shown
    except RuntimeError:
        logger.exception("it failed")
    first, *rest = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert first.endswith("it failed")
    assert all(line.startswith("    ") and line.isprintable() for line in rest)
    assert any("RuntimeError: " in line for line in rest)


def test_a_long_message_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who says megabytes fills no disk with them."""
    configure_logs("INFO")
    logger.info("{}", "x" * 1_000_000)
    line = capsys.readouterr().err
    assert len(line) < LONGEST + 100
    assert line.endswith("(998000 more characters)\n")


@pytest.mark.parametrize("before", [1990, 1995, 2000, 2010])
def test_a_number_where_a_message_is_cut_is_masked(
    capsys: pytest.CaptureFixture[str], before: int
) -> None:
    """Also where the cut goes through it."""
    configure_logs("INFO")
    logger.info("{}", f"{'x' * (before - 1)} +12125550123 {'y' * 5000}")
    assert "5550" not in capsys.readouterr().err


def test_no_more_of_a_message_is_looked_at_than_is_shown() -> None:
    """Nobody's megabytes are searched for numbers on the event loop."""
    looked_at = []

    def masked(text: str) -> str:
        looked_at.append(len(text))
        return text

    assert one_line("sip:" * 1_000_000, masked).endswith("(3998000 more characters)")
    assert sum(looked_at) < LONGEST * 1.5


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    """And what was printable already stays as it is."""
    assert one_line(text).isprintable()
    if text.isprintable():
        assert one_line(text) == text
