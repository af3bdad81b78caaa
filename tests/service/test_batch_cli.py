"""`trunkline batch` and `trunkline suppress`: what a sender types, sees, and gets back."""

import asyncio
import json
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from loguru import logger
from process_kit import environment, trunkline

from bot.cli import main
from bot.clock import utcnow
from bot.store import Store
from config import Settings
from tests.batches.workbook_kit import xlsx

ROOT = Path(__file__).parents[2]
SHOWN_ID = "batch_3f9c0a71d2b4"  # in docs/batches.md
FILE = """Patient,Phone,State,Appointment ID,Doctor
Ada,(212) 555-0101,NY,apt_1,Grey
Bob,12,NY,apt_2,Grey
Cy,212 555 0103,NY,apt_3,Hopper
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs `trunkline` in this process, in a folder with an empty database and a file."""
    monkeypatch.chdir(tmp_path)
    for name in environment(Settings(_env_file=None)):
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)
    (tmp_path / "tuesday.csv").write_text(FILE)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["trunkline", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    yield run
    logger.remove()  # it writes to what capsys has closed by now


def imported(run: Run, *options: str) -> str:
    """The id of a batch made of the file."""
    options = ("--without-day", *options)
    said = run("batch", "import", "tuesday.csv", "--agent", "reminder", *options)
    assert (said.code, said.err) == (0, "")
    return said.out.split("contacts in ")[1].split()[0]


def test_a_file_becomes_a_batch(run: Run, tmp_path: Path) -> None:
    """Rows that cannot be used are told of, and stand in a file beside it, to be put right."""
    options = ("--name", "Tuesday", "--without-day")
    said = run("batch", "import", "tuesday.csv", "--agent", "reminder", *options)
    assert (said.code, said.err) == (0, "")
    assert "2 contacts in batch_" in said.out
    assert "line 3: Phone: no telephone in US has this number" in said.out
    problems = tmp_path / "tuesday.csv.problems.csv"
    assert f"written to {problems.name}" in said.out
    batch_id = said.out.split("contacts in ")[1].split()[0]
    mended = problems.read_text("utf-8-sig").replace(",12,", ",2125550102,")
    problems.write_text(mended, "utf-8-sig")
    again = run("batch", "import", problems.name, "--into", batch_id)
    assert (again.code, again.err) == (0, "")
    assert f"1 contact in {batch_id}" in again.out
    listed = run("batch")
    assert [word in listed.out for word in (batch_id, "Tuesday", "planned")] == [True] * 3


def test_an_import_says_on_which_clock_times_are_read(run: Run, tmp_path: Path) -> None:
    """And reads none that nobody named one for, whatever the clock of this machine."""
    (tmp_path / "tuesday.csv").write_text("Name,Phone,Date\nAda,2125550101,2026-11-25\n")
    refused = run("batch", "import", "tuesday.csv", "--agent", "reminder")
    assert refused.code == 2
    assert "line 2: days and times have no offset" in refused.err
    said = run("batch", "import", "tuesday.csv", "--agent", "reminder", "--times-in", "Asia/Tokyo")
    assert "times are read as those of Asia/Tokyo" in said.out
    batch_id = said.out.split("contact in ")[1].split()[0]
    (tmp_path / "more.csv").write_text("Name,Phone,Date\nBob,2125550102,2026-11-25\n")
    again = run("batch", "import", "more.csv", "--into", batch_id, "--times-in", "Asia/Seoul")
    assert "times are read as those of Asia/Seoul" in again.out


def test_a_further_file_is_of_use_when_it_adds_to_who_is_there_or_stops_them(
    run: Run, tmp_path: Path
) -> None:
    """Exit code 0, and who is not called any more is named by their line."""
    batch_id = imported(run)
    more = FILE.splitlines()[0] + "\nAda,2125550101,NY,apt_9,Grey\n"
    (tmp_path / "more.csv").write_text(more)
    added = run("batch", "import", "more.csv", "--into", batch_id)
    assert (added.code, added.err) == (0, "")
    assert "line 2 of this file is line 1002 of the batch" in added.out
    (tmp_path / "no.csv").write_text("Patient,Phone,Consent\nAda,2125550101,no\n")
    stopped = run("batch", "import", "no.csv", "--into", batch_id)
    assert (stopped.code, stopped.err) == (0, "")
    assert "line 2: it is not called any more, as line 1002 says no" in stopped.out
    shown = run("batch", "contacts", batch_id, "--state", "skipped")
    assert "says that this number must not be called" in shown.out


def test_an_import_says_what_of_a_file_it_did_not_read(run: Run, tmp_path: Path) -> None:
    """Titles, hidden rows and other sheets; each can be said otherwise."""
    table = [["Hill Clinic"], ["Patient", "Phone"], ["Ada", "2125550101"], ["Cy", "2125550103"]]
    content = xlsx({"Mon": table, "Tue": table}, rows_given={4: 'hidden="1"'})
    (tmp_path / "week.xlsx").write_bytes(content)
    said = run("batch", "import", "week.xlsx", "--without-day")
    assert "1 contact in batch_" in said.out
    for words in (
        'above the names of the columns (line 2) and nobody was read from there: "Hill',
        "1 hidden row (line 4) was left out, and nobody is called for it",
        'only the sheet "Mon" was read; nobody was read from "Tue" (4 lines)',
    ):
        assert words in said.out
    options = ("--sheet", "Tue", "--hidden-rows", "--header-line", "2", "--without-day")
    said = run("batch", "import", "week.xlsx", *options)
    assert "2 contacts in batch_" in said.out
    assert 'only the sheet "Tue" was read' in said.out
    assert run("batch", "import", "week.xlsx", "--sheet", "Wed").code == 2
    listed = run("suppress", "import", "week.xlsx", "--country", "US", "--sheet", "Tue")
    assert "2 added, 0 were on the list already, 0 could not be read" in listed.out
    assert 'nobody was read from "Mon"' in listed.err


def test_an_import_says_what_is_in_another_batch_already(run: Run) -> None:
    """The same file again: how many of how many, and where."""
    first = imported(run)
    again = run("batch", "import", "tuesday.csv", "--agent", "reminder", "--without-day")
    assert f"2 of 2 are in {first}, for the same appointment; while one batch" in again.out


def test_without_consent_the_law_sets_the_caps(run: Run, tmp_path: Path) -> None:
    """Settings that ask for more are refused in one sentence, which names it."""
    terms = "consent_required = false\n[caps]\nper_day = 3\n"
    (tmp_path / "terms.toml").write_text(terms)
    said = run("batch", "import", "tuesday.csv", "--settings", "terms.toml")
    assert (said.code, said.out) == (2, "")
    assert "1 in 24 hours to a number, by 47 CFR 64.1200(a)(9)(iv)" in said.err


def test_settings_come_from_a_file_and_options(run: Run, tmp_path: Path) -> None:
    """An option wins over the file, and changes nothing else of its table."""
    (tmp_path / "batch.toml").write_text(
        'calls_per_second = 3\nconcurrency = 7\n[hours]\nbegin = "10:00"\nholidays = true\n'
    )
    options = ("--settings", "batch.toml", "--pace", "0.5", "--window", "9:30-18")
    batch_id = imported(run, *options, "--canary", "2", "--country", "US", "--budget", "5")
    status = run("batch", "status", batch_id)
    assert "0.5 calls a second, 7 at a time" in status.out
    assert "0.00 USD of 5.00" in status.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "nowhere.csv"), "nowhere.csv: No such file or directory"),
        (("import", "tuesday.csv", "--agent", "nobody"), 'there is no agent "nobody"'),
        (("import", "tuesday.csv", "--agent", "errand"), "its pipeline errand has no opt_out"),
        (
            ("import", "tuesday.csv", "--agent", "reminder", "--window", "late"),
            "--window: write hours",
        ),
        (("import", "tuesday.csv", "--agent", "reminder", "--window", "20-9"), "settings: hours"),
        (("import", "tuesday.csv", "--agent", "reminder", "--pace", "0"), "calls_per_second"),
        (
            ("import", "tuesday.csv", "--agent", "reminder", "--map", "phone"),
            "--map: 'phone' is not",
        ),
        (("import", "tuesday.csv", "--agent", "reminder", "--settings", "bad.toml"), "not TOML"),
        (("import", "tuesday.csv", "--into", "b", "--pace", "1"), "--into: a batch keeps"),
        (("import", "empty.csv", "--agent", "reminder"), "The file is empty."),
    ],
)
def test_what_cannot_be_imported(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    """One line on stderr, exit code 2, and no batch."""
    (tmp_path / "bad.toml").write_text("= 3")
    (tmp_path / "empty.csv").write_text("")
    said = run("batch", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("trunkline: ")
    assert len(said.err.splitlines()) == 1
    assert says in said.err
    assert "batch_" not in run("batch").out


def test_a_file_of_no_use(run: Run, tmp_path: Path) -> None:
    """Exit code 2; its rows stand beside it with what is wrong."""
    (tmp_path / "bad.csv").write_text("phone,name\n12,Ada\n13,Bob\n")
    said = run("batch", "import", "bad.csv", "--agent", "reminder")
    assert said.code == 2
    assert "no contact" in said.out
    assert "13,Bob,line 3:" in (tmp_path / "bad.csv.problems.csv").read_text("utf-8-sig")


def test_a_batch_from_start_to_end(run: Run) -> None:
    """Each move says where it led; a wrong one is one line and exit code 1."""
    batch_id = imported(run)
    assert run("batch", "approve", batch_id).code == 1
    assert run("batch", "start", batch_id).out == f"{batch_id}  running\n"
    refused = run("batch", "start", batch_id)
    assert refused.code == 1
    assert refused.err == f"trunkline: {batch_id} cannot be started: it is running\n"
    status = run("batch", "status", batch_id)
    assert "0 of 2" in status.out
    assert "none is running: start `trunkline dialler`" in status.out
    assert run("batch", "pause", batch_id).out == f"{batch_id}  paused\n"
    more = run("batch", "budget", batch_id, "60")
    assert more.out.startswith(f"{batch_id}  0.00 of 60.00 USD are spent\n")
    assert f"trunkline batch resume {batch_id}" in more.out
    assert run("batch", "budget", batch_id, "much").code == 2
    assert run("batch", "budget", batch_id, "0").code == 2
    assert run("batch", "resume", batch_id).out == f"{batch_id}  running\n"
    pace = run("batch", "pace", batch_id, "--pace", "2", "--concurrency", "3")
    assert pace.out == f"{batch_id}  2 calls a second, 3 at a time\n"
    assert run("batch", "pace", batch_id).code == 2
    free = run("batch", "budget", batch_id, "none")
    assert free.out == f"{batch_id}  0.00 USD are spent, no budget\n"
    assert run("batch", "cancel", batch_id, "--end-calls").out == f"{batch_id}  cancelled\n"
    watched = run("batch", "status", batch_id, "--watch")
    assert (watched.code, watched.out) == (0, "cancelled: 2 of 2: 2 not called\n")
    assert run("batch", "resume", batch_id).code == 1
    assert "there is no batch nobody" in run("batch", "status", "nobody").err


def test_calls_that_cannot_be_ended(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the service the batch is cancelled all the same, and it is said that calls go on."""
    batch_id = imported(run)
    run("batch", "start", batch_id)
    asyncio.run(place_a_call(batch_id))
    monkeypatch.setenv("TRUNKLINE_API_KEY", "secret-key")
    monkeypatch.setenv("TRUNKLINE_URL", "http://127.0.0.1:9")
    said = run("batch", "cancel", batch_id, "--end-calls")
    assert said.code == 1
    assert "no other contact is called, but active calls continue: no service answers" in said.err
    status = run("batch", "status", batch_id)
    assert "cancelled" in status.out
    assert "1 placed, 1 under way" in status.out


async def place_a_call(batch_id: str) -> None:
    """As a dialler does: a call of this batch is under way."""
    store, now = await Store.open("sqlite:///var/trunkline.db"), utcnow()
    [attempt] = await store.ledger.plan(batch_id, now=now, backlog=1)
    decision = {"at": now.isoformat(), "word": "allow"}
    await store.ledger.placing(
        attempt.id, number=attempt.number, at=now, decision=decision, concurrency=5
    )
    await store.ledger.placed(attempt.id, at=now, call_id="call_1", call_sid="CA1")
    await store.close()


def test_what_is_written_down(run: Run, tmp_path: Path) -> None:
    """The plan, the results and the evidence: to stdout, or into a file."""
    batch_id = imported(run, "--consent", "intake form")
    plan = run(
        "batch", "plan", batch_id, "--at", "2026-11-24T12:00-05:00", "--zone", "America/New_York"
    )
    assert plan.out.startswith(
        "2 to be called; 1 not: 1 handed back\n  Tue 2026-11-24: 2 calls, 12:00 to 12:00"
    )
    kept = run("batch", "plan", batch_id, "--at", "2026-11-24T12:00-05:00", "-o", "plan.csv")
    assert kept.out.startswith("2 to be called")
    assert "Tue 2026-11-24 12:00 EST" in (tmp_path / "plan.csv").read_text("utf-8-sig")
    assert run("batch", "plan", batch_id, "--at", "noon").code == 2
    assert run("batch", "plan", batch_id, "--zone", "Moon/Sea").code == 2
    results = run("batch", "results", batch_id)
    assert [row.split(",")[2] for row in results.out.splitlines()] == ["name", "Ada", "Cy"]
    assert run("batch", "results", batch_id, "-o", "results.csv").code == 0
    assert (tmp_path / "results.csv").read_bytes().startswith(b"\xef\xbb\xbfline,")
    for who in ("4", "+12125550103"):
        evidence = json.loads(run("batch", "evidence", batch_id, who).out)
        assert evidence["contact"]["name"] == "Cy"
    assert run("batch", "evidence", batch_id, "nobody").code == 1
    shown = run("batch", "contacts", batch_id)
    assert [word in shown.out for word in ("Ada", "Cy", "waiting")] == [True] * 3


def test_the_suppression_list(run: Run, tmp_path: Path) -> None:
    """Numbers are added by hand or from files, listed, exported, and taken off if added by hand."""
    assert run("suppress", "add", "212 555 0101", "--country", "US", "--note", "rang").code == 0
    assert "already" in run("suppress", "add", "+12125550101").out
    assert run("suppress", "add", "nobody").code == 2
    (tmp_path / "list.csv").write_text("+12125550102\nx\n")
    listed = run("suppress", "import", "list.csv")
    assert (listed.code, listed.out) == (
        1,
        "1 added, 0 were on the list already, 1 could not be read\n",
    )
    assert listed.err.startswith("line 2: ")
    shown = run("suppress", "list")
    assert [word in shown.out for word in ("+12125550101", "rang", "+12125550102")] == [True] * 3
    assert run("suppress", "export").out.count("\n") == 3
    assert run("suppress", "export", "out.csv").code == 0
    assert (tmp_path / "out.csv").read_text().startswith("number,at,source,note,call_id\n")
    assert run("suppress", "remove", "+12125550102").out == "removed\n"
    assert run("suppress", "remove", "+12125550102").code == 1
    wrote = "wrote on 25 November: call me"
    removed = run("suppress", "remove", "+12125550101", "--consent", wrote, "--by", "ann")
    assert removed.code == 0
    told = " ".join(run("suppress", "taken-back", "+12125550101").out.split())
    assert "ann" in told and "25" in told


@pytest.mark.realtime
async def test_as_a_process(tmp_path: Path) -> None:
    """What a script sees: the codes, and nothing but one line when something is wrong."""
    env = environment(Settings(_env_file=None))
    bare = {name: env[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in env}
    ran = await trunkline("batch", "start", "nobody", env=bare, folder=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "trunkline: there is no batch nobody\n"


def test_the_import_of_an_offices_export_is_as_the_page_shows_it(run: Run, tmp_path: Path) -> None:
    """docs/batches.md, line by line: who is called, who is not and why, what the model is told."""
    shown = (ROOT / "docs" / "batches.md").read_text(encoding="utf-8")
    block = shown.partition("### An office's export")[2].split("```")[1].strip()
    shutil.copy(ROOT / "tests" / "batches" / "files" / "office_export.csv", tmp_path)
    batch_id, said = "", ""
    for line in block.splitlines():
        if line.startswith("$ trunkline "):
            assert said.count("\n") < 20  # of a longer answer the page shows the beginning
            command = line.removeprefix("$ trunkline ").replace(SHOWN_ID, batch_id or SHOWN_ID)
            answer = run(*shlex.split(command))
            assert (answer.code, answer.err) == (0, "")
            said = answer.out
            if not batch_id:
                batch_id = said.split("contacts in ")[1].split()[0]
            continue
        first, _, said = said.partition("\n")
        assert first.replace(batch_id, SHOWN_ID) == line


def test_a_file_of_which_nobody_is_to_be_called(run: Run, tmp_path: Path) -> None:
    """Exit code 2, no batch, and the counts."""
    (tmp_path / "off.csv").write_text("Phone,Date,Status\n2125550101,2027-06-01,Cancelled\n")
    said = run("batch", "import", "off.csv", "--times-in", "America/New_York")
    assert said.code == 2
    assert "no contact, and no batch\n1 row not called: 1 cancelled\n" in said.out
    assert not list(tmp_path.glob("*.problems.csv"))


def test_a_file_without_days(run: Run, tmp_path: Path) -> None:
    """It is refused in one line, that says what to do."""
    refused = run("batch", "import", "tuesday.csv")
    assert (refused.code, refused.out) == (2, "")
    assert "no column is known to hold the day of the appointment" in refused.err
    batch_id = imported(run)
    (tmp_path / "more.csv").write_text("Patient,Phone\nEve,2125550109\n")
    assert run("batch", "import", "more.csv", "--into", batch_id).code == 0


def test_the_status_repeats_who_is_not_called(run: Run, tmp_path: Path) -> None:
    """By kind, as the import counted them."""
    (tmp_path / "some.csv").write_text(
        "Name,Phone,Date,Status\nAnn,2125550101,2027-06-01,Booked\n"
        "Bob,2125550102,2027-06-01,No Show\nCy,2125550103,2027-06-01,Confirmed\n"
    )
    options = ("--times-in", "America/New_York", "--call-confirmed")
    said = run("batch", "import", "some.csv", *options)
    assert "2 contacts in " in said.out
    assert "told to the model: name, day, time" in said.out
    batch_id = said.out.split("contacts in ")[1].split()[0]
    assert "not called  of its files: 1 no-show" in run("batch", "status", batch_id).out
