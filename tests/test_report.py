"""The public functions: every kind of source, histories read back from reports, notebooks."""

import html
import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reportgen
from reportgen import RunFacts, TrainingHistory

LOSS, VAL_LOSS = [0.9, 0.5, 0.4, 0.35], [1.0, 0.7, 0.6, 0.65]
COLUMNS = {"loss": LOSS, "val_loss": VAL_LOSS}
HISTORY = TrainingHistory.from_columns([1, 2, 3, 4], COLUMNS)


def in_memory():
    """One run in every form that is not a file."""
    tidy = pd.DataFrame(
        [
            (i + 1, "loss", split, v)
            for split, c in (("train", LOSS), ("validation", VAL_LOSS))
            for i, v in enumerate(c)
        ],
        columns=["epoch", "metric", "split", "value"],
    )
    return {
        "dict": COLUMNS,
        "dict of arrays": {key: np.array(values) for key, values in COLUMNS.items()},
        "wide frame": pd.DataFrame(COLUMNS),
        "wide frame with epochs": pd.DataFrame({"epoch": [0, 1, 2, 3], **COLUMNS}),
        "tidy frame": tidy,
        "shuffled tidy frame": tidy.sample(frac=1, random_state=7).sort_values("metric", kind="stable"),
        "Keras History": SimpleNamespace(history=COLUMNS, epoch=[0, 1, 2, 3], params={}, model=None),
        "TrainingHistory": HISTORY,
    }


def in_files(folder):
    """One run in every form that is a file."""
    pd.DataFrame(COLUMNS).to_csv(folder / "index.csv")
    pd.DataFrame({"epoch": [0, 1, 2, 3], **COLUMNS}).to_csv(folder / "keras.csv", index=False)
    pd.DataFrame(COLUMNS).to_json(folder / "frame.json")
    (folder / "history.json").write_text(HISTORY.to_json())
    reportgen.build(HISTORY).save(folder / "report.html")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("kind", list(in_memory()))
def test_every_source_in_memory_is_read_as_the_same_run(kind):
    source = in_memory()[kind]
    loaded = reportgen.load(source)
    pd.testing.assert_frame_equal(loaded.frame, HISTORY.frame)
    given, expected = reportgen.diagnose(source).to_dict(), reportgen.diagnose(HISTORY).to_dict()
    if kind == "Keras History":  # its advice uses the words of Keras
        del given["verdict"]["advice"], expected["verdict"]["advice"]
    assert given == expected
    assert reportgen.build(source).history == loaded


def test_every_file_is_the_same_run(tmp_path):
    paths = in_files(tmp_path)
    assert len(paths) == 5
    for path in paths:
        for given_as in (path, str(path)):
            pd.testing.assert_frame_equal(reportgen.load(given_as).frame, HISTORY.frame)


def test_the_frame_is_tidy():
    frame = reportgen.load(COLUMNS).frame
    assert list(frame.columns) == ["epoch", "metric", "split", "value"]
    assert frame["epoch"].dtype == np.int64
    assert frame["value"].dtype == np.float64
    assert set(frame["split"]) == {"train", "validation"}


@pytest.mark.parametrize("wrong", [None, 7, [], [0.5, 0.4], {}, {"loss": []}, object(), b"x", {"loss": 0.5}])
def test_anything_else_is_a_source_error(wrong):
    for way in (reportgen.load, reportgen.build, reportgen.diagnose):
        with pytest.raises(reportgen.SourceError):
            way(wrong)


def test_every_function_passes_validation_freq_on():
    source = {"loss": [0.9, 0.7, 0.6, 0.5], "val_loss": [0.8]}  # of epoch 3 or 4
    for way in (reportgen.load, reportgen.build, reportgen.diagnose):
        with pytest.raises(reportgen.SourceError, match="validation_freq"):
            way(source)
    assert reportgen.load(source, validation_freq=3).series("loss", "validation").index.tolist() == [3]
    assert reportgen.build(source, validation_freq=3).history == reportgen.load(source, validation_freq=3)
    assert reportgen.diagnose(source, validation_freq=3).best_epoch == 3


def test_a_title_argument_replaces_the_title_of_the_run():
    run = TrainingHistory(HISTORY.frame, RunFacts(title="Its own"))
    assert "<title>Its own" in reportgen.build(run).to_html()
    given_one = reportgen.build(run, title="Given <b>&").to_html()
    assert "<title>Given &lt;b&gt;&amp;" in given_one
    assert "Given <b>" not in given_one


def test_a_baseline_can_be_any_source(tmp_path):
    worse = {"loss": [0.9, 0.8], "val_loss": [1.0, 0.9]}
    alone = reportgen.build(HISTORY).to_html()
    path = reportgen.build(worse).save(tmp_path / "earlier.html")
    compared = reportgen.build(HISTORY, baseline=path)
    assert compared.baseline == reportgen.load(worse)
    assert "0.3000 better" in compared.to_html()  # 0.6 against 0.9
    assert "0.3000 better" not in alone
    with pytest.raises(reportgen.SourceError):
        reportgen.build(HISTORY, baseline=tmp_path / "none.csv")


def test_facts_of_a_model_complete_those_of_the_run():
    model = SimpleNamespace(name="mine", optimizer=None, loss="mse", trainable_weights=[], count_params=lambda: 12)
    built = reportgen.build(HISTORY, model=model)
    assert (built.history.run.model_name, built.history.run.parameters, built.history.run.loss) == ("mine", 12, "mse")
    known = TrainingHistory(HISTORY.frame, RunFacts(model_name="known"))
    assert reportgen.build(known, model=model).history.run.model_name == "known"


def test_the_model_of_a_keras_history_is_used():
    model = SimpleNamespace(name="mine")
    source = SimpleNamespace(history=COLUMNS, epoch=[0, 1, 2, 3], params={"epochs": 9}, model=model)
    run = reportgen.build(source).history.run
    assert (run.model_name, run.status, run.epochs_planned) == ("mine", "stopped-early", 9)


def test_save_writes_the_text_of_to_html(tmp_path):
    report = reportgen.build(HISTORY)
    assert report.save(tmp_path / "r.html") == tmp_path / "r.html"
    assert (tmp_path / "r.html").read_bytes() == report.to_html().encode()
    assert report._page is report._page  # drawn once


def test_the_same_input_makes_the_same_bytes():
    assert reportgen.build(COLUMNS).to_html() == reportgen.build(HISTORY).to_html()
    assert reportgen.build(COLUMNS).to_html() != reportgen.build({**COLUMNS, "loss": [0.9, 0.5, 0.4, 0.36]}).to_html()


def test_a_notebook_shows_the_report_in_a_sandboxed_frame():
    report = reportgen.build(HISTORY, title="\"'><script>alert(1)</script>")
    shown = report._repr_html_()
    matched = re.fullmatch(r'<iframe [^<>]*sandbox="allow-scripts"[^<>]* srcdoc="([^"]*)"></iframe>', shown)
    assert matched
    assert html.unescape(matched.group(1)) == report.to_html()
    assert "allow-same-origin" not in shown.partition("srcdoc=")[0]


names = st.text(min_size=1, max_size=12).filter(lambda name: name.strip() and not name.startswith("val_"))
hostile = st.sampled_from(
    [
        "</script>",
        "<!--",
        "]]>",
        "loss",
        "ע\u202eב",
        "😀",
        "a\u2028b",
        '"&quot;\\',
        "lr",
    ]
)
values = st.one_of(
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308]),
)


@st.composite
def histories(draw):
    """Any run: hostile names, gaps, any 64-bit floats, facts or none."""
    epochs = sorted(draw(st.sets(st.integers(1, 10**6), min_size=1, max_size=6)))
    rows = []
    for metric in draw(st.lists(st.one_of(names, hostile), min_size=1, max_size=3, unique=True)):
        for split in draw(st.sampled_from([["train"], ["validation"], ["train", "validation"]])):
            kept = draw(st.lists(st.sampled_from(epochs), min_size=1, unique=True))
            rows += [(epoch, metric, split, draw(values)) for epoch in kept]
    frame = pd.DataFrame(rows, columns=["epoch", "metric", "split", "value"])
    present = len(set(frame["epoch"]))
    run = RunFacts(
        title=draw(st.none() | hostile),
        status=draw(st.sampled_from(["unknown", "completed", "interrupted"])),
        durations_s=tuple(draw(st.lists(st.floats(0, 1e6), min_size=present, max_size=present) | st.just([]))),
        optimizer_settings=draw(st.sampled_from([(), (("momentum", "</script><b>"),)])),
    )
    return TrainingHistory(frame, run)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_a_history_read_back_from_a_report_is_the_same_bit_for_bit(tmp_path_factory, history):
    path = tmp_path_factory.mktemp("reports") / "r.html"
    reportgen.build(history).save(path)
    again = reportgen.load(path)
    assert again == history
    assert again.frame["value"].to_numpy().tobytes() == history.frame["value"].to_numpy().tobytes()
    assert again.run == history.run
    assert reportgen.build(again).to_html().encode() == path.read_bytes()


@settings(deadline=None, max_examples=2 * settings.default.max_examples)
@given(histories())
def test_a_history_read_back_from_json_is_the_same_bit_for_bit(history):
    assert TrainingHistory.from_json(history.to_json()) == history


SCORES = {"f2": [0.1, 0.3, 0.5, 0.6, 0.7, 0.75], "val_f2": [0.1, 0.3, 0.5, 0.55, 0.5, 0.4]}


def test_a_metric_of_unknown_direction_is_judged_if_its_direction_is_given() -> None:
    assert reportgen.diagnose(SCORES).monitor is None
    said = reportgen.diagnose(SCORES, directions={"f2": "higher"})
    assert (said.monitor, said.best_epoch) == ("val_f2", 4)
    assert reportgen.diagnose(SCORES, directions={"val_f2": "lower"}).best_epoch == 1


def test_a_direction_is_read_back_from_a_report(tmp_path) -> None:
    path = reportgen.build(SCORES, directions={"f2": "higher"}).save(tmp_path / "r.html")
    assert reportgen.load(path).direction("f2") == "higher"
    assert reportgen.load(path, directions={"f2": "lower"}).direction("f2") == "lower"


def test_an_invalid_direction_or_one_for_a_missing_metric_is_refused() -> None:
    with pytest.raises(reportgen.UnknownMetricError, match='"f3", but the run has no such metric; it has "f2"'):
        reportgen.load(SCORES, directions={"f3": "higher"})
    with pytest.raises(reportgen.HistoryError, match='direction of "f2" is "up"; lower or higher'):
        reportgen.load(SCORES, directions={"f2": "up"})


def test_a_direction_known_for_a_run_applies_to_its_baseline_too():
    rises = [0.1, 0.2, 0.3, 0.35, 0.34, 0.36]
    run = TrainingHistory.from_columns(range(1, 7), {"f2": rises}).with_directions({"f2": "higher"})
    better = TrainingHistory.from_columns(range(1, 7), {"f2": [value + 0.1 for value in rises]})
    report = reportgen.build(run, baseline=better)
    assert report.baseline.direction("f2") == "higher"
    assert report.diagnosis.comparison.outcome == "worse"
    own = better.with_directions({"f2": "lower"})
    assert reportgen.build(run, baseline=own).baseline.direction("f2") == "lower"
