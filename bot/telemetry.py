"""Logs of the process: one line each, to stderr, with the call they belong to."""

import logging
import sys
from typing import TYPE_CHECKING

from loguru import logger

from bot.log_text import clean, traced

if TYPE_CHECKING:
    from loguru import Record

_FORMAT = (
    "<green>{time:HH:mm:ss.SSS}</green> <level>{level: <8}</level> "
    "{extra[call_id]} <level>{message}</level>{extra[traced]}\n"
)


def configure_logs(level: str = "INFO", *, no_call: str = "-") -> None:
    """Begins to log at this level; `no_call` stands where a line belongs to no call.

    Values of local variables are kept out of tracebacks: they may be a caller's words. Whatever
    anybody says stands on one line, in printable characters.
    """
    logger.remove()
    logger.configure(extra={"call_id": no_call}, patcher=clean)
    logger.add(sys.stderr, level=level.upper(), format=_format, filter=_wanted)
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


def _format(record: "Record") -> str:
    what = record["exception"]
    record["extra"]["traced"] = (
        "" if what is None else traced(what.type, what.value, what.traceback)
    )
    return _FORMAT


class _Bridge(logging.Handler):
    """Takes what libraries say by the standard library's logging to the same place."""

    def emit(self, record: logging.LogRecord) -> None:
        level: str | int = record.levelno
        if record.levelname in ("WARNING", "ERROR", "CRITICAL"):
            level = record.levelname
        log = logger.opt(exception=record.exc_info)
        log.log(level, "{}: {}", record.name, record.getMessage())


def _wanted(record: "Record") -> bool:
    """Pipecat tells of every frame and link: of use to its own developers."""
    from_pipecat = (record["name"] or "").startswith("pipecat")
    return not from_pipecat or record["level"].no >= logger.level("WARNING").no
