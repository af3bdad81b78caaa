"""Plays the demo: what a sender does from the file to the results, and what comes of it."""

import asyncio
import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.clock import utcnow
from bot.simulator.demo.cast import Cast, NotReady, choose_cast
from bot.simulator.demo.player import new_folder, shown
from bot.simulator.demo.service import ServiceFailed
from bot.simulator.demo_batch import calendar, proof
from bot.simulator.demo_batch.board import Board
from bot.simulator.demo_batch.paper import SETTINGS, Booked, table
from bot.simulator.demo_batch.people import DemoPerson, people
from bot.simulator.demo_batch.proof import ProvenCall, ProvenOutcome
from bot.simulator.demo_batch.stage import BatchStage, open_stage
from bot.simulator.demo_batch.takes import agent_lines
from config import SHIPPED, fill, read_agents

POLL_SECS = 0.4
LONGEST_SECS = 600.0
HASTE = 3.0  # of the agent, to whom nobody listens
TOLD_SECS = 15.0  # for what is still to be told once the batch is done
ABOUT = (
    "The service and the dialler are real and run as processes of their own. The carrier, the "
    "model, the business\nand forty people are simulated; they speak their protocols over loopback "
    "sockets. Hours in which\nnothing happens are leapt over."
)
LEAP = re.compile(r"the clock leaps to (\S+)")


async def play(
    *,
    only: Collection[str] = (),
    var_dir: Path = Path("var"),
    board: Board | None = None,
) -> int:
    """Calls everybody, or those of these names.

    Returns the exit code: 0 when everybody's story ended as it has to, else 1.
    """
    board = board or Board()
    day = calendar.first_day(utcnow().astimezone(calendar.HERE).date())
    show = _Show(
        people=[person for person in people(day) if not only or person.name in only],
        day=day,
        folder=new_folder(var_dir / "demo-batch"),
        board=board,
    )
    with board:
        try:
            return await show.run(choose_cast(var_dir / "voices", fast=True, agents_haste=HASTE))
        except (ServiceFailed, NotReady) as error:
            board.text(f"✗ {error}", style="bold red")
            return 1


@dataclass(kw_only=True)
class _Show:
    people: Sequence[DemoPerson]
    day: dt.date
    folder: Path
    board: Board
    booked: Booked = field(default_factory=dict)
    known: dict[str, tuple[Any, ...]] = field(default_factory=dict)  # what was told of contacts
    clock_ahead: dt.timedelta = dt.timedelta(0)

    async def run(self, cast: Cast) -> int:
        began_at = utcnow()
        begin = calendar.begin(self.day)
        self.clock_ahead = begin - began_at
        self.board.text(ABOUT, style="dim")
        await asyncio.to_thread(_rehearse, self.people, cast)
        async with open_stage(self.people, cast, self.folder, begin=begin) as stage:
            self.booked = await stage.book(self.people, self.day)
            batch_id = await self._prepare(stage, begin)
            await self._call_everybody(stage, batch_id)
            outcome = await self._gather(stage, batch_id)
        return self._judge(outcome, secs=(utcnow() - began_at).total_seconds())

    # -- what the sender does -------------------------------------------------------------------

    async def _prepare(self, stage: BatchStage, begin: dt.datetime) -> str:
        """From the file to a batch that may be started."""
        (self.folder / "patients.csv").write_text(table(self.people, self.booked), "utf-8")
        settings = SETTINGS.format(results_url=stage.results_url)
        (self.folder / "batch.toml").write_text(settings, "utf-8")
        for person in self.people:
            if person.suppressed:
                await self._type(stage, "suppress", "add", person.number, "--note", "by letter")
            if person.cancelled_before:
                await stage.cancel_at_business(self.booked[person.name][0])
        imported = await self._type(
            stage, "batch", "import", "patients.csv", "--settings", "batch.toml"
        )
        found = re.search(r"batch_\w+", imported)
        if found is None:
            raise ServiceFailed("The file became no batch.")
        zone = ("--zone", "America/New_York")
        await self._type(stage, "batch", "plan", found[0], "--at", begin.isoformat(), *zone)
        await self._type(stage, "batch", "start", found[0])
        return found[0]

    async def _call_everybody(self, stage: BatchStage, batch_id: str) -> None:
        """Watches until the batch is done; approves it when it asks for that."""
        async with asyncio.timeout(LONGEST_SECS):
            while True:
                status = await stage.ask(f"/batches/{batch_id}")
                await self._tell_news(stage, batch_id)
                self.board.progress(status, self._now())
                if status["state"] == "held":
                    self.board.text(f"{status['why'].partition(': ')[2]}", style="yellow")
                    await self._type(stage, "batch", "approve", batch_id)
                elif status["state"] == "paused":
                    raise ServiceFailed(f"The batch was paused: {status['why']}")
                elif status["state"] in ("done", "cancelled"):
                    break
                await asyncio.sleep(POLL_SECS)
        self.board.settled()

    async def _gather(self, stage: BatchStage, batch_id: str) -> ProvenOutcome:
        """What each of the sides has of it."""
        await self._until_told(stage, batch_id)
        await self._type(stage, "batch", "status", batch_id)
        await self._type(stage, "batch", "results", batch_id, "-o", "results.csv")
        contacts = (await stage.ask(f"/batches/{batch_id}/contacts", limit=500))["contacts"]
        called = [one for one in contacts if one["disposition"] == "opt_out"] or contacts
        line = str(called[0]["line"])
        await self._type(stage, "batch", "evidence", batch_id, line, "-o", "evidence.json")
        return ProvenOutcome(
            contacts={contact["number"]: contact for contact in contacts},
            dialled=[
                ProvenCall(number=call.to_number, begun_at=call.created_at, ended_at=call.ended_at)
                for call in stage.carrier.calls.values()
                if call.direction == "outbound-api"
            ],
            results=_rows(self.folder / "results.csv"),
            evidence={
                contact["number"]: await stage.ask(
                    f"/batches/{batch_id}/contacts/{contact['id']}/evidence"
                )
                for contact in contacts
            },
            bad_rows=_rows(self.folder / "patients.csv.problems.csv"),
            appointments=await stage.diary(self.booked),
            written_back=await stage.business.dispositions(),
            told=stage.results.told,
        )

    async def _until_told(self, stage: BatchStage, batch_id: str) -> None:
        """The business and the sender's system are told a moment after the batch is done."""
        for _ in range(round(TOLD_SECS / POLL_SECS)):
            status = await stage.ask(f"/batches/{batch_id}")
            ended = any(one["type"] == "batch.ended" for one in stage.results.told)
            if ended and not status["results_untold"]:
                return
            await asyncio.sleep(POLL_SECS)

    async def _type(self, stage: BatchStage, *arguments: str) -> str:
        self.board.command(*arguments)
        said = await stage.service.command(*arguments)
        self.board.text(said.rstrip())
        return said

    # -- what is seen meanwhile -----------------------------------------------------------------

    async def _tell_news(self, stage: BatchStage, batch_id: str) -> None:
        """A line for each contact to whom something has happened since the last look."""
        page = await stage.ask(f"/batches/{batch_id}/contacts", limit=500)
        self._follow_clock(stage)
        for contact in page["contacts"]:
            news = (contact["state"], contact["disposition"], contact["attempts"])
            before = self.known.get(contact["id"], ("waiting", "", 0))
            self.known[contact["id"]] = news
            if news != before and contact["state"] != "dialling":
                self.board.happened(self._now(), contact["name"], _in_words(contact))

    def _follow_clock(self, stage: BatchStage) -> None:
        leaps = LEAP.findall(stage.dialler.log_path.read_text("utf-8", errors="replace"))
        if leaps:
            ahead = dt.datetime.fromisoformat(leaps[-1]) - utcnow()
            self.clock_ahead = max(self.clock_ahead, ahead)

    def _now(self) -> dt.datetime:
        """By the dialler's clock, in New York."""
        return (utcnow() + self.clock_ahead).astimezone(calendar.HERE)

    # -- the verdict ----------------------------------------------------------------------------

    def _judge(self, outcome: ProvenOutcome, *, secs: float) -> int:
        rows, wrong = [], 0
        for person in self.people:
            differences = proof.differences(person, outcome)
            wrong += bool(differences)
            contact = outcome.contacts.get(person.number, {})
            rows.append(
                (
                    person.name,
                    person.about,
                    person.expects.disposition or f"{person.expects.state}: {person.expects.rule}",
                    str(contact.get("disposition") or contact.get("state", "-")),
                    str(contact.get("attempts", "-")),
                    "; ".join(differences),
                )
            )
        self.board.text("")
        self.board.verdicts(rows)
        self.board.text("")
        faults = self._proven(outcome)
        for name in ("results.csv", "evidence.json", "patients.csv.problems.csv"):
            self.board.text(f"{name:<26} {shown(self.folder / name)}")
        self.board.text("")
        if wrong or faults:
            self.board.text(f"✗ {wrong} contacts ended otherwise, {faults} faults", "bold red")
            return 1
        calls = len(outcome.dialled)
        self.board.text(
            f"✓ {len(rows)} contacts, {calls} calls, each as it has to be, in {secs:.0f} s",
            style="bold green",
        )
        return 0

    def _proven(self, outcome: ProvenOutcome) -> int:
        """Shows what holds of the whole; how many faults there are."""
        looks = (
            ("nothing lost", proof.nothing_lost(self.people, outcome)),
            ("nothing dialled twice", proof.nothing_twice(self.people, outcome)),
            ("nobody dialled without leave", proof.only_when_allowed(self.people, outcome)),
            ("the diary agrees", proof.business_agrees(self.people, self.booked, outcome)),
        )
        count = 0
        for name, faults in looks:
            found = list(faults)
            count += len(found)
            self.board.text(f"{'✗' if found else '✓'} {name}", "red" if found else "green")
            for fault in found:
                self.board.text(f"    {fault}", "red")
        self.board.text("")
        return count


def _in_words(contact: Mapping[str, Any]) -> str:
    if contact["state"] == "skipped":
        never = [r["why"] for r in contact["decision"]["reasons"] if r["says"] == "never"]
        return f"is not called: {'; '.join(never)}"
    again = ""
    if contact["state"] == "waiting" and contact["due_at"]:
        due = dt.datetime.fromisoformat(contact["due_at"]).astimezone(calendar.HERE)
        again = f"next look {due:%a %H:%M}"
    what = contact["disposition"].replace("_", " ")
    return ", ".join(part for part in (what, again) if part) or contact["state"]


def _rehearse(cast_of_batch: Sequence[DemoPerson], cast: Cast) -> None:
    """Renders every line, so that nobody waits for it. Raises NotReady."""
    agent = read_agents(SHIPPED)["reminder"]
    try:
        for person in cast_of_batch:
            names = (person.name, f"{person.name} and {person.household}")
            name = names[1] if person.household else names[0]
            cast.agent.render(fill(agent.first_line, {**agent.variables, "name": name}).strip())
            for take in person.takes:
                for line in agent_lines(take):
                    cast.agent.render(line)
                for line in take.lines():
                    cast.caller.render(line)
    except RuntimeError as missing:
        raise NotReady(str(missing)) from missing


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
