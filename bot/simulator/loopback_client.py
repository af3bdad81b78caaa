"""HTTP to what runs on this machine."""

from typing import Any

import httpx

from bot.trust import machine_trust


def loopback_client(**options: Any) -> httpx.AsyncClient:
    """httpx's client with these options, past any proxy.

    httpx would read the machine's certificates for each client, although none is needed here:
    that takes longer than most requests.
    """
    return httpx.AsyncClient(trust_env=False, verify=machine_trust(), **options)
