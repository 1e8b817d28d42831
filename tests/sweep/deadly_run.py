"""A sweep with a run that kills its workers, such as one that needs too much memory; prints the results."""

import json
import os
import signal

from reportgen.sweep import cluster
from reportgen.sweep.places import FoundRun, Site
from reportgen.sweep.results import RunResult, failed_result
from reportgen.sweep.task import SweepOptions

DEADLY = 7


def die_of_one(runs: list[FoundRun], *_: object) -> list[RunResult | None]:
    """Kills this process if the task contains the deadly run."""
    if any(run.path == f"run{DEADLY}" for run in runs):
        os.kill(os.getpid(), signal.SIGKILL)
    return [failed_result(run, "") for run in runs]


def main() -> None:
    cluster.run_task = die_of_one
    runs = [FoundRun(name, name, name) for name in (f"run{number}" for number in range(20))]
    tasks = [runs[at : at + 4] for at in range(0, 20, 4)]
    with cluster.open_cluster(None, 2) as client:
        finished = cluster.map_tasks(client, tasks, SweepOptions(), Site.at("nowhere"))
        results = [result for done in finished for result in done if result]
    print(json.dumps({result.path: result.error for result in results}))


if __name__ == "__main__":
    main()
