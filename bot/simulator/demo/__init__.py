"""The demo: whole calls on the real service, played and shown without keys or accounts."""

from bot.simulator.demo.player import UnknownStory, play
from bot.simulator.demo.tryout import try_it

__all__ = ["UnknownStory", "play", "try_it"]
