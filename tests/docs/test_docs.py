"""The documents name what exists, and leave out nothing they promise to list."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
from page_kit import fenced, shown_files
from pydantic import BaseModel
from typer.core import TyperGroup

import processors
from bot.agents import agent_folders, load_agents, require_inbound_agent
from bot.batch_services import rules_of
from bot.batches.dispositions import Disposition
from bot.batches.settings import BatchSettings
from bot.batches.settings_reader import read_settings, read_toml
from bot.brains.catalog import open_brains
from bot.brains_of_agents import as_spoken, of_line
from bot.businesses import open_business, practice_of
from bot.calls.outcome import MEANING, Ending
from bot.cli import app
from bot.dialler_app import open_dialler
from bot.extensions import load_pipelines
from bot.phone_company import carrier_of
from bot.server.views import CallView
from config import Settings, file_content, load_settings, make_agent
from config.agents import read_agent
from config.practice import Practice, read_practice
from processors import __all__ as shipped_processors
from processors.agent_tables import Source
from tests.brains.some_brains import BRAINS, MARIN

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BUSINESS = (ROOT / "docs" / "business.md").read_text(encoding="utf-8")
OPERATORS = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
BATCHES = (ROOT / "docs" / "batches.md").read_text(encoding="utf-8")
PIPELINES = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "config" / "env.example"

every_document = pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)


def code(text: str) -> Iterator[str]:
    """Lines of all blocks of code, and everything between backticks."""
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", text)


def anchor(heading: str) -> str:
    """The name under which a heading is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def rows(table_after: str, text: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    _, _, rest = text.partition(f"\n## {table_after}\n")
    lines = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert lines, f"no table after {table_after}"
    cells = [line.strip("|\n").split(" | ") for line in lines[0].splitlines()]
    return [[cell.strip(" |") for cell in row] for row in cells[2:]]


@every_document
def test_every_trunkline_command_exists(document: Path) -> None:
    """`trunkline ...` in a document is a command, with options that it has."""
    commands = typer.main.get_command(app)
    assert isinstance(commands, TyperGroup)
    for line in code(document.read_text(encoding="utf-8")):
        found = re.search(r"^(?:.*[ /])?trunkline(?: ([a-z]+)(?: (.*))?)?$", line)
        if not found or not found[1] or re.search(r"docker|User=|WorkingDir", line):
            continue
        command = commands.commands.get(found[1])
        assert command is not None, f"{document.name}: there is no `trunkline {found[1]}`"
        given = (found[2] or "").split()
        if isinstance(command, TyperGroup) and given and given[0].isalpha():
            assert given[0] in command.commands, f"{document.name}: {line}"
            command = command.commands[given[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        options = {word.partition("=")[0] for word in given if word.startswith("--")}
        assert options <= known, f"{document.name}: {line}"


@every_document
def test_every_make_target_exists(document: Path) -> None:
    """`make ...` in a document is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for line in code(document.read_text(encoding="utf-8")):
        found = re.match(r" *make ([a-z]+)", line)
        assert not found or found[1] in targets, f"{document.name}: {line}"


@every_document
def test_every_link_leads_somewhere(document: Path) -> None:
    """A link inside the repository names a file, and a heading that is in it."""
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), f"{document.name}: {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in map(anchor, headings), f"{document.name}: {target}"


@every_document
def test_every_file_named_exists(document: Path) -> None:
    """A path between backticks, from the root or from one of its rooms, is there."""
    text = document.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:bot|config|pipelines|processors|tools|tests|docs)/[^`]*)`", text):
        if name not in shown_files() and not re.search(r"[*<{]", name):
            assert (ROOT / name).exists(), f"{document.name}: {name}"


def setting_names() -> dict[str, Any]:
    """Each setting's name in the environment -> its default."""
    names = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        written = alias.choices[0] if alias is not None else name  # type: ignore[union-attr]
        names[str(written).upper()] = field.default
    return names


def test_every_setting_is_in_the_example() -> None:
    """.env.example names every setting once, and none that does not exist."""
    given = re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(given) == sorted(setting_names())


def test_the_example_is_as_good_as_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh copy of .env.example changes nothing but leaves open what is needed."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    assert load_settings(EXAMPLE) == load_settings(None)


def test_commented_lines_show_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands after "#NAME=" is the default, or an example where the default is nothing."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    lines = re.findall(r"^#([A-Z][A-Z_]+=.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    (tmp_path / "env").write_text("\n".join(lines), encoding="utf-8")
    shown, default = load_settings(tmp_path / "env"), load_settings(None)
    for name, field in Settings.model_fields.items():
        if field.default not in ("", None):
            assert getattr(shown, name) == getattr(default, name), name


def test_settings_named_in_the_documents_exist() -> None:
    """A word between backticks that looks like a setting of ours is one."""
    ours = re.compile(r"`((?:TRUNKLINE|TWILIO|OPENAI|BUSINESS|DATABASE|HUMAN|PUBLIC|MAX)_[A-Z_]+)")
    for document in DOCS:
        named = set(ours.findall(document.read_text(encoding="utf-8")))
        assert named <= setting_names().keys(), document.name


AGENT = make_agent({"name": "a", "pipeline": "errand", "instructions": "-"})


def agent_keys(part: Any = AGENT, before: str = "") -> Iterator[str]:
    """Keys of an agent file, those of its tables with a dot."""
    names = file_content(AGENT) if part is AGENT else [field.name for field in fields(part)]
    for name in names:
        value = getattr(part, name)
        if is_dataclass(value):
            yield from agent_keys(value, f"{name}.")
        else:
            yield before + name


def test_every_agent_key_is_explained() -> None:
    """The table in docs/operators.md holds all keys of an agent file, in order, and no other."""
    assert [row[0].strip("`") for row in rows("Agents", OPERATORS)] == list(agent_keys())


def test_agent_defaults_are_right() -> None:
    """Numbers and single words in the table's column of defaults are those of the code; model and
    voice are those that the brain suggests.
    """
    for name, default, *_ in rows("Agents", OPERATORS):
        part: Any = as_spoken(AGENT, BRAINS)
        for step in name.strip("`").split("."):
            part = getattr(part, step)
        if shown := re.fullmatch(r"`(.+)`", default):
            said = str(part).lower() if isinstance(part, bool) else f"{part}".removesuffix(".0")
            assert said == shown[1], name
        elif shown := re.fullmatch(r"the brain's: `(.+)`", default):
            assert getattr(MARIN, name.strip("`")) == shown[1]


def test_the_agents_shown_can_be_read(tmp_path: Path) -> None:
    """TOML in the documents is an agent file."""
    pages = (OPERATORS, PIPELINES, (ROOT / "docs" / "agents.md").read_text(encoding="utf-8"))
    shown = [block for page in pages for block in fenced(page, "toml")]
    for number, block in enumerate(shown):
        path = tmp_path / f"shown-{number}.toml"
        path.write_text(block, encoding="utf-8")
        path = path.rename(tmp_path / f"agent{number}.toml")
        assert read_agent(path).pipeline


def test_the_agents_of_the_front_desk_can_be_read(tmp_path: Path) -> None:
    """docs/receptionist.md shows whole agents; their hours are those of docs/hours.md."""
    (tmp_path / "hours").mkdir()
    hours, _ = fenced((ROOT / "docs" / "hours.md").read_text(encoding="utf-8"), "toml")
    (tmp_path / "hours" / "clinic.toml").write_text(hours, encoding="utf-8")
    page = (ROOT / "docs" / "receptionist.md").read_text(encoding="utf-8")
    shown = [block for block in fenced(page, "toml") if "pipeline = " in block]
    assert len(shown) >= 5
    for number, block in enumerate(shown):
        path = tmp_path / f"agent{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert read_agent(path).pipeline


def test_the_hours_shown_can_be_read(tmp_path: Path) -> None:
    """docs/hours.md shows a file of hours and an agent that names it."""
    hours, agent = fenced((ROOT / "docs" / "hours.md").read_text(encoding="utf-8"), "toml")
    (tmp_path / "hours").mkdir()
    (tmp_path / "hours" / "clinic.toml").write_text(hours, encoding="utf-8")
    (tmp_path / "desk.toml").write_text(agent, encoding="utf-8")
    read = read_agent(tmp_path / "desk.toml")
    assert read.hours is not None
    assert len(read.hours.on_call) == 2


def test_the_business_shown_can_be_read(tmp_path: Path) -> None:
    """Its first block of TOML is a business on a calendar, the others are agent files."""
    practice, *agents = fenced(BUSINESS, "toml")
    (tmp_path / "practice.toml").write_text(practice, encoding="utf-8")
    read_practice(tmp_path / "practice.toml")
    for number, block in enumerate(agents):
        path = tmp_path / f"agent{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert read_agent(path).sources


def test_every_key_of_a_business_and_a_source_is_explained() -> None:
    """The two tables of docs/business.md hold all keys, in order, and no other."""
    told = [row[0].strip("`") for row in rows("Appointments in a calendar", BUSINESS)]
    assert told == list(Practice.model_fields)
    told = [row[0].strip("`") for row in rows("How they are reached", BUSINESS)]
    assert told == [field.name for field in fields(Source)]


def test_every_ending_is_explained() -> None:
    """The table of endings holds each reason with its result, and says who is apologised to."""
    table = {row[0].strip("`"): row for row in rows("How calls end", OPERATORS)}
    assert list(table) == [ending.value for ending in Ending]
    for ending, meaning in MEANING.items():
        row = table[ending.value]
        assert row[1].strip("`") == meaning.result, ending
        assert ("lines.sorry" in row[3]) == (meaning.action == "apologise"), ending


def test_every_address_of_the_carrier_is_explained() -> None:
    """The table of addresses holds the stream and each of the webhooks."""
    told = {row[0].strip("`") for row in rows("What the carrier sees", OPERATORS)}
    files = (ROOT / "bot" / "carriers" / "twilio").glob("*routes.py")
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    posted = re.findall(r'@router\.post\("(.+?)"\)', code)
    assert told == {"WS /twilio/stream", *(f"POST /twilio{path}" for path in posted)}


def test_every_setting_of_a_process_that_dials_is_explained() -> None:
    """The table names what `trunkline dialler` reads: on another machine all of it must be set."""
    joining = (
        *(
            open_dialler,
            carrier_of,
            load_agents,
            of_line,
            open_brains,
            require_inbound_agent,
            agent_folders,
            load_pipelines,
            rules_of,
        ),
        *(open_business, practice_of),
    )
    read = re.findall(r"\bsettings\.([a-z_]+)\b(?!\()", "".join(map(inspect.getsource, joining)))
    told = {
        name
        for row in rows("Processes that dial", OPERATORS)
        for name in re.findall(r"`([A-Z_]+)`", row[0])
    }
    assert told == {name.upper() for name in read} | {"TRUNKLINE_LOG_LEVEL"}


def settings_of_batches(model: type[BaseModel] = BatchSettings, before: str = "") -> Iterator[str]:
    """Settings of a batch, those of its tables with a dot."""
    for name, field in model.model_fields.items():
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield from settings_of_batches(field.annotation, f"{name}.")
        else:
            yield before + name


def test_every_setting_of_a_batch_is_explained() -> None:
    """The table in docs/batches.md holds all of them and no other, and right options."""
    table = rows("Settings", BATCHES)
    told = [name.strip("`") for row in table for name in row[0].split(", ")]
    assert sorted(told) == sorted(settings_of_batches())
    commands = typer.main.get_command(app)
    assert isinstance(commands, TyperGroup)
    batch = commands.commands["batch"]
    assert isinstance(batch, TyperGroup)
    known = {option for parameter in batch.commands["import"].params for option in parameter.opts}
    for row in table:
        given = {word.strip("`") for word in row[2].split() if word.startswith("`--")}
        assert given <= known, row


def test_numbers_of_batch_settings_are_right() -> None:
    """Where a default is a number, the table says it."""
    for row in rows("Settings", BATCHES):
        for name in row[0].split(", "):
            part: Any = BatchSettings()
            for step in name.strip("`").split("."):
                part = getattr(part, step)
            if isinstance(part, int | float) and not isinstance(part, bool):
                assert f"{part:g}" in row[1], name


def test_the_batch_settings_shown_can_be_read() -> None:
    """The first TOML in docs/batches.md is the settings of a batch."""
    assert read_settings(read_toml(fenced(BATCHES, "toml")[0])).canary == 5


def test_every_disposition_is_explained() -> None:
    """The table of outcomes holds each once."""
    told = [word for row in rows("What becomes of people", BATCHES) for word in row[0].split(", ")]
    assert sorted(word.strip("`") for word in told) == sorted(Disposition)


def test_every_rule_of_the_gate_is_explained() -> None:
    """The table of rules holds what the gate gives as reasons."""
    told = {
        name.strip("`")
        for row in rows("When people are called", BATCHES)
        for name in row[0].split(", ")
    }
    gate = (ROOT / "bot" / "batches" / "gate" / "contactability.py").read_text(encoding="utf-8")
    given = set(re.findall(r'rule="([a-z_]+)"', gate)) | set(re.findall(r'_cap\("([a-z_]+)"', gate))
    assert given | {"deadline", "end"} == told


def test_every_shipped_processor_is_listed() -> None:
    """The table in docs/pipelines.md is the menu of `processors`."""
    listed = {row[0].strip("`") for row in rows("The shipped processors", PIPELINES)}
    assert listed == set(shipped_processors)


def test_keys_that_act_through_a_processor_are_listed() -> None:
    """The table holds each key of an agent file that `settings` of a processor names, with it."""
    known, told = set(agent_keys()), {}
    for keys, kinds in rows("Keys that act through a processor", PIPELINES):
        for key in re.findall(r"`([a-z_.*]+)`", keys):
            named = set(re.findall(r"`([A-Z]\w+)`", kinds))
            told |= {
                each: named for each in known if re.fullmatch(key.replace("*", "[a-z_]+"), each)
            }
    acts: dict[str, set[str]] = {}
    for name in shipped_processors:
        for key in getattr(processors, name).settings:
            acts.setdefault(key, set()).add(name)
    assert acts.keys() <= known
    assert told == acts


def test_every_frame_is_listed() -> None:
    """The table of frames is what processors/frames defines."""
    import processors.frames as house

    own = {
        name
        for name, kind in vars(house).items()
        if getattr(kind, "__module__", "").startswith(f"{house.__name__}.")
    }
    assert {row[0].strip("`") for row in rows("Frames", PIPELINES)} == own


def test_the_call_shown_has_the_shape_of_the_api() -> None:
    """The example in docs/api.md has exactly the fields of `GET /calls/{id}`."""
    api = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = next(block for block in map(json.loads, fenced(api, "json")) if "turns" in block)
    view = CallView.model_validate({**shown, "from_": shown["from"]})
    answered = json.loads(view.model_dump_json(by_alias=True))
    assert shape(answered) == shape(shown)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value)
