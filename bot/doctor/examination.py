"""Runs checks beside each other: none waits for another, and none that fails hides another."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from bot.doctor.finding import Finding, not_checked, wrong

CHECK_SECS = 20.0  # for a check with all that it asks; one question has less
HIDDEN = "***"
_LEAST = 4  # characters of a secret: a shorter one is found in words


@dataclass(frozen=True, kw_only=True)
class Check:
    """One kind of check: what it is called, and what it finds."""

    name: str
    ask: Callable[[], Awaitable[Sequence[Finding]]]
    within_secs: float = CHECK_SECS
    missing: str = ""  # what it needs and is not set: then it is not asked


async def examine(checks: Sequence[Check], *, secrets: Collection[str] = ()) -> list[Finding]:
    """What all of them find, in their order. No finding holds one of these secrets."""
    found = await asyncio.gather(*map(_run, checks))
    return [_without(secrets, finding) for findings in found for finding in findings]


async def _run(check: Check) -> Sequence[Finding]:
    if check.missing:
        return [not_checked(check.name, f"{check.missing} not set", "set it, then ask again")]
    try:
        async with asyncio.timeout(check.within_secs):
            return await check.ask()
    except TimeoutError:
        seen = f"there was no answer within {check.within_secs:g} s"
        return [wrong(check.name, seen, "look whether the far side can be reached from here")]
    except Exception as error:
        seen = f"the check itself failed: {type(error).__name__}: {error}"
        return [wrong(check.name, seen, "report this: it is a mistake in this program")]


def _without(secrets: Collection[str], finding: Finding) -> Finding:
    for secret in sorted(secrets, key=len, reverse=True):  # one may hold another
        if len(secret) >= _LEAST:
            seen, do = (text.replace(secret, HIDDEN) for text in (finding.seen, finding.do))
            finding = replace(finding, seen=seen, do=do)
    return finding
