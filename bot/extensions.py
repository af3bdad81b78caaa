"""Pipelines of an author's own, beside those that ship: from a folder, and from installed packages.

A folder (TRUNKLINE_EXTENSIONS) is a Python package of its own name: `ourline/pipelines/*.py` hold
the pipelines, and import what else they need as `ourline.tools.directions`. A package that is
installed names its pipelines as entry points of the group "trunkline.pipelines".
"""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from config import Settings, SettingsError
from pipelines import PIPELINES, PipelineSpec
from tools.checking import place_of

GROUP = "trunkline.pipelines"


class ExtensionError(SettingsError):
    """Something of an author's own cannot be loaded; `faults` are sentences with their places."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def load_pipelines(settings: Settings) -> Mapping[str, PipelineSpec]:
    """The pipelines that ship and the author's own, by name. Raises ExtensionError."""
    found: list[PipelineSpec] = list(PIPELINES.values())
    faults: list[str] = []
    if settings.trunkline_extensions is not None:
        _from_folder(settings.trunkline_extensions.resolve(), found, faults)
    _from_packages(found, faults)
    pipelines: dict[str, PipelineSpec] = {}
    for spec in found:
        if not isinstance(spec.name, str) or not spec.name:
            faults.append(f"{place_of(spec.build)}: the name of a PipelineSpec must be a text")
        elif (other := pipelines.setdefault(spec.name, spec)) is not spec:
            faults.append(
                f'{place_of(spec.build)}: a pipeline is called "{spec.name}" already, at '
                f"{place_of(other.build)}: choose another name"
            )
    if faults:
        raise ExtensionError(faults)
    return pipelines


def agent_folder(settings: Settings) -> Path | None:
    """The folder of the author's own agents, if there is one."""
    if settings.trunkline_extensions is None:
        return None
    folder = settings.trunkline_extensions.resolve() / "agents"
    return folder if folder.is_dir() else None


def _from_folder(folder: Path, found: list[PipelineSpec], faults: list[str]) -> None:
    if why := _unfit(folder):
        faults.append(f"TRUNKLINE_EXTENSIONS: {why}")
        return
    if str(folder.parent) not in sys.path:
        sys.path.append(str(folder.parent))  # last: nothing there takes another's place
        importlib.invalidate_caches()
    for path in sorted((folder / "pipelines").glob("[!_]*.py")):
        try:
            module = importlib.import_module(f"{folder.name}.pipelines.{path.stem}")
        except (Exception, SystemExit) as error:
            faults.append(_cannot_be_loaded(error, path, folder))
            continue
        here = [value for value in vars(module).values() if isinstance(value, PipelineSpec)]
        if not here:
            faults.append(
                f"{path}: there is no PipelineSpec in it (helpers have a name that begins with _)"
            )
        found += [spec for spec in here if all(spec is not other for other in found)]


def _unfit(folder: Path) -> str:
    """Why this can be no folder of extensions; empty if it can."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if not any((folder / room).is_dir() for room in ("pipelines", "agents")):
        return f"{folder} holds neither a folder pipelines nor a folder agents"
    name = folder.name
    if not name.isidentifier():
        return f'{folder}: "{name}" is no name for a Python package: use letters, digits and _'
    try:
        taken = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        taken = None
    if taken is not None and str(folder) not in (taken.submodule_search_locations or ()):
        return (
            f'{folder}: a Python package is called "{name}" already: give the folder another name'
        )
    return ""


def _cannot_be_loaded(error: BaseException, path: Path, folder: Path) -> str:
    """The sentence, with the author's own line that is nearest to the error."""
    place = str(path)
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}"
        return f"{place}: {error.msg}"
    for step in traceback.extract_tb(error.__traceback__):
        if Path(step.filename).is_relative_to(folder):
            place = f"{step.filename}:{step.lineno}"
    return f"{place}: {type(error).__name__}: {error}"


def _from_packages(found: list[PipelineSpec], faults: list[str]) -> None:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        told = f'entry point "{entry.name} = {entry.value}" ({GROUP})'
        try:
            spec = entry.load()
        except (Exception, SystemExit) as error:
            faults.append(f"{told} cannot be loaded: {type(error).__name__}: {error}")
            continue
        if not isinstance(spec, PipelineSpec):
            faults.append(f"{told} is no PipelineSpec but {type(spec).__name__}")
        elif all(spec is not other for other in found):
            found.append(spec)
