"""What all tests share: logs as the service writes them, without Pipecat's frame by frame ones."""

from bot.telemetry import configure_logs

configure_logs("DEBUG")
