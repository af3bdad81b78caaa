"""Consent in people's own words: only what clearly says yes, or names a source, is consent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.cell_consent import BadConsent, consent_in, read_consent
from bot.batches.reading.cell_words import by_language, phrases

# The nine languages in which columns and months are known.
LANGUAGES = ["de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr"]

YES = """
Yes|Y|YES!|y.|yep|true|TRUE|t|1|1.0|x|X|[x]|(X)|ok|Okay|ja|JA|j|oui|si|sí|Sì|sim|tak|evet|☑|✓
✔ signed|✅
signed|Signed 1/5/26|signed 2026-01-05|Signed: Jan 5, 2026|signed on 5 January 2026
signed by mother
signed by guardian 03/02/2026|intake form|intake form 2026|Intake Form - 2026-01-05|written
Written consent
verbal|Verbal - per wife 3/2|verbally agreed 2026-01-05|oral|on file|Consent on file
signature on file|SOF
web form|Web Form 2026-03-01|website|online|portal|patient portal|Portal 2026-01-05
electronic consent
DocuSign|e-signed|esigned 1/5/26|express written consent|yes - signed|Yes (on file)
Yes, verbal 1/2/2026
Yes (mother)|patient consented by phone|consented|Consented 2026-01-05|Opted in|Opt-in|OPT IN
opted in - web form
ok to call|agreed to calls|accepted|granted|given|given 2026-01-05|authorized|recorded
registration form
ja, schriftlich|Unterschrieben|unterschrieben am 3. Mai 2026|Unterschrift liegt vor|Formular
Anmeldeformular 2026
Einwilligung erteilt|erteilt|mündlich am 5.1.2026|WAHR|einverstanden|eingewilligt|in der Akte
Webformular
Signé|signé le 3 mai 2026|formulaire signé|par écrit|Oui, verbal|VRAI|consentement signé|accordé
accepté en ligne|d'accord
Firmado|firmado el 3 de marzo de 2026|por escrito|formulario firmado|VERDADERO|Sí, verbal
otorgado|acepta|en archivo
Firmato|firmato il 3 maggio 2026|modulo firmato|per iscritto|VERO|consenso firmato|rilasciato
verbale|sì, scritto
Assinado|assinado em 3 de março de 2026|por escrito|formulário assinado|VERDADEIRO|concedido
sim, verbal|autorizou
Getekend|ondertekend op 3 mei 2026|schriftelijk|formulier|WAAR|toestemming gegeven|mondeling
akkoord|ja, mondeling
Podpisane|podpisana 3.05.2026|zgoda podpisana|pisemna|PRAWDA|formularz|zgoda udzielona|ustnie
tak, pisemnie
İmzalandı|imzalı form|onay verildi|yazılı|DOĞRU|sözlü|rızası alındı|evet, yazılı|kabul etti|EVET
"""
NO = """
mai 5/2/2026|5/2 mai firmato|mai, 3|opted out 5/3 ok
no|No|NO|n|N|no.|false|FALSE|f|0|0.0|nope|☐|☐ yes|[ ]|[ ] yes|( )|✗|✘|❌|❌ yes|🚫|👎|nein|NEIN|non
não|nao|nee|nie|hayır
HAYIR|No consent|no - do not call|No - declined 6/2|Declined|Declined by patient|DECLINED 5/3
patient declined
refused|Refused to sign|refuses|revoked|Revoked 2026-03-01|revoked by phone|withdrawn
withdrawn 2026-05-02
Withdrew consent|expired|Expired 2025-01-01|consent expired|lapsed|cancelled|rescinded
terminated|invalid|void
yes - revoked 5/2|Yes, then withdrawn|signed, but withdrawn|signed 2024 (expired)|yes (expired)
was yes, now no
not yet|Not yet|not signed|Not given|never|Never|no longer|without consent|unsigned|did not sign
didn't sign
doesn't want calls|does not consent|cannot|can't|won't sign|opt out|Opt-out|OPT OUT|opted out
Opted-Out 5/2|optout|OptOut
do not call|DO NOT CALL|Don't call|dont call|DNC|dnc|DND|do not contact|STOP|stop|Stop calling
unsubscribed
UNSUBSCRIBE|blocked|blacklisted|suppressed|removed|denied|rejected|objected|object|disagree
negative|deceased|died
Text only|text|Text|TEXT ONLY|Yes, text only|yes text only|only text|texts only|SMS|sms only
Yes - SMS|email|Email only
e-mail|E-Mail only|mail|Mail only|post|by post only|letter|letters only|WhatsApp|fax|portal only
portal message|Portal messages only
web portal only|message|yes (email)|emails ok|just text|prefers email
nur SMS|nur per Post|nur Brief|per E-Mail|abgelehnt|Abgelehnt am 3.5.2026|widerrufen|Widerruf
verweigert|keine Einwilligung
nicht|nicht erteilt|noch nicht|nicht unterschrieben|nie|niemals|ohne Einwilligung|abgelaufen
gesperrt|FALSCH|nicht anrufen|keine Anrufe
ja, aber widerrufen|zurückgezogen|verstorben|ungültig|ausschließlich Post|abgemeldet
Anruf abgelehnt|lehnt ab|gekündigt
refusé|refuse|révoqué|révoqué le 3 mai|retiré|pas encore|pas signé|non signé|jamais
sans consentement|expiré|FAUX|ne pas appeler
oui, puis retiré|SMS seulement|texto uniquement|courriel|par courrier|décédé|désabonné
aucun accord|opposition|ne veut pas|annulé
rechazado|rechaza|revocado|revocado el 3 de mayo|retirado|sin firmar|sin consentimiento
no firmado|nunca|aún no|vencido|caducado
FALSO|no llamar|solo mensajes|solo texto|sólo correo|fallecido|dado de baja|cancelado
sí, revocado|denegado|se niega|expirado
rifiutato|rifiuta|revocato|revocato il 3 maggio|ritirato|non firmato|mai|senza consenso|scaduto
non ancora|non chiamare|solo SMS|solo posta
negato|deceduto|sì, poi revocato|disdetto|annullato|nessun consenso|opposto
recusado|recusou|revogado|retirado|não assinado|sem assinatura|sem consentimento|nunca|ainda não
expirado|vencido|não ligar
apenas mensagens|só SMS|somente e-mail|falecido|descadastrado|cancelado|sim, revogado|negado
desistiu
geweigerd|weigert|ingetrokken|herroepen|niet getekend|nog niet|nooit|zonder toestemming|verlopen
ONWAAR|niet bellen|alleen sms
alleen per post|uitsluitend e-mail|overleden|uitgeschreven|afgemeld|ja, ingetrokken
geen toestemming|bezwaar
odmowa|odmówił|wycofana|wycofane 2026-05-03|odwołana|niepodpisana|jeszcze nie|nigdy|bez zgody
brak zgody|wygasła|FAŁSZ|nie dzwonić
tylko sms|wyłącznie listownie|zmarł|zmarła|cofnięta|tak, wycofana|sprzeciw|rezygnacja
nie podpisano
reddetti|reddedildi|geri çekildi|iptal|iptal edildi|imzasız|imzalanmadı|henüz değil|asla
onay yok|vermedi|verilmedi|süresi doldu
YANLIŞ|aramayın|sadece SMS|yalnızca e-posta|vefat etti|istemiyor|evet, iptal edildi|değil|hiç
kabul etmedi|onaysız
"""
UNCLEAR = """
patient given form|form given 5/3|gave the form|given forms to sign
Formular gegeben|formulier gegeven|toestemming tot 2027
Pending|pending signature|Unknown|unknown|?|??|Yes?|signed?|Ask|ask again|TBD|tbd|maybe
Maybe later|unsure|see notes|See chart
call to confirm|awaiting form|form sent|needs signature|to be signed
signature needed|form given to patient
yes until 2027|conditional|partial|Phone|call|Phone only|calls and texts
Yes - calls and texts|2|7|45231
2026-01-05|1/5/2026|Dr. Smith|Mary|Y/N|yes / 0|★|***|!!|o|V|ja?|ausstehend|unklar
offen|angefragt|en attente|à demander
pendiente|por confirmar|in attesa|da chiedere|pendente|in behandeling|onbekend|oczekuje|nieznana
beklemede|bilinmiyor|yes 🤷
""".replace("not sure?!? ask|", "").replace("N. Miller|", "")
NOTHING = ["", "-", "--", "–", "—", ".", "N/A", "n/a", "NA", "none", "None", "null", "NULL", "nan"]


def cells(text: str) -> list[str]:
    """Parted by lines and upright strokes."""
    return [cell for line in text.strip().splitlines() for cell in line.split("|")]


@pytest.mark.parametrize("cell", cells(YES))
def test_yes_and_sources_consent(cell: str) -> None:
    """In every language of the import, with who, when and how beside it."""
    assert consent_in(cell) == "yes"
    assert cell in (read_consent(cell, "Consent") or "")


@pytest.mark.parametrize("cell", cells(NO))
def test_refusals_withdrawals_and_other_channels_refuse(cell: str) -> None:
    """Wherever the word stands, and whatever else does."""
    assert consent_in(cell) == "no"
    assert read_consent(cell, "Consent") is None


@pytest.mark.parametrize("cell", cells(UNCLEAR))
def test_whatever_is_neither_comes_back_with_the_whole_cell(cell: str) -> None:
    """It is no consent, and nobody is said to have refused."""
    assert consent_in(cell) == "unclear"
    with pytest.raises(BadConsent, match="neither clearly yes nor clearly no") as fault:
        read_consent(cell, "Consent")
    assert f'"{cell}"' in str(fault.value)


@pytest.mark.parametrize("cell", NOTHING)
def test_an_empty_cell_says_nothing(cell: str) -> None:
    """Nobody is called on the strength of it, and nobody has refused."""
    assert read_consent(cell, "Consent") == ""


def test_a_bare_yes_names_its_column() -> None:
    """A source names itself."""
    assert read_consent("Yes", "Call Consent") == "Call Consent: Yes"
    assert read_consent("signed 1/5/26", "Call Consent") == "signed 1/5/26"


def refusing_words() -> list[str]:
    """All of the lists that refuse, as they are written."""
    lists = (
        *("answers.no", "consent.refusals", "consent.only", "consent.channels"),
        *("do_not_call.stop", "status.deceased"),
    )
    return [
        entry.removesuffix("*")
        for language in by_language().values()
        for name in lists
        for entry in language.get(name, ())
    ]


def yes_words() -> list[str]:
    return [
        entry
        for language in by_language().values()
        for name in ("answers.yes", "answers.fine", "consent.sources")
        for entry in language.get(name, ())
    ]


@given(
    st.sampled_from(yes_words()),
    st.sampled_from(refusing_words()),
    st.sampled_from([" ", ", ", " - ", ": ", " (", "/", "; 5/2/2026 ", "\n", ". "]),
    st.booleans(),
    st.sampled_from([str, str.upper, str.title, str.lower]),
)
def test_a_yes_beside_a_refusal_is_never_consent(
    yes: str, no: str, between: str, first: bool, case: type[str]
) -> None:
    """In any two languages, any order, any case."""
    cell = case(between.join((yes, no) if first else (no, yes)))
    assert consent_in(cell) != "yes"


@given(st.sampled_from(refusing_words()), st.sampled_from(["", "!", ".", " 2026-05-03", " (5/2)"]))
def test_a_refusal_alone_is_never_consent(no: str, after: str) -> None:
    """Nor with a day beside it."""
    assert consent_in(no + after) != "yes"


@given(st.sampled_from(yes_words()), st.text(min_size=1, max_size=12))
def test_what_is_not_known_is_never_consent(yes: str, more: str) -> None:
    """A word beside a yes that nobody has listed may say anything."""
    words = [word for word in more.split() if word.isalpha() and word.isascii() and len(word) > 3]
    known = phrases(*(name for name in by_language()["en"] if name.startswith(("ans", "cons"))))
    if words and not known.are_in([word.lower() for word in words]):
        assert consent_in(f"{yes} {more}") != "yes"


@given(st.text(max_size=40))
def test_any_cell_has_an_answer(cell: str) -> None:
    """And spaces around it change none."""
    assert consent_in(f" {cell} ") == consent_in(cell)


def test_the_languages_are_those_of_the_import() -> None:
    """A file of words for each, and one for the most needful of all others."""
    assert sorted(by_language()) == sorted([*LANGUAGES, "further"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_complete(language: str) -> None:
    """Every list is there, none is empty, no entry stands in it twice."""
    lists = by_language()[language]
    assert lists.keys() == by_language()["en"].keys()
    for name, entries in lists.items():
        plain = [" ".join(phrase) for phrase in map(str.split, map(str.casefold, entries))]
        assert plain, name
        assert all(plain), name
        assert len(plain) == len(set(plain)), name


@pytest.mark.parametrize("name", ["answers.yes", "answers.fine", "consent.sources"])
def test_no_word_for_yes_is_a_word_for_no_elsewhere(name: str) -> None:
    """What refuses in one language would refuse the consent of another."""
    for language, lists in by_language().items():
        for entry in lists.get(name, ()):
            if len(entry) > 1:
                assert consent_in(entry) == "yes", (language, entry)
