"""Logs: one line each, in one form, whoever speaks."""

import logging
from collections.abc import Iterator

import pytest
from loguru import logger

from bot.telemetry import configure_logs


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
