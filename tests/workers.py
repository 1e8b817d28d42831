"""How tests are shared out between the workers of ``pytest -n 2``, which is what ``make test`` runs."""

import pytest


def group(items: list[pytest.Item]) -> None:
    """Groups the tests that one worker runs in order: those in one browser, and those of a file that share fixtures.

    All other tests go to whichever worker is free. No test needs the machine alone: bounds on time are on processor
    time, or wide.
    """
    for item in items:
        if (name := _group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(name))


def _group(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    if callspec and "engine" in callspec.params:
        return f"engine {callspec.params['engine']}"
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009  # pytest has no public name for it
    scopes = {definition.scope for definitions in fixtures for definition in definitions}
    return str(item.path) if scopes & {"class", "module", "package"} else None
