"""What answers, places and looks after calls, built and joined."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.batches.ring_backs import RecentContacts
from bot.brains import ModelConfig
from bot.calls import (
    Admission,
    CallFactory,
    CallRequest,
    CallRunner,
    CallService,
    CarrierCallbacks,
    CarrierTeardown,
    Colleagues,
    Feed,
    InboundCalls,
    LoopLag,
    OutboundCalls,
    PeerWorkers,
    Recovery,
    Registry,
    SharedServices,
    Troubles,
    prompts,
)
from bot.calls.arrivals import Arrivals
from bot.calls.hand_over import HandOvers
from bot.calls.known_callers import KnownCallers
from bot.calls.taking_over import TakingOver
from bot.carriers import Carrier
from bot.live_agents import LiveAgents
from bot.store import CallRecord, Store
from config import Agent, AgentError, Settings
from pipelines import PipelineSpec
from tools import Tool


@dataclass(frozen=True, kw_only=True)
class CallServices:
    """What the service needs of the room of calls."""

    calls: CallService
    registry: Registry
    recovery: Recovery
    loop_lag: LoopLag


def join_call_services(
    settings: Settings,
    *,
    store: Store,
    pipelines: Mapping[str, PipelineSpec],
    agents: LiveAgents,
    carrier: Carrier,
    our_number: str,
    human: str | None,
    shared: SharedServices,
    outside_tools: Callable[[Agent], tuple[Tool, ...]],
    agent_for: Callable[[Agent, CallRecord, CallRecord | None], Agent],
    on_new_voice: Callable[[ModelConfig], None] | None,
    admission: Admission,
    worker: int | None,
    peers: PeerWorkers,
    colleagues: Colleagues,
) -> CallServices:
    """The room of calls over one store and one carrier; each part is documented where it is made.

    `our_number` and `human` are E.164 (the latter also sip:), empty and None where there is none;
    `worker` counts from 0, None where one process is the whole service.
    """
    troubles, loop_lag = Troubles(), LoopLag()
    teardown = CarrierTeardown(carrier=carrier, human=human, troubles=troubles)
    registry = Registry(
        admission=admission,
        loop_lag=loop_lag,
        troubles=troubles,
        refused_files=lambda: agents.refused,
    )
    factory = CallFactory(
        store=store,
        pipelines=pipelines,
        brains=shared.brains,
        feed=Feed(),
        human=human,
        worker=worker,
        process=colleagues.process,
        outside_tools=outside_tools,
        agent_for=agent_for,
    )
    runner = CallRunner(
        registry=registry,
        carrier=carrier,
        teardown=teardown,
        shared=shared,
        connect=factory.connect,
        on_new_voice=on_new_voice,
        hand_overs=HandOvers(agents=agents, factory=factory),
        colleagues=colleagues,
    )
    recovery = Recovery(store=store, carrier=carrier, agents=agents, brains=shared.brains)
    taking_over = TakingOver(
        agents=agents,
        usual_agent=settings.inbound_agent,
        registry=registry,
        runner=runner,
        store=store,
        factory=factory,
        carrier=carrier,
    )
    calls = CallService(
        inbound=InboundCalls(
            agents=agents,
            usual_agent=settings.inbound_agent,
            our_number=our_number,
            registry=registry,
            runner=runner,
            teardown=teardown,
            store=store,
            factory=factory,
            peers=peers,
            ring_backs=RecentContacts(store),
            known_callers=KnownCallers(store=store, business=shared.business),
        ),
        outbound=OutboundCalls(
            agents=agents,
            our_number=our_number,
            registry=registry,
            runner=runner,
            carrier=carrier,
            store=store,
            factory=factory,
        ),
        callbacks=CarrierCallbacks(
            agents=agents,
            registry=registry,
            taking_over=taking_over,
            teardown=teardown,
            recovery=recovery,
            store=store,
            factory=factory,
            peers=peers,
        ),
        registry=registry,
        peers=peers,
        colleagues=colleagues,
        arrivals=Arrivals(
            agents=agents,
            registry=registry,
            taking_over=taking_over,
            store=store,
            colleagues=colleagues,
        ),
        feed=factory.feed,
    )
    return CallServices(calls=calls, registry=registry, recovery=recovery, loop_lag=loop_lag)


def tasks_by_client(agents: Mapping[str, Agent]) -> dict[str, list[str]]:
    """For each client of documents the tasks of its agents, as far as they are the same in all
    calls.
    """
    tasks: dict[str, list[str]] = {}
    for agent in agents.values():
        if agent.knowledge:
            of_client = tasks.setdefault(agent.knowledge, [])
            with suppress(AgentError):  # a call has to give its variables
                of_client.append(prompts.task(agent, CallRequest()))
    return tasks
