"""What cells tell of earlier calls that came to nothing: "left msg", "no answer x2", "vm full".

Such words say neither yes nor no to the next call. That a number is wrong, or that somebody wants
no more calls, is none of them. The words are those of `cell_words`, under [attempts].
"""

import re
from functools import lru_cache

from bot.batches.reading.cell_words import is_number, phrases, without_days, words_of

# "3/2", "am 3.2.", "x2", "3x": days on which calls were made, and how many.
_DAYS_AND_COUNTS = re.compile(
    r"(?:\bam\s+)?\b\d{1,4}(?:[/.-]\d{1,2}){1,2}(?:[/.-]\d{2,4})?\b|\bx\s?\d+\b|\b\d+\s?x\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def tells_of_attempts(cell: str) -> bool:
    """Whether it tells of such calls, of when, how often and by whom, and of nothing else."""
    words = without_days(words_of(cell))
    told = phrases("attempts.outcomes", "attempts.beside", "answers.nothing")
    return phrases("attempts.outcomes").are_in(words) and told.cover(words)


@lru_cache(maxsize=4096)
def tells_of_attempts_alone(cell: str) -> bool:
    """The same of a cell that names no hour and no day of the week, which might be a wish for one:
    "no answer x2", not "no answer am, call pm".
    """
    words = words_of(_DAYS_AND_COUNTS.sub(" ", cell))
    timed = any(map(is_number, words)) or phrases("attempts.times").are_in(words)
    return tells_of_attempts(cell) and not timed
