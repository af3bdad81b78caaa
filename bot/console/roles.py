"""What each role may do: plain code. One place, asked before any route sees a request."""

import re

from bot.store.console_records import USER_ROLES, UserRole

PREFIX = "/console"
# What anybody may see who has not signed in.
OPEN = (f"{PREFIX}/sign-in", f"{PREFIX}/enter")
STATIC = f"{PREFIX}/static/"
_OWN = (f"{PREFIX}/account", f"{PREFIX}/sign-out")  # every user's own affairs
_OWNERS = (f"{PREFIX}/users", f"{PREFIX}/audit")
_ERASING = re.compile(rf"{PREFIX}/calls/[^/]+/erase/?")  # whoever erases undoes all others' work
_OPERATORS = (f"{PREFIX}/doctor",)  # it names what is wrong, and costs a word of the model


def is_of_console(path: str) -> bool:
    """Whether a path is the console's."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def is_open(path: str) -> bool:
    """Whether a path is for everybody."""
    return path in OPEN or path.startswith(STATIC)


def needed(method: str, path: str) -> UserRole:
    """The least role that may do this: looking is everybody's, doing is an operator's, and who may
    do what is an owner's.
    """
    if _is_below(path, _OWNERS) or _ERASING.fullmatch(path):
        return "owner"
    if _is_below(path, _OPERATORS):
        return "operator"
    if method in ("GET", "HEAD") or _is_below(path, _OWN):
        return "viewer"
    return "operator"


def suffices(role: UserRole, least: UserRole) -> bool:
    """Whether a user of this role may do what needs that one."""
    return USER_ROLES.index(role) >= USER_ROLES.index(least)


def _is_below(path: str, heads: tuple[str, ...]) -> bool:
    return any(path == head or path.startswith(f"{head}/") for head in heads)
