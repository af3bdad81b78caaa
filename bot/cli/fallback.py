"""`trunkline fallback-twiml`: what the carrier does with a caller when we cannot be reached."""

from typing import Annotated

import typer

from bot.cli.console import errors
from config import AgentError, load_settings


def fallback_twiml(
    agent: Annotated[
        str, typer.Argument(help="Whose lines are said; else those of INBOUND_AGENT.")
    ] = "",
) -> None:
    """Print TwiML for the number's fallback address: an apology, then your human."""
    from bot.agents import load_agents
    from bot.carriers.twilio import twiml

    settings = load_settings()
    agents = load_agents(settings)
    name = agent or settings.inbound_agent
    if name not in agents:
        raise AgentError(f'there is no agent "{name}"; there are: {", ".join(sorted(agents))}')
    lines, language = agents[name].lines, agents[name].locale
    if settings.human_transfer_number:
        document = twiml.dial_human(
            hold_line=lines.sorry,
            human=settings.human_transfer_number,
            nobody_line=lines.nobody,
            language=language,
            caller_id=settings.twilio_phone_number or None,
        )
    else:
        no_human = "nobody is rung: set HUMAN_TRANSFER_NUMBER, and print this once more"
        errors.print(f"trunkline: {no_human}", style="yellow", highlight=False, soft_wrap=True)
        document = twiml.hang_up(lines.sorry, language=language)
    typer.echo(document)
