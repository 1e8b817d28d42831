"""How often the first advice helped in tests: the counts of `benchmarks.bench_advice`, stored in track_record.json."""

import json
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from reportgen.diagnosis.findings import AdviceCode, VerdictCode

FEWEST_RUNS: Final = 30  # no share is given for fewer. Our choice.


class TrackRecord(NamedTuple):
    """In how many of the tested runs an advice helped."""

    helped: int
    tested: int


def find_record(code: AdviceCode, verdict: VerdictCode) -> TrackRecord | None:
    """The counts for an advice that comes first after a verdict; None if it was tested on too few runs."""
    counts = _load_counts().get(code, {}).get(verdict)
    if counts is None or counts["tested"] < FEWEST_RUNS:
        return None
    return TrackRecord(counts["helped"], counts["tested"])


@cache
def _load_counts() -> dict[str, dict[str, dict[str, int]]]:
    stored = json.loads(resources.files("reportgen.diagnosis").joinpath("track_record.json").read_text("utf-8"))
    return stored["advice"]
