"""How long a big file takes from its bytes to its plan, stored and asked of the real gate.

python -m tests.benchmarks.big_batch [--contacts 10000] [--rounds 3]
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.batches.dry_run import DryRun
from bot.batches.intake import Intake
from bot.batches.reports.planner import Plan
from bot.store import Store
from config import Agent
from config.calling_rules import load_rules
from tests.brains.some_brains import BRAINS

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, noon in New York
AGENT = Agent(
    name="reminder", pipeline="reminder", instructions="Remind {name}.", first_line="Hi {name}."
)
# An area code and its state; every tenth contact names no state, and counts by its number.
PLACES = (("212", "NY"), ("305", "FL"), ("512", "TX"), ("415", "CA"), ("812", "IN"))
SETTINGS = {"times_in": "America/New_York", "calls_per_second": 5, "concurrency": 500}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One round, in seconds of CPU: what else the machine does takes no part."""

    import_secs: float
    plan_secs: float
    plan: Plan


def file_of(count: int) -> bytes:
    """As many people, each with a number and an appointment of their own in the next days."""
    rows = ["Patient,Phone,State,Consent,Appointment ID,Date,Time"]
    for n in range(count):
        code, state = PLACES[n % len(PLACES)]
        day = (NOON + timedelta(days=1 + n % 3)).date()
        rows.append(
            f"Person {n},({code}) {200 + n // 10000:03}-{n % 10000:04},"
            f"{state if n % 10 else ''},form,A{n},{day},{9 + n % 8:02}:30"
        )
    return "\n".join(rows).encode()


async def take(count: int, folder: Path) -> Taken:
    """Imports such a file into an empty database, and plans the batch at noon."""
    store = await Store.open(f"sqlite:///{folder / 'big.db'}")
    agents = {"reminder": AGENT}
    try:
        rules = load_rules()
        intake = Intake(store=store, agents=agents, now=lambda: NOON, can_tell=False, rules=rules)
        dry_run = DryRun(store=store, brains=BRAINS, agents=agents, rules=rules, now=lambda: NOON)
        began_at = time.process_time()
        taken = await intake.open_batch(
            file_of(count), "big.csv", agent="reminder", settings=SETTINGS
        )
        imported_at = time.process_time()
        if taken.batch is None or taken.contacts != count:
            raise RuntimeError(f"{taken.contacts} contacts of {count} rows")
        plan = await dry_run.plan(taken.batch.id)
        planned_at = time.process_time()
    finally:
        await store.close()
    return Taken(import_secs=imported_at - began_at, plan_secs=planned_at - imported_at, plan=plan)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    table = Table(
        "round", "import CPU s", "plan CPU s", "contacts per CPU s", "called", "skipped", box=None
    )
    for turn in range(1, wanted.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            taken = asyncio.run(take(wanted.contacts, Path(folder)))
        together = taken.import_secs + taken.plan_secs
        table.add_row(
            str(turn),
            f"{taken.import_secs:.1f}",
            f"{taken.plan_secs:.1f}",
            f"{wanted.contacts / together:.0f}",
            str(len(taken.plan.calls)),
            str(len(taken.plan.skipped)),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
