"""Plays stories: sets the stage, lets the phone ring, shows the call, judges how it ended."""

import asyncio
import contextlib
import datetime as dt
import signal
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.clock import utcnow
from bot.simulator.carrier import SimCall
from bot.simulator.demo.cast import NotReady, choose_cast, rehearse
from bot.simulator.demo.keepsakes import Keepsakes, keep
from bot.simulator.demo.narrator import Narrator
from bot.simulator.demo.rows import Who
from bot.simulator.demo.screen import Screen
from bot.simulator.demo.service import ServiceFailed
from bot.simulator.demo.stage import LINE, DemoStage, open_stage
from bot.simulator.demo.verdict import Ended, shortcomings
from bot.simulator.stories import Story, shipped

POLL_SECS = 0.15  # what is shown lags behind what is said by no more than that
LONGEST_SECS = 90.0  # a story that takes longer has gone astray
ABOUT = (
    "The service is real and runs as a process of its own. The carrier, the model and the business "
    "are simulated;\nthey speak their protocols over loopback sockets, and people speak real words."
)
TERMINATED = 128 + signal.SIGTERM


class UnknownStory(LookupError):
    """No story has that name; the message names those there are."""


async def play(
    *,
    fast: bool = False,
    stories: Sequence[Story] | None = None,
    only: Collection[str] = (),
    agents: Path | None = None,
    var_dir: Path = Path("var"),
    screen: Screen | None = None,
) -> int:
    """Plays the stories (those that ship, if none are given) and shows them.

    `fast` does without a recogniser: the model takes the script's word for what the caller said.
    `only` names the stories to be played; none: all of them.
    `agents` is a folder of agent files beside those that ship. Returns the exit code: 0 when all
    stories ended as they have to, 1 when not, 143 when SIGTERM stopped it.

    Raises UnknownStory.
    """
    stories = shipped(_now().date()) if stories is None else stories
    if unknown := set(only) - {story.name for story in stories}:
        known = ", ".join(story.name for story in stories)
        raise UnknownStory(f"there is no story {min(unknown)}; there are: {known}")
    player = _Player(
        fast=fast,
        stories=[story for story in stories if not only or story.name in only],
        agents=agents,
        folder=new_folder(var_dir / "demo"),
        voices=var_dir / "voices",
        screen=screen or Screen(),
    )
    with player.screen:
        async with until_terminated():
            return await player.play()
        return TERMINATED


@dataclass(kw_only=True)
class _Player:
    fast: bool
    stories: Sequence[Story]
    agents: Path | None
    folder: Path
    voices: Path
    screen: Screen

    async def play(self) -> int:
        began_at = _now()
        try:
            missing = await self._perform()
        except (ServiceFailed, NotReady) as error:
            missing = [str(error)]
        took_secs = (_now() - began_at).total_seconds()
        self.screen.text("")
        if missing:
            self.screen.text(f"✗ {'; '.join(missing)}", style="bold red")
            return 1
        count = len(self.stories)
        calls = "the call" if count == 1 else f"{count} calls, each"
        self.screen.text(f"✓ {calls} ended as it has to, in {took_secs:.0f} s", style="bold green")
        return 0

    async def _perform(self) -> list[str]:
        """Plays all stories; returns what was missing."""
        missing = []
        cast = choose_cast(self.voices, fast=self.fast)
        self.screen.text(ABOUT, style="dim")
        async with open_stage(cast, self.folder, self.agents) as stage:
            async with self._meanwhile("starting the service, rehearsing the voices"):
                await asyncio.gather(
                    stage.service.until_ready(), rehearse(cast, self.stories, self.agents)
                )
            for story in self.stories:
                missing += [f"{story.name}: {lack}" for lack in await self._tell(stage, story)]
        return missing

    async def _tell(self, stage: DemoStage, story: Story) -> list[str]:
        who = f"{story.direction}, agent {story.agent}"
        given = ", ".join(f"{name}={value}" for name, value in story.variables.items())
        self.screen.title(story.title, f"{who}, {given}" if given else who)
        booked_before = len(await stage.business.appointments())
        sessions_before = len(stage.model.sessions)
        narrator = _narrator(story)
        stage.watcher = lambda call, event: narrator.carrier_saw(event, _now())
        call = await stage.begin(story)
        record = await self._follow(stage, call, narrator)
        if record is None:
            return [f"the call did not end within {LONGEST_SECS:g} s"]
        ended = Ended(
            record=record,
            bookings=(await stage.business.appointments())[booked_before:],
            carrier_errors=[f"{error.code} {error.message}" for error in call.errors],
            model_errors=[
                event["error"]
                for session in stage.model.sessions[sessions_before:]
                for event in session.sent("error")
            ],
        )
        async with self._meanwhile("writing the transcript"):
            kept = await keep(
                stage.service, record, call.heard, folder=self.folder, name=story.name
            )
        self.screen.facts(_facts(ended, narrator, kept))
        return shortcomings(story.expects, ended)

    async def _follow(
        self, stage: DemoStage, call: SimCall, narrator: Narrator
    ) -> dict[str, Any] | None:
        """Shows the call until it is over and written down. None: that took too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECS):
                while True:
                    record = await stage.record(call)
                    if record is not None:
                        narrator.service_wrote(record)
                        if _is_summed_up(record) and call.end_reason is not None:
                            self.screen.now([])
                            self.screen.rows(narrator.rest())
                            return record
                    self.screen.rows(narrator.settled(call.now_ms / 1000))
                    self.screen.now(narrator.now())
                    await asyncio.sleep(POLL_SECS)
        return None

    @asynccontextmanager
    async def _meanwhile(self, waiting_for: str) -> AsyncIterator[None]:
        """Shows that something takes a while, while it does."""

        async def turn_spinner() -> None:
            while True:
                self.screen.now([], waiting_for)
                await asyncio.sleep(POLL_SECS)

        spinning = asyncio.create_task(turn_spinner())
        try:
            yield
        finally:
            spinning.cancel()
            await asyncio.gather(spinning, return_exceptions=True)
            self.screen.now([])


def _is_summed_up(record: Mapping[str, Any]) -> bool:
    """The call has ended, and its summary, which comes a moment later, is there."""
    outcome = record["outcome"]
    return outcome is not None and outcome["summary"] is not None


def _narrator(story: Story) -> Narrator:
    if story.direction == "inbound":
        return Narrator(other=Who.CALLER, ringing=f"the phone rings: {story.number} calls {LINE}")
    ringing = f"POST /calls: {LINE} calls {story.number}, where the phone rings"
    return Narrator(other=Who.CALLEE, ringing=ringing)


def _facts(ended: Ended, narrator: Narrator, kept: Keepsakes) -> list[tuple[str, str]]:
    record = ended.record
    outcome, latency, cost = record["outcome"], record["latency"], record["cost"]
    facts = []
    if outcome:
        facts += [
            ("outcome", f"{outcome['result']}: {outcome['reason']}"),
            ("summary", outcome["summary"]),
            *((name.replace("_", " "), str(value)) for name, value in outcome["fields"].items()),
        ]
    facts += [
        ("in the diary", f"{made['name']}, {made['day']} {made['time']}, {made['desk']}")
        for made in ended.bookings
    ]
    answers = ", ".join(str(after_ms) for after_ms in latency["turns_ms"])
    facts.append(("latency", f"first words {latency['first_words_ms']} ms, answers {answers} ms"))
    if narrator.interruptions_ms:
        silent = ", ".join(f"{after_ms:.0f}" for after_ms in narrator.interruptions_ms)
        facts.append(("barge-in", f"the agent was silent after {silent} ms"))
    if cost:
        parts = f"model {cost['model']:.4f}, carrier {cost['carrier']:.4f}"
        facts.append(("cost", f"{cost['total']:.4f} {cost['currency']} ({parts})"))
    return [
        *facts,
        ("transcript", shown(kept.transcript)),
        ("record", shown(kept.record)),
        ("recording", f"{shown(kept.recording)} (left the other side, right the agent)"),
    ]


def shown(path: Path) -> str:
    """From where the reader is, if that is shorter."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def new_folder(parent: Path) -> Path:
    folder = parent.resolve() / f"{_now():%Y%m%d-%H%M%S-%f}"[:-3]
    folder.mkdir(parents=True)
    return folder


def _now() -> dt.datetime:
    return utcnow().astimezone()


@asynccontextmanager
async def until_terminated() -> AsyncIterator[None]:
    """SIGTERM ends what runs within, in order, and this context with it."""
    terminated: list[bool] = []
    task = asyncio.current_task()
    assert task is not None

    def stop() -> None:
        terminated.append(True)
        task.cancel()

    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not terminated:
            raise
        task.uncancel()
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGTERM)
