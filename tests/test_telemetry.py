"""Logs: one line each, in one form, whoever speaks."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

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


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    """And what was printable already stays as it is."""
    assert one_line(text).isprintable()
    if text.isprintable():
        assert one_line(text) == text
