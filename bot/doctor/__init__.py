"""The doctor: looks at everything a line needs before a caller does, and says what to do.

One file is one kind of check. None of them changes anything unless it is asked to mend.
"""

from bot.doctor.finding import Finding, State, worst
from bot.doctor.visit import Visit, visit

__all__ = ["Finding", "State", "Visit", "visit", "worst"]
