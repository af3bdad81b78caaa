"""Calls: one mailbox, one pure step and one runner each; they end once."""

from bot.calls.admission import Admission, admission
from bot.calls.call_request import CallRequest
from bot.calls.callbacks import CarrierCallbacks
from bot.calls.colleagues import Colleagues, NoColleagues, Release, Webhook, WebhookAnswer
from bot.calls.current_agents import CurrentAgents
from bot.calls.factory import CallFactory
from bot.calls.feed import Feed
from bot.calls.health import HealthStatus
from bot.calls.inbound import InboundCalls, RingBack, RingBacks
from bot.calls.loop_lag import LoopLag
from bot.calls.opt_outs import OptOuts
from bot.calls.outbound import (
    AlreadyOrdered,
    CallOrder,
    KeyOfAnother,
    NoRoom,
    NotNow,
    OutboundCalls,
    Suppressed,
    UnknownAgent,
)
from bot.calls.peers import NoPeers, PeerWorkers, Replayed
from bot.calls.preparing import Preparing
from bot.calls.reaching import Act, ActKind, Reached
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.calls.runner import CallRunner
from bot.calls.service import CallService
from bot.calls.shared_services import SharedServices
from bot.calls.teardown import CarrierTeardown
from bot.calls.troubles import Troubles, key_of
from bot.calls.watch import Watch

__all__ = [
    "key_of",
    "Feed",
    "CallFactory",
    "CarrierCallbacks",
    "InboundCalls",
    "NoPeers",
    "OutboundCalls",
    "Admission",
    "AlreadyOrdered",
    "CallOrder",
    "CallRequest",
    "CallRunner",
    "CarrierTeardown",
    "CurrentAgents",
    "PeerWorkers",
    "CallService",
    "Colleagues",
    "NoColleagues",
    "Release",
    "Webhook",
    "WebhookAnswer",
    "KeyOfAnother",
    "NoRoom",
    "NotNow",
    "OptOuts",
    "Preparing",
    "LoopLag",
    "Recovery",
    "Registry",
    "Act",
    "ActKind",
    "Reached",
    "Replayed",
    "RingBack",
    "RingBacks",
    "HealthStatus",
    "SharedServices",
    "Suppressed",
    "Troubles",
    "UnknownAgent",
    "Watch",
    "admission",
]
