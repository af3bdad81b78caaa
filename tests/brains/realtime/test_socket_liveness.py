"""The socket of a silent session is asked by ping, again and again."""

from bot.brains.openai.liveness import DEAD_SECS, LATE_SECS
from bot.brains.realtime.socket_liveness import PING_AFTER_SECS, PING_AGAIN_SECS, SocketLiveness


def owing() -> SocketLiveness:
    """Something is owed since 10.0, and nothing has come since it was opened."""
    socket = SocketLiveness()
    socket.opened(0.0)
    socket.owes(10.0)
    return socket


def test_one_of_which_something_has_just_come_is_not_asked() -> None:
    """An old silence does not count, and what came of late is proof enough."""
    socket = owing()
    assert socket.look(9.99) == "alive"
    assert socket.look_again_at() == 10.0
    socket.lives(10.1)
    assert socket.look(10.1 + PING_AFTER_SECS - 0.01) == "alive"
    assert socket.look(10.1 + PING_AFTER_SECS) == "ask"


def test_silence_is_late_once_and_then_death() -> None:
    """Each is said at its time: the question, the delay, the end."""
    socket = owing()
    assert socket.look(10.2) == "ask"
    assert socket.look_again_at() == 10.2 + LATE_SECS
    assert socket.look(10.2 + LATE_SECS) == "late"
    assert socket.is_late
    assert socket.look(10.2 + LATE_SECS + 0.1) == "alive"
    assert socket.look_again_at() == 10.2 + DEAD_SECS
    assert socket.look(10.2 + DEAD_SECS) == "dead"


def test_an_answer_buys_time() -> None:
    """It is asked again, so that its death would be noticed in a second."""
    assert PING_AGAIN_SECS + LATE_SECS < 1.0
    socket = owing()
    assert socket.look(10.2) == "ask"
    socket.lives(10.3)
    assert socket.look(10.3 + PING_AGAIN_SECS - 0.01) == "alive"
    assert socket.look(10.3 + PING_AGAIN_SECS) == "ask"


def test_one_that_comes_back_is_alive_again() -> None:
    """However late."""
    socket = owing()
    socket.look(10.2)
    assert socket.look(10.2 + LATE_SECS) == "late"
    socket.lives(13.0)
    assert not socket.is_late
    assert socket.look(13.0) == "alive"


def test_another_socket_is_not_blamed_for_the_last() -> None:
    """It begins alive, and with nothing asked."""
    socket = owing()
    socket.look(10.2)
    socket.opened(12.0)
    assert socket.look(12.0 + PING_AFTER_SECS - 0.01) == "alive"
    assert socket.look(12.0 + PING_AFTER_SECS) == "ask"
