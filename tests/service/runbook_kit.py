"""Plays a runbook on the whole product, over whatever brain its line is opened with."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.child import in_this_process
from bot.knowledge import DocumentFolder, Indexer
from bot.simulator.caller import render_words
from bot.simulator.carrier import Answers
from bot.simulator.demo.verdict import Ended, shortcomings
from bot.simulator.runbooks import AGENTS, PAPERS
from bot.simulator.stories import Story
from bot.simulator.voices import Voice
from config import SHIPPED
from tests.brains.conformance.endpoints import Endpoint, Entry
from tests.databases import open_store
from tests.service.line_kit import open_line


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a runbook left behind."""

    record: Mapping[str, Any]
    missing: list[str]  # of what the story expects, in words
    endpoint: Endpoint

    @property
    def said(self) -> str:
        """All that was heard of the agent."""
        return " ".join(t["text"] for t in self.record["turns"] if t["role"] == "agent")


async def play_runbook(story: Story, brain: Entry, folder: Path, spoken: Voice) -> Played:
    """The whole call, with this brain on its simulated endpoint."""
    caller = replace(story.caller, voice=spoken)
    await render_words(caller)
    knowledge = await read_papers(folder, PAPERS)
    async with AsyncExitStack() as stack:
        endpoint = await stack.enter_async_context(brain.start(folder, story.script))
        line = await stack.enter_async_context(
            open_line(
                folder,
                agents={story.agent: f"{endpoint.agent}{_file(story.agent)}"},
                inbound_agent=story.agent,
                **{
                    "trunkline_knowledge": knowledge,
                    "embeddings_model": "none",
                    **endpoint.settings,
                },
            )
        )
        if story.direction == "inbound":
            call = await line.carrier.dial(story.number, caller=caller)
        else:
            line.carrier.answer(story.number, Answers(ring_secs=story.ring_secs, caller=caller))
            order = {
                "to": story.number,
                "agent": story.agent,
                "variables": dict(story.variables),
            }
            answer = await line.api.post("/calls", json=order)
            assert answer.status_code == 201, answer.text
            call = await line.carrier.wait_for_call(to=story.number)
        record = await line.ended(call.sid, within_secs=120)
        errors = [f"{error.code} {error.message}" for error in call.errors]
        ended = Ended(record=record, bookings=(), carrier_errors=errors, model_errors=())
        return Played(record=record, missing=shortcomings(story.expects, ended), endpoint=endpoint)


def _file(agent: str) -> str:
    """What the agent's file says, but for its voice, which is another brain's."""
    places = (AGENTS / f"{agent}.toml", SHIPPED / f"{agent}.toml")
    text = next(path for path in places if path.is_file()).read_text(encoding="utf-8")
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("voice = ")
    )


async def read_papers(folder: Path, documents: Mapping[str, Mapping[str, str]]) -> Path:
    """Documents of clients, by client and file, read before there is a service."""
    root = folder / "knowledge"
    for client, papers in documents.items():
        (root / client).mkdir(parents=True)
        for name, text in papers.items():
            (root / client / name).write_text(text, encoding="utf-8")
    store = await open_store(folder / "trunkline.db")
    indexer = Indexer(
        store=store, folder=DocumentFolder(root), embedder=None, apart=in_this_process
    )
    for client in documents:
        await indexer.refresh(client)
    await store.close()
    return root
