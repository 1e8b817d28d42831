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


def test_a_run_and_a_part_that_may_still_improve_are_called_unclear() -> None:
    parts = {
        "box_loss": (1.98, 1.79, 1.68, 1.58, 1.47, 1.43, 1.39, 1.34, 1.3, 1.27),
        "cls_loss": (3.89, 3.5, 3.19, 2.95, 2.76, 2.62, 2.5, 2.41, 2.34, 2.29),
        "val_box_loss": (2.117, 2.073, 2.046, 1.989, 1.971, 1.978, 1.954, 1.932, 1.909, 1.916),
        "val_cls_loss": (4.11, 3.73, 3.44, 3.21, 3.03, 2.89, 2.78, 2.7, 2.63, 2.58),
        "learning_rate": tuple(0.01 - 0.00091 * n for n in range(1, 11)),
    }
    totals = {
        f"{name}loss": [sum(pair) for pair in zip(parts[f"{name}box_loss"], parts[f"{name}cls_loss"], strict=True)]
        for name in ("", "val_")
    }
    history = reportgen.load({name: list(values) for name, values in (parts | totals).items()})
    words = word_report(history, reportgen.diagnose(history))
    assert words.outputs[0].headline == "Unclear whether it still improves."
    converged, more = words.answers[2:4]
    assert converged.answer == more.answer == "Unsure"
    assert converged.text.startswith("It is unclear whether the validation loss has levelled off: it was ")


def test_a_part_of_the_loss_that_does_not_improve_is_not_a_model_that_did_not_learn() -> None:
    history = reportgen.load({"loss": FALLING, "box_loss": FALLING, "dfl_loss": FLAT})
    words = word_report(history, reportgen.diagnose(history))
    assert "The dfl part of the loss did not improve." in words.detail
    assert [row.headline for row in words.outputs] == ["Still improving at the end.", "Not improved."]
