"""Writes that cannot be repeated: one that may have been done is not asked for again."""

from collections.abc import Iterator
from contextlib import contextmanager

from tools import Unavailable

_MOST_KEYS = 10_000  # of writes in doubt; those of calls that are long over are forgotten first


class Doubt:
    """Remembers which writes may have been done, where the other side would do them twice.

    A toolbox repeats a write in doubt under the same key. Where nothing says that the other side
    takes a key for one wish (an `Idempotency-Key` in its document, a method that HTTP calls
    idempotent, or the operator), that would do it twice: it stays in doubt, for a person to look.
    """

    def __init__(self, *, repeatable: bool) -> None:
        self._repeatable = repeatable
        self._keys: dict[str, None] = {}

    @contextmanager
    def about(self, key: str) -> Iterator[None]:
        """A write under this key. Raises Unavailable when it may have been done before."""
        if key in self._keys:
            raise Unavailable(
                "a write in doubt is not repeated: a person must look whether it was done",
                maybe_done=True,
            )
        try:
            yield
        except Unavailable as error:
            if error.maybe_done:
                self._note(key)
            raise
        except BaseException as error:
            if not hasattr(error, "decided"):  # no verdict: nobody knows how far it went
                self._note(key)
            raise

    def _note(self, key: str) -> None:
        if self._repeatable:
            return
        self._keys[key] = None
        while len(self._keys) > _MOST_KEYS:
            del self._keys[next(iter(self._keys))]
