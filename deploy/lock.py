"""Writes the lock files: every package in the version it is installed in, nothing else.

    python deploy/lock.py python3.11 python3.12 python3.13

Resolves pyproject.toml with the pip of each interpreter, oldest first. A later one takes over
what the earlier ones chose wherever it can, so that markers stay the exception. The files hold
`name==version` and markers only: no URLs, no hashes, no options, so any index serves them.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNTIME = ROOT / "deploy" / "requirements.lock"
DEV = ROOT / "deploy" / "requirements-dev.lock"

Pins = dict[str, str]  # normalised name -> version


def main(pythons: Sequence[str]) -> None:
    """Writes both files. Ends the process with a sentence when an interpreter cannot resolve."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = list(project["dependencies"])
    extras = project["optional-dependencies"]
    dev = runtime + [
        requirement
        for extra in ("demo", "testing", "s3", "embeddings", "otel", "dev")
        for requirement in extras[extra]
        if not requirement.startswith(project["name"])
    ]
    by_version: dict[str, tuple[Pins, Pins]] = {}
    chosen: Pins = {}
    for python in pythons:
        version = _version(python)
        say(f"Python {version}: {python}")
        pins = _resolve(python, dev, chosen)
        by_version[version] = (_resolve(python, runtime, pins), pins)
        chosen = pins | chosen
    platforms = _platform_markers(dev)
    _write(RUNTIME, {version: pins[0] for version, pins in by_version.items()}, platforms)
    _write(DEV, {version: pins[1] for version, pins in by_version.items()}, platforms)


def _version(python: str) -> str:
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        return subprocess.run(
            [python, "-c", code], check=True, capture_output=True, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"{python} does not run here; name three interpreters: make lock PYTHONS='...'")


def _resolve(python: str, requirements: Sequence[str], preferred: Pins) -> Pins:
    """What pip would install; in the preferred versions, unless they cannot be had together."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, constraints = Path(folder, "wanted.txt"), Path(folder, "constraints.txt")
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        lines = [f"{name}=={version}" for name, version in preferred.items()]
        constraints.write_text("\n".join(lines), encoding="utf-8")
        ask = [python, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        ask += ["--no-input", "--report", "-", "-r", str(wanted)]
        answer = subprocess.run([*ask, "-c", str(constraints)], capture_output=True, text=True)
        if answer.returncode and preferred:
            say("  the versions chosen so far do not fit here: resolving anew")
            answer = subprocess.run(ask, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(f"pip cannot resolve pyproject.toml with {python}:\n{answer.stderr}")
    found = (package["metadata"] for package in json.loads(answer.stdout)["install"])
    return {_normal(package["name"]): package["version"] for package in found}


def _platform_markers(requirements: Sequence[str]) -> dict[str, str]:
    """Markers of direct requirements by package; those on Python's version are found out anew."""
    markers = {}
    for requirement in requirements:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        marker = requirement.partition(";")[2].strip()
        if name and marker and "python" not in marker:
            markers[_normal(name[0])] = marker.replace("'", '"')
    return markers


def _write(path: Path, by_version: dict[str, Pins], platforms: dict[str, str]) -> None:
    lines = []
    for name in sorted({name for pins in by_version.values() for name in pins}):
        pythons: dict[str, list[str]] = {}  # pinned version -> interpreters that take it
        for python, pins in by_version.items():
            if name in pins:
                pythons.setdefault(pins[name], []).append(python)
        for pin, takers in pythons.items():
            markers = [platforms[name]] if name in platforms else []
            if len(takers) < len(by_version):
                markers.append(_python_marker(takers, list(by_version)))
            lines.append(f"{name}=={pin}" + (f" ; {' and '.join(markers)}" if markers else ""))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"{path.relative_to(ROOT)}: {len(lines)} packages")


def _python_marker(takers: Sequence[str], known: Sequence[str]) -> str:
    """A condition that is true for the takers among the known versions, newer ones included."""
    first, last = takers[0], takers[-1]
    from_first = [] if first == known[0] else [f'python_version >= "{first}"']
    upto_last = [] if last == known[-1] else [f'python_version <= "{last}"']
    return " and ".join(from_first + upto_last)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ("python3.11", "python3.12", "python3.13"))
