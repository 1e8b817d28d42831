"""The settings of a run, and those that differ from a baseline: in the sentence, on the page and in JSON."""

from dataclasses import replace
from typing import Any

import pytest

import reportgen
from reportgen.diagnosis.settings_compared import changed_settings, run_settings
from reportgen.history.frame import TrainingHistory
from reportgen.history.params import flat_params

COMMITS = ("a1b2c3d4" * 5, "c3d4e5f6" * 5)


def run(**facts: Any) -> TrainingHistory:
    history = reportgen.load({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]})
    return history.with_run(replace(history.run, **facts))


def test_the_settings_that_matter_most_come_first() -> None:
    history = reportgen.load({"loss": [0.9, 0.5], "lr": [0.01, 0.001]})
    facts = replace(history.run, params=(("width", "64"),), settings=(("batch_size", "32"),), optimizer="Adam")
    settings = run_settings(history.with_run(facts))
    assert list(settings)[:3] == ["learning_rate", "batch_size", "optimizer"]
    assert settings["learning_rate"] == "0.01"
    assert settings["width"] == "64"


@pytest.mark.parametrize(
    ("rates", "known"),
    [
        ([0.002, 0.01, 0.01, 0.005], "0.01"),  # a warm-up and a decay
        ([0.01, 0.01, 0.01], "0.01"),
        ([float("nan"), 0.01, 0.001], "0.01"),
        ([0.002, 0.004, 0.006], None),  # it ended during the warm-up
    ],
)
def test_a_learning_rate_that_is_read_from_its_curve_is_the_highest_one(rates: list[float], known: str | None) -> None:
    history = reportgen.load({"loss": [0.9, 0.5, 0.4, 0.3][: len(rates)], "lr": rates})
    assert run_settings(history).get("learning_rate") == known


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({"params": (("lr", "0.1"),)}, {"params": (("lr", "0.1"),)}, {}),
        ({"params": (("lr", "0.1"),)}, {"params": (("lr", "0.2"),)}, {"lr": ("0.1", "0.2")}),
        ({"params": (("lr", "0.1"),)}, {"params": (("width", "3"),)}, {"width": (None, "3"), "lr": ("0.1", None)}),
        ({}, {"params": (("lr", "0.1"),)}, {}),  # nobody knows the baseline's
        ({"params": (("lr", "0.1"),)}, {"optimizer": "Adam"}, {}),
        (
            {"settings": (("batch_size", "8"), ("Stop", "used"), ("Stop.patience", "3"))},
            {"settings": (("batch_size", "8"), ("Save", "used"), ("Save.mode", "min"), ("Save.more.depth", "2"))},
            {"Save": (None, "used"), "Stop": ("used", None)},
        ),
        (
            {"settings": (("Stop", "used"), ("Stop.patience", "3"))},
            {"settings": (("Stop", "used"), ("Stop.patience", "4"), ("Stop.mode", "min"))},
            {"Stop.patience": ("3", "4"), "Stop.mode": (None, "min")},
        ),
        (
            {"provenance": (("commit", COMMITS[0]), ("host", "a"))},
            {"provenance": (("commit", COMMITS[1]), ("host", "b"))},
            {"commit": COMMITS},
        ),
        ({"tags": ("a",)}, {"tags": ("a", "b")}, {"tags": ("a", "a, b")}),
        ({"tags": ("a",)}, {}, {}),
        ({"versions": (("keras", "3.1"),)}, {"versions": (("keras", "3.2"), ("jax", "1"))}, {"keras": ("3.1", "3.2")}),
    ],
)
def test_a_setting_has_changed_if_both_runs_have_settings_of_its_kind(
    before: dict[str, Any], after: dict[str, Any], changed: dict[str, Any]
) -> None:
    found = changed_settings(run(**after), run(**before))
    assert {item.name: (item.before, item.after) for item in found} == changed


def test_changes_follow_the_comparison_and_are_the_first_rows_of_the_table() -> None:
    origins = [{"params": (("width", "8"), ("lr", rate)), "provenance": (("commit", commit),)} for rate, commit in
               zip(("0.001", "0.01"), COMMITS, strict=True)]  # fmt: skip
    report = reportgen.build(run(**origins[1]), baseline=run(**origins[0]))
    page = report._page
    assert page.comparison_text.endswith("What changed: lr 0.001 → 0.01, commit a1b2c3d4 → c3d4e5f6.")
    assert page.comparison_text in report.summary().replace("\n", " ")
    assert page.settings is not None
    assert page.settings.headers == ("Setting", "Value", "Baseline")
    assert page.settings.rows[0] == ("lr", "0.01", "0.001")
    assert ("width", "8", "") in page.settings.rows
    assert 'id="settings"' in report.to_html()
    data = report.to_dict()
    assert data["settings"]["width"] == "8"
    assert data["provenance"] == {"commit": COMMITS[1]}
    assert data["baseline"]["changed"][0] == {"name": "lr", "before": "0.001", "after": "0.01"}
    assert TrainingHistory.from_json(report.history.to_json()) == report.history


def test_many_changes_are_counted_and_a_run_without_recorded_settings_has_no_section() -> None:
    before, after = (run(params=flat_params({f"p{i}": i + step for i in range(9)})) for step in (0, 1))
    assert "p1 1 → 2 and 7 more." in reportgen.build(after, baseline=before)._page.comparison_text
    report = reportgen.build({"loss": [0.9, 0.5]})
    assert report._page.settings is None
    assert 'id="settings"' not in report.to_html()


class Config:
    """A configuration with an address in its text."""


@pytest.mark.parametrize(
    ("params", "flat"),
    [
        ({"a": {"b": {"c": 1}}}, {"a.b.c": "1"}),
        ({"a": {}}, {"a": "{}"}),
        ({"rate": 1e-05, "big": 0.1 + 0.2}, {"rate": "1e-05", "big": "0.3"}),
        ({"f": print, "kind": Config, "made": Config()}, {"f": "print", "kind": "Config", "made": "Config"}),
        ({"set": {"b", "a"}}, {"set": "[a, b]"}),
        ({"db": {"password": "x", "user": "y"}}, {"db.password": "(masked)", "db.user": "y"}),
        ({"apiKey": "x", "HF_TOKEN": "x", "secret": 5}, dict.fromkeys(["apiKey", "HF_TOKEN", "secret"], "(masked)")),
        (
            {"max_tokens": 8, "key_dim": 64, "tokenizer": "bpe"},
            {"max_tokens": "8", "key_dim": "64", "tokenizer": "bpe"},
        ),
        ({"two\nlines": "a\nb", "odd": "\ud800"}, {"two lines": "a b", "odd": "?"}),
    ],
)
def test_params_are_flat_short_and_the_same_in_each_run(params: dict[str, Any], flat: dict[str, str]) -> None:
    assert dict(flat_params(params)) == flat
