"""Installs the packages of a lock file and shows how far it is: python deploy/install.py FILE."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """The exit code of pip, whose errors are shown as they are."""
    lock = Path(sys.argv[1])
    lines = lock.read_text(encoding="utf-8").splitlines()
    wanted = sum("==" in line for line in lines if not line.startswith("#"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
    with subprocess.Popen((*pip, "-r", str(lock)), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        done = 0
        for line in running.stdout:
            if line.startswith(("Collecting", "Requirement already satisfied")):
                done = min(done + 1, wanted)
                name = line.replace("Requirement already satisfied:", "Collecting").split()[1]
                _show(f"{done} of {wanted}: {name}")
            elif line.startswith("Installing"):
                _show("all are here; unpacking them, which takes another minute", whole=True)
        return running.wait()


def _show(told: str, *, whole: bool = False) -> None:
    """On a terminal in a line that changes; elsewhere every tenth package, and what is `whole`."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K  {told}" + ("\n" if whole else ""))
    elif whole or told.partition(" ")[0].endswith("0"):
        sys.stdout.write(f"  {told}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
