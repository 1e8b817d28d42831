"""The figures in the documents are those that the benchmarks stored."""

import json
from pathlib import Path

import pytest

from reportgen.charts import choice, small_chart

ROOT = Path(__file__).parents[1]
SCORES = json.loads((ROOT / "benchmarks" / "data" / "scores.json").read_text("utf-8"))["sample"]
ADVICE = json.loads((ROOT / "benchmarks" / "data" / "advice.json").read_text("utf-8"))["held"]


def squeezed(document: str) -> str:
    return " ".join((ROOT / "docs" / document).read_text("utf-8").split())


@pytest.mark.parametrize("document", ["verdicts.md", "alternatives.md"])
def test_the_scores_of_verdicts(document: str) -> None:
    overfitting, rule = SCORES["overfitting"]["reportgen"], SCORES["overfitting"]["final > 1.1 x minimum"]
    more, best = SCORES["more"], SCORES["best"]
    figures = [
        *(overfitting["F1 forced"], overfitting["right when answered"], rule["F1 forced"], rule["right when answered"]),
        *(more["reportgen"]["F1 forced"], more["fell over 5 % in the last third"]["F1 forced"]),
        *(best["reportgen"]["within 2 %"], best["lowest validation loss"]["within 2 %"]),
    ]
    written = [f"{figure:.3f}".removeprefix("0") for figure in figures]
    written.append(f"(.{overfitting['answered'] * 100:.0f}")
    text = squeezed(document)
    assert [figure for figure in written if figure not in text] == []


def test_how_many_metrics_have_charts() -> None:
    text = squeezed("charts.md")
    assert f"up to {choice.MAX_ALL} metrics all have a large chart" in text
    assert f"the {choice.MAX_CARDS} most informative metrics have a large chart" in text
    assert f"up to {small_chart.MAX_SMALL} small ones" in text
    assert f"more than {choice.MAX_SINGLE}, only {choice.MAX_CARDS_OF_GROUPS} metrics have a large chart" in text
    assert f"at most {choice.MAX_ALL} large and {small_chart.MAX_SMALL} small charts" in squeezed("benchmarks.md")


def test_the_calibration_errors_of_verdicts() -> None:
    errors = [SCORES["calibration"][name] for name in ("overfitting", "more training helps", "converged", "learning")]
    written = ", ".join(f"{error['error']:.3f}".removeprefix("0") for error in errors)
    exact = [f"{error['if exact']:.3f}".removeprefix("0") for error in errors[:3]]
    text = squeezed("verdicts.md")
    assert f"| {written} |" in text
    assert f"{exact[0]}, {exact[1]} and {exact[2]} for overfitting, more training and convergence" in text


def test_how_often_advice_helped() -> None:
    followed, text = ADVICE["all but use-it"], squeezed("alternatives.md")
    figures = {"following the first advice": followed, **ADVICE["rivals"]}
    for who, counts in figures.items():
        share = round(100 * (counts["improved"] + counts["kept"]) / counts["tested"])
        assert f"{share}% of {counts['tested']}" in text, who
        assert f"| {counts['tested']} | {share}% |" in squeezed("verdicts.md"), who
