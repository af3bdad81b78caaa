"""The demo of batches: forty people are called, without keys or accounts."""

from bot.simulator.demo_batch.player import play

__all__ = ["play"]
