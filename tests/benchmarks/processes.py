"""What a process and its children use, from /proc; and which cores they may use."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SEC = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, kw_only=True)
class Use:
    """At one moment, of a process with all its descendants."""

    cpu_secs: float  # since they began
    rss_mb: float
    fds: int
    sockets: int  # of the fds
    threads: int
    tasks: int = 0  # of its event loop, where it tells them


def use(pid: int) -> Use:
    """Raises ProcessLookupError when there is no such process."""
    cpu_secs, rss_mb, fds, sockets, threads = 0.0, 0.0, 0, 0, 0
    for member in family(pid):
        home = Path("/proc") / str(member)
        try:
            fields = _stat(home)
            targets = [_target(home / "fd" / name) for name in os.listdir(home / "fd")]
        except (FileNotFoundError, ProcessLookupError):
            if member == pid:
                raise ProcessLookupError(f"no process has the id {pid}") from None
            continue
        cpu_secs += (int(fields[11]) + int(fields[12])) / _TICKS_A_SEC
        fds += len(targets)
        sockets += sum(target.startswith("socket:") for target in targets)
        threads += int(fields[17])
        rss_mb += int(fields[21]) * _PAGE_BYTES / 1e6
    return Use(cpu_secs=cpu_secs, rss_mb=rss_mb, fds=fds, sockets=sockets, threads=threads)


def family(pid: int) -> list[int]:
    """The process, then its descendants."""
    members = [pid]
    for member in members:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                members.extend(int(child) for child in task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return members


def two_cores() -> tuple[int, int] | None:
    """One core for a server and one for the generator; None where there are no two to choose."""
    try:
        allowed = sorted(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return None
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None


def beside_server() -> int | None:
    """Keeps this process on one core, and gives the other for a server; None: there are no two."""
    cores = two_cores()
    if cores is None:
        return None
    pin(0, cores[1])
    return cores[0]


def pin(pid: int, core: int | None) -> None:
    """Keeps a process (0: this one), and what it starts from now on, on one core; None: on all."""
    os.sched_setaffinity(pid, range(os.cpu_count() or 1) if core is None else {core})


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:  # closed meanwhile
        return ""


def _stat(home: Path) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may itself hold spaces: proc(5)."""
    return (home / "stat").read_text().rpartition(")")[2].split()
