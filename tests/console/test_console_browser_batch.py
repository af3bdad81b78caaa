"""A batch in a real browser: a file is checked, its columns corrected, planned, started, watched
while a dialler calls, and its results downloaded. Real time, and Debian's chromium.
"""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Sight, axe, browsing, microphone
from console_kit import PASSWORD, add_user

from bot.clock import utcnow
from bot.simulator.demo_batch import calendar, takes
from bot.simulator.loopback_client import loopback_client
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import HASTY, Line
from tests.service.line_kit import open_line
from tests.service.process_kit import COMMAND, environment

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.thorough, pytest.mark.realtime, pytest.mark.timeout(300)]

ANN, VIC = "+12125550101", "+12125550122"  # who confirms; whose number is none
READ_MS = 90_000  # the process that reads files lets all others go first
COLUMNS = "Patient,Telephone,Reachable,State,Consent,Appointment ID,Date,Time"


async def test_a_batch_from_its_file_to_its_results(
    tmp_path: Path, spoken: Voice, axe: str
) -> None:
    """Of two columns with numbers the wrong one is taken at first; one row has none at all."""
    ann = takes.confirms()
    async with open_line(tmp_path, manner=HASTY, script=ann.script()) as line:
        line.carrier.answer(ANN, ann.performed(spoken))
        line.carrier.answer(VIC, takes.is_no_number().policy)
        store = await Store.open(line.settings.database_url)
        await add_user(store, "maria", "operator")
        await store.close()
        first_day = calendar.first_day(utcnow().date())
        file = await _file(tmp_path, line, first_day + timedelta(days=1))
        async with browsing(line, microphone(tmp_path, spoken, "Hello."), axe) as sight:
            await _made(sight, line, file)
            await sight.page.click("text=Dry run")
            await sight.page.wait_for_selector("text=When they would be called")
            await sight.look()
            await sight.page.click("text=Back to the batch")
            async with _dialler(line, tmp_path, first_day):
                await _run(sight)
            rows = await _results(sight, tmp_path)
    outcomes = {row["number"]: row["disposition"] for row in rows}
    assert outcomes == {ANN: "confirmed", VIC: "unreachable"}


async def _file(folder: Path, line: Line, day: date) -> Path:
    """Three rows, of which the last has no number; both others have an appointment."""
    path, rows = folder / "people.csv", [COLUMNS]
    async with loopback_client(base_url=line.business.url) as client:
        for name, time, office, own in (
            ("Ann Miller", "09:00", "+12125550190", ANN),
            ("Vic Stan", "09:30", "+12125550190", VIC),
        ):
            booked = await client.post(
                "/appointments",
                json={"name": name, "day": day.isoformat(), "time": time},
                headers={"Idempotency-Key": name},
            )
            booked.raise_for_status()
            told = f"NY,intake form,{booked.json()['id']},{day},{time}"
            rows.append(f"{name},{office},{own},{told}")
    rows.append(f"Walt Short,+12125550190,555 01,NY,intake form,,{day},10:00")
    path.write_text("\n".join(rows))
    return path


async def _made(sight: Sight, line: Line, file: Path) -> None:
    page = sight.page
    await page.goto(f"{line.url}/console/batches/new")
    await page.fill("[name=name]", "maria")
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{line.url}/console/batches/new")
    await page.set_input_files("[name=file]", file)
    await page.fill("[name=name]", "December")
    await page.fill("[name=zone]", "America/New_York")
    await page.get_by_role("button", name="Check the file", exact=True).click()
    await page.wait_for_selector("text=1 to be called", timeout=READ_MS)
    await sight.look()
    await page.get_by_label("Telephone").select_option("")
    await page.get_by_label("Reachable").select_option("number")
    await page.get_by_role("button", name="Check the file again").click()
    await page.wait_for_selector("text=2 to be called", timeout=READ_MS)
    await page.wait_for_selector("text=Rows that cannot be used: 1")
    await sight.look()
    await page.get_by_role("button", name="Make the batch").click()
    await page.wait_for_selector("h1:has-text('December')", timeout=READ_MS)


async def _run(sight: Sight) -> None:
    """The page says by itself how far it is."""
    page = sight.page
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Start").click()
    await page.wait_for_selector(f"#under-way + ul a:has-text('{ANN}')", timeout=90_000)
    await sight.look()
    await page.wait_for_selector("#progress .tag:has-text('done')", timeout=90_000)
    await page.wait_for_selector("#outcomes + table a:has-text('confirmed')")
    await page.wait_for_selector("#contact-list .tag:has-text('confirmed')")
    await sight.look()


async def _results(sight: Sight, folder: Path) -> list[dict[str, Any]]:
    async with sight.page.expect_download() as download:
        await sight.page.click("text=Results as CSV")
    path = folder / "results.csv"
    await (await download.value).save_as(path)
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


@asynccontextmanager
async def _dialler(line: Line, folder: Path, day: date) -> AsyncIterator[None]:
    """In a process of its own, whose clock begins at nine of that day."""
    begin = calendar.begin(day).isoformat()
    env = environment(line.settings, TRUNKLINE_URL=line.url)
    with (folder / "dialler.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "dialler",
            "--leaping-from",
            begin,
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
