"""A folder of an author's own: served, checked, and told of with file and line."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from unittest import mock

import pytest
from loguru import logger
from process_kit import ServiceProcess, environment, trunkline

from bot.agents import examine, load_agents
from bot.cli import main
from bot.extensions import ExtensionError, load_pipelines
from bot.simulator.caller import CallerScript, HangUp, Press, StayOn, WaitForAgent
from bot.testing.line import CALLER, agent_file
from config import AgentError, Settings, SettingsError
from pipelines import PIPELINES, RECEPTION
from tests.service.line_kit import open_line

LINE = "+15550003333"
KEY_FILE = '''
"""A key that ends the call in the author's own words."""

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import WrapUpFrame


class DoneKey(CallProcessor):
    """Ends the call by key."""

    consumes = (InputDTMFFrame,)
    adds = {WrapUpFrame: "up"}

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputDTMFFrame):
            last = WrapUpFrame(text="Noted. Bye.", reason="all_noted", final=True)
            await self.push_frame(last, FrameDirection.UPSTREAM)
'''
LIST_FILE = '''
"""Notes what is pressed."""

from pipecat.processors.frame_processor import FrameProcessor

from {package}.processors.done_key import DoneKey
from pipelines import CallParts, PipelineSpec
from processors import AutoHangup, CallTimeLimit
from tools import end_call


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        call.model,
        AutoHangup.of(agent),
        DoneKey(),
        CallTimeLimit.of(agent),
        call.bot_audio,
    ]


NOTES = PipelineSpec(name="notes", build=build, tools=(end_call,))
'''


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """What an author wrote, under a name that no other test has: modules are loaded once."""
    name = "line_" + re.sub(r"\W+", "_", request.node.name)
    home = tmp_path / name
    write(home, "processors/done_key.py", KEY_FILE)
    write(home, "pipelines/notes.py", LIST_FILE.format(package=name))
    write(home, "agents/notes.toml", agent_file(f'numbers = ["{LINE}"]', pipeline="notes"))
    path = list(sys.path)
    yield home
    sys.path[:] = path


def write(home: Path, name: str, text: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(text.lstrip("\n"), encoding="utf-8")


def settings(home: Path, **more: object) -> Settings:
    return Settings(_env_file=None, trunkline_extensions=home, **more)  # type: ignore[arg-type]


def faults(home: Path) -> str:
    return "\n".join(examine(settings(home)).faults)


async def test_a_pipeline_of_a_folder_is_served(folder: Path, tmp_path: Path) -> None:
    """Its agent answers, its processor acts, and its own word for the ending is in the record."""
    async with open_line(tmp_path, trunkline_extensions=folder) as line:
        script = CallerScript(actions=(WaitForAgent(), Press("5"), StayOn()))
        call = await line.carrier.dial(CALLER, to_number=LINE, caller=script)
        record = await line.ended(call.sid)
    assert record["agent"] == "notes"
    assert record["outcome"]["reason"] == "all_noted"
    assert record["outcome"]["result"] == "completed"
    assert record["turns"][-1]["text"] == "Noted. Bye."


@pytest.mark.realtime
@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_workers_and_the_command_line_know_it(folder: Path, tmp_path: Path) -> None:
    """`serve --workers` answers with it, `agents` lists it, and `check` finds it in order."""
    service = ServiceProcess(tmp_path, workers=2)
    async with open_line(
        tmp_path, serving=service.serving, trunkline_extensions=folder, max_calls=4
    ) as line:
        script = CallerScript(actions=(WaitForAgent(), HangUp()))
        call = await line.carrier.dial(CALLER, to_number=LINE, caller=script)
        assert (await line.ended(call.sid))["agent"] == "notes"
        env = environment(line.settings)
    listed = await trunkline("agents", env=env, folder=tmp_path)
    assert re.search(r"^ *notes +notes ", listed.out, re.MULTILINE), listed.err
    checked = await trunkline("check", "notes", env=env, folder=tmp_path)
    assert (checked.code, checked.out, checked.err) == (
        0,
        "notes is in order (pipeline notes)\n",
        "",
    )


@pytest.mark.realtime
@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("dialler",), ("check",)])
def test_nothing_begins_with_a_fault(
    folder: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`serve`, the process that dials and `check` end with code 2 and the place."""
    write(folder, "pipelines/bad.py", "from pipelines import PipelineSpec\n\nBAD = Pipeline()\n")
    given = settings(
        folder,
        openai_api_key="sk-test",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="secret-token",
        public_url="https://line.example",
        trunkline_api_key="secret-key",
        database_url=f"sqlite:///{tmp_path}/trunkline.db",
        var_dir=tmp_path,
    )
    for name, value in environment(given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["trunkline", *arguments])
    with pytest.raises(SystemExit) as gave_up:
        main()
    logger.remove()  # it writes to what capsys closes
    assert gave_up.value.code == 2
    place = f"{folder}/pipelines/bad.py:3: NameError: name 'Pipeline' is not defined"
    assert capsys.readouterr().err == f"trunkline: {place}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def build(:\n", "pipelines/own.py:1: invalid syntax"),
        (
            "X = 1\nimport no_such_module\n",
            "own.py:2: ModuleNotFoundError: No module",
        ),
        ("X = 1\n", "own.py: there is no PipelineSpec in it"),
        ("raise SystemExit(3)\n", "own.py:1: SystemExit: 3"),
        ("from pipelines import PipelineSpec\nP = PipelineSpec('x')\n", "own.py:2: TypeError"),
        (
            "from pipelines import PipelineSpec\ndef b(call): ...\n"
            "P = PipelineSpec(name='errand', build=b, tools=())\n",
            'own.py:2: a pipeline is called "errand" already, at ',
        ),
        (
            "from pipelines import PipelineSpec\ndef b(call): ...\n"
            "P = PipelineSpec(name='', build=b, tools=())\n",
            "own.py:2: the name of a PipelineSpec must be a text",
        ),
        (
            "from pipelines import PipelineSpec\ndef b(call): ...\n"
            "P = PipelineSpec(name='own', build=b, tools=())\n",
            "own.py:2: build must return a list of processors, not NoneType",
        ),
        (
            "from pipelines import ERRAND, PipelineSpec\n\nasync def tell(call, *, x: int): ...\n"
            "P = PipelineSpec(name='own', build=ERRAND.build, tools=(tell,))\n",
            "own.py:3: tell must say that it returns a ToolAnswer",
        ),
    ],
)
def test_a_fault_in_a_file(folder: Path, text: str, told: str) -> None:
    """Whatever stands in it, the complaint begins with the file and the line."""
    write(folder, "pipelines/own.py", text)
    assert told in faults(folder)


def test_a_fault_below_a_pipeline_file(folder: Path) -> None:
    """The line that is told is the author's own that is nearest to the error."""
    write(folder, "processors/done_key.py", "X = 1\nY = X.z\n")
    assert f"{folder}/processors/done_key.py:2: AttributeError" in faults(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    """Of several files, each has its sentence; helpers are no pipelines."""
    write(folder, "pipelines/one.py", "X\n")
    write(folder, "pipelines/two.py", "Y\n")
    write(folder, "pipelines/_helper.py", "Z\n")
    with pytest.raises(ExtensionError, match=r"one\.py:1.*; .*two\.py:1") as told:
        load_pipelines(settings(folder))
    assert len(told.value.faults) == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere", "is not a folder"),
        ("empty", "holds neither a folder pipelines nor a folder agents"),
        ("my-line", '"my-line" is no name for a Python package'),
        ("json", 'a Python package is called "json" already'),
        ("tools", 'a Python package is called "tools" already'),
    ],
)
def test_a_folder_that_is_none(tmp_path: Path, name: str, told: str) -> None:
    """The complaint names the setting, the folder and what to do."""
    if name != "nowhere":
        (tmp_path / name / ("other" if name == "empty" else "pipelines")).mkdir(parents=True)
    with pytest.raises(SettingsError, match=f"TRUNKLINE_EXTENSIONS: .*{re.escape(told)}"):
        load_pipelines(settings(tmp_path / name))


def entry_points(**values: str) -> EntryPoints:
    return EntryPoints(
        EntryPoint(name=name, value=value, group="trunkline.pipelines")
        for name, value in values.items()
    )


def test_a_package_names_its_pipelines(folder: Path) -> None:
    """An installed package needs no folder; what ships may be named again."""
    sys.path.append(str(folder.parent))
    found = entry_points(
        notes=f"{folder.name}.pipelines.notes:NOTES", shipped="pipelines.reception:RECEPTION"
    )
    with mock.patch("bot.extensions.entry_points", lambda group: found):
        pipelines = load_pipelines(Settings(_env_file=None))
        assert pipelines.keys() == {*PIPELINES, "notes"}
        assert load_pipelines(settings(folder)).keys() == {*PIPELINES, "notes"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("no_such_package:X", "cannot be loaded: ModuleNotFoundError"),
        ("pipelines.reception:NOTHING", "cannot be loaded: AttributeError"),
        ("pipelines.reception:build", "is no PipelineSpec but function"),
    ],
)
def test_an_entry_point_that_is_none(value: str, told: str) -> None:
    """The complaint has the entry point as it is written."""
    found = entry_points(own=value)
    with (
        mock.patch("bot.extensions.entry_points", lambda group: found),
        pytest.raises(ExtensionError, match=f'entry point "own = {value}".*{told}'),
    ):
        load_pipelines(Settings(_env_file=None))


SILENT = 'pipeline = "notes"\ninstructions = "-"\n'


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            '[silence]\nprompts = ["Hm?"]\n',
            "nothing ({file}:4): the pipeline notes has no SilenceLadder",
        ),
        ("silence.wait_secs = 3\n", "silence.wait_secs does nothing ({file}:3)"),
        ('silence = { goodbye = "Bye." }\n', "silence.goodbye does nothing ({file}:3)"),
        (
            "[limits]\nusd = 2\n",
            "({file}:4): the pipeline notes has no CallBudget",
        ),
        ('[barge_in]\nstyle = "cut"\n', "has no InterruptionClear"),
        ('[goodbye]\npatterns = ["ade"]\n', "has no GoodbyeDetector"),
        ('[opt_out]\nkey = "9"\n', "has no OptOut"),
        ('[lines]\nscreening = "It is me."\n', "has no AnsweringMachine"),
        ('tools = ["make_coffee"]\n', "its pipeline has no tool make_coffee ({file}:3)"),
    ],
)
def test_a_key_that_does_nothing(folder: Path, more: str, told: str) -> None:
    """It is a mistake, with its line and the name of the processor that is missing."""
    write(folder, "agents/own.toml", SILENT + more)
    told = told.format(file=folder / "agents" / "own.toml")
    assert told in faults(folder)
    with pytest.raises(AgentError, match="agent own: "):
        load_agents(settings(folder))
    assert examine(settings(folder), "notes").faults == ()  # of one agent alone


@pytest.mark.parametrize("language", ["en", "de", "es", "xx"])
def test_what_a_file_does_not_give_is_no_mistake(folder: Path, language: str) -> None:
    """Defaults, whatever the language brings along, and keys that act without a processor."""
    write(
        folder,
        "agents/own.toml",
        f'{SILENT}language = "{language}"\nturns = "server"\n'
        '[lines]\nnobody = "No."\n[limits]\nsecs = 60\n',
    )
    assert faults(folder) == ""


def test_a_key_that_the_list_does_not_hand_on(folder: Path) -> None:
    """The processor is there, and is not told."""
    text = LIST_FILE.format(package=folder.name).replace("AutoHangup.of(agent)", "AutoHangup()")
    write(folder, "pipelines/notes.py", text)
    assert "goodbye.grace_secs does nothing" in faults(folder)
    assert "write AutoHangup.of(agent) in the pipeline notes" in faults(folder)


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        ('["confirm_appointment"]', "leave out right_person, without which confirm_appointment"),
        ('["end_call"]', ""),
    ],
)
def test_tools_that_wait_for_others(folder: Path, tools: str, told: str) -> None:
    """An agent may not leave out what the tools it keeps need; `always` stays anyhow."""
    write(
        folder, "agents/own.toml", f'pipeline = "reminder"\ninstructions = "-"\ntools = {tools}\n'
    )
    assert told in faults(folder)
    assert bool(faults(folder)) == bool(told)


def test_the_shipped_ones_are_in_order() -> None:
    """As they come, with nothing of anybody's own."""
    assert examine(Settings(_env_file=None)).faults == ()
    assert load_pipelines(Settings(_env_file=None))["reception"] is RECEPTION
