"""What of a file the model may be told, once the right person is on the line: what it needs.

That is whom it talks to, when the appointment is, and what the agent's file names: the variables of
its texts and defaults, and those that it lists as `private`, which tools alone tell.
"""

from collections.abc import Sequence

from bot.batches.reading.columns import ColumnMap
from bot.batches.reading.fields import Field
from bot.batches.settings import BatchSettings
from config import Agent, names_in

_ALWAYS: tuple[Field, ...] = ("name", "first_name", "last_name", "language")
_WHEN: tuple[Field, ...] = ("when", "day", "time")


def told_names(agent: Agent, settings: BatchSettings) -> frozenset[str]:
    """Names of variables that columns may have, beside those that every file has: what the agent's
    file and the settings of the batch name.
    """
    message = names_in(settings.machines.message)
    named = agent.placeholders | agent.variables.keys() | set(agent.private)
    return named | settings.variables.keys() | message


def spoken_names(columns: ColumnMap) -> Sequence[str]:
    """Of what every file has, what this one gives."""
    fields = columns.fields
    names = [field for field in _ALWAYS if fields.get(field)]
    if not fields.get("name") and (fields.get("first_name") or fields.get("last_name")):
        names.insert(0, "name")
    if any(fields.get(field) for field in _WHEN):
        names += ["day", "time"]
    return names
