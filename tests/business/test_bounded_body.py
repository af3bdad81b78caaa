"""The body of an answer: never more than was agreed, as it comes and as it is unpacked."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bounded_body import BadBody, BoundedBody

MOST = 1000


def take(body: bytes, encoding: str = "", *, piece: int = 64) -> bytes:
    bounded = BoundedBody(encoding, MOST)
    for at in range(0, len(body), piece):
        bounded.add(body[at : at + piece])
    return bounded.content


@given(st.binary(max_size=MOST), st.integers(1, MOST), st.sampled_from(["", "gzip", "Identity"]))
def test_what_fits_comes_as_it_was_sent(body: bytes, piece: int, encoding: str) -> None:
    """In whatever pieces, plain or packed once."""
    sent = gzip.compress(body, mtime=0) if encoding == "gzip" else body
    if len(sent) <= MOST:
        assert take(sent, encoding, piece=piece) == body


TOO_LONG = {
    "plain": (b"x" * (MOST + 1), ""),
    "packed": (gzip.compress(b"x" * (MOST + 1), mtime=0), "gzip"),
    "a bomb": (gzip.compress(bytes(10_000_000), mtime=0)[:900], "gzip"),
    "packed, and endless": (gzip.compress(b"{}", mtime=0) + bytes(MOST), "gzip"),
    "empty blocks": (gzip.compress(b"", mtime=0)[:10] + b"\x00\x00\x00\xff\xff" * 300, "gzip"),
}


@pytest.mark.parametrize("what", TOO_LONG)
def test_what_is_longer_is_given_up(what: str) -> None:
    """Counted as it comes and as it is unpacked."""
    with pytest.raises(BadBody, match="longer than 1000 bytes"):
        take(*TOO_LONG[what])


PACKED = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (gzip.compress(PACKED, mtime=0), "gzip, gzip", "packed as 'gzip, gzip'"),
        (PACKED, "gzip,identity", "packed as"),
        (zlib.compress(b"{}"), "deflate", "packed as 'deflate'"),
        (b"{}", "br", "packed as 'br'"),
        (b"{}", "x" * 900, "packed as"),
        (b"{}", "gzip", "is not"),
        (zlib.compress(b"{}"), "gzip", "is not"),
        (PACKED[:-1], "gzip", "its end is missing"),
    ],
)
def test_what_cannot_be_unpacked_says_so(body: bytes, encoding: str, said: str) -> None:
    """Packed twice, packed otherwise, not packed at all, or cut off."""
    with pytest.raises(BadBody, match=said) as error:
        take(body, encoding)
    assert len(str(error.value)) < 150
