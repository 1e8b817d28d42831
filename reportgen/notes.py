"""What a reader should know of how a log was read: the sentences, and how they are said in other languages.

In: numbers of a source. Out: English sentences, kept with the history; for a report, the same in its language.
"""

import re
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

_ALL: Final = (
    REUSED_HISTORY, SORTED, STARTED_OVER, EPOCH_TWICE, EPOCHS_TWICE, MORE_PLACES, MISSING, DECIMAL_COMMAS,
)  # fmt: skip


def translate_note(note: str, language: Language) -> str:
    """A note in a report's language; as it is where it is none of ours."""
    for text in _ALL:
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\S+)", re.escape(text)), note)
        if found:
            return language.say(text, **found.groupdict())
    return note
