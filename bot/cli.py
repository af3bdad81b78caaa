"""The command line: `trunkline`."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import httpx
import typer
from rich.console import Console
from rich.table import Column, Table

from config import AgentError, Settings, SettingsError, load_settings

T = TypeVar("T")

PIPE_COLUMNS = 240

app = typer.Typer(
    help="A phone line with an AI on it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# Into a pipe goes every column whole; a terminal gets what fits.
out = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
errors = Console(stderr=True)


def main() -> None:
    """Runs a command; what the user can mend is one line on stderr and exit code 2."""
    from bot.telemetry import configure_logs

    configure_logs("WARNING")  # until a command says otherwise

    from bot.store import StoreError

    try:
        app()
    except (SettingsError, AgentError) as error:
        _give_up(str(error))
    except StoreError as error:
        _give_up(f"DATABASE_URL: {error}")


def _give_up(why: str) -> NoReturn:
    errors.print(f"trunkline: {why}", style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(2)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    workers: Annotated[int, typer.Option(min=1, max=100, help="Processes, one to a core.")] = 1,
) -> None:
    """Answer the phone."""
    from bot.telemetry import configure_logs

    settings = load_settings()
    try:
        configure_logs(settings.log_level)
    except ValueError as error:
        raise SettingsError(f"TRUNKLINE_LOG_LEVEL: {error}") from error

    if workers > 1:
        from bot.workers import serve_with_workers

        _run(serve_with_workers(settings, host=host, port=port, workers=workers))
        return

    from bot.app import open_service
    from bot.lifecycle import server_for

    async def run() -> None:
        async with open_service(settings) as service:
            gc.collect()
            gc.freeze()  # what is loaded by now stays; to look through it again would be heard
            await server_for(service, host=host, port=port).serve()

    _run(run())


@app.command()
def call(
    to: Annotated[str, typer.Argument(help="Number to call, like +15551234567, or sip: address.")],
    agent: Annotated[str, typer.Option(help="Agent that speaks.")],
    variables: Annotated[
        list[str] | None, typer.Option("--set", help="A variable: name=value. Repeatable.")
    ] = None,
    instructions: Annotated[str, typer.Option(help="Instead of the agent's own.")] = "",
    persona: Annotated[str, typer.Option(help="Instead of the agent's own.")] = "",
    voice: Annotated[str, typer.Option(help="Instead of the agent's own.")] = "",
    first_line: Annotated[str, typer.Option(help="Instead of the agent's own.")] = "",
) -> None:
    """Dial out, through the running service."""
    settings = load_settings()
    settings.require("trunkline_api_key")
    body = {
        "to": to,
        "agent": agent,
        "instructions": instructions,
        "persona": persona,
        "voice": voice,
        "first_line": first_line,
        "variables": _variables(variables or []),
    }
    answer = _post(settings, "/calls", body)
    out.print(f"{answer['id']}  {answer['status']}")


@app.command()
def agents() -> None:
    """List the agents there are."""
    from bot.app import load_agents

    table = Table("agent", "pipeline", "model", "voice", "language", "needs", box=None)
    for agent in load_agents(load_settings()).values():
        needs = ", ".join(sorted(agent.placeholders - agent.variables.keys()))
        table.add_row(
            agent.name, agent.pipeline, agent.model, agent.voice, agent.language, needs or "-"
        )
    out.print(table)


calls = typer.Typer(help="Look up calls.", invoke_without_command=True)
app.add_typer(calls, name="calls")


@calls.callback()
def list_calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    agent: Annotated[str | None, typer.Option(help="Only this agent's.")] = None,
    number: Annotated[str | None, typer.Option(help="Only with this number.")] = None,
) -> None:
    """List calls, newest first."""
    if context.invoked_subcommand is not None:
        return
    from bot.store import CallRecord, Store

    async def find() -> list[CallRecord]:
        store = await Store.open(load_settings().database_url)
        try:
            return await store.find_calls(limit=limit, agent=agent, number=number)
        finally:
            await store.close()

    names = ("started", "direction", "agent", "from", "to", "status", "ended")
    table = Table(Column("id", no_wrap=True, min_width=25), *names, box=None)
    for record in _run(find()):
        table.add_row(
            record.id,
            f"{record.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
            record.direction,
            record.agent,
            record.from_number,
            record.to_number,
            record.status,
            record.outcome.reason if record.outcome else "-",
        )
    out.print(table)


@calls.command()
def show(call_id: Annotated[str, typer.Argument(help="Our id, or the carrier's.")]) -> None:
    """Show one call: transcript, tool calls, outcome, latency, cost."""
    from bot.store import CallRecord, Store
    from bot.transcript import transcript

    async def get() -> CallRecord | None:
        store = await Store.open(load_settings().database_url)
        try:
            return await store.get_call(call_id)
        finally:
            await store.close()

    record = _run(get())
    if record is None:
        errors.print(f"trunkline: no call has the id {call_id}", style="red", highlight=False)
        raise typer.Exit(1)
    out.print(transcript(record), highlight=False, markup=False, soft_wrap=True)


@app.command()
def migrate() -> None:
    """Bring the database up to date (SQLite does so by itself)."""
    from bot.store import migrate as migrate_store

    _run(migrate_store(load_settings().database_url))
    out.print("the database is up to date")


@app.command()
def business(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8090,
) -> None:
    """Serve the sample business: hours, orders, appointments."""
    from bot.simulator.business import serve_business

    settings = load_settings()
    _run(serve_business(host, port, settings.var_dir / "business.db"))


@app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Without a recogniser; for tests.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--story", help="Only this story. Repeatable.")
    ] = None,
    var_dir: Annotated[
        Path, typer.Option("--var", envvar="TRUNKLINE_VAR", help="Where to keep what is made.")
    ] = Path("var"),
) -> None:
    """Play whole calls against a simulated carrier and model. Needs no keys."""
    from bot.simulator.demo import play

    sys.exit(_run(play(fast=fast, only=only or (), var_dir=var_dir)))


def _variables(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise typer.BadParameter(f"{name!r} is not of the form name=value", param_hint="--set")
    return {name: value for name, _, value in pairs}


def _post(settings: Settings, path: str, body: dict[str, Any]) -> dict[str, Any]:
    key = settings.trunkline_api_key.get_secret_value()
    try:
        response = httpx.post(
            f"{settings.trunkline_url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=30.0,
        )
    except httpx.HTTPError as error:
        raise SettingsError(
            f"no service answers at {settings.trunkline_url}: start `trunkline serve` first, or "
            f"set TRUNKLINE_URL ({error})"
        ) from error
    if response.is_error:
        raise SettingsError(f"the service says: {_detail(response)}")
    answer: dict[str, Any] = response.json()
    return answer


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run(work)
    return uvloop.run(work)
