"""A hundred thousand rows are imported beside live calls."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from batch_kit import NOON, opened_store

from bot.batches.intake import Intake
from bot.child import Children
from config import Agent
from config.calling_rules import load_rules

ROWS = 100_000
CUSHION_MS = 320  # of sound that lies at the carrier: a loop that is late by less is not heard
BEAT_SECS = 0.02  # of sound

AGENT = Agent(
    name="clinic", pipeline="reminder", instructions="Remind {name}.", first_line="Hi {name}."
)


def file_of(count: int) -> bytes:
    """Every third of them cannot be used, and is handed back."""
    rows = ["Patient,Phone,State,Consent,Appointment ID,Date,Time"]
    for n in range(count):
        number = f"({('212', '305', '512')[n % 3]}) {200 + n // 10_000:03}-{n % 10_000:04}"
        day = "2026-12-01" if n % 3 else "some day"
        rows.append(f"Person {n},{number},,form,A{n},{day},10:30")
    return "\n".join(rows).encode()


async def measure(lags_ms: list[float]) -> None:
    """How late the event loop is, as often as sound is sent."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + BEAT_SECS
        await asyncio.sleep(BEAT_SECS)
        lags_ms.append((loop.time() - due) * 1000)


@pytest.mark.realtime
@pytest.mark.thorough
@pytest.mark.timeout(600)
async def test_an_import_is_not_heard(tmp_path: Path) -> None:
    """From the file to its last contact, and to the rows that are handed back."""
    content, lags_ms = file_of(ROWS), list[float]()
    async with opened_store(tmp_path) as store:
        intake = Intake(
            store=store,
            agents={"clinic": AGENT},
            now=lambda: NOON,
            can_tell=False,
            rules=load_rules(),
            apart=Children(),
        )
        measuring = asyncio.create_task(measure(lags_ms))
        zone = {"times_in": "America/New_York"}
        taken = await intake.open_batch(content, "big.csv", agent="clinic", settings=zone)
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
    assert taken.contacts + taken.merged + taken.unusable == ROWS
    assert taken.contacts > ROWS / 2
    assert max(lags_ms) < CUSHION_MS
