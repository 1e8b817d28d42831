"""Model cards: the section in Markdown, and metadata that state only what the run shows."""

import json
from dataclasses import replace
from pathlib import Path

import histories
import numpy as np
import pytest
import yaml
from command_line import call
from hypothesis import given, settings
from judged_runs import judged
from markdown_check import references, rendered
from strategies import histories as any_history

import reportgen
from reportgen.errors import DiagnosisError
from reportgen.history.facts import EarlyStopping
from reportgen.outputs.model_card import CardFacts, render_card

FACTS = CardFacts("me: my-model", "tabular-classification", "Pima “Indians”", "pima")
TAGS = {"h2", "h3", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}


def metadata(text):
    start, head, rest = text.split("---\n", 2)
    assert start == ""
    (model,) = yaml.safe_load(head)["model-index"]
    (result,) = model["results"]
    return model, result, rest


def test_metadata_have_task_dataset_and_the_values_of_the_last_epoch() -> None:
    model, result, rest = metadata(render_card(judged(histories.overfit_from_12()), FACTS))
    assert model["name"] == FACTS.model
    assert result["task"] == {"type": "tabular-classification"}
    assert result["dataset"] == {"type": "pima", "name": "Pima “Indians”", "split": "validation"}
    assert result["metrics"] == [{"type": "loss", "value": 0.976, "name": "Loss"}]
    assert rest.startswith("\n## Training\n")


def test_the_epoch_of_the_weights_is_the_given_one_or_the_restored_one() -> None:
    history = histories.overfit_from_12()
    _, result, rest = metadata(render_card(judged(history), replace(FACTS, epoch=12)))
    assert result["metrics"][0]["value"] == 0.4
    assert "The published weights are those of epoch 12." in rest
    stopped = history.with_run(replace(history.run, early_stopping=EarlyStopping("val_loss", 48, restored_epoch=12)))
    _, result, rest = metadata(render_card(judged(stopped), FACTS))
    assert result["metrics"][0]["value"] == 0.4
    assert "those of epoch 12" in rest
    with pytest.raises(DiagnosisError, match="The run has no epoch 61; it ends at 60"):
        render_card(judged(history), replace(FACTS, epoch=61))


def test_test_scores_replace_validation_values_and_names_are_those_of_the_hub() -> None:
    history = histories.overfit_from_12()
    results = (("binary_accuracy", 0.91234567), ("loss", 1e-7), ("perplexity", 1e20))
    tested = history.with_run(replace(history.run, test_results=results))
    _, result, rest = metadata(render_card(judged(tested), FACTS))
    assert result["dataset"]["split"] == "test"
    assert [(each["type"], each["value"]) for each in result["metrics"]] == [
        ("accuracy", 0.912346), ("loss", 1e-7), ("perplexity", 1e20),
    ]  # fmt: skip
    truth = np.arange(60) % 2
    evaluated = reportgen.build(history, evaluation=reportgen.evaluate(truth, (truth + (np.arange(60) % 10 == 0)) % 2))
    _, result, rest = metadata(evaluated.card(model="m", task="t", dataset="d"))
    assert {"accuracy", "balanced_accuracy"} <= {each["type"] for each in result["metrics"]}
    assert "Balanced accuracy" in rest


@pytest.mark.parametrize("facts", [CardFacts(), replace(FACTS, task=None), replace(FACTS, dataset="")])
def test_without_all_facts_there_are_no_metadata(facts: CardFacts) -> None:
    assert render_card(judged(histories.overfit_from_12()), facts).startswith("## Training\n")


def test_without_validation_or_test_values_there_are_no_metadata() -> None:
    assert render_card(judged(histories.no_validation()), FACTS).startswith("## Training\n")


@pytest.mark.parametrize("make", histories.ALL)
def test_every_run_has_a_card_whose_only_link_is_ours(make) -> None:
    text, ours, end = render_card(judged(make()), CardFacts()).partition("[Made with reportgen](https://")
    assert (bool(ours), end) == (True, "github.com/keras-reportgen/keras-reportgen)\n")
    page = rendered(text)
    assert set(page.tags) <= TAGS
    assert page.tags.count("h2") == 1
    assert not references(page.text)


@settings(max_examples=10)
@given(any_history())
def test_the_metadata_of_any_history_are_valid(history) -> None:
    text = render_card(judged(history), FACTS)
    if text.startswith("---"):
        _, result, _ = metadata(text)
        assert all(isinstance(each["value"], float | int) for each in result["metrics"])
        assert all(isinstance(each["type"], str) for each in result["metrics"])


def test_the_command_prints_the_card_and_needs_all_facts_for_metadata(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}))
    report = reportgen.build(tmp_path / "run.json")
    assert call("card", "run.json", cwd=tmp_path).stdout == report.card()
    given = ("--model", "m", "--task", "t", "--dataset", "d", "--dataset-id", "i", "--epoch", "2")
    done = call("card", "run.json", *given, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == report.card(model="m", task="t", dataset="d", dataset_id="i", epoch=2)
    refused = call("card", "run.json", "--model", "m", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("reportgen: the metadata of a model card also needs --task and --dataset.")
