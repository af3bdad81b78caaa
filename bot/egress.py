"""Where requests to addresses named by others may go: addresses of webhooks and of tools.

An address that stands in a document, in a file of an agent or in an order must not become a way
into the machine or the network that this service runs in (server-side request forgery): it is
resolved once, every address it has must be one of the public internet, and the connection goes to
the very address that was looked at. Redirects are not followed. What the operator allows by name
or network is reached all the same.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

from bot.trust import machine_trust

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215
_LAST_32_BITS = (1 << 32) - 1


class TargetRefused(httpx.ConnectError):
    """This target may not be reached; nothing was sent. To try again is of no use."""


def is_public(address: str) -> bool:
    """Whether this IP address is one of the public internet, whatever it is wrapped in."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if (within := _wrapped(ip)) is not None:
            return is_public(str(within))
        if ip.is_site_local:  # fec0::/10, which Python takes for global
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a translator or tunnel would make of it."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if any(ip in network for network in _NAT64):
        return IPv4Address(int(ip) & _LAST_32_BITS)
    return None


class Egress:
    """The rule: public addresses, and what is `allowed` beside them.

    `allowed` are names of hosts ("crm.internal"), addresses and networks ("10.1.0.0/16"). A host
    that is allowed by its name may have any address.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in allowed:
            try:
                self._networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._hosts.add(_host(entry))

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of this host, all of which may be reached, best first.

        Raises:
            TargetRefused: one of them may not.
            httpx.ConnectError: it has none.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} cannot be resolved") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses:
            raise httpx.ConnectError(f"{host} has no address")
        if _host(host) not in self._hosts:
            for address in addresses:
                if not self._allows(address):
                    raise TargetRefused(f"{host} is {address}, which is no public address")
        return addresses

    def fault(self, url: str) -> str:
        """Why no request may ever go to this URL, as far as can be said without resolving it;
        empty if it may."""
        try:
            parts = httpx.URL(url)
        except (httpx.InvalidURL, TypeError):
            return "is no URL"
        if parts.scheme not in ("http", "https") or not parts.host:
            return "must begin with https:// or http:// and name a host"
        if parts.userinfo:
            return "must hold no name or password"
        try:
            address = str(ip_address(parts.host.partition("%")[0]))
        except ValueError:
            named = _host(parts.host)
            local = named == "localhost" or named.endswith(".localhost")
            if local and named not in self._hosts and not self._allows("127.0.0.1"):
                return f"is at {parts.host}, which is this machine"
            return ""
        if self._allows(address) or _host(parts.host) in self._hosts:
            return ""
        return f"is at {address}, which is no public address"

    def _allows(self, address: str) -> bool:
        ip = ip_address(address.partition("%")[0])
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        return is_public(address) or any(ip in network for network in self._networks)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests where `egress` lets them go, each to the very address that was looked at.

    The name stays in the `Host` header, in TLS and in the check of the certificate. Connections
    are kept for each host by itself: two hosts behind one address never share one. Use it in a
    client that asks no proxy of the environment's (`guarded_client`), for a proxy would resolve
    the name once more.
    """

    def __init__(self, egress: Egress, *, most_connections: int = 20) -> None:
        """`most_connections`: to one host."""
        self._egress = egress
        self._limits = httpx.Limits(max_connections=most_connections)
        self._to_host: dict[tuple[str, str], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise TargetRefused(f"{url.scheme}: is neither http nor https")
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._egress.addresses(url.host, port)
        transport = self._transport(url.scheme, url.host)
        extensions = {**request.extensions, "sni_hostname": url.host}
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            try:
                return await transport.handle_async_request(
                    httpx.Request(
                        request.method,
                        url.copy_with(host=address),
                        headers=request.headers,  # Host among them, as it was
                        stream=request.stream,
                        extensions=extensions,
                    )
                )
            except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent
                if last == 0:
                    raise
        raise AssertionError("a host without addresses is refused above")

    async def aclose(self) -> None:
        for transport in self._to_host.values():
            await transport.aclose()

    def _transport(self, scheme: str, host: str) -> httpx.AsyncHTTPTransport:
        key = scheme, host
        if key not in self._to_host:
            self._to_host[key] = httpx.AsyncHTTPTransport(
                verify=machine_trust(), limits=self._limits
            )
        return self._to_host[key]


def guarded_client(egress: Egress, *, timeout_secs: float) -> httpx.AsyncClient:
    """A client for addresses that others name. It follows no redirect and asks no proxy."""
    return httpx.AsyncClient(
        transport=GuardedTransport(egress),
        follow_redirects=False,
        trust_env=False,
        timeout=timeout_secs,
    )


def _host(name: str) -> str:
    return name.strip().strip("[]").rstrip(".").lower()
