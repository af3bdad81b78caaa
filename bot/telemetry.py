"""Logs of the process: one line each, to stderr, with the call they belong to."""

import json
import logging
import sys
from typing import TYPE_CHECKING, Any, Literal

import stamina.instrumentation
from loguru import logger

from bot.log_text import clean, traced
from bot.retries import retried

if TYPE_CHECKING:
    from loguru import Record

LogFormat = Literal["text", "json"]

_FORMAT = (
    "<green>{time:YYYY-MM-DD HH:mm:ss.SSSZ}</green> <level>{level: <8}</level> "
    "{extra[call_id]} {extra[named]}<level>{message}</level>{extra[traced]}\n"
)
_OWN = frozenset({"call_id", "event", "named", "traced", "as_json"})  # no details of a line


def configure_logs(
    level: str = "INFO", *, no_call: str = "-", log_format: LogFormat = "text"
) -> None:
    """Begins to log at this level; `no_call` stands where a line belongs to no call.

    Values of local variables are kept out of tracebacks: they may be a caller's words. Whatever
    anybody says stands on one line, in printable characters. In `json` each line is an object.
    """
    logger.remove()
    logger.configure(extra={"call_id": no_call}, patcher=clean)
    form = _format if log_format == "text" else _as_json
    logger.add(sys.stderr, level=level.upper(), format=form, filter=_wanted)
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)
    stamina.instrumentation.set_on_retry_hooks([retried])


def _format(record: "Record") -> str:
    event = record["extra"].get("event")
    record["extra"]["named"] = f"{event}: " if event else ""
    record["extra"]["traced"] = _traced(record)
    return _FORMAT


def _as_json(record: "Record") -> str:
    """The keys that all lines have come first, in this order; what is bound beside them follows in
    `details`, a traceback in `exception`.
    """
    extra = record["extra"]
    line: dict[str, Any] = {
        "time": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "event": extra.get("event") or f"{record['name']}.{record['function']}",
        "message": record["message"],
        "call_id": extra["call_id"],
    }
    if details := {name: value for name, value in extra.items() if name not in _OWN}:
        line["details"] = details
    if told := _traced(record):
        line["exception"] = told.removeprefix("\n")
    extra["as_json"] = json.dumps(line, default=str)
    return "{extra[as_json]}\n"


def _traced(record: "Record") -> str:
    what = record["exception"]
    return "" if what is None else traced(what.type, what.value, what.traceback)


class _Bridge(logging.Handler):
    """Takes what libraries say by the standard library's logging to the same place."""

    def emit(self, record: logging.LogRecord) -> None:
        level: str | int = record.levelno
        if record.levelname in ("WARNING", "ERROR", "CRITICAL"):
            level = record.levelname
        log = logger.opt(exception=record.exc_info).bind(event=record.name)
        log.log(level, "{}", record.getMessage())


def _wanted(record: "Record") -> bool:
    """Pipecat tells of every frame and link: of use to its own developers."""
    from_pipecat = (record["name"] or "").startswith("pipecat")
    return not from_pipecat or record["level"].no >= logger.level("WARNING").no
