"""What was read, in a line: the format, which of several runs, epochs or steps, metrics, and what was left out."""

from typing import Final

from reportgen.diagnosis.excerpts import find_excerpt
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CHOSEN_LOG, CHOSEN_RUN
from reportgen.languages import Language, marked
from reportgen.text import printable
from reportgen.wording.notes import numbered_runs
from reportgen.wording.terms import unit_of

_LONGEST: Final = 40  # characters of a name
_COUNTED: Final = {  # by the code of the note that has the count: one, and several
    "not-understood": (marked("{n} value that was not understood"), marked("{n} values that were not understood")),
    "damaged-lines": (marked("{n} damaged line"), marked("{n} damaged lines")),
    "odd-values": (marked("{n} value that is not a number"), marked("{n} values that are not numbers")),
    "odd-rows": (marked("{n} entry that is not an object"), marked("{n} entries that are not objects")),
}
_LEFT_OUT: Final = {
    "no-numbers": marked("columns without numbers"),
    "columns-of-no-run": marked("columns that belong to no run"),
    "no-step": marked("values without a step"),
    "no-lists": marked("values that are not lists"),
    "no-curves": marked("lists that are not curves"),
    "odd-cells": marked("values that are not numbers"),
    "other-steps": marked("curves not logged once per epoch"),
    "other-runs": marked("runs in other folders"),
    "unfinished-epoch": marked("an unfinished epoch"),
    "last-line": marked("an incomplete last line"),
    "last-record": marked("an incomplete last record"),
    "damaged-record": marked("a damaged record and what follows it"),
}


def word_source(history: TrainingHistory, read_as: str | None, language: Language) -> str:
    """What was read: "Read as Keras CSVLogger (csv): run 2 of 2 (fit 2), 8 epochs, 4 metrics; left out: ...".

    Args:
        history: The run.
        read_as: The format of the source; None for objects.
        language: The language of the text.
    """
    say = language.say
    parts = [
        *_chosen(history, language),
        _span(history, language),
        language.say_count("{n} metric", "{n} metrics", len(history.keys)),
    ]
    shown = parts[0]
    for part in parts[1:]:
        shown = say("{first}, {second}", first=shown, second=part)
    if left_out := _left_out(history, language):
        shown = say("{shown}; left out: {names}", shown=shown, names=left_out)
    if read_as is None:
        return say("Read: {shown}.", shown=shown)
    return say("Read as {format}: {shown}.", format=read_as, shown=shown)


def word_choice(history: TrainingHistory, language: Language) -> list[str]:
    """Which other runs or logs the source has, and how to choose one of them."""
    said = []
    for note in history.run.notes:
        if note.code == CHOSEN_RUN:
            listed = language.say(", ").join(numbered_runs(note))
            said.append(language.say("Other runs: {runs}. Choose one with --run and its name or number.", runs=listed))
        elif note.code == CHOSEN_LOG:
            others = note.get("others")
            listed = language.say(", ").join(others if isinstance(others, tuple) else ())
            said.append(language.say("Other logs: {logs}. Choose one with --run and its name.", logs=listed))
    return said


def _chosen(history: TrainingHistory, language: Language) -> list[str]:
    """Which of several logs, and which of several runs was read."""
    said = []
    for note in history.run.notes:
        if note.code == CHOSEN_LOG:
            name = printable(str(note.get("log")), _LONGEST)
            said.append(language.say("one of {count} logs ({name})", count=note.get("count"), name=name))
        elif note.code == CHOSEN_RUN:
            name = printable(str(note.get("run")), _LONGEST)
            number, count = note.get("number"), note.get("count")
            if name == f"run {number}":
                said.append(language.say("run {number} of {count}", number=number, count=count))
            else:
                said.append(language.say("run {number} of {count} ({name})", number=number, count=count, name=name))
    return said


def _span(history: TrainingHistory, language: Language) -> str:
    """The epochs or steps of the run, in the word of its tool."""
    spoken = language.counting(history.axis, unit_of(history.run, history.axis))
    epochs, planned = history.epochs, history.run.epochs_planned
    first, last, count = int(epochs[0]), int(epochs[-1]), len(epochs)
    of_plan = planned is not None and planned > last
    if find_excerpt(history) is not None and count > 1:
        if of_plan:
            return spoken.say("epochs {first} to {last} of {planned}", first=first, last=last, planned=planned)
        return spoken.say("epochs {first} to {last}", first=first, last=last)
    if history.axis == "step" and count > 1:
        return spoken.say("epochs {first} to {last} ({count} logged)", first=first, last=last, count=count)
    if of_plan and count == 1:
        return spoken.say("epoch {first} of {planned}", first=first, planned=planned)
    if of_plan:
        return spoken.say("{count} of {planned} epochs", count=count, planned=planned)
    return spoken.say_count("{n} epoch", "{n} epochs", count)


def _left_out(history: TrainingHistory, language: Language) -> str:
    """What was left out, each kind once."""
    said: dict[str, None] = {}
    for note in history.run.notes:
        count = note.get("count")
        if note.code in _COUNTED and isinstance(count, int):
            said[language.say_count(*_COUNTED[note.code], count)] = None
        elif note.code in _LEFT_OUT:
            said[language.say(_LEFT_OUT[note.code])] = None
    return language.say(", ").join(said)
