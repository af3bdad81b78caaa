"""What two spellings of a word have in common."""

import re

from tools.accents import without_accents


def normalised(name: str) -> str:
    """Small letters and digits, words by single spaces: what two spellings have in common."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # PhoneNumber
    special = split.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    plain = without_accents(special.replace("ı", "i").replace("æ", "ae"))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))
