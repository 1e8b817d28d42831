"""Facts about the run as text: how it ended, its settings, and the key numbers shown beside the verdict."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from reportgen import formatting, metrics
from reportgen.diagnosis.excerpts import Excerpt, find_excerpt
from reportgen.history.facts import EarlyStopping
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CUT, STILL_RUNNING
from reportgen.history.resource_use import ResourceUse
from reportgen.languages import Language, grouped
from reportgen.page.contents import Cut, Fact
from reportgen.page.statements import name_gap, word_gap
from reportgen.page.value_tables import result_keys
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.subject import part_shown

_MAX_HIGHLIGHTS = 4
_MAX_RESULTS = 8  # of a test, in the sentence about it


def status_line(history: TrainingHistory, language: Language) -> str:
    """How training ended; empty if unknown or as planned."""
    say, last, planned = language.say, int(history.epochs[-1]), history.run.epochs_planned
    if history.run.status == "interrupted":
        if planned:
            return say("Interrupted at epoch {epoch} of {planned}.", epoch=last, planned=planned)
        return say("Interrupted at epoch {epoch}.", epoch=last)
    if history.run.status == "stopped-early":
        if planned:
            return say("Stopped early at epoch {epoch} of {planned}.", epoch=last, planned=planned)
        return say("Stopped early at epoch {epoch}.", epoch=last)
    return part_shown(_unreached(history), language)


def _unreached(history: TrainingHistory) -> Excerpt | None:
    """The part shown by a log that begins with the first epoch and ends before the planned last one."""
    last, planned = int(history.epochs[-1]), history.run.epochs_planned
    running = any(note.code == STILL_RUNNING for note in history.run.notes)
    if history.axis == "step" or history.run.status != "unknown" or planned is None or planned <= last or running:
        return None
    if find_excerpt(history) is not None:
        return None  # the verdict says which part it shows
    return Excerpt(int(history.epochs[0]), last, len(history.epochs), planned, has_gap=False)


def identity_of(history: TrainingHistory, language: Language) -> tuple[str, ...]:
    """When the run started, how long it is, and how long it took, as far as known."""
    last, found = len(history.epochs), [_moment(history.run.started_at)]
    if history.axis == "epoch":
        found.append(language.say_count("{n} epoch", "{n} epochs", last))
    if history.run.durations_s:
        found.append(formatting.duration(float(np.nansum(history.run.durations_s)), language))
    return tuple(printable(text, 80) for text in found if text)


def run_facts(history: TrainingHistory, language: Language) -> tuple[Fact, ...]:
    """The known facts of the run, in reading order."""
    say, run, trainable = language.say, history.run, history.run.trainable_parameters
    last, planned = int(history.epochs[-1]), history.run.epochs_planned
    logged, part = grouped(len(history.epochs)), find_excerpt(history)
    epochs = say("{epoch} of {planned}", epoch=last, planned=planned) if planned else logged
    if part is not None:
        epochs = _count_shown(part, language)
    facts: list[tuple[str, str | None]] = [
        (say("Epochs"), epochs if history.axis == "epoch" else None),
        (say("Steps per epoch"), formatting.count(run.steps_per_epoch) if run.steps_per_epoch else None),
    ]
    steps = history.steps if history.axis == "epoch" else history.epochs
    if len(steps):
        first, final = formatting.count(int(steps[0])), formatting.count(int(steps[-1]))
        counted = say("Epochs") if history.axis == "step" else say("Steps")  # in the word of the tool
        facts.append((counted, say("{first} to {last}", first=first, last=final)))
    if run.durations_s:
        seconds = np.array(run.durations_s)
        facts.append((say("Training time"), formatting.duration(float(np.nansum(seconds)), language)))
        facts.append((say("Time per epoch (median)"), formatting.duration(float(np.nanmedian(seconds)), language)))
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is not None and history.has(name, "train"):
        rates = history.series(name, "train").to_numpy()
        first, final = formatting.setting(float(rates[0])), formatting.setting(float(rates[-1]))
        rate = first if first == final else say("{first} to {last}", first=first, last=final)
        facts.append((say("Learning rate"), rate))
    facts += [
        (say("Optimizer"), run.optimizer),
        (say("Optimizer settings"), ", ".join(f"{key} {value}" for key, value in run.optimizer_settings) or None),
        (say("Loss function"), run.loss),
        (say("Early stopping"), _word_stopping(run.early_stopping, language)),
        (say("Model"), run.model_name),
        (say("Parameters"), _count_parameters(run.parameters, trainable, language)),
        (
            say("Trainable parameters"),
            None if trainable in (None, run.parameters) else formatting.count(trainable or 0),
        ),
        (say("Tags"), ", ".join(run.tags) or None),
        (say("Started"), _moment(run.started_at)),
        (say("Backend"), run.backend),
        (say("Versions"), ", ".join(f"{name} {version}" for name, version in run.versions) or None),
    ]
    return tuple(Fact(name, printable(value, 400)) for name, value in facts if value)


def _count_parameters(count: int | None, trainable: int | None, language: Language) -> str | None:
    """How many weights a model has, and whether training changes all of them; None if unknown."""
    if count is None:
        return None
    shown = formatting.count(count)
    return language.say("{n} (all trainable)", n=shown) if count == trainable else shown


def resource_facts(use: ResourceUse | None, language: Language) -> tuple[Fact, ...]:
    """The peaks and medians of what a run used of its machine; empty without samples."""
    if use is None:
        return ()
    say, size = language.say, formatting.memory_size
    cores = formatting.short(float(np.median(use.cpu_cores)), 2)
    facts = [Fact(say("Memory (peak)"), size(max(use.memory_bytes)))]
    facts.append(Fact(say("Busy CPU cores (median)"), f"{cores} / {use.machine_cores}" if use.machine_cores else cores))
    if use.gpu_ratio:
        facts.append(Fact(say("GPU use (median)"), formatting.percent(float(np.median(use.gpu_ratio)))))
    if use.gpu_memory_bytes:
        facts.append(Fact(say("GPU memory (peak)"), size(max(use.gpu_memory_bytes))))
    return tuple(facts)


def word_test_results(results: Sequence[tuple[str, float]], language: Language) -> str:
    """What was measured after training, in one sentence; empty if nothing was."""
    if not results:
        return ""
    named = [f"{printable(name, 40)} {formatting.short(value)}" for name, value in results[:_MAX_RESULTS]]
    text, more = ", ".join(named), len(results) - len(named)
    if more:
        text = language.say("{names} and {n} more", names=text, n=formatting.count(more))
    return language.say("Test results after training: {results}.", results=text)


def _word_stopping(used: EarlyStopping | None, language: Language) -> str | None:
    """The early stopping of a run, as far as known; None if it had none."""
    if used is None:
        return None
    say, parts = language.say, []
    if used.monitor:
        parts.append(say("monitor {key}", key=printable(used.monitor, 60)))
        parts.append(say("patience {patience}", patience=used.patience))
    if used.restored_epoch is not None:
        parts.append(say("weights of epoch {epoch} restored", epoch=used.restored_epoch))
    return ", ".join(parts) or None


def _count_shown(part: Excerpt, language: Language) -> str:
    """How many epochs the log shows, and which."""
    values = {"n": grouped(part.count), "first": grouped(part.first), "last": grouped(part.last)}
    if part.planned is None:
        return language.say("{n} ({first} to {last})", **values)
    return language.say("{n} ({first} to {last} of {planned})", planned=grouped(part.planned), **values)


def _moment(stamp: str | None) -> str | None:
    """An ISO 8601 time in readable form; other text is unchanged."""
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def highlights(history: TrainingHistory, diagnosis: Diagnosis) -> tuple[Fact, ...]:
    """The key numbers below the verdict: values at the best epoch, and that epoch; otherwise the number of epochs."""
    say = diagnosis.language.say
    part, best = diagnosis.reading.excerpt, diagnosis.best_epoch
    length = grouped(diagnosis.epochs) if part is None else _count_shown(part, diagnosis.language)
    if best is None or diagnosis.monitor is None:
        return (Fact(say("Epochs"), length),)
    found: list[Fact] = []
    judged_split = metrics.parse_key(diagnosis.monitor)[1]
    for key in result_keys(history):
        metric, split = metrics.parse_key(key)
        shown = key == diagnosis.monitor or (metrics.is_accuracy(metric) and split == judged_split)
        value = history.series(metric, split).get(best) if shown else None
        if value is not None:
            found.append(Fact(say("{key} at best epoch", key=printable(key, 30)), formatting.short(float(value))))
    found = found[: _MAX_HIGHLIGHTS - 1]
    if part is None:
        found.append(Fact(say("Best epoch"), say("{epoch} of {last}", epoch=best, last=int(history.epochs[-1]))))
        if gap := word_gap(diagnosis):
            found.append(Fact(name_gap(diagnosis), gap))
    else:
        found += [Fact(say("Best epoch shown"), grouped(best)), Fact(say("Epochs"), length)]
    return tuple(found)


def find_cut(history: TrainingHistory) -> Cut | None:
    """How much of a history its page left out; None if it is complete."""
    note = next((note for note in history.run.notes if note.code == CUT), None)
    if note is None:
        return None
    kept, logged = (formatting.count(n) if isinstance(n := note.get(name), int) else "?" for name in ("kept", "all"))
    return Cut(kept, logged)
