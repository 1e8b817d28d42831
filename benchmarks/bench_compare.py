"""Prints how often `reportgen.compare` is right, on networks trained with many seeds.

    python -m benchmarks.bench_compare                        all (a few minutes)
    python -m benchmarks.bench_compare --settings 2 --seeds 12 --comparisons 10 --sizes 3,5
    python -m benchmarks.bench_compare --check                fails if a rate misses its aim

Each setting and its variant, which has another learning rate, are trained with `SEEDS` seeds. These are all runs there
are: comparisons draw from them with replacement, so that the true difference is known exactly. Rates, with their aims:

    false differences   the same setting twice is called different: at most 5 %
    coverage            the 95% interval holds the true difference of setting and variant: 93 to 97 %
    power               setting and variant are called different, by the number of seeds
    advised             the same with the number of seeds that is advised for the true difference: about 80 %
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

import reportgen
from benchmarks import tables
from benchmarks.make_runs import draw_setup
from benchmarks.networks import Networks, PerRun, Setup, epochs_of, held_out, layers, loss_of, noisy_targets
from reportgen.comparison.statistics import LEVEL, compare_values, runs_needed

SEEDS: Final = 50  # of each setting
SIZES: Final = (3, 5, 10)
SEED: Final = 19
AT_ONCE: Final = 10  # seeds trained together, each with its own weights, order of rows and dropout
MOST_EPOCHS: Final = 60
MOST_ROWS: Final = 500
MOST_ADVISED: Final = 500  # seeds per group; differences that need more are not tried
AIMS: Final = {"false differences": (0.0, 0.05), "coverage": (0.93, 0.97), "advised": (0.7, 0.9)}

Array = NDArray[np.float64]


def train_seeds(table: tables.Table, setup: Setup, rate: float, seeds: int, generator: np.random.Generator) -> Array:
    """Validation losses of one setting with many seeds.

    The rows for training and validation are the same for all seeds.

    Returns:
        Shape (seeds, epochs).
    """
    targets_of = noisy_targets(table, np.zeros(1), generator)
    parts = []
    for start in range(0, seeds, AT_ONCE):
        runs = min(AT_ONCE, seeds - start)
        per_run = PerRun(np.full(runs, rate, np.float32), np.zeros(runs, np.float32), np.zeros(runs))
        targets = np.repeat(targets_of, runs, axis=0)
        nets = Networks(layers(table, setup.hidden), setup, per_run, generator)

        def order(runs: int = runs) -> NDArray[np.int64]:
            return np.argsort(generator.random((runs, setup.n_train)), axis=1)

        validation = held_out(setup)[0]
        losses = np.zeros((runs, setup.stopped_at))
        trained = epochs_of(nets, table.inputs, targets, order, regression=table.regression)
        for epoch, _ in zip(range(setup.stopped_at), trained, strict=False):
            output = nets.forward(table.inputs[validation], training=False)[0]
            losses[:, epoch] = loss_of(output, targets[:, validation], table.regression)[0].mean(axis=1)
        parts.append(losses)
    return np.concatenate(parts)


def draw_pair(number: int, seeds: int) -> tuple[str, Array, Array]:
    """Validation losses of a setting and of a variant, each of shape (seeds, epochs), and what they are."""
    generator = np.random.default_rng([SEED, number])
    name = tables.TABLES[number % len(tables.TABLES)]
    table = tables.load(name, generator)
    setup = draw_setup(len(table.inputs), generator)
    setup = dataclasses.replace(
        setup,
        n_train=min(setup.n_train, MOST_ROWS),
        stopped_at=min(setup.stopped_at, MOST_EPOCHS),
        schedule="constant",
        optimizer="adam",
    )
    rate = float(np.exp(generator.uniform(np.log(1e-3), np.log(2e-2))))
    factor = float(generator.choice([0.5, 0.7, 1.5, 2.0]))
    setting = train_seeds(table, setup, rate, seeds, generator)
    variant = train_seeds(table, setup, rate * factor, seeds, generator)
    return f"{name}, learning rate {rate:.2g} and {rate * factor:.2g}", setting, variant


def is_different(first: Array, second: Array) -> bool:
    """Whether `reportgen.compare` calls two groups of runs different, as a user would call it."""
    runs = {
        f"{name}_seed{position + shift}": reportgen.TrainingHistory.from_columns(
            np.arange(1, len(losses) + 1), {"loss": losses, "val_loss": losses}
        )
        for name, group, shift in (("a", first, 0), ("b", second, 1000))  # different seeds, which are not paired
        for position, losses in enumerate(group)
    }
    return reportgen.compare(runs, metric="val_loss").pairs[0].outcome == "different"


def rate_of(found: Sequence[bool]) -> str:
    """A share with its standard error."""
    share = float(np.mean(found)) if found else float("nan")
    error = (share * (1 - share) / max(1, len(found))) ** 0.5
    return f"{share:.1%} ± {error:.1%} of {len(found):,}"


def measure(
    pairs: Sequence[tuple[Array, Array]], sizes: Sequence[int], comparisons: int
) -> tuple[dict[str, list[bool]], dict[str, dict[int, list[bool]]]]:
    """The outcome of each comparison, in all and by the number of seeds.

    Args:
        pairs: Validation losses of settings and their variants, each of shape (seeds, epochs).
        sizes: Seeds per group.
        comparisons: Of each kind and size.
    """
    generator = np.random.default_rng(SEED)
    by_size: dict[str, dict[int, list[bool]]] = {"false differences": {}, "coverage": {}, "power": {}}
    for size in sizes:
        found: dict[str, list[bool]] = {name: [] for name in by_size}
        for trial in range(comparisons):
            setting, variant = pairs[trial % len(pairs)]
            one, other, third = generator.integers(0, len(setting), (3, size))
            found["false differences"].append(is_different(setting[one], setting[other]))
            best, best_of_variant = setting.min(axis=1), variant.min(axis=1)
            compared = compare_values(best[one], best_of_variant[third])
            if compared.low is None or compared.high is None or compared.p is None:
                raise AssertionError("groups of two or more values have an interval")
            found["coverage"].append(compared.low <= best.mean() - best_of_variant.mean() <= compared.high)
            found["power"].append(compared.p <= 1 - LEVEL)
        for name, results in found.items():
            by_size[name][size] = results
    rates = {
        name: [one for each in by_size[name].values() for one in each] for name in ("false differences", "coverage")
    }
    rates["advised"] = []
    for trial in range(comparisons):
        best, best_of_variant = (losses.min(axis=1) for losses in pairs[trial % len(pairs)])
        deviation = float(np.sqrt((best.var() + best_of_variant.var()) / 2))
        needed = runs_needed(float(best.mean() - best_of_variant.mean()), deviation, paired=False)
        if needed is not None and needed <= MOST_ADVISED:
            one, other = generator.integers(0, len(best), (2, needed))
            p = compare_values(best[one], best_of_variant[other]).p
            rates["advised"].append(p is not None and p <= 1 - LEVEL)
    return rates, by_size


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_compare", description=__doc__.partition("\n")[0])
    parser.add_argument("--settings", type=int, default=20, help="settings, each with a variant")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds per setting, from which comparisons draw")
    parser.add_argument("--comparisons", type=int, default=200, help="comparisons of each kind and size")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="seeds per group")
    parser.add_argument("--check", action="store_true", help="fail if a rate misses its aim")
    chosen = parser.parse_args(argv)
    sizes = [int(size) for size in chosen.sizes.split(",")]
    if min(sizes) < 2 or chosen.seeds < 2:
        parser.error("each group needs 2 or more seeds")
    pairs = []
    for number in range(chosen.settings):
        about, setting, variant = draw_pair(number, chosen.seeds)
        print(f"{number + 1} of {chosen.settings}: {about}", file=sys.stderr)
        pairs.append((setting, variant))
    rates, by_size = measure(pairs, sizes, chosen.comparisons)
    for size in sizes:
        print(f"{size} seeds: " + "; ".join(f"{name} {rate_of(found[size])}" for name, found in by_size.items()))
    missed = []
    for name, (low, high) in AIMS.items():
        share = float(np.mean(rates[name])) if rates[name] else float("nan")
        print(f"{name}: {rate_of(rates[name])} (aim: {low:.0%} to {high:.0%})")
        missed += [] if low <= share <= high else [name]
    if missed and chosen.check:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed and chosen.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
