"""The command line: `trunkline`."""

from bot.cli.commands import app, main

__all__ = ["app", "main"]
