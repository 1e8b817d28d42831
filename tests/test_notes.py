"""Notes on how a log was read, as they are written and as they are said in another language."""

import gettext
import re
import time

import pytest

from reportgen.history import notes
from reportgen.languages import ENGLISH, Language

TEXTS = {name: text for name, text in vars(notes).items() if name.isupper() and isinstance(text, str)}


class Loud(gettext.NullTranslations):
    """A catalogue that says every text in capitals."""

    def gettext(self, message: str) -> str:
        return re.sub(r"[^{}]+(?![^{]*})", lambda part: part[0].upper(), message)


@pytest.mark.parametrize("name", TEXTS)
def test_every_note_is_found_again_with_what_stands_in_it(name: str) -> None:
    places = dict.fromkeys(re.findall(r"{(\w+)}", TEXTS[name]), "train loss → loss, b")
    note = TEXTS[name].format(**places)
    said = notes.translate_note(note, Language("xx", Loud()))
    assert said == Loud().gettext(TEXTS[name]).format(**places)
    assert notes.translate_note(note, ENGLISH) == note


def test_a_note_that_is_none_of_ours_stays_as_it_is() -> None:
    assert notes.translate_note("Written by hand.", Language("xx", Loud())) == "Written by hand."


def test_a_long_note_is_not_searched_for_long() -> None:
    long = "is shown as training, " * 100_000
    start = time.process_time()
    assert notes.translate_note(long, Language("xx", Loud())) == long
    assert notes.translate_note(long[:1999], Language("xx", Loud())) == long[:1999]
    assert time.process_time() - start < 3
