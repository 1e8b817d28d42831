"""Prints how often the diagnosis is right, compared with simple rules and other tools.

    python -m benchmarks.bench_diagnosis                       the labelled runs of the repository
    python -m benchmarks.bench_diagnosis --oracle DIR          also a folder of development data (needs pyarrow)
    python -m benchmarks.bench_diagnosis --overfitguard DIR    also the runs published by Li et al., 2024
    python -m benchmarks.bench_diagnosis --no-rivals --check benchmarks/data/scores.json
    python -m benchmarks.bench_diagnosis --table FILE.csv --target COLUMN      runs trained on a table of your own

benchmarks/README.md explains each row.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import pandas as pd

from benchmarks import own_table, pasted
from benchmarks.corpora import HAS_ALL, Corpus, is_number, labelled_cases, read_folder, read_overfitguard, read_sample
from benchmarks.judging import LOWER_IS_BETTER, PROJECT, Section, score_corpus
from benchmarks.make_runs import RUNS_A_GROUP, make_group

ALLOWED_LOSS = 0.01  # a larger drop of a score fails --check
NO_LABELS = "n/a: the authors' texts are not available"
UNMEASURED = {
    "oracle": "development data (oracle runs, cut Keras logs, TaskSet): n/a: pass --oracle DIR",
    "overfitguard": "published labelled curves (published best F1 .947, macro-F1 .913): n/a: pass --overfitguard DIR",
    "verdicts": f"overfitting compared with what authors wrote about their own logs: {NO_LABELS}",
    "onset": f"onset of overfitting compared with the authors' words: {NO_LABELS}",
}
NOT_CHECKED = frozenset({"runs", "median off", "if exact"})  # not scores of the project

Figures = dict[str, dict[str, dict[str, dict[str, float | None]]]]  # corpus, section, who, measure


def worded(value: float | None) -> str:
    """A value for the table: three decimals, or a whole number, or "n/a"."""
    if value is None or math.isnan(value):
        return "n/a"
    return f"{value:.0f}" if value > 1 and value == int(value) else f"{value:.3f}"


def lines_of(section: Section) -> list[str]:
    """A section as aligned lines of text."""
    first = max(len(name) for name in [*(who for who, _ in section.rows), "who"])
    widths = [max(len(column), 7) for column in section.columns]
    head = "who".ljust(first) + "".join(f"  {c:>{w}}" for c, w in zip(section.columns, widths, strict=True))
    lines = [section.title, "  " + head]
    for who, values in section.rows:
        cells = "".join(f"  {worded(v):>{w}}" for v, w in zip(values, widths, strict=True))
        lines.append(f"  {who:<{first}}{cells}")
    by_note: dict[str, list[str]] = {}
    for who, note in section.notes:
        by_note.setdefault(note, []).append(who)
    return lines + [f"  {', '.join(names)}: {note}" for note, names in by_note.items()]


def figures_of(sections: list[Section]) -> dict[str, dict[str, dict[str, float | None]]]:
    """The figures as plain data for JSON, with None for NaN."""
    return {
        section.key: {
            who: {
                column: None if value is None or math.isnan(value) else round(value, 4)
                for column, value in zip(section.columns, values, strict=True)
            }
            for who, values in section.rows
        }
        for section in sections
    }


def losses_against(now: Figures, before: Figures, corpus: str = "sample") -> list[str]:
    """One sentence for each score of the project that fell by more than `ALLOWED_LOSS`.

    A score that is missing now counts as worse.
    """
    found = []
    for key, section in before.get(corpus, {}).items():
        for who, measures in section.items():
            if who != PROJECT and key != "calibration":
                continue
            for name, old in measures.items():
                if name in NOT_CHECKED or old is None:
                    continue
                new = now.get(corpus, {}).get(key, {}).get(who, {}).get(name)
                if new is None or not is_number(new):
                    found.append(f"{key}, {who}, {name}: was {old:.3f}, now missing")
                    continue
                fall = new - old if name in LOWER_IS_BETTER else old - new
                if fall > ALLOWED_LOSS:
                    found.append(f"{key}, {who}, {name}: was {old:.3f}, now {new:.3f}")
    return found


def train_own(own: own_table.OwnTable, runs: int, seed: int) -> Corpus:
    """Runs trained and labelled on a table of the user's own, as `make_runs` does it."""
    curves: list[pd.DataFrame] = []
    facts: list[dict[str, object]] = []
    groups = math.ceil(runs / RUNS_A_GROUP)
    for group in range(groups):
        new_curves, new_facts = make_group(group, own.name, seed, lambda _, generator: own.table(generator))
        curves += new_curves
        facts += new_facts
        print(f"\rtrained {len(curves)} of {groups * RUNS_A_GROUP} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    cases = labelled_cases(pd.concat(curves, ignore_index=True), pd.DataFrame(facts))
    return Corpus("own table", tuple(cases), HAS_ALL | {"onset"}, own.said)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_diagnosis",
        description="How often the diagnosis is right, compared with other tools.",
    )
    parser.add_argument(
        "--oracle", type=Path, metavar="DIR", help="folder with oracle_*, keras_logs_*, taskset_*.parquet"
    )
    parser.add_argument("--overfitguard", type=Path, metavar="DIR", help="a checkout of asgaardlab/OverfitGuard")
    own_table.add_options(parser)
    parser.add_argument("--runs", type=int, default=120, help="runs to train on --table (default: 120)")
    parser.add_argument("--seed", type=int, default=1, help="for --table")
    parser.add_argument(
        "--rivals", action=argparse.BooleanOptionalAction, default=True, help="also run the other tools"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    parser.add_argument("--check", type=Path, metavar="FILE", help="fail if a score on the sample fell by over 0.01")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring. Returns 1 if ``--check`` found a worse score, 2 for an unusable table."""
    chosen = parse(argv)
    try:
        own = own_table.read_chosen(chosen)
        if own is not None and chosen.check is not None:
            raise own_table.TableError("--check compares the committed runs only. Leave out --check or --table.")
    except own_table.TableError as error:
        print(error, file=sys.stderr)
        return 2
    corpora: list[Corpus] = [read_sample() if own is None else train_own(own, chosen.runs, chosen.seed)]
    if chosen.oracle is not None:
        corpora += read_folder(chosen.oracle)
    if chosen.overfitguard is not None:
        corpora.append(read_overfitguard(chosen.overfitguard))
    figures: Figures = {}
    for corpus in corpora:
        sections, milliseconds = score_corpus(corpus, rivals=chosen.rivals)
        if chosen.rivals and "onset" in corpus.has:
            sections.append(pasted.score_pasted(corpus.cases))
        print(f"\n== {corpus.name}: {len(corpus.cases)} runs, {milliseconds:.1f} ms of processor time each (median)")
        if corpus.note:
            print(f"   {corpus.note}")
        for section in sections:
            print("\n" + "\n".join(lines_of(section)))
        figures[corpus.name] = figures_of(sections)
    left_out = [line for name, line in UNMEASURED.items() if getattr(chosen, name, None) is None]
    print("\n== not measured\n  " + "\n  ".join(left_out))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    if chosen.check is None:
        return 0
    losses = losses_against(figures, json.loads(chosen.check.read_text("utf-8")))
    for loss in losses:
        print(f"worse than in {chosen.check.name}: {loss}", file=sys.stderr)
    return 1 if losses else 0


if __name__ == "__main__":
    raise SystemExit(main())
