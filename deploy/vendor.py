"""Renews the JavaScript files that the console vendors, from npm: `make vendor`.

Each package is fetched with npm's own client in the version that stands in
`bot/console/static/vendor/lock.toml`; with NAME=VERSION as arguments, in that one. The lock is
written anew, with the SHA-256 of each file.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "bot/console/static/vendor"
LOCK = FOLDER / "lock.toml"


def main() -> None:
    """Fetches all that the lock names."""
    wanted = dict(argument.split("=", 1) for argument in sys.argv[1:])
    parts = ["# Written by `make vendor`. Nothing else of the console comes from elsewhere.\n"]
    for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]:
        name = package["name"]
        version = wanted.get(name, package["version"])
        parts.append(_renewed(name, version, [each["from"] for each in package["file"]]))
        print(f"{name} {version}")  # noqa: T201
    LOCK.write_text("\n".join(parts), encoding="utf-8")


def _renewed(name: str, version: str, paths: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--json", "--silent", f"{name}@{version}"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        archive = Path(folder) / json.loads(packed.stdout)[0]["filename"]
        with tarfile.open(archive) as files:
            contents = {path: _content(files, path) for path in paths}
            license_of = json.loads(_content(files, "package.json"))["license"]
    part = f'[[package]]\nname = "{name}"\nversion = "{version}"\nlicense = "{license_of}"\n'
    for path, content in contents.items():
        (FOLDER / Path(path).name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        part += (
            f'\n[[package.file]]\nname = "{Path(path).name}"\nfrom = "{path}"\n'
            f'sha256 = "{digest}"\n'
        )
    return part


def _content(files: tarfile.TarFile, path: str) -> bytes:
    found = files.extractfile(f"package/{path}")
    assert found is not None, path
    return found.read()


if __name__ == "__main__":
    main()
