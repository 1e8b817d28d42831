"""What every test shares: how Hypothesis draws. No deadline, since machines differ; no store, so that runs are alike."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house", deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
