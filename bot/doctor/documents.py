"""Whether the documents that agents answer from are there and read."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.doctor.finding import Finding, ok, warning
from bot.knowledge_room import clients_of, missing_documents
from bot.store import Store
from config import Agent, Settings

CHECK = "documents"


async def documents(settings: Settings, agents: Mapping[str, Agent]) -> Sequence[Finding]:
    """One finding for each agent without documents and for each that could not be read."""
    clients = sorted(clients_of(agents))
    if not clients:
        return [ok(CHECK, "no agent answers from documents")]
    missing = await asyncio.to_thread(lambda: list(missing_documents(settings, agents)))
    do = "put its documents there, or correct `knowledge` in the agent's file"
    findings = [warning(CHECK, told, do) for told in missing]
    store = await Store.open(settings.database_url)
    try:
        read = [each for name in clients for each in await store.knowledge.documents(name)]
    finally:
        await store.close()
    for each in read:
        if each.problem:
            told = f"{each.name} of {each.client} is not read: {each.problem}"
            findings.append(warning(CHECK, told, "replace the file, or take it away"))
    if not read and not missing:
        do = "they are read while `trunkline serve` runs, or by `trunkline knowledge add`"
        findings.append(warning(CHECK, "the documents were not read yet", do))
    by_words = sum(not each.embedder for each in read if each.pieces)
    if by_words and settings.embeddings_model != "none":
        told = f"of {len(read)} documents {by_words} are found by their words alone"
        do = "set OPENAI_API_KEY, or install the extra `embeddings` (docs/knowledge.md)"
        findings.append(warning(CHECK, told, do))
    return findings or [ok(CHECK, f"{len(read)} documents are read")]
