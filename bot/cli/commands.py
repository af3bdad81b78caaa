"""The command line: `trunkline`."""

import gc
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.agents import agents
from bot.cli.asking import moment, pairs
from bot.cli.batch_control import control
from bot.cli.batch_reports import reports
from bot.cli.batches import batch
from bot.cli.block import block
from bot.cli.calls import calls, hangup
from bot.cli.console import errors, give_up, out, run
from bot.cli.doctor import doctor
from bot.cli.erase import erase
from bot.cli.fallback import fallback_twiml
from bot.cli.init import init
from bot.cli.knowledge import knowledge
from bot.cli.messages import messages
from bot.cli.models import models
from bot.cli.retention import retention
from bot.cli.service import post
from bot.cli.suppressions import suppress
from bot.cli.users import audit, users
from bot.cli.webhooks import webhooks
from config import AgentError, SettingsError, load_settings, sound_settings
from config.settings import EXPLAINED
from processors.agent_tables import OnMachine

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]

app = typer.Typer(
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
app.add_typer(calls, name="calls")
app.add_typer(agents, name="agents")
batch.add_typer(reports)
batch.add_typer(control)
app.add_typer(
    batch, name="batch", help="Call many people: a file in, results out. Alone: list batches."
)
app.add_typer(suppress, name="suppress")
app.add_typer(block, name="block")
app.add_typer(messages, name="messages")
app.add_typer(knowledge, name="knowledge")
app.add_typer(webhooks, name="webhooks")
app.add_typer(users, name="users")
app.command()(audit)
app.command()(erase)
app.command()(retention)
app.command()(hangup)
app.command()(doctor)
app.command()(init)
app.command()(models)
app.command("fallback-twiml")(fallback_twiml)


@app.callback()
def about(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """A phone line with an AI on it."""
    if version:
        from importlib.metadata import version as version_of

        out.print(f"trunkline {version_of('trunkline')}", highlight=False)
        raise typer.Exit()


def main() -> None:
    """Runs a command; what the user can mend is one line on stderr and exit code 2."""
    from bot.telemetry import configure_logs

    configure_logs("WARNING")  # until a command says otherwise

    from bot.store import StoreError

    try:
        app()
    except (SettingsError, AgentError) as error:
        give_up(str(error))
    except StoreError as error:
        give_up(f"DATABASE_URL: {error}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8080,
    workers: Annotated[
        int, typer.Option(min=1, max=100, help="Number of processes, one per core.")
    ] = 1,
) -> None:
    """Answer the phone."""
    from bot.agents import load_agents
    from bot.app import NEEDED, open_service
    from bot.cli.ready import doubt, say_ready
    from bot.lifecycle import server_for
    from bot.telemetry import configure_logs
    from bot.workers import listeners_at, serve_with_workers

    settings = load_settings(needed=NEEDED)
    configure_logs(settings.log_level, log_format=settings.log_format)
    there = load_agents(settings).values()

    def ready() -> None:
        doubt(settings, there)
        say_ready(settings, there, host=host, port=port)

    if workers > 1:
        run(serve_with_workers(settings, host=host, port=port, workers=workers, when_ready=ready))
        return

    listeners = listeners_at(host, port)  # before anything is done for calls

    async def answer() -> None:
        async with open_service(settings) as service:
            gc.collect()
            gc.freeze()  # what is loaded by now stays; to look through it again would be heard
            server = server_for(service, host=host, port=port, when_ready=ready)
            await server.serve(sockets=listeners)

    run(answer())


@app.command()
def dialler(
    leaping_from: Annotated[
        str, typer.Option(hidden=True, help="For the demo: idle hours from this time on are leapt.")
    ] = "",
) -> None:
    """Dial the batches that are running, through the running service."""
    from bot.batches.clock import LeapingClock
    from bot.cli.ready import doubt
    from bot.dialler_app import NEEDED, open_dialler, stop_signal
    from bot.telemetry import configure_logs

    settings = load_settings(needed=NEEDED)
    configure_logs(settings.log_level, log_format=settings.log_format)

    begin = moment(leaping_from, option="--leaping-from") if leaping_from else None

    async def dial() -> None:
        stop = stop_signal()
        clock = LeapingClock(begin) if begin else None
        async with open_dialler(settings, clock=clock) as running:
            doubt(settings)
            out.print(f"dialler {running.id} is ready", highlight=False)
            await running.run(stop)

    run(dial())


@app.command()
def call(
    to: Annotated[str, typer.Argument(help="Number to call, like +15551234567, or sip: address.")],
    agent: Annotated[str, typer.Option(help="Agent that speaks.")],
    variables: Annotated[
        list[str] | None, typer.Option("--set", help="A variable: name=value. Repeatable.")
    ] = None,
    instructions: Annotated[str, typer.Option(help="Replaces the agent's own.")] = "",
    persona: Annotated[str, typer.Option(help="Replaces the agent's own.")] = "",
    voice: Annotated[str, typer.Option(help="Replaces the agent's own.")] = "",
    first_line: Annotated[str, typer.Option(help="Replaces the agent's own.")] = "",
    on_machine: Annotated[
        OnMachine, typer.Option(help="What to do when an answering machine takes the call.")
    ] = "ignore",
    voicemail: Annotated[
        str, typer.Option(help="With leave_message: what is said after the beep.")
    ] = "",
) -> None:
    """Place a call through the running service."""
    settings = load_settings()
    body = {
        "to": to,
        "agent": agent,
        "instructions": instructions,
        "persona": persona,
        "voice": voice,
        "first_line": first_line,
        "variables": pairs(variables, option="--set"),
        "on_machine": on_machine,
        "voicemail": voicemail,
    }
    answer = post(settings, "/calls", body, key=uuid.uuid4().hex)
    out.print(f"{answer['id']}  {answer['status']}")
    for warning in answer.get("warnings", ()):
        told = f"trunkline: dialled all the same: {warning['why']}"
        errors.print(told, highlight=False, markup=False, emoji=False, soft_wrap=True)


@app.command()
def check(
    agent: Annotated[str, typer.Argument(help="Only this agent and its pipeline.")] = "",
) -> None:
    """Check agents, pipelines, processors, tools and the business, without serving."""
    from bot.agents import examine
    from bot.brains.catalog import open_brains
    from bot.brains_of_agents import doubts_of_brains
    from bot.clock import utcnow
    from bot.far_sides import faults_of_far_sides
    from bot.knowledge_room import missing_documents

    faults: list[str] = []
    try:
        settings = load_settings()
    except SettingsError as error:  # which hides no mistake in a file
        settings = sound_settings()
        faults += error.faults
    found = examine(settings, agent)
    faults += found.faults
    try:
        faults += run(faults_of_far_sides(settings, found.agents, found.pipelines))
    except SettingsError as error:
        faults += error.faults
    faults += missing_documents(settings, found.agents)
    for fault in faults:
        told = f"trunkline: {fault}"
        errors.print(told, style="red", highlight=False, markup=False, emoji=False, soft_wrap=True)
    for doubt in doubts_of_brains(
        found.agents.values(),
        open_brains(settings),
        inbound_agent=settings.inbound_agent,
        today=utcnow().date(),
    ):
        told = f"trunkline: to be looked at: {doubt}"
        errors.print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)
    if faults:
        sys.exit(2)
    for each in found.agents.values():
        out.print(f"{each.name} is in order (pipeline {each.pipeline})", highlight=False)


@app.command("settings")
def explain_settings() -> None:
    """Print what each setting is for, in the form of a .env to fill in."""
    sys.stdout.write(EXPLAINED.read_text(encoding="utf-8"))


@app.command()
def migrate() -> None:
    """Bring the database up to date (SQLite does so by itself)."""
    from bot.store import migrate as migrate_store

    run(migrate_store(load_settings().database_url))
    out.print("the database is up to date")


@app.command()
def business(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8090,
) -> None:
    """Serve the sample business: hours, orders, appointments."""
    from bot.simulator.business import serve_business

    settings = load_settings()
    run(serve_business(host, port, settings.var_dir / "business.db"))


@app.command("demo-batch")
def demo_batch(
    var_dir: Annotated[
        Path, typer.Option("--var", envvar="TRUNKLINE_VAR", help="Folder for generated files.")
    ] = Path("var"),
) -> None:
    """Call forty simulated people about their appointments. Needs no keys."""
    from bot.simulator.demo_batch import play

    sys.exit(run(play(var_dir=var_dir)))


@app.command("try")
def try_it(
    var_dir: Annotated[
        Path, typer.Option("--var", envvar="TRUNKLINE_VAR", help="Folder for generated files.")
    ] = Path("var"),
) -> None:
    """Talk to an agent in your browser, with a simulated model. Needs no keys."""
    from bot.simulator.demo import try_it as serve_it

    sys.exit(run(serve_it(var_dir=var_dir)))


@app.command()
def demo(
    fast: Annotated[
        bool, typer.Option("--fast", help="Skip speech recognition; for tests.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--story", help="Only this story. Repeatable.")
    ] = None,
    var_dir: Annotated[
        Path, typer.Option("--var", envvar="TRUNKLINE_VAR", help="Folder for generated files.")
    ] = Path("var"),
) -> None:
    """Play whole calls against a simulated carrier and model. Needs no keys."""
    from bot.simulator.demo import UnknownStory, play

    try:
        sys.exit(run(play(fast=fast, only=only or (), var_dir=var_dir)))
    except UnknownStory as error:
        give_up(str(error))
