"""The certificates of the machine are read once for whoever connects to others."""

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from bot.batches.dialling.notices import Notices
from bot.batches.dialling.service_client import ServiceClient
from bot.business import HttpBusiness
from bot.carriers.twilio.http import TwilioHttp
from bot.simulator.carrier.webhooks import Webhooks
from bot.simulator.loopback_client import loopback_client
from bot.trust import machine_trust

CONNECTING: dict[str, Callable[[], Any]] = {
    "business": lambda: HttpBusiness("https://business.example"),
    "carrier": lambda: TwilioHttp(api_url="https://api.twilio.com", timeout_secs=5.0),
    "service_client": lambda: ServiceClient(service_url="https://line.example", api_key="k"),
    "notices": lambda: Notices(store=None, secret="s"),  # type: ignore[arg-type]
    "simulated carrier": lambda: Webhooks(auth_token="t", webhook_base=None),
    "loopback": loopback_client,
}


@pytest.mark.parametrize("make", CONNECTING.values(), ids=CONNECTING.keys())
def test_nobody_reads_them_again(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """They take tens of milliseconds, in which no caller is served."""
    machine_trust()
    reads, read = [], ssl.create_default_context

    def reading(*arguments: Any, **options: Any) -> ssl.SSLContext:
        reads.append(options)
        return read(*arguments, **options)

    monkeypatch.setattr(ssl, "create_default_context", reading)
    make()
    assert reads == []


def test_a_stranger_is_not_trusted() -> None:
    """What all share asks for a certificate, and for one that bears the host's name."""
    context = machine_trust()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
