"""Logs of the process: one line each, to stderr, with the call they belong to."""

import sys
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

_FORMAT = (
    "<green>{time:HH:mm:ss.SSS}</green> <level>{level: <8}</level> "
    "{extra[call_id]} <level>{message}</level>"
)


def configure_logs(level: str = "INFO", *, no_call: str = "-") -> None:
    """Begins to log at this level; `no_call` stands where a line belongs to no call.

    Values of local variables are kept out of tracebacks: they may be a caller's words.
    """
    logger.remove()
    logger.configure(extra={"call_id": no_call})
    logger.add(sys.stderr, level=level.upper(), format=_FORMAT, filter=_wanted, diagnose=False)


def _wanted(record: "Record") -> bool:
    """Pipecat tells of every frame and link: of use to its own developers."""
    from_pipecat = (record["name"] or "").startswith("pipecat")
    return not from_pipecat or record["level"].no >= logger.level("WARNING").no
