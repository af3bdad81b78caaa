"""The channel between parent and worker, on a real pair of sockets."""

import asyncio
import socket

import pytest

from bot.workers.channel import Channel
from bot.workers.messages import Connection, Drain, Leave, Message, StatusNews, decode, encode


def ignore(message: Message, connection: socket.socket | None) -> None:
    """For an end that is not spoken to."""


async def test_lines_and_sockets_arrive_in_order() -> None:
    """More than the kernel holds, and read late: every connection comes with its own line."""
    ours, theirs = socket.socketpair()
    heard: list[tuple[Message, socket.socket | None]] = []
    all_here = asyncio.Event()

    def hear(message: Message, connection: socket.socket | None) -> None:
        heard.append((message, connection))
        if isinstance(message, Leave):
            all_here.set()

    sender = Channel(ours, ignore)
    pairs = [socket.socketpair() for _ in range(100)]
    news = StatusNews(update={"CallSid": "CA1", "Text": "ü\n" * 3000})
    for number, (near, _) in enumerate(pairs):
        sender.send(news)
        sender.send(Connection(), near)
        sender.send(Drain(within_secs=number))
    sender.send(Leave())
    receiver = Channel(theirs, hear)
    await asyncio.wait_for(all_here.wait(), 5)
    assert len(heard) == 301
    for number, (near, far) in enumerate(pairs):
        assert heard[3 * number] == (news, None)
        message, connection = heard[3 * number + 1]
        assert isinstance(message, Connection)
        assert connection is not None
        connection.sendall(f"{number}".encode())
        assert far.recv(10) == f"{number}".encode()
        assert heard[3 * number + 2] == (Drain(within_secs=number), None)
        for each in (near, far, connection):
            each.close()
    sender.close()
    await asyncio.wait_for(receiver.closed.wait(), 5)


async def test_an_end_that_is_gone() -> None:
    """The other one is told, and sends nothing more; a connection's socket stays the sender's."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours, ignore)
    near, far = socket.socketpair()
    theirs.close()
    channel.send(Connection(), near)
    await asyncio.wait_for(channel.closed.wait(), 5)
    channel.send(Leave())
    near.sendall(b"still here")
    assert far.recv(10) == b"still here"
    for each in (near, far):
        each.close()
    channel.close()


@pytest.mark.parametrize(
    "message", [Leave(), Drain(within_secs=1.5), StatusNews(update={"a": "b"})]
)
def test_a_message_is_one_line(message: Message) -> None:
    """And comes back as it was."""
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message
