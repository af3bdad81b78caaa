"""Addresses that others name lead to the public internet, or where the operator allows."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from bot.egress import Egress, GuardedTransport, TargetRefused, guarded_client, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",  # between a carrier and its customers
    "169.254.169.254",  # where clouds keep their machines' credentials
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo, from 127.0.0.1
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet(address: str) -> None:
    """Loopback, private, link-local and shared addresses, whatever they are wrapped in."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses(address: str) -> None:
    """Also behind a translator of the network's."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1/x", "no public address"),
        ("http://[::1]:80/x", "no public address"),
        ("http://localhost:8080/x", "this machine"),
        ("http://api.localhost/x", "this machine"),
        ("https://user:secret@example.com/", "no name or password"),
        ("file:///etc/passwd", "must begin with"),
        ("gopher://example.com/", "must begin with"),
        ("http:///x", "must begin with"),
        ("https://example.com/x", ""),
        ("http://1.1.1.1/", ""),
    ],
)
def test_a_fault_that_shows_without_a_look_up(url: str, said: str) -> None:
    """Said when the service starts, or when an order comes."""
    fault = Egress().fault(url)
    assert (said in fault) if said else fault == ""


def test_what_the_operator_allows() -> None:
    """By name, by address and by network."""
    egress = Egress(["Crm.Internal.", "10.1.0.0/16", "::1", "localhost"])
    assert egress.fault("http://10.1.2.3/") == ""
    assert egress.fault("http://10.2.2.3/")
    assert egress.fault("http://[::1]/") == ""
    assert egress.fault("http://localhost/") == ""


def resolving(monkeypatch: pytest.MonkeyPatch, **hosts: list[str]) -> list[str]:
    """Has names resolve so; the names that were asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: Any, port: Any, **_: Any) -> list[Any]:
        asked.append(str(host))
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in hosts.get(str(host).split(".")[0], [str(host)])
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def test_one_private_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public and a private address could be answered with either."""
    resolving(monkeypatch, mixed=["1.1.1.1", "10.0.0.1"])
    with pytest.raises(TargetRefused, match=r"mixed\.example is 10\.0\.0\.1"):
        await Egress().addresses("mixed.example", 443)
    assert await Egress(["mixed.example"]).addresses("mixed.example", 443) == [
        "1.1.1.1",
        "10.0.0.1",
    ]
    assert await Egress(["10.0.0.0/8"]).addresses("mixed.example", 443) == ["1.1.1.1", "10.0.0.1"]


class Far:
    """A web server that says which host it was asked for, and redirects `/away`."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __aenter__(self) -> "Far":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host = next(line[6:] for line in head.split("\r\n") if line.lower().startswith("host:"))
        self.asked.append(host.strip())
        if head.startswith("GET /away"):
            answer = b"302 Found\r\nLocation: /secret\r\nContent-Length: 0\r\n\r\n"
        else:
            answer = b"200 OK\r\nContent-Length: 2\r\n\r\nok"
        writer.write(b"HTTP/1.1 " + answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.mark.realtime
async def test_the_address_that_was_looked_at_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name is resolved once, and stays in the Host header; no proxy is asked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with Far() as far, guarded_client(Egress(["shop.example"]), timeout_secs=5) as client:
        asked = resolving(monkeypatch, shop=["127.0.0.1"])
        answer = await client.get(f"http://shop.example:{far.port}/")
        assert answer.text == "ok"
        assert far.asked == [f"shop.example:{far.port}"]
        assert asked.count("shop.example") == 1


@pytest.mark.realtime
async def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody leads a request elsewhere."""
    async with Far() as far, guarded_client(Egress(["127.0.0.1"]), timeout_secs=5) as client:
        answer = await client.get(f"http://127.0.0.1:{far.port}/away")
        assert answer.status_code == 302
        assert len(far.asked) == 1


@pytest.mark.realtime
async def test_a_private_target_hears_nothing() -> None:
    """The refusal comes before a connection."""
    async with Far() as far, guarded_client(Egress(), timeout_secs=5) as client:
        with pytest.raises(TargetRefused):
            await client.get(f"http://127.0.0.1:{far.port}/")
        with pytest.raises(TargetRefused):
            await client.get(f"http://localhost:{far.port}/")
        assert far.asked == []


@pytest.mark.realtime
async def test_the_next_address_is_tried_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host may have one that cannot be reached from here."""
    async with Far() as far, guarded_client(Egress(["two.example"]), timeout_secs=5) as client:
        resolving(monkeypatch, two=["127.0.0.2", "127.0.0.1"])
        assert (await client.get(f"http://two.example:{far.port}/")).text == "ok"


async def test_other_schemes_are_refused() -> None:
    """Whatever a client would make of them."""
    with pytest.raises(TargetRefused):
        await GuardedTransport(Egress()).handle_async_request(
            httpx.Request("GET", "ftp://a.example/")
        )
