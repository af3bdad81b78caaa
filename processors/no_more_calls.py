"""How people say that they want no more calls, and whether somebody does. Plain code.

Who may not be called again is a matter of law: what can hardly mean anything else counts, in a
question or a curse as well. What bars calls for a time only ("not before nine") is left to the
model, and so is everything it takes more than the words to understand.
"""

import re
from collections.abc import Iterator, Sequence

from processors.phrases import compiled, of_language, plain

# Off the list: whatever else is said, it counts.
_LEAVING: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(?:take|remove|delete|strike|drop|get|scratch|cross) "
        r"(?:me|us|it|(?:my|our|this) (?:name|number|phone|cell)(?: number)?) "
        r"(?:off|from|out)(?: of)? (?:\w+ ){0,4}(?:lists?|database|system|files?|records?)\b",
        r"\bopt(?:ing|ed)? (?:me |us )?out\b",
        r"\bunsubscribe\b",
        r"\bdo[ -]not[ -]call (?:list|registry|register)\b",
        r"\b(?:lose|forget|delete|erase) (?:my|this|our) (?:phone )?number\b",
        r"\bleave (?:me|us) alone\b",
    ),
    "de": (
        r"\b(?:streich|lösch|nehm|nimm|entfern|trag)\w* (?:sie )?(?:bitte )?"
        r"(?:mich|uns|(?:meine|unsere|diese) (?:\w*nummer|daten)|meinen namen) (?:bitte )?"
        r"(?:von|aus) (?:\w+ ){0,3}(?:\w*liste|\w*datenbank|kartei|verteiler|system)\b",
        r"\b(?:streich|lösch)\w* (?:sie )?(?:bitte )?(?:meine|unsere|diese) \w*nummer\b",
        r"\blass(?:en|t)? (?:sie )?(?:mich|uns) (?:(?:bitte|doch|endlich) )*"
        r"in (?:ruhe|frieden)\b",
    ),
    "es": (
        r"\b(?:quít|bórr|elimín|sáqu|tách)\w+(?:me|nos) de (?:\w+ ){0,2}(?:listas?|base)\b",
        r"\b(?:quite|borre|elimine|saque|tache)n? (?:mi|este) (?:número|nombre)\b",
        r"\bd(?:ar|en|é)(?:me|nme)? de baja\b",
        r"\bdéje(?:n)?me en paz\b",
    ),
    "fr": (
        r"\b(?:retirez|enlevez|supprimez|rayez|effacez)(?:-moi|-nous| mon (?:nom|numéro)) "
        r"de (?:\w+ ){0,2}(?:listes?|fichiers?|base)\b",
        r"\b(?:supprimez|effacez) (?:mon|ce) numéro\b",
        r"\blaissez-(?:moi|nous) tranquilles?\b",
    ),
    "it": (
        r"\b(?:to[lg]|cancell|rimuov|elimin)\w+(?: (?:mi|il mio (?:numero|nome)|questo numero))? "
        r"d(?:a|al|alla|alle|all')(?: ?vostr[aeio])? ?(?:list[ae]|elenc\w+|archivi\w*|database)\b",
        r"\b(?:lasciatemi|mi lasci|lasciateci) in pace\b",
    ),
    "nl": (
        r"\b(?:haal|haalt|verwijder|verwijdert|schrap|schrapt) (?:u )?(?:alstublieft )?"
        r"(?:me|mij|ons|mijn (?:\w*nummer|naam)|dit nummer) (?:alstublieft )?"
        r"(?:van|uit) (?:\w+ ){0,2}(?:\w*lijst|bestand|systeem)\b",
        r"\blaat (?:u )?(?:me|mij|ons) met rust\b",
    ),
    "pl": (
        r"\b(?:usu[nń]\w*|wykreśl\w*|skreśl\w*) "
        r"(?:mnie|(?:mój|ten) numer|(?:mojego|tego) numeru) z (?:\w+ ){0,2}(?:list\w*|baz\w*)\b",
        r"\b(?:daj|dajcie|proszę dać) mi (?:święty )?spokój\b",
    ),
    "pt": (
        r"\b(?:tire|remova|retire|apague|risque|exclua)m?(?:-me)?"
        r"(?: (?:me|(?:o )?(?:meu|este) (?:número|nome)))? d[aeo]s? (?:\w+ ){0,2}"
        r"(?:listas?|cadastros?|base)\b",
        r"\b(?:me deixem?|deixem?-me) em paz\b",
    ),
}

# No more calls: it counts unless it is said of some times or places only.
_CALLING: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(?:stop|quit|cease) (?:\w+ )?(?:calling|phoning|ringing|contacting|bothering)\b",
        r"\b(?:stop|quit|end) (?:with )?(?:all )?(?:the|these|those|your) (?:\w+ )?calls\b",
        r"(?<!why )\b(?:don't|dont|do not|not|never|not to|no longer) "
        r"(?:you (?:ever|dare)(?: to)? )?(?:ever )?(?:call|phone|ring|contact|dial|bother)\b"
        r"(?: (?:me|us|here|him|her|(?:this|my|our) \w+))?(?: (?:at|on) this \w+)? "
        r"(?:again|any ?more|ever)\b",
        r"\b(?:don't|dont|do not) (?:call|phone|ring|contact) (?:me|us|here|this number)"
        r"(?: please)?(?=[.!]|$)",
        r"(?:^|[.!,;] |\b(?:please|and|just) )never (?:call|phone|ring|contact) "
        r"(?:me|us|here|this number)\b",
        r"\b(?:don't|dont|do not|no longer) (?:want|wish) (?:"
        r"you (?:\w+ )?to (?:ever )?(?:call|phone|ring|contact)|"
        r"to be (?:called|phoned|contacted|bothered)|"
        r"(?:to (?:get|receive|have) )?(?:any )?(?:more )?(?:of )?(?:these|such|your|more) "
        r"(?:phone )?calls)\b",
        r"\bno (?:more|further) (?:phone )?calls\b",
    ),
    "de": (
        r"\bruf(?:e|en|t)?(?: (?:sie|mich|uns|hier|bitte|diese nummer|unter dieser nummer))* "
        r"(?:bloß |ja )?(?:nicht mehr|nie mehr|nie wieder|niemals wieder|nicht wieder|"
        r"nicht noch einmal)(?: hier)? an\b",
        r"\b(?:nicht mehr|nie mehr|nie wieder)(?: von \w+)? "
        r"(?:an(?:zu)?rufen|angerufen|kontaktiert|belästigt)\b",
        r"\bkeine (?:weiteren )?anrufe mehr\b",
        r"\bkeine weiteren anrufe\b",
        r"\bhör(?:en|t)? (?:sie )?(?:bitte )?(?:endlich )?auf,? "
        r"(?:(?:mich|uns|hier|ständig|dauernd|immer) )*anzurufen\b",
    ),
    "es": (
        r"\bno (?:me |nos )?vuelva[ns]? a (?:llamar|molestar|contactar)(?:me|nos)?\b",
        r"\bno (?:me |nos )?(?:llame[ns]?|moleste[ns]?) (?:más|nunca más|otra vez)\b",
        r"\bdej(?:e[ns]?|a) de (?:llamar|molestar|contactar)(?:me|nos)?\b",
        r"\bno quiero (?:recibir )?(?:más|sus|estas) llamadas\b",
        r"\bno quiero que me llamen\b",
        r"\bno más llamadas\b",
    ),
    "fr": (
        r"\bn(?:e |')(?:m'|me |nous )?(?:appelez|rappelez|téléphonez|contactez|dérangez) "
        r"(?:plus|jamais)\b",
        r"\barrêtez de (?:m'|me |nous )?(?:appeler|téléphoner|contacter|déranger)\b",
        r"\barrêtez (?:ces|vos|les) appels\b",
        r"\bne (?:veux|souhaite|désire) plus (?:être (?:appelée?|contactée?|dérangée?)|"
        r"(?:recevoir )?(?:d'|de vos |vos |ces )appels|que vous m'appeliez)\b",
        r"\bplus d'appels\b",
    ),
    "it": (
        r"\bnon (?:mi |ci )?(?:chiam|richiam|telefon|contatt|disturb)\w+ (?:mai )?più\b",
        r"\bnon (?:mi |ci )?(?:chiam|telefon|contatt)\w+ mai\b",
        r"\b(?:smett\w+|finitela) di (?:chiamar|telefonar|contattar|disturbar)\w+\b",
        r"\bnon voglio (?:più )?(?:essere (?:chiamat|contattat|disturbat)[oa]|"
        r"(?:ricevere )?(?:altre |più |le vostre |queste )?(?:chiamate|telefonate))\b",
        r"\bbasta (?:con )?(?:le |queste )?(?:chiamate|telefonate|chiamarmi)\b",
    ),
    "nl": (
        r"\bbel(?:t|len)?(?: (?:u|me|mij|ons|hier|dit nummer|alstublieft|alsjeblieft))* "
        r"(?:niet meer|nooit meer|niet nog een keer|nooit weer)\b",
        r"\b(?:niet|nooit) meer (?:gebeld|bellen|te bellen|opbellen|benaderd)\b",
        r"\b(?:stop|stopt|houd op|hou op) met (?:(?:me|mij|ons) )?(?:te )?bellen\b",
        r"\bgeen (?:telefoontjes|oproepen|belletjes) meer\b",
    ),
    "pl": (
        r"\bnie dzwo(?:ń|ńcie|nić|ni|nią)(?: \w+){0,3} (?:więcej|nigdy)\b",
        r"\b(?:więcej|już) (?:do \w+ )?nie dzwo(?:ń|ńcie|nić)\b",
        r"\bprzesta\w+ (?:do \w+ )?(?:\w+ )?dzwonić\b",
        r"\bnie chcę (?:więcej )?(?:\w+ )?(?:telefonów|żeby\w* (?:\w+ ){0,2}dzwoni\w+)\b",
    ),
    "pt": (
        r"\bnão (?:me |nos )?(?:ligue|liguem|ligar|telefone|telefonem|contacte|contate)m?(?:-me)? "
        r"(?:mais|nunca mais|de novo|outra vez)\b",
        r"\bpare(?:m)? (?:já )?de (?:me |nos )?(?:ligar|telefonar|incomodar)(?:-me)?\b",
        r"\bnão quero (?:mais )?(?:receber )?(?:mais )?(?:as |essas |estas )?"
        r"(?:ligações|chamadas|telefonemas)\b",
        r"\bnão quero (?:mais )?ser (?:contactad|contatad|incomodad)[oa]\b",
    ),
}

# With such words in the same sentence it is said of some times or places only.
_LIMITS: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(?:until|till|before|after|between|during|while|unless|today|tonight|tomorrow|"
        r"this (?:early|late|week|morning|afternoon|evening)|so (?:early|late)|"
        r"at (?:work|night|this (?:hour|time)|lunch|home)|"
        r"on (?:weekends?|(?:sun|mon|tues|wednes|thurs|fri|satur|week)days?)|"
        r"in the (?:morning|afternoon|evening))\b",
    ),
    "de": (
        r"\b(?:heute|morgen|vor|bis|zwischen|während|solange|abends|nachts|morgens|mittags|"
        r"sonntags|so (?:früh|spät)|um diese zeit|am (?:wochenende|\w+tag|abend|morgen)|"
        r"(?:bei|auf) der arbeit)\b",
    ),
    "es": (
        r"\b(?:hoy|mañana|antes|hasta|después|durante|tan (?:tarde|temprano)|a esta hora|"
        r"por la (?:mañana|tarde|noche)|de noche|en el trabajo)\b",
    ),
    "fr": (
        r"\b(?:aujourd'hui|demain|avant|après|jusqu'|pendant|si (?:tôt|tard)|à cette heure|"
        r"(?:ce|le) (?:matin|midi|soir|week-end|dimanche)|au (?:travail|bureau))\b",
    ),
    "it": (
        r"\b(?:oggi|domani|prima|dopo|fino|durante|così (?:presto|tardi)|a quest'ora|"
        r"di (?:notte|sera|mattina)|la (?:mattina|sera)|al lavoro)\b",
    ),
    "nl": (
        r"\b(?:vandaag|morgen|voor|tot|tussen|tijdens|zo (?:vroeg|laat)|"
        r"'s (?:avonds|nachts|morgens|ochtends)|op (?:het werk|mijn werk|\w+dag))\b",
    ),
    "pl": (
        r"\b(?:dzisiaj|dziś|jutro|przed|podczas|tak (?:wcześnie|późno)|o tej porze|rano|"
        r"wieczorem|w (?:nocy|pracy|niedziel\w+))\b",
    ),
    "pt": (
        r"\b(?:hoje|amanhã|antes|até|depois|durante|tão (?:tarde|cedo)|a esta hora|"
        r"de (?:manhã|noite|tarde)|à noite|no trabalho)\b",
    ),
}

_ENDS = ".!?;"  # of a sentence

# Right before such words somebody says that he does not want that.
_NOT_THAT = re.compile(
    r"\b(?:don't|dont|do not|didn't|did not|won't|not|never|nicht|no|ne|non|niet|nie|não)"
    r"(?: (?:want|wish|need|have|mean|ask)(?:ed)?)?(?: you)?(?: to)? ?$"
)


class NoMoreCalls:
    """Tells words that bar all calls, in one language."""

    def __init__(self, *, language: str, more: Sequence[str] = ()) -> None:
        """`language` is a tag such as "de" or "de-AT"; `more` are regular expressions of whoever
        knows better. Raises ValueError naming one that is none.
        """
        leaving = (*of_language(_LEAVING, language), *more)
        self._leaving = compiled(leaving, kind="opt-out")
        self._calling = compiled(of_language(_CALLING, language), kind="opt-out")
        self._limits = compiled(of_language(_LIMITS, language), kind="limit")

    def wanted(self, text: str) -> bool:
        """Whether these words say that nobody is to call again."""
        words = " ".join(plain(text).replace('"', " ").lower().split())
        return any(self._meant(words, self._leaving)) or any(
            not self._limited(words, match) for match in self._meant(words, self._calling)
        )

    def _meant(self, words: str, wishes: Sequence[re.Pattern[str]]) -> Iterator[re.Match[str]]:
        for wish in wishes:
            for match in wish.finditer(words):
                if not _NOT_THAT.search(words[: match.start()]):
                    yield match

    def _limited(self, words: str, match: re.Match[str]) -> bool:
        begins = max(words.rfind(end, 0, match.start()) for end in _ENDS) + 1
        ends = min((at for end in _ENDS if (at := words.find(end, match.end())) >= 0), default=None)
        return any(limit.search(words[begins:ends]) for limit in self._limits)
