"""The demo: whole calls on the real service, played and shown without keys or accounts."""

from bot.simulator.demo.player import UnknownStory, play

__all__ = ["UnknownStory", "play"]
