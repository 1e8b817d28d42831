"""The sentences of notes on how a run was recorded and read."""

import dataclasses
import gettext
import re

import pytest

from reportgen.history import notes
from reportgen.history.notes import Note
from reportgen.languages import ENGLISH, Language
from reportgen.wording.notes import SENTENCES, word_note


class Loud(gettext.NullTranslations):
    """A catalogue that translates every text to capitals."""

    def gettext(self, message: str) -> str:
        return re.sub(r"[^{}]+(?![^{]*})", lambda part: part[0].upper(), message)


@pytest.mark.parametrize("code", SENTENCES)
def test_every_note_is_in_the_language_of_the_report(code: str) -> None:
    values = dict.fromkeys(re.findall(r"{(\w+)}", SENTENCES[code]), "train loss → loss")
    said = word_note(Note.of(code, **values), Language("xx", Loud()))
    assert said == Loud().gettext(SENTENCES[code]).format(**values)


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (Note.of("text", text="Trained on my laptop."), "Trained on my laptop."),
        (Note.of("breaks-off", byte=12_345), "The log ends abruptly at byte 12,345; any later values are not in this"),
        (Note.of("rows-as-epochs", first=0.25, last=2.0), "the first after 0.25 epochs of training, the last after 2."),
        (Note.of("no-numbers", columns=("a", "b", "…")), "were left out: a, b, …."),
        (Note.of("no-numbers", columns=("a, 1", "a, 2")), "were left out: a, 1; a, 2."),
        (Note.of("epoch-twice", axis="step", epoch=7), "The log contains step 7 more than once"),
        (Note.of("batches"), "since the start of the epoch"),
        (Note.of("sum\u202eof", names=("a",)), "sum\N{REPLACEMENT CHARACTER}of: a"),  # of a newer version
        (Note.of("summed-losses"), "The log has no total loss; the sum of its parts is shown as ?."),
    ],
)
def test_a_note_is_one_sentence_with_its_values(note: Note, sentence: str) -> None:
    assert sentence in word_note(note, ENGLISH.counting("step"))


def test_a_long_sentence_is_cut() -> None:
    assert len(word_note(Note.of("text", text="x" * 10_000), ENGLISH)) == 400


def test_every_code_that_the_package_writes_has_a_sentence() -> None:
    from test_architecture import MODULES

    text = "".join(path.read_text("utf-8") for path in MODULES)
    written = set(re.findall(r'\b(?:Note|Note\.of|counted_note)\(\s*"([a-z-]+)"', text)) - {notes.TEXT}
    assert len(written) > 25
    assert written <= set(SENTENCES)


def test_names_are_shortened_for_notes() -> None:
    assert notes.short_names(["a" * 100, "b\n"]) == ("a" * 39 + "…", "b\N{REPLACEMENT CHARACTER}")
    assert notes.short_names(map(str, range(8))) == tuple("01234567")
    assert notes.short_names(map(str, range(9))) == (*"01234567", "…")
    assert notes.short_pairs([("valid_loss", "val_loss")]) == ("valid_loss → val_loss",)


def test_notes_are_frozen_and_hashable() -> None:
    note = Note.of("missing-epochs", count=2, first=3, last=4)
    assert {note: 1}[Note.of("missing-epochs", count=2, first=3, last=4)] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        note.code = "x"  # type: ignore[misc]
