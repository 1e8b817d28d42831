"""A sweep with a run that kills whichever worker takes it, as one does that needs too much memory; prints its rows."""

import json
import os
import signal

from reportgen.sweep import cluster
from reportgen.sweep.places import Site, Source
from reportgen.sweep.rows import Row, failed_row
from reportgen.sweep.task import Batch, Item, SweepOptions

DEADLY = 7


def die_of_one(batch: Batch) -> list[Row | None]:
    """Kills this process if the deadly run is in the batch."""
    if any(item.source.path == f"run{DEADLY}" for item in batch.items):
        os.kill(os.getpid(), signal.SIGKILL)
    return [failed_row(item.source, "") for item in batch.items]


def main() -> None:
    cluster.run_batch = die_of_one
    items = [Item(Source(name, name, name)) for name in (f"run{number}" for number in range(20))]
    batches = [Batch(tuple(items[at : at + 4]), SweepOptions(), Site.at("nowhere")) for at in range(0, 20, 4)]
    with cluster.open_cluster(None, 2) as client:
        rows = [row for rows in cluster.map_batches(client, batches) for row in rows if row]
    print(json.dumps({row.path: row.error for row in rows}))


if __name__ == "__main__":
    main()
