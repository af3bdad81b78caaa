"""When a business is open, and who is on call: data, and plain arithmetic with it."""

from processors.hours.hours import Dialled, Hours, OnCall, Open
from processors.hours.spoken import WEEKDAYS, facts, facts_of_days, next_opening

__all__ = [
    "WEEKDAYS",
    "Dialled",
    "Hours",
    "OnCall",
    "Open",
    "facts",
    "facts_of_days",
    "next_opening",
]
