"""Prints the peak memory of reading text files of nearly 1 GB, each with one character beyond ASCII.

    python -m benchmarks.bench_large_files
    python -m benchmarks.bench_large_files --megabytes 300

Each file is read by a cold process. The lines are long, so that a file stays below the limit on values.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench_long_runs import READ
from benchmarks.cold import run_cold

MOST_MEMORY = 2_000_000_000  # bytes, as SECURITY.md says
_LINES = 1_000_000


def csv_lines(remark: str) -> Iterator[str]:
    """A table with a column of text."""
    yield "epoch,loss,val_loss,remark\n"
    for epoch in range(1, _LINES + 1):
        yield f"{epoch},{1 / epoch:.9f},{1 / epoch + 0.01:.9f},{remark}\n"


def json_lines(remark: str) -> Iterator[str]:
    """JSON Lines with a text in each row."""
    for epoch in range(1, _LINES + 1):
        losses = f'"loss": {1 / epoch:.9f}, "val_loss": {1 / epoch + 0.01:.9f}'
        yield f'{{"epoch": {epoch}, {losses}, "remark": "{remark}"}}\n'


def printed_lines(remark: str) -> Iterator[str]:
    """Lines as Keras prints them, with text behind the values."""
    for epoch in range(1, _LINES + 1):
        yield f"Epoch {epoch}/{_LINES} - loss: {1 / epoch:.6f} - val_loss: {1 / epoch + 0.01:.6f} {remark}\n"


FILES: dict[str, Callable[[str], Iterator[str]]] = {
    "log.csv": csv_lines,
    "log.jsonl": json_lines,
    "log.txt": printed_lines,
}


def measure(name: str, megabytes: int) -> bool:
    """Measures and prints one kind of file. Returns whether it meets the aim."""
    remark = "x" * (megabytes * 1_000_000 // _LINES - 100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            lines = enumerate(FILES[name](remark))
            stream.writelines(line.replace("x", "🙂", 1) if at == _LINES // 2 else line for at, line in lines)
        size = path.stat().st_size
        cost = run_cold("-c", READ, str(path))
    met = cost.memory < MOST_MEMORY
    print(f"  {'met   ' if met else 'MISSED'}  {name}: {size / 1e6:,.0f} MB, peak memory {cost.memory / 1e6:,.0f} MB")
    return met


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring. Returns 1 if an aim was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_large_files", description="The peak memory of reading large files."
    )
    parser.add_argument("--megabytes", type=int, default=990, metavar="N", help="size of each file")
    chosen = parser.parse_args(argv)
    met = [measure(name, chosen.megabytes) for name in FILES]  # measure all of them, even if the first one fails
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
