"""Danger, told beside another time, asked about, or named by a machine.

Danger that is missed is worse than a false alarm.
"""

import pytest

from processors.words.languages import LANGUAGES
from processors.words.pleas import Pleas

DANGER = [
    ("fr", "Appelez-moi le 15, vite !"),
    ("fr", "Appelez le 15, au secours !"),
    ("en", "My mother fell yesterday and now she can't breathe."),
    ("en", "She hasn't been well since yesterday, she just collapsed."),
    ("en", "Dial 911!"),
    ("en", "Call nine one one."),
    ("en", "I don't know if he is breathing."),
    ("en", "I'm not sure whether she's having a stroke."),
    ("en", "Would you call an ambulance?"),
    ("en", "It told me to press 1 and my husband is choking."),
    ("en", "Last week it was nothing, but he collapsed just now."),
    ("de", "Meine Mutter ist gestern gestürzt und jetzt bekommt sie keine Luft."),
    ("de", "Seit gestern bekomme ich schlecht Luft, und mein Mann ist eben umgekippt."),
    ("de", "Ich hatte gerade angerufen, mein Mann ist bewusstlos."),
    ("de", "Rufen Sie bitte die 112!"),
    ("de", "Wählen Sie den Notruf!"),
    ("de", "Jetzt brauche ich einen Krankenwagen."),
    ("de", "Ich weiß nicht, ob er noch atmet."),
    ("de", "Ich glaube nicht, dass sie atmet."),
    ("de", "Letztes Jahr ging es ihm gut, aber er hat einen Herzinfarkt."),
    ("es", "Mi madre se cayó ayer y ahora no puede respirar."),
    ("es", "Desde ayer no puede respirar."),
    ("es", "Llame al 112, por favor."),
    ("es", "No sé si respira."),
    ("es", "No creo que respire."),
    ("es", "Ayer estaba bien, pero se desmayó ahora mismo."),
    ("fr", "Ma mère est tombée hier et maintenant elle n'arrive plus à respirer."),
    ("fr", "Depuis hier il ne respire pas bien."),
    ("fr", "Appelez le 112 !"),
    ("fr", "Il faut appeler les pompiers !"),
    ("fr", "Je ne sais pas si elle respire."),
    ("fr", "Hier ça allait, mais mon mari s'est effondré."),
    ("it", "Mia madre è caduta ieri e ora non respira."),
    ("it", "Da ieri non riesce a respirare."),
    ("it", "Chiamate il 118!"),
    ("it", "Non so se respira."),
    ("it", "Ieri stava bene, ma è svenuta adesso."),
    ("nl", "Mijn moeder is gisteren gevallen en nu krijgt ze geen lucht."),
    ("nl", "Sinds gisteren krijgt hij geen lucht."),
    ("nl", "Bel 112!"),
    ("nl", "Ik weet niet of hij nog ademt."),
    ("nl", "Ik denk niet dat ze ademt."),
    ("nl", "Gisteren ging het goed, maar mijn man is in elkaar gezakt."),
    ("nl", "Nu heb ik een ambulance nodig."),
    ("pl", "Mama upadła wczoraj i teraz nie może oddychać."),
    ("pl", "Od wczoraj nie może oddychać."),
    ("pl", "Proszę dzwonić na pogotowie!"),
    ("pl", "Dzwońcie na 112!"),
    ("pl", "Nie wiem, czy oddycha."),
    ("pl", "Wczoraj było dobrze, ale mąż zemdlał."),
    ("pt", "A minha mãe caiu ontem e agora não consegue respirar."),
    ("pt", "Desde ontem não consegue respirar."),
    ("pt", "Ligue para o 112!"),
    ("pt", "Não sei se ele respira."),
    ("pt", "Ontem estava bem, mas meu pai desmaiou."),
    ("tr", "Annem dün düştü ve şimdi nefes alamıyor."),
    ("tr", "Dün geceden beri nefes alamıyorum."),
    ("tr", "112'yi arayın!"),
    ("tr", "Nefes alıp almadığını bilmiyorum."),
    ("tr", "Dün iyiydi ama şimdi bayıldı."),
    # It has gone on since then.
    ("en", "He has collapsed twice since yesterday."),
    ("es", "Se desmayó dos veces desde ayer."),
    ("fr", "Il s'est évanoui deux fois depuis hier."),
    ("it", "È svenuta due volte da ieri."),
    ("nl", "Hij is flauwgevallen sinds gisteren."),
    ("pl", "Zemdlał dwa razy od wczoraj."),
    ("pt", "Ele desmaiou duas vezes desde ontem."),
]
CALM = [
    ("en", "Do I need to call 911?"),
    ("en", "Do I need 911?"),
    ("en", "Would I need to call 911 for that?"),
    ("en", "What if I need an ambulance after hours?"),
    ("en", "How do I know if I need an ambulance?"),
    ("en", "Am I supposed to call 911 at night?"),
    ("en", "Did you call an ambulance?"),
    ("en", "If this is a medical emergency, please hang up and dial 911."),
    ("en", "If this is a life-threatening emergency, hang up and call 911."),
    ("en", "For emergencies, please call 911."),
    ("en", "Your message said to call 911 in an emergency."),
    ("en", "Call 911 only if it gets worse, they told me."),
    ("en", "Yesterday, he collapsed."),
    ("en", "She passed out on the floor last night."),
    ("de", "Muss ich die 112 anrufen?"),
    ("de", "Meine Rufnummer 112 45 67 ist neu."),
    ("es", "Pueden llamarme al 911 234 567."),
    ("fr", "Appelez-moi le 15 mars."),
    ("fr", "Vous pouvez appeler le 18 décembre."),
    ("it", "Chiamatemi, chiamate il 112 345 67."),
    ("nl", "U kunt me bellen, bel 112 34 56."),
    ("pl", "Proszę dzwonić pod 998 123 456."),
    ("pt", "O meu telefone 192 345 678 mudou."),
    ("de", "Wann muss ich den Notruf wählen?"),
    ("de", "Soll ich einen Krankenwagen rufen?"),
    ("de", "Brauche ich einen Krankenwagen?"),
    ("de", "Im Notfall wählen Sie bitte die 112."),
    ("de", "Bei einem Notfall rufen Sie die 112."),
    ("de", "Gestern hatte ich eine Überdosis Koffein."),
    ("de", "Gestern, da ist er zusammengebrochen."),
    ("es", "¿Tengo que llamar al 112?"),
    ("es", "¿Debo llamar una ambulancia?"),
    ("es", "¿Necesito una ambulancia para eso?"),
    ("es", "En caso de emergencia, llame al 112."),
    ("es", "Ayer se desmayó."),
    ("fr", "Est-ce que je dois appeler le 15 ?"),
    ("fr", "Est-ce qu'il faut appeler une ambulance ?"),
    ("fr", "Est-ce que j'ai besoin d'une ambulance ?"),
    ("fr", "En cas d'urgence, appelez le 15."),
    ("fr", "Il s'est évanoui hier."),
    ("it", "Devo chiamare il 112?"),
    ("it", "Quando devo chiamare un'ambulanza?"),
    ("it", "In caso di emergenza chiamate il 112."),
    ("it", "Ieri è svenuta."),
    ("nl", "Moet ik 112 bellen?"),
    ("nl", "Heb ik een ambulance nodig?"),
    ("nl", "Bij spoed, bel 112."),
    ("nl", "Hij is gisteren flauwgevallen."),
    ("pl", "Czy mam dzwonić na pogotowie?"),
    ("pl", "Czy potrzebuję karetki?"),
    ("pl", "W nagłych wypadkach prosimy dzwonić pod 112."),
    ("pl", "Wczoraj zemdlał."),
    ("pt", "Tenho que ligar para o 112?"),
    ("pt", "Devo chamar uma ambulância?"),
    ("pt", "Em caso de emergência, ligue para o 112."),
    ("pt", "Ele desmaiou ontem."),
    ("tr", "112'yi aramam gerekir mi?"),
    ("tr", "Ambulansa ihtiyacım var mı?"),
    ("tr", "Acil durumda 112'yi arayın."),
    ("tr", "Dün bayıldı."),
]
PERSONS = [
    ("en", "I called yesterday and I want to speak to a human."),
    ("de", "Ich habe gestern angerufen und möchte mit einem Menschen sprechen."),
    ("es", "Llamé ayer y quiero hablar con una persona."),
    ("fr", "J'ai appelé hier et je veux parler à un humain."),
    ("it", "Ho chiamato ieri e voglio parlare con una persona vera."),
    ("nl", "Ik belde gisteren en ik wil met een mens praten."),
    ("pl", "Dzwoniłem wczoraj i chcę rozmawiać z człowiekiem."),
    ("pt", "Liguei ontem e quero falar com uma pessoa."),
    ("tr", "Dün aradım ama şimdi bir insanla konuşmak istiyorum."),
]


@pytest.mark.parametrize(("language", "text"), DANGER)
def test_danger_now_whatever_is_said_beside_it(language: str, text: str) -> None:
    assert Pleas(language=language).emergency(text)


@pytest.mark.parametrize(("language", "text"), CALM)
def test_questions_about_emergency_numbers_and_other_times(language: str, text: str) -> None:
    assert not Pleas(language=language).emergency(text)


@pytest.mark.parametrize(("language", "text"), PERSONS)
def test_a_person_is_wanted_now_whatever_was_yesterday(language: str, text: str) -> None:
    assert Pleas(language=language).person(text)


def test_every_language_is_tried() -> None:
    for table in (DANGER, CALM, PERSONS):
        assert {language for language, _ in table} == set(LANGUAGES)
