"""The reports that every browser must show: runs with a known truth in each form of a report, and all samples."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
from engines import Reader
from histories import (
    by_steps,
    diverged_at_7,
    healthy,
    hostile_names,
    learning_rate_steps,
    one_epoch,
    overfit_from_12,
    still_improving,
    two_outputs,
)

import reportgen
from reportgen.history.frame import TrainingHistory
from reportgen.history.resource_use import ResourceUse

SAMPLES = Path(__file__).parents[2] / "sample_reports"


def _report(
    run: Callable[[], TrainingHistory],
    *,
    baseline: Callable[[], TrainingHistory] | None = None,
    lang: str = "en",
    **look: Any,
) -> Callable[[str], str]:
    """A function that renders one report, given its title; `look` is passed to `Report.to_html`."""
    return lambda title: reportgen.build(run(), title=title, baseline=baseline and baseline(), language=lang).to_html(
        **look
    )


def sampled() -> TrainingHistory:
    """Epochs that slow down, memory that grows and an idle GPU."""
    history, n = learning_rate_steps(), 60
    use = ResourceUse(
        tuple(10.0 * place for place in range(1, n + 1)),
        tuple(10**9 + 5 * 10**7 * place for place in range(n)),
        (1.5,) * n,
        (0.1,) * n,
        (6 * 10**9,) * n,
        8,
        16 * 10**9,
        ("NVIDIA A100-SXM4-40GB",),
        40 * 10**9,
    )
    times = (9.0, *[2.0] * 39, *[4.0] * 20)
    return history.with_run(replace(history.run, resources=use, durations_s=times))


def _with_additions(title: str) -> str:
    """A report with a forecast, a note, a table, a figure and sample predictions."""
    report = reportgen.build(still_improving(), title=title, tags=("resnet", "baseline"))
    report.add_note(
        "# Why\n\n- Labels are *cleaned*, see [the issue](https://example.org/12).\n\n| a | b |\n|---|--:|\n| x | 1 |"
    )
    report.add_table(
        {"model": ["resnet", "vgg"], "accuracy": [0.91, 0.88]}, title="Rivals", caption="On the same data."
    )
    report.add_figure(np.zeros((300, 900)), title="Wide", alt="A black rectangle")
    return report.add_samples(np.zeros((9, 8, 8)), list("abcabcabc"), list("abcabcabb"), title="Samples").to_html()


def _search(title: str) -> str:
    """A comparison of 24 single runs, of which one exploded and one has a long name without spaces."""
    epochs, runs = np.arange(20), {}
    for trial in range(24):
        loss = 0.3 + trial / 100 + 1.5 * np.exp(-epochs / 5)
        name = "a_name_without_any_spaces_that_goes_on_and_on_and_on" if trial == 1 else f"trial_{trial}"
        runs[name] = reportgen.load({"loss": loss, "val_loss": np.where((trial == 3) & (epochs > 9), 1e6, loss)})
    return reportgen.compare(runs).to_html(title=title)


MADE = {
    "healthy": _report(healthy),
    "overfit": _report(overfit_from_12),
    "diverged": _report(diverged_at_7),
    "one_epoch": _report(one_epoch),
    "rate_steps": _report(sampled),
    "forecast": _with_additions,
    "outputs": _report(two_outputs),
    "hostile": _report(hostile_names),
    "baseline": _report(overfit_from_12, baseline=healthy),
    "static": _report(overfit_from_12, static=True),
    "steps": _report(by_steps),
    "long": _report(lambda: by_steps(30_000)),
    "chinese": _report(sampled, lang="zh-CN"),
    "interactive": _report(still_improving, interactive=True),
    "compressed": _report(overfit_from_12, interactive=True, compress=True),
    "search": _search,
}
SAMPLED = {f"sample-{path.stem}": path for path in sorted(SAMPLES.glob("*.html"))}
ALL = (*MADE, *SAMPLED)
COMPARISON = "sample-compared-optimizers"
# Contrast depends on the theme and the layout on the width: two readers cover both. The samples have the forms of the
# made reports, so one reader is enough for each.
READERS = (Reader(1280, "light"), Reader(360, "dark"))
SHOWN = (*product(MADE, READERS), *zip(SAMPLED, cycle(READERS)))
# One of each form, for checks that are slow or do not depend on the run.
FORMS = ("overfit", "outputs", "baseline", "static", "chinese", "interactive")


def write_all(folder: Path) -> dict[str, Path]:
    """Writes every report into a folder; returns their paths by name."""
    for name, make in MADE.items():
        (folder / f"{name}.html").write_text(make(name), "utf-8")
    for name, sample in SAMPLED.items():
        (folder / f"{name}.html").write_bytes(sample.read_bytes())
    return {name: folder / f"{name}.html" for name in ALL}
