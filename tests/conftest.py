"""What all tests share: logs as the service writes them, and how many examples are tried."""

from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs

configure_logs("DEBUG")
# The same examples in every run: a failure can be looked at, and no run fails that others passed.
patient = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", patient, max_examples=50)
settings.register_profile("deep", patient, max_examples=150)
settings.load_profile("here")
