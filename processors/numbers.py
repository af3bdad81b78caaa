"""Numbers of cards. Plain code."""


def is_card_number(digits: str) -> bool:
    """From 12 to 19 digits of which the last is the check digit (Luhn, ISO/IEC 7812-1)."""
    if not (12 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
        return False
    return len(set(digits)) > 1 and _luhn(digits) == 0


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10
