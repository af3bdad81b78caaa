"""The command line: what can be mended is one line on stderr and exit code 2."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import httpx
import pytest
import pytest_asyncio
from loguru import logger
from process_kit import ServiceProcess, environment, trunkline

from bot.agents import load_agents
from bot.cli import commands, main
from bot.cli.ready import doubt, say_ready
from bot.simulator.caller import CallerScript, HangUp, WaitForAgent
from bot.simulator.carrier import Answers, Busy
from bot.telemetry import configure_logs
from bot.testing.line import HASTY, Line, agent_file
from config import Settings
from pipelines import OnMachine
from tests.service.line_kit import ToneVoice, open_line

REAL_PROCESS = pytest.mark.realtime  # the command is a process of its own
THOROUGH = pytest.mark.thorough

CALLEE = "+15554440000"
GOOD = {
    "OPENAI_API_KEY": "sk-test",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret-token",
    "TWILIO_PHONE_NUMBER": "+15550001111",
    "PUBLIC_URL": "https://line.example",
    "TRUNKLINE_API_KEY": "secret-key",
}
BAD_AGENTS = {
    "not TOML": "pipeline = ",
    "unknown field": agent_file('speed = "fast"'),
    "unknown pipeline": agent_file(pipeline="karaoke"),
    "bad pattern": agent_file().replace("grace_secs = 0.3", 'grace_secs = 0.3, patterns = ["("]'),
    "unknown tool": agent_file('tools = ["make_coffee"]'),
    "longer than a call may last": agent_file("limits = { secs = 20000 }"),
    "bad number": agent_file('numbers = ["reception"]'),
}


Complain = Callable[..., str]


@pytest.fixture
def complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Complain]:
    """Runs `trunkline` in this process with this environment: the one line it gives up with."""
    monkeypatch.chdir(tmp_path)
    for name in environment(Settings(_env_file=None)):
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)

    def run(env: Mapping[str, str], *arguments: str) -> str:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["trunkline", *arguments])
        with pytest.raises(SystemExit) as gave_up:
            main()
        assert gave_up.value.code == 2
        return one_complaint(capsys.readouterr().err)

    yield run
    logger.remove()  # it writes to what capsys has closed by now


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_that_is_lost_does_not_dial_twice(
    line: tuple[Line, dict[str, str]], tmp_path: Path
) -> None:
    """The command asks again, and is told which call it was."""
    the_line, env = line
    to = "+15554440009"
    the_line.carrier.answer(to, Busy(ring_secs=0.1))
    service = httpx.URL(env["TRUNKLINE_URL"])
    dropped = 0

    async def drop_the_first_answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal dropped
        ours, theirs = await asyncio.open_connection(service.host, service.port)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
        body = await reader.readexactly(length)
        theirs.write(head.replace(b"keep-alive", b"close") + body)
        answer = await ours.read()
        if dropped:
            writer.write(answer)
        dropped += 1
        for each in (writer, theirs):
            each.close()

    between = await asyncio.start_server(drop_the_first_answer, "127.0.0.1", 0)
    port = between.sockets[0].getsockname()[1]
    changed = env | {"TRUNKLINE_URL": f"http://127.0.0.1:{port}"}
    given = ("call", to, "--agent", "task", "--set", "name=Ann")
    async with between:
        placed = await trunkline(*given, env=changed, folder=tmp_path)
    assert (placed.code, placed.err, dropped) == (0, "", 2)
    (sim,) = [call for call in the_line.carrier.calls.values() if call.to_number == to]
    assert (await the_line.ended(placed.out.split()[0]))["call_sid"] == sim.sid


def one_complaint(stderr: str) -> str:
    """All that was written to stderr: one line, without secrets."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("trunkline: ")
    assert not any(secret in stderr for secret in ("secret-token", "secret-key"))
    return lines[0]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (dict.fromkeys(GOOD, ""), ["OPENAI_API_KEY", "PUBLIC_URL", "TRUNKLINE_API_KEY"]),
        (
            {"OPENAI_API_KEY": "", "MAX_CALLS": "many", "RESULTS_SECRET": "whsec_secret-key"},
            ["OPENAI_API_KEY", "MAX_CALLS", "RESULTS_SECRET"],
        ),
        (
            {"PUBLIC_URL": "http://line.example", "MAX_CALLS": "many", "BUSINESS_API_BASE": "x"},
            ["PUBLIC_URL", "MAX_CALLS", "BUSINESS_API_BASE"],
        ),
        ({"TWILIO_ACCOUNT_SID": "secret-key"}, ["TWILIO_ACCOUNT_SID"]),
        ({"TWILIO_AUTH_TOKEN": " , "}, ["TWILIO_AUTH_TOKEN"]),
        ({"TWILIO_API_KEY_SID": "SK1"}, ["TWILIO_API_KEY_SECRET"]),
        ({"TWILIO_PHONE_NUMBER": "our line"}, ["TWILIO_PHONE_NUMBER"]),
        ({"HUMAN_TRANSFER_NUMBER": "the boss"}, ["HUMAN_TRANSFER_NUMBER"]),
        ({"DATABASE_URL": "mysql://host/db"}, ["DATABASE_URL"]),
        ({"INBOUND_AGENT": "nobody"}, ["INBOUND_AGENT"]),
        ({"INBOUND_AGENT": "errand"}, ["INBOUND_AGENT", "task"]),
        ({"TRUNKLINE_AGENTS": "/nowhere"}, ["/nowhere"]),
        ({"TRUNKLINE_LOG_LEVEL": "LOUD"}, ["TRUNKLINE_LOG_LEVEL"]),
    ],
    ids=lambda value: None if isinstance(value, list) else ",".join(value),
)
def test_a_setting_that_is_wrong(
    complaint: Complain, changes: dict[str, str], named: list[str]
) -> None:
    """Each setting that is missing or malformed is named, before anything is served."""
    env = {name: value for name, value in {**GOOD, **changes}.items() if value}
    told = complaint(env, "serve", "--port", "0")
    assert all(name in told for name in named), told


@pytest.mark.parametrize("kind", BAD_AGENTS)
def test_an_agent_that_is_wrong(tmp_path: Path, complaint: Complain, kind: str) -> None:
    """An agent file that no call could be made with is named at start-up."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "broken.toml").write_text(BAD_AGENTS[kind])
    env = {**GOOD, "TRUNKLINE_AGENTS": str(tmp_path / "mine")}
    assert "broken" in complaint(env, "serve", "--port", "0")


@REAL_PROCESS
async def test_the_version(tmp_path: Path) -> None:
    """`trunkline --version` needs no settings."""
    ran = await trunkline("--version", env=environment(Settings(_env_file=None)), folder=tmp_path)
    assert re.fullmatch(r"trunkline \d+\.\d+\.\d+", ran.out.strip())


def test_it_begins_without_what_few_commands_need() -> None:
    """Whoever types a command waits for none of these."""
    slow = ("sqlalchemy", "alembic", "pipecat", "fastapi", "openpyxl", "numpy")
    code = f"import bot.cli, sys; print([name for name in {slow} if name in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout == "[]\n"


@REAL_PROCESS
async def test_no_calls_yet(tmp_path: Path) -> None:
    """An empty list says that it is empty."""
    ran = await trunkline("calls", env=environment(Settings(_env_file=None)), folder=tmp_path)
    assert ran.out.strip() == "no calls"


def test_no_service_to_ask(complaint: Complain) -> None:
    """`trunkline call` without a service says what to start."""
    env = {**GOOD, "TRUNKLINE_URL": "http://127.0.0.1:9"}
    assert "trunkline serve" in complaint(env, "call", CALLEE, "--agent", "table")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("call", CALLEE, "--agent", "table", "--set", "party"), "--set: 'party' is not of the"),
        (("demo", "--story", "opera"), "no story opera; there are: appointment, table"),
    ],
)
def test_an_argument_that_is_wrong(complaint: Complain, given: tuple[str, ...], named: str) -> None:
    """Values that the shell cannot check are complained of as settings are."""
    assert named in complaint(GOOD, *given)


def test_what_is_done_with_machines_is_what_pipelines_know() -> None:
    """The choices of `trunkline call` are those of the API."""
    assert get_args(commands.OnMachine) == get_args(OnMachine)


@REAL_PROCESS
async def test_the_process_gives_up(tmp_path: Path) -> None:
    """As a process: exit code 2, one line, no traceback."""
    env = environment(Settings(_env_file=None))
    bare = {name: env[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in env}
    ran = await trunkline("serve", env={**bare, "MAX_CALLS": "-1"}, folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "MAX_CALLS" in one_complaint(ran.err)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ServiceProcess:
    return ServiceProcess(tmp_path_factory.mktemp("service"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(
    tmp_path_factory: pytest.TempPathFactory, service: ServiceProcess
) -> AsyncIterator[tuple[Line, dict[str, str]]]:
    async with open_line(
        tmp_path_factory.mktemp("cli"),
        manner=HASTY,
        voice=ToneVoice(),
        agents={
            "task": agent_file(pipeline="errand", first_line="Hi, {name}."),
            "lobby": 'numbers = ["+15550009999"]\n' + agent_file(),
        },
        serving=service.serving,
    ) as line:
        yield line, {**service.env, "TRUNKLINE_URL": service.url}


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_the_service_says_that_it_is_ready(
    line: tuple[Line, dict[str, str]], service: ServiceProcess
) -> None:
    """In one line, with its address; below it stand the webhooks, who answers, and the database."""
    the_line, _ = line
    assert service.log.count(f"trunkline: ready at {service.url}\n") == 1
    _, _, after = service.log.partition(f"trunkline: ready at {service.url}\n")
    below = f"{the_line.settings.public_url}/twilio"
    file = the_line.settings.database_url.removeprefix("sqlite:///")
    assert after.splitlines()[:3] == [
        f"  webhooks: {below}/incoming (a call comes in), {below}/status (call status changes), "
        f"{below}/text (a message comes in)",
        "  agents: +15550009999 lobby, any other number reception",
        f"  database: the SQLite file {file}",
    ]


@REAL_PROCESS
@pytest.mark.parametrize("command", ["serve", pytest.param("business", marks=THOROUGH)])
@pytest.mark.parametrize(
    "port", ["70000", *(pytest.param(port, marks=THOROUGH) for port in ("65536", "-1", "http"))]
)
async def test_a_port_that_there_is_not(tmp_path: Path, command: str, port: str) -> None:
    """Refused before anything is opened; the range is named."""
    env = {**environment(Settings(_env_file=None)), **GOOD}
    ran = await trunkline(command, "--port", port, env=env, folder=tmp_path)
    assert ran.code == 2
    assert "--port" in ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("database_url", "place"),
    [
        ("sqlite:///var/calls.db", "the SQLite file var/calls.db"),
        (
            "postgresql://user:db-secret@db.example:5433/calls",
            "the PostgreSQL database calls at db.example:5433",
        ),
    ],
)
def test_what_it_is_ready_with_holds_no_secret(
    capsys: pytest.CaptureFixture[str], database_url: str, place: str
) -> None:
    """Neither of the database nor of anybody else; all numbers are named with who answers them."""
    settings = Settings(
        _env_file=None,
        **{name.lower(): value for name, value in GOOD.items()},
        database_url=database_url,
    )
    say_ready(settings, load_agents(settings).values(), host="127.0.0.1", port=8080)
    told = capsys.readouterr().err
    assert place in told
    assert "agents: any number reception" in told
    assert not any(secret in told for secret in ("secret-token", "secret-key", "db-secret"))


def test_doubts_are_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt name of the file and a short key, each in a line of the log."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MAX_CALL=3\n")
    configure_logs("INFO")
    doubt(Settings(_env_file=None, trunkline_api_key="short"))
    logger.remove()
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("MAX_CALL is no setting: did you mean MAX_CALLS?")
    assert "TRUNKLINE_API_KEY" in second


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_two_services_on_one_port(line: tuple[Line, dict[str, str]], tmp_path: Path) -> None:
    """The second one says so in one line, and the first one goes on."""
    the_line, env = line
    port = str(httpx.URL(the_line.url).port)
    second = await trunkline("serve", "--port", port, env=env, folder=tmp_path)
    assert second.code == 2
    told = one_complaint(second.err)
    assert f"--port {port}: " in told
    assert "Address already in use" in told
    assert (await the_line.api.get("/health/ready")).status_code == 200


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_dialling_and_looking_up(line: tuple[Line, dict[str, str]], tmp_path: Path) -> None:
    """call, calls, calls show, agents: a newcomer's first quarter of an hour."""
    the_line, env = line
    polite = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))
    the_line.carrier.answer(CALLEE, Answers(ring_secs=0.1, caller=polite))

    refused = await trunkline("call", CALLEE, "--agent", "task", env=env, folder=tmp_path)
    assert refused.code == 2
    assert '"name"' in one_complaint(refused.err)
    given = ("call", CALLEE, "--agent", "task", "--set", "name=Ann")
    silent = await trunkline(*given, "--on-machine", "leave_message", env=env, folder=tmp_path)
    assert "voicemail" in one_complaint(silent.err)
    placed = await trunkline(*given, "--on-machine", "hang_up", env=env, folder=tmp_path)
    assert placed.code == 0
    assert "dialled all the same" in one_complaint(placed.err)  # +1555 is nowhere: no hour is sure
    call_id = placed.out.split()[0]
    (sim,) = [call for call in the_line.carrier.calls.values() if call.to_number == CALLEE]
    assert sim.request.machine_detection is not None
    await the_line.ended(call_id)

    listed, shown, agents, unknown = await asyncio.gather(
        trunkline("calls", env=env, folder=tmp_path),
        trunkline("calls", "show", call_id, env=env, folder=tmp_path),
        trunkline("agents", env=env, folder=tmp_path),
        trunkline("calls", "show", "call_nobody", env=env, folder=tmp_path),
    )
    assert (listed.code, shown.code, agents.code, unknown.code) == (0, 0, 0, 1)
    assert call_id in listed.out
    assert "caller_hung_up" in listed.out
    assert "Agent   Hi, Ann." in shown.out
    assert "completed: caller_hung_up" in shown.out
    assert [name in agents.out for name in ("reception", "task", "table")] == [True] * 3
    assert "call_nobody" in unknown.err


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_lists_for_programs(line: tuple[Line, dict[str, str]], tmp_path: Path) -> None:
    """--json shows what the API answers, and nothing else."""
    the_line, env = line
    to = "+15554440007"
    the_line.carrier.answer(to, Busy(ring_secs=0.1))
    order = {"to": to, "agent": "task", "variables": {"name": "Ann"}}
    call_id = (await the_line.api.post("/calls", json=order)).json()["id"]
    record = await the_line.ended(call_id)
    called, shown, agents, batches, suppressed = [
        await trunkline(*given, "--json", env=env, folder=tmp_path)
        for given in (
            ("calls", "--number", to),
            ("calls", "show", call_id),
            ("agents",),
            ("batch",),
            ("suppress", "list"),
        )
    ]
    assert json.loads(called.out) == {"calls": [{**record, "turns": [], "tool_calls": []}]}
    assert json.loads(shown.out) == record
    listed = {agent["name"]: agent for agent in json.loads(agents.out)["agents"]}
    assert listed["lobby"]["numbers"] == ["+15550009999"]
    assert json.loads(batches.out) == {"batches": []}
    assert json.loads(suppressed.out) == {"suppressions": []}
    assert {ran.err for ran in (called, shown, agents, batches, suppressed)} == {""}


@REAL_PROCESS
@pytest.mark.asyncio(loop_scope="module")
async def test_hanging_up(line: tuple[Line, dict[str, str]], tmp_path: Path) -> None:
    """A call under way ends; one that is over, or was never, is exit code 1."""
    the_line, env = line
    to = "+15554440008"
    the_line.carrier.answer(to, Answers(ring_secs=0.1))
    order = {"to": to, "agent": "task", "variables": {"name": "Ann"}}
    call_id = (await the_line.api.post("/calls", json=order)).json()["id"]
    await the_line.until(call_id, lambda record: record["status"] == "in-progress")
    ended = await trunkline("hangup", call_id, env=env, folder=tmp_path)
    assert (ended.code, ended.out, ended.err) == (0, "ending\n", "")
    assert (await the_line.ended(call_id))["outcome"]["reason"] == "hung_up_by_api"
    for other in (call_id, "call_nobody", "../health"):
        again = await trunkline("hangup", other, env=env, folder=tmp_path)
        assert again.code == 1
        assert other in one_complaint(again.err)


@REAL_PROCESS
async def test_the_shell_completes(tmp_path: Path) -> None:
    """The names of commands, once its completion is installed."""
    words = {"COMP_WORDS": "trunkline ha", "COMP_CWORD": "1"}
    asked = {**words, "_TRUNKLINE_COMPLETE": "complete_bash"}
    code = "import sys; sys.argv[0] = 'trunkline'; from bot.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        cwd=tmp_path,
        env={**environment(Settings(_env_file=None)), **asked},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert out.decode().split() == ["hangup"]
