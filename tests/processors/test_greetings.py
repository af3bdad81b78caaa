"""What words tell about who has answered."""

import pytest

from processors.machines.greetings import Says, what_is_said

MACHINES = (
    "Hi, you've reached Tom. Leave a message after the tone.",
    "Your call has been forwarded to an automated voice messaging system.",
    "Your call has been forwarded to an automatic voice message system. 5 5 5 is not available.",
    "At the tone, please record your message.",
    "The person you are trying to reach is not available. At the tone, please record your message. "
    "When you have finished recording, you may hang up or press 1 for more options.",
    "Please leave your name, number, and the reason for your call after the beep.",
    "Please state your name and number, and I'll ring you back.",
    "You have reached the voicemail of Anna Miller.",
    "Sorry I missed your call, so leave me a message and I'll get back to you.",
    "Leave your name and number.",
    "Please leave us a short, clear message.",
    "Welcome to the voice mail box of five five five.",
    "This is an automated answering service.",
    "To leave a message, press 1 or just stay on the line.",
    "Are you still there? Sorry, we did not get your message.",
    "Your message has been sent.",
    "Hallo, hier ist die Mailbox von Anna. Bitte sprechen Sie nach dem Signalton.",
    "Bitte hinterlassen Sie eine Nachricht nach dem Piepton.",
    "Nennen Sie bitte Ihren Namen und den Grund Ihres Anrufs nach dem Ton.",
    "Por favor, deje su mensaje después del tono.",
    "Ha llegado al buzón de voz.",
    "Bonjour, vous êtes bien sur le répondeur d'Anna. Laissez un message après le bip sonore.",
    "Risponde la segreteria telefonica. Lasciate un messaggio dopo il segnale acustico.",
    "Deixe a sua mensagem após o sinal.",
    "Sua chamada está sendo encaminhada para a caixa postal.",
    "U spreekt met de voicemail van Anna. Spreek een bericht in na de piep.",
    "Tu poczta głosowa. Proszę zostawić wiadomość po sygnale.",
    "Proszę podać imię i powód telefonu po usłyszeniu sygnału.",
    "Dodzwoniłeś się do Anny. Zostaw wiadomość, oddzwonię.",
    "Lütfen sinyal sesinden sonra mesajınızı bırakın.",
    "Adınızı ve numaranızı bip sesini duyduktan sonra söyleyin.",
    "Aradığınız kişiye şu anda ulaşılamıyor, mesajınızı bırakabilirsiniz.",
)
FULL = (
    "The mailbox is full and cannot accept any messages at this time. Goodbye.",
    "Sorry, the mailbox belonging to Anna is currently full.",
    "The person you called has a voicemail box that has not been set up yet.",
    "This subscriber is not accepting messages.",
    "Die Mailbox ist voll.",
    "El buzón está lleno.",
    "La messagerie de votre correspondant est pleine.",
    "Skrzynka abonenta jest pełna.",
    "Aradığınız kişinin mesaj kutusu dolu.",
)
SCREENING = (
    "Hi, the person you're calling is using a screening service from Google, and will get a copy "
    "of this conversation. Go ahead and say your name, and why you're calling.",
    "Hi. If you record your name and reason for calling, I'll see if this person is available.",
    "Please state your name after the tone, and Google Voice will try to connect you.",
    "Who is calling? Please say your name and why you are calling.",
    "Bitte nennen Sie Ihren Namen.",
    "Veuillez indiquer le motif et dites votre nom.",
    "Proszę podać swoje imię i powód połączenia.",
    "Lütfen adınızı ve arama nedeninizi söyleyin.",
)
PEOPLE = (
    "Hello?",
    "Yes?",
    "Hello, this is Anna speaking.",
    "Hi, Anna here.",
    "Who is this?",
    "Hello? Hello, I am here, don't hang up!",
    "Smith Dental, this is Karen, how can I help you?",
    "You've reached the front desk, may I ask who is calling?",
    "She is not available right now, can I take a message?",
    "He's not here. Would you like to leave a message with me?",
    "Do you want to leave a message?",
    "Ja, hallo?",
    "Wer ist da bitte?",
    "¿Sí, dígame?",
    "Allô, qui est à l'appareil ?",
    "Pronto, chi parla?",
    "Halo, słucham?",
    "Dzień dobry, kto mówi?",
    "Z kim rozmawiam?",
    "Alo, buyurun?",
    "Efendim?",
    "İyi günler, kimle görüşüyorum?",
    "Mesaj bırakmak ister misiniz?",
)
HINTS = (
    "You've reached the Millers.",
    "I can't come to the phone right now.",
    "The office is closed until Monday.",
    "The customer you are calling is not available.",
    "Press one for English.",
    "Ich bin leider nicht erreichbar.",
    "Abonent jest niedostępny.",
    "Nie mogę teraz odebrać telefonu.",
    "Aradığınız numaraya ulaşılamıyor.",
    "Şu anda telefona cevap veremiyorum.",
)
WAITS = (
    "Please stay on the line.",
    "One moment, I'm trying to connect you.",
    "Thanks. I'll see if they can talk.",
    "Einen Moment bitte.",
    "Chwileczkę, już łączę.",
    "Bir dakika, hatta kalın.",
)
ELSE = (
    "Tomorrow at ten would suit me.",
    "I got your message yesterday, and I wanted to leave work early anyway.",
    "The beep of my car drives me mad.",
    "Zanechajte nam odkaz.",
)


@pytest.mark.parametrize(
    ("says", "text"),
    [
        (says, text)
        for says, texts in (
            (Says.MACHINE, MACHINES),
            (Says.FULL, FULL),
            (Says.SCREENING, SCREENING),
            (Says.PERSON, PEOPLE),
            (Says.HINT, HINTS),
            (Says.WAIT, WAITS),
            (Says.ELSE, ELSE),
            (Says.NOTHING, ("", " ")),
        )
        for text in texts
    ],
)
def test_what_is_said(says: Says, text: str) -> None:
    """Each sentence tells one thing, whatever its case and its quotes."""
    assert what_is_said(text) is says
    assert what_is_said(text.upper().replace("'", "\u2019")) is says
