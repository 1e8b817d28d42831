"""What every test shares: how Hypothesis draws. No deadline, since machines differ."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", deadline=None, max_examples=40, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
