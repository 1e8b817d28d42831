"""What a reader should know of how a log was read: the sentences, and how they are said in other languages.

In: numbers of a source. Out: English sentences, kept with the history; for a report, the same in its language.
"""

import re
from collections.abc import Sequence
from typing import Final

from reportgen.languages import Language, marked

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
EVALUATIONS_BY_STEP: Final = marked(
    "The log counts steps: each epoch of this report is one evaluation, the first at step {first}, the last at step "
    "{last}."
)
LOGGED_STEPS: Final = marked(
    "The log counts steps: each epoch of this report is one of the logged steps, the first {first}, the last {last}."
)
EVALUATIONS_BY_EPOCH: Final = marked(
    "The log evaluates within epochs: each epoch of this report is one evaluation, the first after {first} epochs of "
    "training, the last after {last}."
)
LOGGED_EPOCHS: Final = marked(
    "The log goes by parts of epochs: each epoch of this report is one logged row, the first after {first} epochs of "
    "training, the last after {last}."
)
STEPS_GO_BACK: Final = marked("Steps go back in row {row}; the rows are taken in the order in which they were logged.")
BOOSTING_ROUNDS: Final = marked("Each epoch of this report is one boosting round.")
ITERATIONS: Final = marked("Each epoch of this report is one iteration of the estimator.")
OTHER_SETS: Final = marked(
    "{first} is shown as training, {second} as validation; other data sets keep their own names."
)
TESTS: Final = marked("Results of a test are no curve and were left out: {columns}.")
GUESSED_SETS: Final = marked("Which data set is which was guessed: {pairs}.")
SUM_OF_LOSSES: Final = marked("The loss is the sum of these: {names}.")
UNFINISHED_EPOCH: Final = marked("Epoch {epoch} was not finished when the log ended, and was left out.")
CUT: Final = marked(
    "This run was read from a report that holds {kept} of its {all} values; what is said of it here rests on these. "
    "The whole is in the log."
)
LAST_LINE: Final = marked("The last line breaks off and was left out.")

_ALL: Final = (
    REUSED_HISTORY, SORTED, STARTED_OVER, EPOCH_TWICE, EPOCHS_TWICE, MORE_PLACES, MISSING, DECIMAL_COMMAS,
    GUESSED_NAMES, LEFT_OUT, MEANS, EVALUATIONS_BY_STEP, LOGGED_STEPS, EVALUATIONS_BY_EPOCH, LOGGED_EPOCHS,
    STEPS_GO_BACK, TESTS, BOOSTING_ROUNDS, ITERATIONS,
    OTHER_SETS, GUESSED_SETS, SUM_OF_LOSSES, UNFINISHED_EPOCH, LAST_LINE, CUT,
)  # fmt: skip
_LONGEST: Final = 2_000  # characters; a longer note is none of ours


def translate_note(note: str, language: Language) -> str:
    """A note in a report's language; as it is where it is none of ours."""
    for text in _ALL:
        said = find_note(text, [note])
        if said is not None:
            return language.say(text, **said)
    return note


def find_note(text: str, notes: Sequence[str]) -> dict[str, str] | None:
    """What stands in the places of one of our sentences, where a note says it; None where none does."""
    pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text)))
    found = (pattern.fullmatch(note) for note in notes if len(note) <= _LONGEST)
    return next((match.groupdict() for match in found if match), None)
