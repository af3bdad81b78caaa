"""What all tests share: logs as the service writes them, and patience with a busy machine."""

from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs

configure_logs("DEBUG")
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")
