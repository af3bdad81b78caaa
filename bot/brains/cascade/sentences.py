"""Words as they stream, in pieces that can be spoken: whole sentences. Plain code."""

import re

from pipecat.utils.string import match_endofsentence

LONGEST = 300  # characters without an end of a sentence: then a comma will do
_COMMA = re.compile(r"[,;:]\s+\S*$")
# What is written for the eye, and would be read aloud.
_MARKS = re.compile(r"\*\*|__|`+|^\s*#+\s*|^\s*[-*•]\s+", re.MULTILINE)


class Sentences:
    """Those of one answer, in one language (ISO 639-1)."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""

    def feed(self, text: str) -> list[str]:
        """More words: the sentences that are known to have ended now."""
        self._text += text
        found = []
        # An end is one only where something follows: "3." may go on with "50".
        while end := match_endofsentence(self._text, language=self._language):
            if end >= len(self._text.rstrip()):
                break
            found.append(self._text[:end])
            self._text = self._text[end:]
        if len(self._text) > LONGEST and (comma := _COMMA.search(self._text)):
            found.append(self._text[: comma.start() + 1])
            self._text = self._text[comma.start() + 1 :]
        return _plain(found)

    def rest(self) -> list[str]:
        """There are no more words."""
        text, self._text = self._text, ""
        return _plain([text])


def _plain(found: list[str]) -> list[str]:
    """What can be said of them: a sentence without a letter or digit makes no sound."""
    plain = (" ".join(_MARKS.sub("", each).split()) for each in found)
    return [each for each in plain if any(map(str.isalnum, each))]


class Aloud:
    """Words as they stream, without what a reasoning model writes for itself: many a chat server
    streams that among them, between `<think>` and `</think>`."""

    def __init__(self) -> None:
        self._text = ""
        self._for_itself = False

    def feed(self, text: str) -> str:
        """More words: those of them that are for others, as far as that is known by now."""
        self._text += text
        aloud = ""
        while True:
            mark = "</think>" if self._for_itself else "<think>"
            said, found, after = self._text.partition(mark)
            if not found:
                break
            aloud += "" if self._for_itself else said
            self._text, self._for_itself = after, not self._for_itself
        lengths = range(min(len(mark) - 1, len(said)), 0, -1)
        begun = next((each for each in lengths if said.endswith(mark[:each])), 0)
        self._text = said[len(said) - begun :]  # perhaps the beginning of a mark
        return aloud + ("" if self._for_itself else said[: len(said) - begun])

    def rest(self) -> str:
        """There are no more words."""
        return "" if self._for_itself else self._text
