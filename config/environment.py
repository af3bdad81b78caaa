"""Variables of the environment that no setting of ours names, such as a vendor's key."""

import os
import re
from collections.abc import Mapping

from dotenv import dotenv_values

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def environment() -> dict[str, str]:
    """The environment, and under it what stands in `.env`."""
    in_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**in_file, **os.environ}


def filled(text: str, variables: Mapping[str, str]) -> str:
    """With variables in the place of ${NAME}; one that is not set is left out."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], ""), text)


def needed_by(text: str) -> list[str]:
    """The names of variables in a text like `wss://${NAME}.example.com`."""
    return _VARIABLE.findall(text)
