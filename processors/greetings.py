"""What answering machines, call screeners and people who pick up say. Plain code.

All languages are looked for at once: a machine speaks that of its owner or of its maker.
"""

import re
from enum import Enum

from processors.phrases import compiled, plain


class Says(Enum):
    """What words of the other side tell about who, or what, has answered."""

    FULL = "full"  # a machine that takes no message
    SCREENING = "screening"  # an assistant wants to know who calls and why
    MACHINE = "machine"  # no person would say so
    WAIT = "wait"  # somebody is being fetched
    PERSON = "person"  # somebody picks up, or asks back
    HINT = "hint"  # machines say so, and some people
    ELSE = "else"  # words that tell nothing
    NOTHING = "nothing"  # no words


# Where a request may begin: "leave a message", not "would you like to leave a message".
_ASKS = r"(?:^|[.!?,;:-] ?|\b(?:please|kindly|just|and|so|or|then|simply|may|you can) )"
_WHOM = r"(?:us |me |him |her |them )?"
_WHOSE = r"(?:your|a|an|the)"
_MAILBOX = r"(?:voice ?mail|mail ?box|answering (?:machine|service)|voice messag)"

_FULL = (
    r"\b(?:mail ?box|inbox|voice ?mail|memory|machine)\b[^.!?]{0,30}\b(?:is|are) (?:\w+ )?full\b",
    r"\b(?:can ?not|can't|not|unable to|no longer) "
    r"(?:accept|take|receive|record|accepting|taking) (?:any )?(?:new |more |further )*messages?\b",
    r"\b(?:mail ?box|voice ?mail)\b[^.!?]{0,40}\b(?:not|n't)(?: yet)? been set up",
    r"\b(?:mailbox|sprachbox|speicher)\b[^.!?]{0,20}\bvoll\b",
    r"\bbuzón\b[^.!?]{0,30}\bllen[oa]\b",
    r"\b(?:messagerie|boîte vocale)\b[^.!?]{0,30}\b(?:pleine|saturée)\b",
    r"\b(?:casella|segreteria)\b[^.!?]{0,30}\bpiena\b",
    r"\bcaixa (?:postal|de mensagens|de correio)\b[^.!?]{0,30}\bcheia\b",
    r"\bvoicemail\b[^.!?]{0,20}\bvol\b",
)

_SCREENING = (
    r"\b(?:call )?screening (?:service|assistant)\b",
    r"\b(?:say|state|record|give|tell (?:me|us)) your name\b",
    r"\b(?:why|reason) (?:you are|you're|for your|for the|for) call(?:ing)?\b(?! is\b)",
    r"\bsee if (?:this person|they|he|she|the person)(?: is|'s| are|'re) available\b",
    r"\b(?:nennen|sagen) sie (?:bitte )?ihren namen\b",
    r"\bgrund (?:ihres|für ihren) anruf",
    r"\b(?:diga|indique) su nombre\b",
    r"\b(?:indiquez|dites|donnez) votre nom\b",
    r"\b(?:dica|indichi) il suo nome\b",
    r"\bdiga (?:o )?seu nome\b",
    r"\b(?:zeg|noem) (?:\w+ )?uw naam\b",
)

_MACHINE = (
    r"\b(?:after|at|following|wait for|hear) (?:the|a) (?:\w+ )?(?:tone|beep|signal)\b",
    rf"{_ASKS}(?:leave|record) {_WHOM}{_WHOSE} (?:[\w,]+ ){{0,8}}?messages?\b(?! with\b)",
    rf"{_ASKS}leave {_WHOM}your (?:full )?name\b",
    r"\b(?:reached|called|connected to|forwarded to|redirected to|welcome to)\b"
    rf"[^.!?]{{0,50}}\b{_MAILBOX}",
    r"\b(?:the|this|my|our|your) (?:automated )?(?:voice ?mail|mail ?box) (?:of|for)\b",
    r"\bthis is (?:the |an )?(?:answering|automated)\b",
    r"\bto (?:leave|record|send|review|re-record) (?:a|your|this) (?:\w+ )?message\b"
    r"[^?]*\b(?:press|stay|wait|hold|remain)\b",
    r"\b(?:finished|done|stop) recording\b",
    r"\byour message (?:has been|was|is being) (?:sent|recorded|saved|received)\b",
    r"\b(?:did not|didn't) (?:get|receive|hear) your message\b",
    r"\bnach dem (?:\w+ )?(?:ton|piep\w*|signal\w*)\b",
    r"\b(?:hinterlassen|sprechen) sie\b[^.!?]{0,60}\b(?:nachricht|namen|band)\b",
    r"\b(?:mailbox|anrufbeantworter|sprachbox) (?:von|der|des|für)\b",
    r"\b(?:después|tras|al oír|al escuchar)\b[^.!?]{0,20}\b(?:tono|señal|pitido)\b",
    r"\b(?:deje|dejen|deja|grabe) (?:su|un|tu|el) mensaje\b",
    r"\bbuzón de voz\b",
    r"\baprès (?:le|la) (?:bip|signal|tonalité)",
    r"\blaisse[rz]?(?:-\w+)? (?:\w+ )?(?:un|votre|vos) (?:message|coordonnées|nom)\b",
    r"\b(?:répondeur|messagerie vocale)\b",
    r"\bdopo il (?:segnale|bip|tono)\b",
    r"\blasci(?:ate|are|a)? (?:un|il|vostro|il vostro|il suo) messaggio\b",
    r"\bsegreteria telefonica\b",
    r"\b(?:após|depois d)[oe]? ?(?:o )?(?:sinal|bip|tom)\b",
    r"\bdeixe (?:a sua|sua|uma|o seu|seu) (?:mensagem|recado|nome)\b",
    r"\b(?:caixa postal|correio de voz)\b",
    r"\bna de (?:pieptoon|piep|toon)\b",
    r"\bspreek\b[^.!?]{0,40}\b(?:bericht|boodschap|naam) in\b",
    r"\blaat (?:\w+ )?(?:een|uw|je) (?:bericht|boodschap)\b",
)

_WAIT = (
    r"\b(?:hold on|hold the line|please hold|stay on the line|one moment)\b",
    r"\b(?:just a|a|hang on a|wait a) (?:moment|second|minute)\b",
    r"\b(?:try(?:ing)?|going) to (?:connect|reach)\b|\b(?:connecting you|checking if)\b",
    r"^(?:ok(?:ay)?,? |got it,? )?thank(?:s| you)\b",
    r"\bi(?:'ll| will) (?:see|check|ask|let (?:them|him|her))\b",
    r"\b(?:einen moment|einen augenblick|bleiben sie (?:bitte )?(?:am apparat|dran))\b",
    r"\b(?:un momento|espere|no cuelgue|un instant|ne quittez pas|patientez)\b",
    r"\b(?:un attimo|attenda|resti in linea|um momento|aguarde|een moment|blijf aan de lijn)\b",
)

_FEW_WORDS = r"\b(?:[ ,.!?¿¡]+[\w']+){0,5}[ .!?]*$"
_PERSON = (
    r"^(?:(?:oh|um|uh|ah|sorry),? )?(?:hello|hi|hey|yes|yeah|yep)" + _FEW_WORDS,
    r"^good (?:morning|afternoon|evening)" + _FEW_WORDS,
    r"\bwho(?:'s| is) (?:this|that|it|there|calling|speaking)\b",
    r"\b(?:may|can) i (?:ask|help|take)\b|\bhow (?:can|may) (?:i|we)\b|\bwhat can i do\b",
    r"\bspeaking[.!?]*$",
    r"\b(?:i am|i'm) (?:here|listening|back)\b|\b(?:don't|do not) hang up\b|\bwait,? wait\b",
    r"\b(?:can you hear me|are you there|say that again|what(?: is|'s) this about)\b",
    r"\bwould you like to leave\b|\b(?:do you )?want (?:me )?to (?:leave|take|give)\b",
    r"^(?:hallo|ja|guten (?:tag|morgen|abend)|moin)" + _FEW_WORDS,
    r"\bwer (?:ist|spricht)\b|\bam apparat\b|\bwas kann ich für sie\b|\bich bin (?:da|dran)\b",
    r"^[¿¡]?(?:hola|sí|dígame|diga|bueno|aló|buen[oa]s (?:días|tardes|noches))" + _FEW_WORDS,
    r"\b(?:quién (?:es|habla)|con quién hablo)\b",
    r"^(?:allô?|oui|bonjour|bonsoir)" + _FEW_WORDS,
    r"\b(?:qui est-ce|c'est qui|qui est à l'appareil)\b",
    r"^(?:pronto|sì|buongiorno|buonasera)" + _FEW_WORDS,
    r"\bchi (?:è|parla)\b",
    r"^(?:alô|sim|está|estou|olá|bom dia|boa (?:tarde|noite))" + _FEW_WORDS,
    r"\bquem (?:é|fala)\b",
    r"^(?:goede(?:morgen|middag|navond)|met)" + _FEW_WORDS,
    r"\bmet wie spreek ik\b",
)

_HINT = (
    r"\b(?:not|n't) (?:currently |presently )?(?:available|here|home|at home|in right now)\b",
    r"\bunavailable\b|\bmissed your call\b",
    r"\b(?:can ?not|can't|unable to) (?:come|get|answer|take) (?:\w+ ){0,2}(?:phone|call)\b",
    r"\b(?:you have|you've) reached\b",
    r"\b(?:call|get back to) you (?:back )?as soon as\b",
    r"\b(?:person|number|party|customer|subscriber) you(?: are|'re| have)? (?:\w+ ){0,3}"
    r"(?:call|dial|reach)",
    r"\boffice is (?:\w+ )?closed\b|\b(?:office|business) hours\b",
    r"\bpress (?:one|two|three|zero|pound|[0-9])\b",
    r"\b(?:nicht|leider) (?:\w+ )?(?:erreichbar|zu hause|da sein|ans telefon)\b",
    r"\b(?:sie haben|hier ist) (?:\w+ )?(?:den anschluss|die nummer)\b",
    r"\brufe? (?:sie |dich )?(?:\w+ )?zurück\b",
    r"\bno (?:está|estoy|se encuentra|podemos|puedo)\b[^.!?]{0,20}\b(?:disponible|atender|contest)",
    r"\b(?:absent|pas disponible|ne (?:suis|sommes) pas)\b",
    r"\bnon (?:sono|è|siamo)\b[^.!?]{0,20}\b(?:raggiungibile|disponibil\w|in casa)\b",
    r"\bnão (?:está|estou|posso|podemos)\b[^.!?]{0,20}\b(?:disponível|atender)",
    r"\bniet (?:bereikbaar|aanwezig|opnemen|beschikbaar)\b",
)

_IN_ORDER = tuple(
    (says, compiled(patterns, kind="greeting"))
    for says, patterns in (
        (Says.FULL, _FULL),
        (Says.SCREENING, _SCREENING),
        (Says.MACHINE, _MACHINE),
        (Says.WAIT, _WAIT),
        (Says.PERSON, _PERSON),
        (Says.HINT, _HINT),
    )
)
# Voicemail asks for names and reasons too, but to have them left.
_LEAVES = re.compile(
    r"\bleave\b[^.!?]*\b(?:message|name|number)|\byour name,? (?:and )?(?:phone |telephone )?number"
    r"|\b(?:hinterlassen|deje|laissez|lasci|deixe|spreek)\b"
    r"|\b(?:nach dem|tras el|après le|dopo il|após o|na de)\b"
)


def what_is_said(text: str) -> Says:
    """What these words tell; the first that fits, in the order of `Says`."""
    line = " ".join(plain(text).replace('"', " ").lower().split())
    if not line:
        return Says.NOTHING
    for says, patterns in _IN_ORDER:
        if any(pattern.search(line) for pattern in patterns):
            return Says.MACHINE if says is Says.SCREENING and _LEAVES.search(line) else says
    return Says.ELSE
