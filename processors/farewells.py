"""How people say goodbye on the telephone, and whether a line does. Plain code."""

import re
from collections.abc import Sequence

from processors.phrases import compiled, of_language, plain

# Where a leave-taking may begin: a sentence or clause, perhaps behind a few polite words. "Say
# goodbye to waiting" and "we have a nice evening slot" are none.
_EN = (
    r"(?:^|[.!?,;:-] ?|\band )"
    r"(?:(?:ok|okay|so|well|thanks|thank you|alright|all right|you) )*"
)
_DE = r"(?:^|[.!?,;:-] ?|\bund )(?:(?:ok|okay|also|gut|dann|danke) )*"
_END = r"[.! ]*(?:$|(?<=[.!]) )"

_PATTERNS: dict[str, tuple[str, ...]] = {
    "en": (
        _EN + r"(?:good ?bye|bye(?:[ -]bye)?)\b(?! (?:is|was|to|means|and then)\b)",
        r"(?<!\bwe )(?<!\bthey )\bhave an? (?:very |really |truly )?"
        r"(?:good|great|nice|lovely|wonderful|fantastic|pleasant|beautiful|excellent|safe) "
        r"(?:rest of (?:your|the) )?"
        r"(?:day|morning|afternoon|evening|night|weekend|week|trip|one)\b"
        r"(?! (?:slot|table|menu|appointment|opening|time|session|class|tour|package)\b)",
        r"\b(?:talk|speak) to you (?:soon|later)\b",
        _EN + r"see you (?:soon|later)\b",
        _EN + r"take care\b(?! (?:of|to|that|not|when|with)\b)",
        _EN + r"good ?night\b",
    ),
    "de": (
        r"\bauf wieder(?:hören|sehen|schauen)\b",
        _DE + r"(?:tschüs+|tschüß|tschau|ciao|servus|ade)\b",
        r"\bein(?:e|en)? (?:(?:wunder)?schöne|gute|angenehme|tolle|erholsame)[ns]? "
        r"(?:tag|abend|nachmittag|vormittag|woche|wochenende)(?: noch)?(?: gewünscht)?" + _END,
        r"\bschöne[ns]? (?:tag|abend|nachmittag|woche|wochenende)(?: noch)?" + _END,
        r"\bbis (?:bald|dann|später)" + _END,
        _DE + r"gute nacht\b",
    ),
    "es": (
        r"\badi[óo]s\b",
        r"\bhasta (?:luego|pronto)\b",
        r"\bque (?:tengas?|tengan|pases?|pasen) (?:un |una )?(?:muy )?"
        r"(?:buen|buena|feliz|lindo|linda|excelente) "
        r"(?:día|tarde|noche|semana|fin de semana|viaje)\b",
        r"\b(?:cuídese|cuídate)\b",
    ),
    "fr": (
        r"\bau revoir\b",
        r"\b(?:bonne|belle|excellente) (?:fin de )?(?:journée|soirée|nuit|semaine)\b",
        r"\bà (?:très )?bientôt\b",
        r"\bbon(?:ne)? (?:week-end|après-midi)\b",
    ),
    "it": (
        r"\barriveder(?:ci|la)\b",
        r"\b(?:buona|bella) (?:giornata|serata|notte|continuazione)\b",
        r"\ba presto\b",
        r"(?:^|[.!?,;] ?)(?:ciao|addio)(?: ciao)?" + _END,
    ),
    "pt": (
        r"\b(?:adeus|tchau|tchauzinho)\b",
        r"\baté (?:logo|breve|à próxima|a próxima)\b",
        r"\btenha (?:um|uma) (?:\w+ ){0,2}(?:dia|tarde|noite|semana)\b",
        r"\b(?:um bom|uma boa|um ótimo|uma ótima) (?:resto de )?(?:dia|tarde|noite)" + _END,
    ),
    "nl": (
        r"\btot (?:ziens|horens)\b",
        r"(?:^|[.!?,;] ?)(?:dag|doei|doeg|daag)(?: hoor)?" + _END,
        r"\b(?:fijne|prettige|mooie) "
        r"(?:dag|avond|middag|ochtend|weekend|nacht)(?: nog| verder)?" + _END,
    ),
}

# A farewell may be followed by a name or half a sentence of thanks, not by a new subject.
_CHARS_BEHIND = 60
_TAIL_CHARS = 1000  # the last minute of a speech: what comes before it takes no leave


def farewell_patterns(language: str) -> tuple[str, ...]:
    """Patterns for a language tag such as "de" or "de-AT"; none for one we do not know."""
    return of_language(_PATTERNS, language)


def compile_farewells(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for normalised text. Raises ValueError naming one that is none."""
    return compiled(patterns, kind="farewell")


def is_farewell(text: str, farewells: Sequence[re.Pattern[str]]) -> bool:
    """Whether the line takes leave: a pattern matches near its end and it asks nothing back."""
    line = " ".join(plain(text[-_TAIL_CHARS:]).replace('"', " ").lower().split())
    if not line or line.rstrip(" '").endswith("?"):
        return False
    earliest_end = len(line) - _CHARS_BEHIND
    return any(
        match.end() >= earliest_end for farewell in farewells for match in farewell.finditer(line)
    )
