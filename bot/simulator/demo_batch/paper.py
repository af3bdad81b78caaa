"""What the sender has on their desk: the file of people, and the settings of the batch."""

import csv
import io
from collections.abc import Mapping, Sequence

from bot.simulator.demo_batch.people import BAD_ROWS, CONSENT, DemoPerson

COLUMNS = ("Patient", "Phone", "State", "Consent", "Appointment ID", "Date", "Time")

SETTINGS = """\
# How this batch is called. What is not said is as docs/batches.md says.
times_in = "America/New_York"  # the clinic's clock, which the times in the file are on
calls_per_second = 2
concurrency = 6
canary = 3             # then wait for `trunkline batch approve`
check_standing = true  # ask the business before each call whether the appointment still stands
results_url = "{results_url}"

[machines]
then = "leave_message"
message = "This is {{business}} with a message for {{name}}. Please call {{callback}}."

[breaker]
opt_outs = 0.3         # two of these forty opt out, and may be among the first ten
"""

Booked = Mapping[str, tuple[str, str, str]]  # name -> id, day and time of their appointment


def table(people: Sequence[DemoPerson], booked: Booked) -> str:
    """The file, as CSV: a row for each appointment, and some that are no good."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for person in people:
        for name in filter(None, (person.name, person.household)):
            rows.writerow((name, person.phone, person.state, person.consent, *booked[name]))
    for name, phone, state, time in BAD_ROWS:
        rows.writerow((name, phone, state, CONSENT, "", booked[people[0].name][1], time))
    return text.getvalue()
