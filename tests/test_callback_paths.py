"""Several runs with one path: folds, trials, phases; what is printed; validation in chosen epochs."""

import copy
import os
import warnings
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import reportgen
from reportgen import ReportCallback

pytestmark = pytest.mark.keras

DATA = (np.random.default_rng(3).normal(size=(32, 3)), np.ones((32, 1)))


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="base"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def fit(callback, *, model=None, **options):
    """Trains and returns the history in the report, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "non-integer arguments to randrange")  # from Keras 2.15
        (model or compiled()).fit(*DATA, verbose=0, validation_split=0.25, callbacks=[callback], **options)
    return reportgen.load(callback.path), [str(warning.message) for warning in caught]


def test_each_fold_and_each_copy_keeps_its_report_with_one_warning(tmp_path):
    given, said = ReportCallback(tmp_path / "r.html"), []
    kept = []
    for epochs in (1, 2, 3):
        for callback in (ReportCallback(tmp_path / "r.html"), copy.deepcopy(given), given):
            history, warned = fit(callback, epochs=epochs)
            said += warned
            kept.append((Path(callback.path).name, history.epochs.tolist()))
    assert [name for name, _ in kept] == ["r.html", *(f"r-{number}.html" for number in range(2, 10))]
    assert [(name, reportgen.load(tmp_path / name).epochs.tolist()) for name, _ in kept] == kept
    (warning,) = said
    assert "The report of this training goes to r-2.html." in warning


def test_folds_are_counted_without_a_warning_and_can_be_compared(tmp_path):
    for fold in (1, 2):
        callback = ReportCallback(tmp_path / "new" / "fold-{fold}.html")
        assert fit(callback, epochs=2)[1] == []
        assert callback.path == str(tmp_path / "new" / f"fold-{fold}.html")
    found = reportgen.compare(tmp_path / "new")
    assert (found.verdict.code, found.grouping.repeats, found.groups[0].spread.n) == ("one-group", ("fold",), 2)


def test_what_fit_returns_is_grouped_by_how_its_model_was_trained():
    def trained(make):
        model = compiled()
        model.compile(make(0.01), "mse")
        return model.fit(*DATA, verbose=0, validation_split=0.25, epochs=2)

    folds = [trained(keras.optimizers.SGD) for _ in range(2)]
    assert reportgen.compare(folds).verdict.code == "one-group"
    both = [*folds, *(trained(keras.optimizers.Adam) for _ in range(2))]
    assert {group.name for group in reportgen.compare(both).groups} == {"SGD", "Adam"}
    assert dict(reportgen.load(folds[0]).run.settings)["learning_rate"] == "0.01"
    lowered = trained(keras.optimizers.SGD)
    lowered.history["learning_rate"] = [0.1, 0.01]  # as ReduceLROnPlateau logs it
    assert "learning_rate" not in dict(reportgen.load(lowered).run.settings)
    model = folds[0].model
    again = model.fit(*DATA, verbose=0)  # whatever the model is now, it may not have been in the first fit
    assert [reportgen.load(each).run.optimizer for each in (folds[0], again)] == [None, "SGD"]


class Trial:
    """As KerasTuner's: its class is in this module, and it has an id."""

    trial_id = "0007"


Trial.__module__ = "keras_tuner.src.engine.trial"


def test_trials_of_a_tuner_have_their_names_and_are_never_continued(tmp_path):
    callback = ReportCallback(tmp_path / "{trial}.html")
    plain = ReportCallback(tmp_path / "r.html")

    class Tuner:
        oracle = SimpleNamespace(objective=SimpleNamespace(name="val_mae", direction="max"))

        def run_trial(self, trial, callback, **options):
            return run_trial(trial, callback, **options)

    def run_trial(trial, callback, **options):  # a tuner copies callbacks for every trial
        made = copy.deepcopy(callback)
        fit(made, **options)
        return Path(made.path).name

    assert run_trial(Trial(), callback, epochs=2) == "0007.html"
    assert run_trial(Trial(), plain, epochs=2) == "r.html"
    assert Tuner().run_trial(Trial(), ReportCallback(tmp_path / "tuner.html"), epochs=2) == "tuner.html"
    run = reportgen.load(tmp_path / "tuner.html").run
    assert (dict(run.settings)["objective"], run.directions) == ("val_mae", (("mae", "higher"),))
    assert run.params == (("trial", "0007"),)
    assert run_trial(Trial(), plain, epochs=4, initial_epoch=2) == "r-2.html"  # Hyperband continues another trial
    assert reportgen.load(tmp_path / "r-2.html").epochs.tolist() == [3, 4]


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("update_freq", ["epoch", "batch"])
def test_fine_tuning_in_two_phases_is_one_history_with_a_marked_seam(tmp_path, same, update_freq):
    def made():
        return ReportCallback(tmp_path / "r.html", update_freq=update_freq)

    model, callback = compiled(), made()
    model.get_layer("base").trainable = False
    model.compile("sgd", "mse", metrics=[keras.metrics.MeanAbsoluteError(name="mae")])
    first, said = fit(callback, model=model, epochs=3)
    model.get_layer("base").trainable = True
    model.compile(keras.optimizers.SGD(0.001), "mse", metrics=[keras.metrics.MeanAbsoluteError(name="mae")])
    callback = callback if same else made()
    both, again = fit(callback, model=model, epochs=6, initial_epoch=3)
    assert (said, again) == ([], [])
    assert callback.path == str(tmp_path / "r.html")
    assert both.epochs.tolist() == list(range(1, 7))  # with one batch per epoch
    assert (both.run.resumed_at, both.run.status, both.run.epochs_planned) == ((4,), "completed", 6)
    assert both.series("mae", "validation")[:3].tolist() == first.series("mae", "validation").tolist()
    assert both.run.started_at == first.run.started_at
    assert both == callback.report.history
    page = (tmp_path / "r.html").read_text("utf-8")
    assert f"resumed at {'step' if update_freq == 'batch' else 'epoch'} 4" in page
    assert "Training resumed at" in page


def test_phases_inside_folds_find_their_own_report(tmp_path):
    for name in ("r.html", "r-2.html"):
        model = compiled()
        for phase in ({"epochs": 2}, {"epochs": 4, "initial_epoch": 2}):
            callback = ReportCallback(tmp_path / "r.html")
            fit(callback, model=model, **phase)
            assert Path(callback.path).name == name
    for name in ("r.html", "r-2.html"):
        assert reportgen.load(tmp_path / name).run.resumed_at == (3,)


def test_a_baseline_at_the_path_of_the_report_is_the_run_before(tmp_path):
    path = tmp_path / "r.html"
    fit(ReportCallback(path), epochs=2)
    os.utime(path, (0, 0))
    callback = ReportCallback(path, baseline=path)
    fit(callback, epochs=4)
    assert (callback.report.baseline.epochs.tolist(), callback.report.history.epochs.tolist()) == ([1, 2], [1, 2, 3, 4])


def test_a_baseline_that_is_missing_is_reported_when_training_begins(tmp_path):
    said = []
    begun = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: said.append(len(caught)))
    model = compiled()
    with pytest.warns(RuntimeWarning, match="could not read the baseline: .*none.csv: there is no such file") as caught:
        model.fit(*DATA, verbose=0, callbacks=[begun, ReportCallback(tmp_path / "r.html", baseline="none.csv")])
    assert said == [1]
    assert len(caught) == 1


@pytest.mark.parametrize(("verbose", "language", "said"), [(1, "en", "epoch 12"), (1, "zh-CN", "12"), (0, "en", "")])
def test_one_line_is_printed_at_the_end(tmp_path, monkeypatch, capsys, verbose, language, said):
    monkeypatch.chdir(tmp_path)
    callback = ReportCallback("r.html", verbose=verbose, language=language)
    fit(callback, epochs=12)
    printed = capsys.readouterr().out
    assert printed == (f"r.html: {callback.report.diagnosis.verdict_words.title}\n" if verbose else "")
    assert said in printed


def test_validation_in_chosen_epochs_is_understood(tmp_path):
    callback = ReportCallback(tmp_path / "r.html")
    history, said = fit(callback, epochs=10, validation_freq=[1, 5, 10])
    assert said == []
    assert history.series("loss", "validation").index.tolist() == [1, 5, 10]
    assert history.series("loss", "train").index.tolist() == list(range(1, 11))
    assert history.run.notes == ()
    page = callback.report.to_html()
    assert "missing" not in page.lower().replace("values-missing", "")  # the name of a check
