"""What senders of batches use, built and joined: for the service and for the command line."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.agents import load_agents
from bot.batches.batch_reports import BatchReports
from bot.batches.dry_run import DryRun
from bot.batches.intake import Intake
from bot.batches.plan_writer import BOUNDS, PlanWriter
from bot.batches.service import BatchService, LiveCalls
from bot.batches.single_calls import SingleCallRules
from bot.batches.suppression_list import SuppressionList
from bot.brains import Brain
from bot.brains.catalog import open_brains
from bot.child import Apart, Children, in_this_process
from bot.clock import utcnow
from bot.extensions import load_pipelines
from bot.store import Store
from bot.store.one_host import open_store
from config import Agent, Settings, SettingsError
from config.calling_rules import Rules, RulesError, load_rules
from pipelines import PipelineSpec


@dataclass(frozen=True, kw_only=True)
class BatchServices:
    """What senders of batches deal with."""

    batches: BatchService
    intake: Intake
    dry_run: DryRun
    reports: BatchReports
    suppressions: SuppressionList
    single_calls: SingleCallRules


@asynccontextmanager
async def open_batch_services(
    settings: Settings, *, live_calls: LiveCalls
) -> AsyncIterator[BatchServices]:
    """The services over the database, without a service. Raises SettingsError, AgentError,
    StoreError.
    """
    pipelines = load_pipelines(settings)
    brains = open_brains(settings)
    agents = load_agents(settings, pipelines, brains)
    async with open_store(settings.database_url) as store:
        yield join_batch_services(
            settings,
            store=store,
            agents=agents,
            brains=brains,
            pipelines=pipelines,
            live_calls=live_calls,
            apart=in_this_process,
        )


def join_batch_services(
    settings: Settings,
    *,
    store: Store,
    agents: Mapping[str, Agent],
    brains: Mapping[str, Brain],
    pipelines: Mapping[str, PipelineSpec],
    live_calls: LiveCalls,
    apart: Apart,
) -> BatchServices:
    """All of it over one store. Raises SettingsError."""
    rules = rules_of(settings)
    return BatchServices(
        batches=BatchService(store=store, live_calls=live_calls, now=utcnow),
        intake=Intake(
            store=store,
            agents=agents,
            now=utcnow,
            can_tell=bool(settings.results_secret.get_secret_value()),
            rules=rules,
            pipelines=pipelines,
            apart=apart,
        ),
        dry_run=DryRun(store=store, agents=agents, brains=brains, rules=rules, now=utcnow),
        reports=BatchReports(store=store),
        suppressions=SuppressionList(store=store, now=utcnow, apart=apart),
        single_calls=SingleCallRules(store=store, rules=rules, now=utcnow),
    )


def plan_writer_of(settings: Settings, services: BatchServices) -> PlanWriter:
    """Writes plans in a process of its own where they are long."""
    return PlanWriter(
        dry_run=services.dry_run,
        apart=Children(BOUNDS),
        database_url=settings.database_url,
        calling_rules=settings.trunkline_calling_rules,
    )


def rules_of(settings: Settings) -> Rules:
    """When people may be called, by the operator's rules too. Raises SettingsError."""
    try:
        return load_rules(settings.trunkline_calling_rules)
    except RulesError as error:
        raise SettingsError(f"TRUNKLINE_CALLING_RULES: {error}") from error
