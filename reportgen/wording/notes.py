"""The sentences of notes on how a run was recorded and read."""

import re
from typing import Final

from reportgen.history.notes import CHOSEN_LOG, CHOSEN_RUN, CUT, MORE, STILL_RUNNING, TEXT, Note, Value
from reportgen.languages import Language, marked
from reportgen.text import printable

SENTENCES: Final = {
    "reused-history": marked(
        "The History object was used for more than one fit(); its epochs are numbered consecutively."
    ),
    "sorted": marked("The rows of the log were not in epoch order; they were sorted."),
    "restarted": marked("Epoch numbering restarts in row {row}; from there, numbering continues at {epoch}."),
    "epoch-twice": marked("The log contains epoch {epoch} more than once; the values written last are shown."),
    "epochs-twice": marked(
        "The log contains epochs {first} to {last} more than once; the values written last are shown."
    ),
    "more-restarts": marked("Epoch numbering goes back in {count} more places."),
    "missing-epoch": marked("Epoch {first} is missing from the log."),
    "missing-epochs": marked("{count} epochs are missing from the log; the first gap is {first} to {last}."),
    "assumed-frequency": marked(
        "The history does not say which epochs were validated. Validation every {freq} epochs was assumed, as only that "
        "gives as many values as there are ({count}); pass validation_freq= (--validation-freq) if it is "
        "wrong."
    ),
    "decimal-commas": marked("Decimal commas in the table were read as decimal points: {first} as {second}."),
    "thousands": marked("Commas in numbers were read as thousands separators: {first} as {second}."),
    "guessed-columns": marked("The meaning of these metrics was guessed from their names: {pairs}."),
    "translated-names": marked("The column names were translated: {pairs}."),
    "no-numbers": marked("These columns contain no numbers and were left out: {columns}."),
    "rate-reduced": marked("A callback lowered the learning rate to {rate} after epoch {epoch}."),
    "rates-reduced": marked(
        "A callback lowered the learning rate {count} times: to {rate} after epoch {first}, last to {end} after epoch "
        "{last}."
    ),
    "ended-by-nan": marked("TerminateOnNaN ended the run because the loss of a batch was NaN."),
    "averaged": marked("Where training values were logged several times in an epoch, their mean is shown."),
    "judged-by-evaluation": marked(
        "For the verdict, the training values between two evaluations are averaged, as the log counts steps."
    ),
    "evaluations-as-epochs": marked(
        "The model was evaluated more than once per epoch: each epoch in this report is one evaluation, the first after "
        "{first} epochs of training, the last after {last}."
    ),
    "rows-as-steps": marked(
        "The log counts fractions of epochs: each step in this report is one logged row, the first after {first} epochs "
        "of training, the last after {last}."
    ),
    "rows-as-epochs": marked(
        "The log counts fractions of epochs: each epoch in this report is one logged row, the first after {first} "
        "epochs of training, the last after {last}."
    ),
    "boosting-rounds": marked("Each epoch in this report is one boosting round."),
    "episodes": marked("Each epoch in this report is one episode."),
    "episodes-as-steps": marked(
        "Each value belongs to one episode, and is placed at the number of environment steps taken by its end."
    ),
    "several-validation-sets": marked(
        "The log has {count} validation sets; {first} is used for validation, and the others keep their own names."
    ),
    "steps-counted-on": marked(
        "The log restarts its step count in each epoch; here, steps are numbered consecutively."
    ),
    "evaluations": marked("Each epoch in this report is one evaluation of the log."),
    "mean-over-folds": marked(
        "The values are means over the folds of a cross-validation; their standard deviations were left out."
    ),
    "iterations": marked("Each epoch in this report is one iteration of the estimator."),
    "other-sets": marked(
        "{first} is used as the training set and {second} as the validation set; other data sets keep their own names."
    ),
    "guessed-sets": marked("The roles of the data sets were guessed: {pairs}."),
    "tests": marked("Test results are not a curve and were left out: {columns}."),
    "summed-losses": marked("The log has no total loss; the sum of its parts is shown as {names}."),
    "unfinished-epoch": marked("Epoch {epoch} was not finished when the log ended, and was left out."),
    "open-epoch": marked(
        "Epoch {epoch} was not finished when the log ended; values of its batches were left out where other epochs have "
        "values of the whole epoch."
    ),
    "unfinished-run": marked("The log ends before its only epoch does; the values so far are shown."),
    "not-understood": marked(
        'Printed values that were not recognised and are not shown: {count}, the first after "{example}".'
    ),
    "counts-up": marked(
        "The values of {names} are increasing whole numbers. If they are a counter and not a metric, that "
        "part of the log was misread."
    ),
    "same-name": marked(
        "Some lines of this log have two values with the same name; the second ones are shown as {names}."
    ),
    "validation-left": marked(
        'The log has validation values that were not recognised, on lines such as "{example}". They are not shown as '
        "validation values."
    ),
    "other-epochs": marked(
        "The log names epochs {first} to {last}, but they were not recognised as epochs; here, epochs are "
        "numbered differently."
    ),
    "tags-left": marked("Lines that begin with {names} were read as values of the same metrics."),
    "no-step": marked("Values logged without a step are not a curve and were left out: {columns}."),
    "own-criterion": marked("The training tool chose its best model by {name}."),
    "no-steps": marked(
        "The log has no step numbers: each epoch in this report is one logged value, in the order of logging."
    ),
    "breaks-off": marked("The log ends abruptly at byte {byte}; any later values are not in this report."),
    "no-end": marked("The log has no end marker: the run was still in progress when it was read, or it had crashed."),
    CUT: marked(
        "This run was read from a report that contains {kept} of its {all} values; everything here is based on those. "
        "The log has all values."
    ),
    "batches": marked("Batch values are running means since the start of the epoch, as Keras reports them."),
    "last-line": marked("The last line is incomplete and was left out."),
    "damaged-lines": marked("Lines that could not be read were left out ({count}): line {lines}."),
    "odd-values": marked(
        "Values that are not numbers, and vectors of a different length, were left out: {count} in {columns}, the first in "
        "row {row}."
    ),
    "odd-rows": marked("Entries that are not objects were left out: {count}, the first at position {row}."),
    "columns-of-no-run": marked("These columns do not belong to any run and were left out: {columns}."),
    "odd-names": marked("Names that are empty or contain invalid characters were replaced: {pairs}."),
    "columns-twice": marked("Columns with these names occur more than once; the first of each was used: {columns}."),
    "no-lists": marked("These are not lists of values and were left out: {columns}."),
    "rows-without-epoch": marked("Rows without an epoch or a step were left out: {count}."),
    "before-training": marked("Results before training, which are not part of the curves: {values}."),
    "no-curves": marked("These lists are not curves of this run and were left out: {columns}."),
    "odd-cells": marked(
        "Values that are not numbers, vectors that change their length, and facts that are not valid were left out: "
        "{names}."
    ),
    "lost-pictures": marked("The page that this run was read from lacks pictures of its figures: {count}."),
    "last-record": marked("The last record is incomplete and was left out."),
    "damaged-record": marked(
        "Record {number} of {file} is damaged; it and everything after it in that file were left out."
    ),
    "other-steps": marked("Curves that are not logged once per epoch were left out: {columns}."),
    "other-runs": marked("These folders are separate runs and were left out: {folders}."),
    CHOSEN_LOG: marked(
        "The folder contains {count} logs; this report shows {log}. To report on another, pass one of these instead: "
        "{others}."
    ),
    CHOSEN_RUN: marked(
        "The source contains {count} runs; this report shows {run}. To report on another, pass its name or number as "
        "run= (--run): {runs}."
    ),
    STILL_RUNNING: marked(
        "This report was written while training was still running. If no newer report has replaced it, training was "
        "interrupted afterwards."
    ),
}
UNIT_NOTES: Final = ("boosting-rounds", "iterations", "episodes")  # needless if the sentences use the words of the tool
_PLACE: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 400  # characters


def word_note(note: Note, language: Language) -> str:
    """A note as a sentence. Notes from a newer version of reportgen are shown as code and values."""
    sentence = SENTENCES.get(note.code)
    shown = {name: _word_value(value) for name, value in note.values}
    if note.code == CHOSEN_RUN and (numbered := numbered_runs(note)):
        shown["runs"] = _word_value(numbered)
    if note.code == "summed-losses" and isinstance(names := note.get("names"), tuple):
        shown["names"] = " + ".join(names)
    if sentence is None:
        text = ", ".join(map(str, shown.values()))
        return printable(text if note.code == TEXT else f"{note.code}: {text}", _LONGEST)
    spoken = language.counting("step" if note.get("axis") == "step" else "epoch")
    places: dict[str, object] = {name: shown.get(name, "?") for name in _PLACE.findall(sentence)}
    return printable(spoken.say(sentence, **places), _LONGEST)


def numbered_runs(note: Note) -> tuple[str, ...]:
    """The other runs of a note on a chosen run, by number and name: ``1 (fold 1)``, or ``run 1`` without a name."""
    names, own = note.get("runs"), note.get("number")
    if not isinstance(names, tuple):
        return ()
    numbers = [number for number in range(1, len(names) + 2) if number != own]
    return tuple(
        name if name in (MORE, f"run {number}") else f"{number} ({name})"
        for number, name in zip(numbers, names, strict=False)
    )


def _word_value(value: Value) -> str | int:
    if isinstance(value, tuple):
        return ("; " if any(", " in each for each in value) else ", ").join(value)
    return f"{value:.10g}" if isinstance(value, float) else value
