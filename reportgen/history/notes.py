"""What a reader should know of how a log was read: the sentences, and how they are said in other languages.

In: numbers of a source. Out: English sentences, kept with the history; for a report, the same in its language.
"""

import itertools
import re
from collections.abc import Sequence
from typing import Final, get_args

from reportgen.languages import ENGLISH, Axis, Language, marked

REUSED_HISTORY: Final = marked("The History object was used for more than one fit; its epochs are counted through.")
SORTED: Final = marked("The rows of the log do not stand in the order of their epochs; they were sorted.")
STARTED_OVER: Final = marked(
    "Epoch numbers start over in row {row}; the second training is counted on from epoch {epoch}."
)
EPOCH_TWICE: Final = marked("The log holds epoch {epoch} more than once; the values written last are shown.")
EPOCHS_TWICE: Final = marked(
    "The log holds epochs {first} to {last} more than once; the values written last are shown."
)
MORE_PLACES: Final = marked("The numbering of epochs goes back in {count} more places.")
MISSING: Final = marked("{count} epochs are missing from the log, the first gap being {first} to {last}.")
DECIMAL_COMMAS: Final = marked("The table's decimal commas were read as decimal points: {first} as {second}.")
GUESSED_NAMES: Final = marked("What these columns are was guessed by their names: {pairs}.")
LEFT_OUT: Final = marked("These columns hold no numbers and were left out: {columns}.")
MEANS: Final = marked("Where training values were logged several times in an epoch, their mean is shown.")
JUDGED_BY_EVALUATION: Final = marked(
    "The log counts steps. To be judged, training values between two evaluations were averaged."
)
EVALUATIONS_BY_EPOCH: Final = marked(
    "The log evaluates within epochs: each epoch of this report is one evaluation, the first after {first} epochs of "
    "training, the last after {last}."
)
LOGGED_EPOCHS: Final = marked(
    "The log goes by parts of epochs: each epoch of this report is one logged row, the first after {first} epochs of "
    "training, the last after {last}."
)
BOOSTING_ROUNDS: Final = marked("Each epoch of this report is one boosting round.")
ITERATIONS: Final = marked("Each epoch of this report is one iteration of the estimator.")
OTHER_SETS: Final = marked(
    "{first} is shown as training, {second} as validation; other data sets keep their own names."
)
TESTS: Final = marked("Results of a test are no curve and were left out: {columns}.")
GUESSED_SETS: Final = marked("Which data set is which was guessed: {pairs}.")
SUM_OF_LOSSES: Final = marked("The loss is the sum of these: {names}.")
UNFINISHED_EPOCH: Final = marked("Epoch {epoch} was not finished when the log ended, and was left out.")
NO_STEP: Final = marked("Values that were logged without a step are no curve and were left out: {columns}.")
NO_STEPS: Final = marked(
    "The log has no steps: each epoch of this report is one logged value, in the order in which they were logged."
)
BREAKS_OFF: Final = marked("The log breaks off at byte {byte}; what was to follow is not in this report.")
NO_END: Final = marked("The log has no end: the run was still going on when it was read, or it crashed.")
CUT: Final = marked(
    "This run was read from a report that holds {kept} of its {all} values; what is said of it here rests on these. "
    "The whole is in the log."
)
BATCHES: Final = marked(
    "Values of batches are means since the beginning of their epoch, as Keras gives them after each batch."
)
LAST_LINE: Final = marked("The last line breaks off and was left out.")
LAST_RECORD: Final = marked("The last record breaks off and was left out.")
DAMAGED_RECORD: Final = marked("Record {number} of {file} is damaged; it and what follows in that file were left out.")
OTHER_STEPS: Final = marked("Curves that do not count epochs were left out: {columns}.")
OTHER_RUNS: Final = marked("These folders are runs of their own and were left out: {folders}.")
STILL_RUNNING: Final = marked(
    "This report was written while training was running. If no newer one has taken its place, training was interrupted "
    "after it."
)

_ALL: Final = (
    REUSED_HISTORY, SORTED, STARTED_OVER, EPOCH_TWICE, EPOCHS_TWICE, MORE_PLACES, MISSING, DECIMAL_COMMAS,
    GUESSED_NAMES, LEFT_OUT, MEANS, JUDGED_BY_EVALUATION, EVALUATIONS_BY_EPOCH, LOGGED_EPOCHS, TESTS,
    BOOSTING_ROUNDS, ITERATIONS, OTHER_SETS, GUESSED_SETS, SUM_OF_LOSSES, UNFINISHED_EPOCH, LAST_LINE,
    LAST_RECORD, DAMAGED_RECORD, OTHER_STEPS, OTHER_RUNS,
    NO_STEP, NO_STEPS, BATCHES, BREAKS_OFF, NO_END, CUT, STILL_RUNNING,
)  # fmt: skip
_PLACE: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 2_000  # characters; a longer note is none of ours


def word_note(text: str, axis: Axis, **values: object) -> str:
    """One of the sentences above, of a run that is counted so."""
    return ENGLISH.counting(axis).say(text, **values)


def translate_note(note: str, language: Language) -> str:
    """A note in a report's language; as it is where it is none of ours."""
    if len(note) > _LONGEST:
        return note
    for axis, text in itertools.product(get_args(Axis), _ALL):
        places = {name: f"{{{name}}}" for name in _PLACE.findall(text)}
        said = ENGLISH.counting(axis).say(text, **places)
        found = find_note(said, [note])
        if found is not None:
            return language.counting(axis).say(text, **found)
    return note


def find_note(text: str, notes: Sequence[str]) -> dict[str, str] | None:
    """What stands in the places of one of our sentences, where a note says it; None where none does."""
    pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text)))
    found = (pattern.fullmatch(note) for note in notes if len(note) <= _LONGEST)
    return next((match.groupdict() for match in found if match), None)
