"""`trunkline agents`: the agents there are, and the versions that the service has had of them."""

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask_store
from bot.cli.console import give_up, out
from config import file_content, load_settings

if TYPE_CHECKING:  # it takes long to load, and the commands begin without it
    from bot.store import StoredAgent

Name = Annotated[str, typer.Argument(metavar="AGENT", help="Name of the agent.")]
Hash = Annotated[str, typer.Argument(metavar="VERSION", help="Hash, or how it begins.")]

agents = typer.Typer(
    help="List the agents and their versions, and go back to one.",
    invoke_without_command=True,
)


@agents.callback()
def list_agents(context: typer.Context, as_json: AsJson = False) -> None:
    """List the agents."""
    if context.invoked_subcommand is None:
        _show_agents(as_json=as_json)


def _show_agents(*, as_json: bool = False) -> None:
    from bot.agents import load_agents

    found = load_agents(load_settings()).values()
    if as_json:
        list_json("agents", map(file_content, found))
        return
    table = Table("agent", "pipeline", "model", "voice", "language", "needs", box=None)
    for agent in found:
        needs = ", ".join(sorted(agent.placeholders - agent.variables.keys()))
        table.add_row(
            agent.name, agent.pipeline, agent.model, agent.voice, agent.language, needs or "-"
        )
    out.print(table)


@agents.command("list")
def list_versions(name: Name = "") -> None:
    """List the agents, or the versions of one: that in force first."""
    if not name:
        _show_agents()
        return
    table = Table("version", "since", box=None)
    for version in _versions(name):
        table.add_row(version.hash, f"{version.since.astimezone():%Y-%m-%d %H:%M:%S}")
    out.print(table)


@agents.command()
def diff(name: Name, old: Hash = "", new: Hash = "") -> None:
    """Show what changed: from the version before to the one in force, or between those named."""
    versions = _versions(name)
    after = _named(versions, new) if new else versions[0]
    before = _named(versions, old) if old else _before(versions)
    for title in ("text", "hours_text"):
        lines = difflib.unified_diff(
            getattr(before, title).splitlines(),
            getattr(after, title).splitlines(),
            f"{name}{' hours' if title == 'hours_text' else ''} {before.hash}",
            f"{name}{' hours' if title == 'hours_text' else ''} {after.hash}",
            lineterm="",
        )
        for line in lines:
            out.print(line, highlight=False, markup=False, soft_wrap=True)


@agents.command()
def rollback(name: Name, version: Hash = "") -> None:
    """Write an earlier version back into its files; it acts on the next call."""
    from bot.agents import restore

    versions = _versions(name)
    wanted = _named(versions, version) if version else _before(versions)
    written = restore(load_settings(), name, text=wanted.text, hours_text=wanted.hours_text)
    for path in written:
        out.print(f"{path} is as in {wanted.hash}", highlight=False, soft_wrap=True)


def _versions(name: str) -> "Sequence[StoredAgent]":
    found = ask_store(lambda store: store.agent_versions.of(name))
    if not found:
        give_up(f'no version of an agent "{name}" is kept: the service keeps them while it runs')
    return found


def _before(versions: "Sequence[StoredAgent]") -> "StoredAgent":
    for version in versions[1:]:
        if version.hash != versions[0].hash:
            return version
    give_up(f"there is no version of {versions[0].agent} before {versions[0].hash}")


def _named(versions: "Sequence[StoredAgent]", hash_: str) -> "StoredAgent":
    found = {each.hash: each for each in versions if each.hash.startswith(hash_)}
    if len(found) != 1:
        give_up(f"{hash_} names {len(found) or 'no'} version{'s' if len(found) > 1 else ''}")
    return next(iter(found.values()))
