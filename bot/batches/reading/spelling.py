"""What two spellings of a word have in common."""

import re
import unicodedata


def normalised(name: str) -> str:
    """Small letters and digits, words by single spaces: what two spellings have in common."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # PhoneNumber
    special = split.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    folded = unicodedata.normalize("NFKD", special.replace("ı", "i").replace("æ", "ae"))
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))
