"""Names that are no settings and look as if they were meant for one: plain comparison of words."""

import difflib
from collections.abc import Collection, Iterable, Mapping

# Of ours, and read elsewhere: by OpenSSL, by Python, by the library of the voice detector.
NO_SETTINGS = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "ORT_DISABLE_TELEMETRY"})
OURS = "TRUNKLINE_"
ALIKE = 0.75  # of difflib: OPENAI_KEY and OPENAI_API_KEY are, OTHER and INBOUND_AGENT are not
ONE_SLIP = 0.9  # a letter too few, too many or wrong


def meant_by(name: str, known: Collection[str], *, alike: float = ALIKE) -> str | None:
    """The setting that somebody who wrote this name probably meant; None: none."""
    wanted = name.upper()
    if (longer := OURS + wanted) in known:
        return longer
    if (shorter := wanted.removeprefix(OURS)) in known:
        return shorter
    for near in difflib.get_close_matches(wanted, known, n=3, cutoff=alike):
        if _alike(wanted.removeprefix(OURS), near.removeprefix(OURS)) >= alike:
            return near
    if alike > ALIKE:
        return None
    words = set(wanted.split("_"))
    holding = [each for each in sorted(known) if len(words) > 1 and words < set(each.split("_"))]
    return holding[0] if len(holding) == 1 else None


def misspelt(
    in_file: Iterable[str], in_environment: Iterable[str], known: Collection[str]
) -> Mapping[str, str | None]:
    """Names that are no settings, and what each was meant for (None: nobody knows).

    Of the file: what resembles a setting, or begins like ours. Of the environment, where much is
    set for others: only what begins like ours, or is one slip away from a setting.
    """
    found: dict[str, str | None] = {}
    for names, alike in ((in_file, ALIKE), (in_environment, ONE_SLIP)):
        for name in names:
            if name.upper() in known or name.upper() in NO_SETTINGS or name in found:
                continue
            is_ours = name.upper().startswith(OURS)
            meant = meant_by(name, known, alike=ALIKE if is_ours else alike)
            if is_ours or meant is not None:
                found[name] = meant
    return found


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
