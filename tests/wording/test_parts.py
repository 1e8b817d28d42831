"""What is judged one by one is called what it is."""

import pytest

import reportgen
from reportgen.diagnosis.outputs import kind_of_parts, output_names
from reportgen.page.words import word_report

FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
FLAT = [1.0] * 6
EVALUATED = {"loss": FALLING, "val_news_loss": FALLING, "val_chat_loss": FALLING}


@pytest.mark.parametrize(
    ("columns", "kind", "title"),
    [
        (EVALUATED, "set", "Evaluation sets"),
        (EVALUATED | {"val_news_accuracy": FALLING}, "set", "Evaluation sets"),
        ({"loss": FALLING, "box_loss": FALLING, "dfl_loss": FLAT}, "loss", "Parts of the loss"),
        ({"loss": FALLING, "a_loss": FALLING, "b_loss": FALLING, "a_accuracy": FALLING}, "output", "Outputs"),
    ],
)
def test_parts_are_called_what_they_are(columns: dict[str, list[float]], kind: str, title: str) -> None:
    history = reportgen.load(columns)
    assert kind_of_parts(history, output_names(history)) == kind
    words = word_report(history, reportgen.diagnose(history))
    assert words.outputs_title == title


def test_a_part_of_the_loss_that_does_not_improve_is_not_a_model_that_did_not_learn() -> None:
    history = reportgen.load({"loss": FALLING, "box_loss": FALLING, "dfl_loss": FLAT})
    words = word_report(history, reportgen.diagnose(history))
    assert "The dfl part of the loss did not improve." in words.detail
    assert [row.headline for row in words.outputs] == ["Still improving at the end.", "Not improved."]
