"""Letters without their accents."""

import unicodedata


def without_accents(text: str) -> str:
    """What is left of each letter: "José" is "Jose". Letters of their own, as ß, ø and ł, stay."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(each for each in letters if not unicodedata.combining(each))
