"""Writes each run as the lines that Keras prints, and asks the tools that read such text about it.

A run that a tool refuses, or from which it reads no training and validation loss, counts as "no".
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

import reportgen
from benchmarks import scores
from benchmarks.corpora import Case
from benchmarks.judging import PROJECT, Section, forced, yes_flags
from benchmarks.rivals import RIVALS, Verdict, verdict_of_runmedic, verdict_of_trainproof

DECIMALS: Final = 4  # as Keras prints them
STEPS: Final = 32  # printed in every line; no tool uses them

Ask = Callable[[Path], Verdict | None]


def pasted_text(case: Case) -> str:
    """The run as ``fit(verbose=2)`` of Keras 3 prints it; small values are in scientific notation, as there."""
    names = sorted(case.source, key=lambda name: (name.startswith("val_"), name))
    count = len(case.source["loss"])
    lines = []
    for i in range(count):
        values = " - ".join(f"{name}: {printed(float(case.source[name][i]))}" for name in names)
        lines += [f"Epoch {i + 1}/{count}", f"{STEPS}/{STEPS} - 1s - 20ms/step - {values}"]
    return "\n".join(lines) + "\n"


def printed(value: float) -> str:
    """A value as Keras prints it."""
    return f"{value:.{DECIMALS}f}" if not abs(value) <= 1e-3 else f"{value:.{DECIMALS}e}"


def read_by_project(path: Path) -> Verdict | None:
    """The project's likelier answer on a file."""
    try:
        said = reportgen.diagnose(reportgen.load(path)).answers
    except reportgen.ReportgenError:
        return None
    if said["overfitting"].reason == "no-validation":
        return None
    return Verdict(forced(said["overfitting"]), said["diverged"].answer == "yes")


def read_by_runmedic(path: Path) -> Verdict | None:
    """The answer of ``runmedic FILE``."""
    runs = import_module("runmedic.loaders").load(str(path))
    if len(runs) != 1 or not {"loss", "val_loss"} <= set(runs[0].series):
        return None
    return verdict_of_runmedic(runs[0])


def read_by_trainproof(path: Path) -> Verdict | None:
    """The answer of ``trainproof epoch FILE``."""
    if not import_module("trainproof.adapters").parse_log_with_format(path):
        return None
    return verdict_of_trainproof(import_module("trainproof.epoch").check_epoch(path)["findings"])


READERS: Final[dict[str, Ask]] = {"runmedic": read_by_runmedic, "trainproof": read_by_trainproof}


def score_pasted(cases: Sequence[Case]) -> Section:
    """F1 of overfitting if a tool gets the printed lines, and the share of runs that it reads."""
    scored = [case for case in cases if case.overfitting in ("yes", "no")]
    true = yes_flags([case.overfitting for case in scored])
    installed = {rival.package for rival in RIVALS if rival.version() is not None}
    asked = {PROJECT: read_by_project} | {name: ask for name, ask in READERS.items() if name in installed}
    rows: list[tuple[str, tuple[float | None, ...]]] = []
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{case.run_id}.txt" for case in scored]
        for case, path in zip(scored, paths, strict=True):
            path.write_text(pasted_text(case), "utf-8")
        for name, ask in asked.items():
            found = [_answer(ask, path) for path in paths]
            said = np.array([bool(verdict and verdict.overfitting) for verdict in found], dtype=np.bool_)
            was_read = np.array([verdict is not None for verdict in found], dtype=np.bool_)
            rows.append((name, (scores.share(was_read), scores.f1(said, true))))
    missing = tuple((name, "not installed") for name in READERS if name not in installed)
    title = f"overfitting, from the lines that Keras prints: {int(true.sum())} yes, {int((~true).sum())} no"
    return Section("pasted", title, ("read", "F1 forced"), tuple(rows), missing)


def _answer(ask: Ask, path: Path) -> Verdict | None:
    try:
        return ask(path)
    except Exception:  # any exception of another tool counts as no answer
        return None
