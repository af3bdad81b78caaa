"""What cells tell of earlier calls that came to nothing: "left msg", "no answer x2", "vm full".

Such words say neither yes nor no to the next call. That a number is wrong, or that somebody wants
no more calls, is none of them. The words are those of `cell_words`, under [attempts].
"""

from functools import lru_cache

from bot.batches.reading.cell_words import phrases, without_days, words_of


@lru_cache(maxsize=4096)
def tells_of_attempts(cell: str) -> bool:
    """Whether it tells of such calls, of when, how often and by whom, and of nothing else."""
    words = without_days(words_of(cell))
    told = phrases("attempts.outcomes", "attempts.beside", "answers.nothing")
    return phrases("attempts.outcomes").are_in(words) and told.cover(words)
