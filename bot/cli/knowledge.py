"""`trunkline knowledge`: the documents of clients, that agents answer from."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from bot.cli.as_json import AsJson, list_json, write_json
from bot.cli.asking import ask_store, clock
from bot.cli.console import errors, give_up, out
from config import load_settings

if TYPE_CHECKING:
    from bot.knowledge import Found, Report
    from bot.knowledge.trial import Trial
    from bot.knowledge_room import KnowledgeRoom
    from bot.store import DocumentRecord, Store

T = TypeVar("T")

knowledge = typer.Typer(
    help="Documents of clients, from which agents answer.", no_args_is_help=True
)

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="A folder of TRUNKLINE_KNOWLEDGE.")]


@knowledge.command()
def add(
    client: Client,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to copy there; none: read what is there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put documents into the folder of a client, and read what is new in it."""
    folder = load_settings().trunkline_knowledge / _named(client)
    for file in files or ():
        if not file.is_file():
            give_up(f"{file} is no file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files or ():
            shutil.copy2(file, folder / file.name)
    except OSError as error:
        give_up(f"{folder}: {error.strerror or error}", code=1)
    report = _in_room(lambda room: room.indexer.refresh(client))
    if as_json:
        write_json(_report(report))
    else:
        _tell(report)
    if report.problems or report.busy:
        raise typer.Exit(1)


@knowledge.command("list")
def show(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Only this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the documents that were read, and what is wrong with those that were not."""

    async def find(store: "Store") -> "list[DocumentRecord]":
        names = [client] if client else await store.knowledge.clients()
        return [each for name in names for each in await store.knowledge.documents(name)]

    found = ask_store(find)
    if as_json:
        list_json("documents", map(_document, found))
        return
    if not found:
        out.print("no documents")
        return
    table = Table("client", "document", "passages", "by meaning", "read", "problem", box=None)
    for each in found:
        model = each.embedder.partition(":")[2] if each.pieces and each.embedder else "no"
        read = clock(each.read_at)
        cells = (each.client, each.name, str(each.pieces), model, read, each.problem or "-")
        table.add_row(*map(Text, cells))  # brackets in a name are no markup
    out.print(table)


@knowledge.command()
def ask(
    client: Client,
    question: Annotated[str, typer.Argument(help="As a caller would ask it.")],
    as_json: AsJson = False,
) -> None:
    """Show the passages that an agent would be told for a question."""
    found = _in_room(lambda room: room.search.find(_named(client), question))
    if as_json:
        list_json("found", map(_found, found))
    elif not found:
        out.print("nothing is found")
    for n, each in enumerate(found if not as_json else (), 1):
        source = f"{each.document} > {each.heading}" if each.heading else each.document
        like = "" if each.likeness is None else f"  {each.likeness:.2f}"
        _line(f"{n}. {source}{like}")
        _line(f"   {' '.join(each.text.split())}")
    if not found:
        raise typer.Exit(1)


@knowledge.command()
def test(
    client: Client,
    file: Annotated[
        Path | None, typer.Argument(help="Questions; questions.toml of its folder by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a set of questions, and say for how many the answer is found."""
    from bot.knowledge.folder import QUESTIONS
    from bot.knowledge.trial import BadQuestions, read_questions, tried

    path = file or load_settings().trunkline_knowledge / _named(client) / QUESTIONS
    try:
        questions = read_questions(path)
    except OSError as error:
        give_up(f"{path}: {error.strerror or error}")
    except BadQuestions as error:
        give_up(str(error))

    async def put(room: "KnowledgeRoom") -> "Trial":
        return await tried(questions, lambda each: room.search.find(client, each))

    trial = _in_room(put)
    if as_json:
        write_json(_trial(trial))
    else:
        for each in trial.answers:
            if each.question.says and each.place is None:
                _line(f"not found: {each.question.ask}")
        out.print(f"{trial.hits} of {trial.counted} found, {trial.first} of them first")
    if trial.hits < trial.counted:
        raise typer.Exit(1)


def _in_room(asking: "Callable[[KnowledgeRoom], Awaitable[T]]") -> T:
    from bot.knowledge_room import open_room

    async def ask(store: "Store") -> T:
        async with open_room(load_settings(), store) as room:
            return await asking(room)

    return ask_store(ask)


def _named(client: str) -> str:
    """A client's name; gives up on what is none, and could be another place of this machine."""
    from bot.knowledge.folder import is_client

    if not is_client(client):
        give_up(f"{client!r} is no client: use small letters, digits, - and _")
    return client


def _tell(report: "Report") -> None:
    if report.busy:
        out.print("the service is reading them now")
        return
    for what, names in (("read", report.read), ("gone", report.gone)):
        for name in names:
            _line(f"{what}: {name}")
    if not (report.read or report.gone or report.problems):
        out.print("nothing has changed")
    if report.without_vectors:
        _line(f"found by their words alone for now: {report.without_vectors}")
    for name, why in report.problems.items():
        told = f"trunkline: {name}: {why}"
        errors.print(told, style="red", highlight=False, markup=False, soft_wrap=True)


def _line(text: str) -> None:
    out.print(text, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _report(report: "Report") -> dict[str, Any]:
    return {
        "client": report.client,
        "busy": report.busy,
        "read": list(report.read),
        "gone": list(report.gone),
        "problems": dict(report.problems),
        "without_vectors": report.without_vectors,
    }


def _document(record: "DocumentRecord") -> dict[str, Any]:
    return {
        "client": record.client,
        "name": record.name,
        "pieces": record.pieces,
        "embedder": record.embedder,
        "problem": record.problem,
        "read_at": record.read_at.isoformat(),
    }


def _found(found: "Found") -> dict[str, Any]:
    return {
        "document": found.document,
        "heading": found.heading,
        "text": found.text,
        "likeness": found.likeness,
    }


def _trial(trial: "Trial") -> dict[str, Any]:
    answers = [
        {
            "ask": each.question.ask,
            "says": each.question.says,
            "place": each.place,
            "found": [_found(one) for one in each.found],
        }
        for each in trial.answers
    ]
    return {
        "counted": trial.counted,
        "hits": trial.hits,
        "first": trial.first,
        "answers": answers,
    }
