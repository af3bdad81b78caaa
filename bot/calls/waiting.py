"""What an agent says when one request to wait was not enough, by language. Plain code."""

from config import Agent

_WAITING = {
    "de": ("Ich bin gleich wieder für Sie da.", "Danke für Ihre Geduld."),
    "en": ("I will be right with you.", "Thank you for your patience."),
    "es": ("Enseguida estoy con usted.", "Gracias por su paciencia."),
    "fr": ("Je suis à vous dans un instant.", "Merci de votre patience."),
    "it": ("Sono subito da lei.", "Grazie per la pazienza."),
    "nl": ("Ik ben zo bij u.", "Dank u voor uw geduld."),
    "pl": ("Za chwilę wracam do rozmowy.", "Dziękuję za cierpliwość."),
    "pt": ("Já volto a falar com você.", "Agradeço a sua paciência."),
    "tr": ("Hemen sizinleyim.", "Sabrınız için teşekkür ederim."),
}


def waiting_lines(agent: Agent) -> tuple[str, ...]:
    """Said in turn behind `lines.filler`: the agent's own, or those of its language. None for an
    agent that asks nobody to wait."""
    if not agent.lines.filler:
        return ()
    return agent.lines.waiting or _WAITING.get(agent.language, ())
