"""What a column of a file may hold, and what its sender may call that."""

from collections.abc import Mapping
from typing import Literal, get_args

Field = Literal[
    "number",
    "name",
    "first_name",
    "last_name",
    "zone",
    "region",
    "postcode",
    "country",
    "consent_source",
    "consent_at",
    "consent_until",
    "appointment",
    "when",  # day and time of the appointment in one
    "day",
    "time",
    "language",
    "do_not_call",
    "may_call",  # the same the other way round: where a "no" means that no call is made
    "status",
    "ignored",  # looked at by nothing, as the sender said
]
FIELDS: tuple[Field, ...] = get_args(Field)

# They say who must not be called; of several columns any one does.
PROTECTIVE: frozenset[Field] = frozenset({"consent_source", "do_not_call", "may_call", "status"})
# Of these a file may have several columns: the first number that is there is called, all
# appointments count.
SEVERAL = PROTECTIVE | {"number", "appointment", "ignored"}
# What a column may say first of whom it is about: "Patient Home Phone", "Client State".
WHOSE = frozenset({"patient", "pt", "pat", "client", "customer", "guest", "member", "resident"})
OF_A_PERSON: frozenset[Field] = frozenset(
    {"number", "first_name", "last_name", "zone", "region", "postcode", "country", "language"}
)
NAMES_OF_A_PERSON: tuple[Field, ...] = ("name", "first_name", "last_name")
# These the agent may say: its texts know them by these names, and by those of their columns.
SPOKEN: tuple[Field, ...] = ("name", "first_name", "last_name", "day", "time", "language")
AGENT_MAY_KNOW = frozenset({*SPOKEN, "when"})
# No column takes these names: the first is made by an import, the others are said to tools.
TAKEN = ("all_appointments", "appointments", "zone")

ALIASES: Mapping[str, Field] = {
    "phone": "number",
    "mobile": "number",
    "tel": "number",
    "first": "first_name",
    "last": "last_name",
    "timezone": "zone",
    "tz": "zone",
    "state": "region",
    "zip": "postcode",
    "postal_code": "postcode",
    "consent": "consent_source",
    "consent_date": "consent_at",
    "appointment_id": "appointment",
    "datetime": "when",
    "deadline": "when",
    "date": "day",
    "dnc": "do_not_call",
    "opt_out": "do_not_call",
    "ok_to_call": "may_call",
    "appointment_status": "status",
    "ignore": "ignored",
}
