"""Which words bar all calls, and which only look like it."""

import pytest

from processors.no_more_calls import NoMoreCalls

NO_MORE = [
    ("en", "Stop calling me."),
    ("en", "Would you please stop calling this number?"),
    ("en", "I told you people to stop all these calls!"),
    ("en", "Take me off your list, bye."),
    ("en", "take me off your list today, before I call my lawyer"),
    ("en", "Please remove my phone number from your damn calling list."),
    ("en", "Can you get us off of this list?"),
    ("en", "Do not call again."),
    ("en", "Don’t call me again, okay?"),
    ("en", "don't ever call here again"),
    ("en-US", "Don't you ever call this number again!"),
    ("en", "I'd like you to not call me anymore."),
    ("en", "Please don't call me."),
    ("en", "Never call me. Understood?"),
    ("en", "I don't want you to call."),
    ("en", "I do not want to be contacted any more."),
    ("en", "We don't want any more of these calls."),
    ("en", "No more calls, please."),
    ("en", "I want to opt out."),
    ("en", "Unsubscribe."),
    ("en", "Put me on your do-not-call list."),
    ("en", "Lose my number."),
    ("en", "Just leave me alone!"),
    ("en", "Not before nine. Actually, stop calling."),
    ("de", "Rufen Sie mich bitte nicht mehr an."),
    ("de-AT", "Ruft hier nie wieder an!"),
    ("de", "Ich möchte nicht mehr angerufen werden."),
    ("de", "Bitte nicht mehr anrufen."),
    ("de", "Streichen Sie mich bitte von Ihrer Liste."),
    ("de", "Löschen Sie meine Telefonnummer!"),
    ("de", "Nehmen Sie mich aus der Datenbank."),
    ("de", "Hören Sie auf, mich ständig anzurufen."),
    ("de", "Keine weiteren Anrufe!"),
    ("de", "Lassen Sie mich endlich in Ruhe."),
    ("es", "No me vuelvan a llamar."),
    ("es", "Por favor, no me llame más."),
    ("es", "Dejen de llamarme."),
    ("es", "Quítenme de su lista."),
    ("es", "No quiero más llamadas."),
    ("fr", "Ne m’appelez plus."),
    ("fr", "Arrêtez de m'appeler !"),
    ("fr", "Retirez-moi de votre liste."),
    ("fr", "Je ne veux plus être appelée."),
    ("it", "Non mi chiami più."),
    ("it", "Non chiamatemi mai più!"),
    ("it", "Smettetela di chiamarmi."),
    ("it", "Toglietemi dalla vostra lista."),
    ("it", "Cancellate il mio numero dall'elenco."),
    ("it", "Non voglio ricevere altre telefonate."),
    ("nl", "Bel me alstublieft niet meer."),
    ("nl", "Ik wil niet meer gebeld worden."),
    ("nl", "Stop met bellen."),
    ("nl", "Haal mijn nummer van uw lijst."),
    ("pl", "Proszę do mnie więcej nie dzwonić."),
    ("pl", "Nie dzwońcie do mnie więcej!"),
    ("pl", "Proszę usunąć mój numer z listy."),
    ("pl", "Przestańcie do mnie dzwonić."),
    ("pt-BR", "Não me ligue mais."),
    ("pt", "Parem de me ligar!"),
    ("pt", "Tirem o meu número da lista."),
    ("pt", "Não quero mais receber ligações."),
    ("en", "No stop calling me."),
    ("pl", "No proszę do mnie więcej nie dzwonić."),
    ("pl", "No nie dzwońcie do mnie więcej!"),
    ("tr", "Beni bir daha aramayın."),
    ("tr", "BENİ ARAMAYIN!"),
    ("tr", "Lütfen beni artık aramayın."),
    ("tr", "Bir daha aramayın lütfen, tamam mı?"),
    ("tr", "Bundan sonra beni aramayın."),
    ("tr", "Daha önce de söyledim, beni aramayın!"),
    ("tr", "Beni arama!"),
    ("tr", "Aramayın artık."),
    ("tr", "Beni aramayı bırakın."),
    ("tr", "Artık aranmak istemiyorum."),
    ("tr", "Daha fazla arama istemiyorum."),
    ("tr", "Beni listenizden çıkarın."),
    ("tr", "Listenizden çıkarır mısınız beni?"),
    ("tr", "Numaramı sistemden silin lütfen."),
    ("tr", "Numaramı silin."),
    ("tr", "Yarın değil, bir daha asla. Beni aramayın."),
    ("tr", "Beni rahat bırakın!"),
    ("tr", "Beni bir daha rahatsız etmeyin."),
    ("tr", "Aramayın!"),
    ("tr", "Beni aramazsanız sevinirim."),
    ("tr", "Bu aramaları istemiyorum."),
    ("tr", "Bizi aramaktan vazgeçin."),
]

SOMETHING_ELSE = [
    ("en", ""),
    ("en", "Yes, that's me."),
    ("en", "Stop."),
    ("en", "Don't call me before nine."),
    ("en", "Please don't call me at work."),
    ("en", "Could you not call me again today? Tomorrow is fine."),
    ("en", "Stop calling me so early."),
    ("en", "Tomorrow is better, don't call again until then."),
    ("en", "Why don't you call me again later?"),
    ("en", "Why not call again next week."),
    ("en", "You never call me back."),
    ("en", "Don't take me off the list!"),
    ("en", "I don't want to opt out."),
    ("en", "Please call me again, I can't talk now."),
    ("en", "I'd like to cancel the appointment and take it off the calendar."),
    ("en", "Is the doctor on call?"),
    ("en", "Put me on the waiting list."),
    ("de", "Rufen Sie mich heute nicht mehr an."),
    ("de", "Rufen Sie mich später noch einmal an."),
    ("de", "Ich kann am Dienstag nicht mehr."),
    ("de", "Bitte vor neun nicht mehr anrufen."),
    ("es", "No me llame tan temprano."),
    ("es", "Llámeme mañana otra vez."),
    ("fr", "Ne m'appelez plus avant midi."),
    ("fr", "Rappelez-moi plus tard."),
    ("it", "Mi richiami più tardi."),
    ("nl", "Bel me morgen nog een keer."),
    ("pl", "Proszę zadzwonić jutro."),
    ("pt", "Ligue mais tarde."),
    ("pl", "Proszę nie dzwonić do mnie więcej przed dziewiątą."),
    ("tr", "Yarın tekrar arayın."),
    ("tr", "Beni bu saatte aramayın."),
    ("tr", "Dokuzdan önce beni aramayın."),
    ("tr", "Lütfen akşam aramayın."),
    ("tr", "Öğleden sonra beni aramayın, sabah arayın."),
    ("tr", "Neden beni aramadınız?"),
    ("tr", "Beni aramayı unutmayın."),
    ("tr", "Adresimi unuttum."),
    ("tr", "Numaranızı unuttum."),
    ("tr", "Beni listeden çıkarmayın."),
    ("tr", "Randevumu takvimden silin."),
    ("tr", "Beni bekleme listesine alın."),
    ("xx", "Stop calling me."),
]


@pytest.mark.parametrize(("language", "text"), NO_MORE)
def test_no_more_calls_are_wanted(language: str, text: str) -> None:
    """What can hardly mean anything else counts, asked, begged or shouted."""
    assert NoMoreCalls(language=language).wanted(text)


@pytest.mark.parametrize(("language", "text"), SOMETHING_ELSE)
def test_something_else_is_wanted(language: str, text: str) -> None:
    """A time that does not suit, a negation, a word alone and lookalikes bar nothing."""
    assert not NoMoreCalls(language=language).wanted(text)


def test_whoever_knows_better_adds_phrases() -> None:
    """Beside those of the language, in an unknown language too; a bad one is named."""
    here = NoMoreCalls(language="tr", more=["beni (?:bir daha )?aramayın"])
    assert here.wanted("Lütfen beni bir daha ARAMAYIN.")
    assert NoMoreCalls(language="en", more=["get lost"]).wanted("Stop calling!")
    with pytest.raises(ValueError, match=r"opt-out pattern 'get \(lost'"):
        NoMoreCalls(language="en", more=["get (lost"])
