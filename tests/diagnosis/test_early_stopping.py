import re
import warnings
from dataclasses import replace
from typing import Any, get_args

import histories
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportgen
from reportgen.diagnosis.curves import Curve, read_curve
from reportgen.diagnosis.early_stopping import LEAST_PATIENCE, advise_early_stop, evaluations_ahead, simulate
from reportgen.history.facts import EarlyStopping, RunFacts, Status
from reportgen.history.frame import TrainingHistory


def curve(errors: list[float]) -> Curve:
    found = read_curve(pd.Series(errors, index=range(1, len(errors) + 1)), "lower", 0.1, 1e100)
    assert found is not None
    return found


class Weights:
    """A fake model whose weights are the number of the epoch."""

    def __init__(self) -> None:
        self.stop_training = False
        self.weights = 0

    def get_weights(self) -> int:
        return self.weights

    def set_weights(self, weights: int) -> None:
        self.weights = weights


def run_keras(errors: list[float], patience: int, every: int) -> tuple[int, int | None]:
    """The epoch that the real EarlyStopping keeps, and the one after which it stops."""
    import keras  # takes seconds, so only this test loads it

    if keras.__version__.startswith("2."):
        pytest.skip("Keras 2 may keep the weights of the first epoch under another number")
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=patience, mode="min", restore_best_weights=True)
    model = Weights()
    stopping.set_model(model)
    stopping.on_train_begin()
    for epoch in range(every * len(errors)):
        model.weights = epoch + 1
        logs = {"val_loss": errors[epoch // every]} if (epoch + 1) % every == 0 else {}
        with warnings.catch_warnings(action="ignore"):  # about the epochs without validation
            stopping.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    stopping.on_train_end()
    return model.weights, stopping.stopped_epoch + 1 if model.stop_training else None


@pytest.mark.keras
@given(st.lists(st.integers(0, 6).map(float), min_size=2, max_size=40), st.integers(1, 12), st.integers(1, 3))
def test_the_simulation_matches_keras(errors: list[float], patience: int, every: int) -> None:
    validated = replace(curve(errors), epochs=every * np.arange(1, len(errors) + 1))
    said = simulate(validated, patience)
    assert (said.kept_epoch, said.stopped_epoch) == run_keras(errors, patience, every)


@given(st.lists(st.floats(0, 1, width=16), min_size=2, max_size=60), st.data())
def test_the_advised_patience_reaches_the_best_epoch(errors: list[float], data: st.DataObject) -> None:
    lowest = int(np.argmin(errors)) + 1
    said = advise_early_stop(curve(errors), lowest)
    assert said.kept_epoch == lowest
    assert said.patience >= LEAST_PATIENCE
    if said.patience > LEAST_PATIENCE:
        assert simulate(curve(errors), said.patience - 1).kept_epoch != lowest
    elsewhere = data.draw(st.integers(1, len(errors)))
    kept = advise_early_stop(curve(errors), elsewhere).kept_epoch
    assert errors[kept - 1] <= min(errors[:elsewhere])


def test_the_advice_names_the_lower_value_that_the_patience_would_reach() -> None:
    said = advise_early_stop(curve([5, 4, 3, 3.5, 2.9, 6, 6, 6, 6, 6]), 3)
    assert (said.patience, said.kept_epoch, said.stopped_epoch) == (3, 5, 8)


def test_the_patience_is_as_long_as_the_longest_wait_for_an_improvement() -> None:
    said = advise_early_stop(curve([9, 8, 8.5, 8.5, 8.5, 8.5, 8.5, 7, 7.5, 7.5, 7.5, 7.5]), 8)
    assert (said.patience, said.kept_epoch, said.stopped_epoch) == (6, 8, None)


def advised(history: TrainingHistory) -> str:
    return reportgen.diagnose(histories.of_tool(history)).verdict_words.advice[0].split(" In reportgen's benchmark")[0]


def overfit(run: RunFacts | None = None) -> TrainingHistory:
    of = histories.overfit_from_12()
    return of if run is None else TrainingHistory(of.frame, run)


def test_the_advice_names_what_early_stopping_would_have_done() -> None:
    assert advised(overfit()) == (
        "Use the weights of epoch 12 if you saved them; otherwise train again with EarlyStopping(monitor='val_loss', "
        "patience=3, restore_best_weights=True), which would have stopped at epoch 15 and kept epoch 12."
    )
    restored = RunFacts(early_stopping=EarlyStopping("val_loss", 48, 12))
    assert advised(overfit(restored)).startswith(
        "Use the model as it is: early stopping on val_loss restored the weights of"
    )
    assert advised(overfit(RunFacts(early_stopping=EarlyStopping("val_loss", 48)))) == advised(overfit())


@pytest.mark.parametrize(("restored", "severity"), [(None, "warning"), (12, "note")])
def test_an_early_stop_that_kept_the_last_weights_is_a_warning(restored: int | None, severity: str) -> None:
    run = RunFacts(status="stopped-early", early_stopping=EarlyStopping("val_loss", 48, restored))
    diagnosis = reportgen.diagnose(histories.of_tool(overfit(run)))
    finding = next(f for f in diagnosis.findings if f.code == "stopped-early")
    assert finding.severity == severity


ADVICE = "restore_best_weights|EarlyStopping\\("
SHAPES = (
    histories.overfit_from_12, histories.still_improving, histories.worse_again, histories.diverged_at_7,
    histories.healthy, histories.not_learning, histories.accuracy_only, histories.validation_every_3,
)  # fmt: skip


@pytest.mark.parametrize("make", SHAPES)
@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("restored", [None, 3])
@pytest.mark.parametrize("monitor", ["val_loss", ""])
def test_restoring_weights_is_never_advised_to_who_has_it(
    make: Any, status: Status, restored: Any, monitor: str
) -> None:
    stopping = EarlyStopping(monitor, 4, restored, restores=True)
    of = make()
    run = RunFacts(status=status, epochs_planned=200, early_stopping=stopping)
    for history in (TrainingHistory(of.frame, run), in_steps(of, run=run)):
        diagnosis = reportgen.diagnose(histories.of_tool(history))
        words = [diagnosis.verdict_words, *diagnosis.finding_words]
        texts = [text for part in words for text in (part.title, part.text, *part.advice)]
        assert not [text for text in texts if re.search(ADVICE, text)]
        assert not [text for text in texts if "  " in text or "on  " in text or "better ." in text]


@pytest.mark.parametrize("make", [histories.overfit_from_12, histories.still_improving])
@pytest.mark.parametrize("restores", [False, None])
def test_restoring_weights_is_advised_to_who_may_lack_it(make: Any, restores: bool | None) -> None:
    run = RunFacts(early_stopping=EarlyStopping("val_loss", 4, None, restores))
    assert re.search(ADVICE, advice(TrainingHistory(make().frame, run)))
    assert re.search(ADVICE, advice(make()))


def test_a_run_that_early_stopping_ended_too_soon_gets_a_longer_patience() -> None:
    run = RunFacts(status="stopped-early", early_stopping=EarlyStopping("val_loss", 4, 48, restores=True))
    assert "give it a patience above 4." in advice(TrainingHistory(histories.still_improving().frame, run))


def in_steps(of: TrainingHistory, spacing: int = 50, run: RunFacts | None = None) -> TrainingHistory:
    """The same run, counted in steps with this spacing."""
    frame = of.frame.assign(step=of.frame["epoch"] * spacing).drop(columns="epoch")
    return TrainingHistory(frame, run or RunFacts())


def advice(of: TrainingHistory) -> str:
    return " ".join(reportgen.diagnose(histories.of_tool(of)).verdict_words.advice)


@pytest.mark.parametrize("spacing", [1, 50, 1000])
@pytest.mark.parametrize(("epochs", "stops"), [(13, False), (14, True)])
def test_an_early_stop_is_advised_if_it_could_stop_for_epochs_and_steps(epochs: int, stops: bool, spacing: int) -> None:
    """For 14 epochs, 7 more are forecast: one more than the patience of 5 plus the epoch that it counts from."""
    line = np.linspace(1.0, 0.3, epochs)
    of = TrainingHistory.from_columns(range(1, epochs + 1), {"loss": line, "val_loss": line + 0.02})
    assert ("patience=5" in advice(of)) == stops
    assert ("patience=5" in advice(in_steps(of, spacing))) == stops
    ahead = reportgen.diagnose(in_steps(of, spacing)).reading.epochs_ahead
    assert ahead == reportgen.diagnose(of).reading.epochs_ahead * spacing
    assert f"Train for about {ahead} more steps" in advice(in_steps(of, spacing)).replace(",", "")


def test_the_patience_of_a_run_that_counts_steps_is_in_evaluations() -> None:
    of = in_steps(overfit())
    assert advice(of).startswith(
        "Use the weights of step 600 if you saved them; otherwise train again with EarlyStopping(monitor='val_loss', "
        "patience=3, restore_best_weights=True), which would have stopped at step 750 and kept step 600. The patience "
        "counts evaluations."
    )
    assert "counts evaluations" not in advice(overfit())
    run = RunFacts(status="stopped-early", early_stopping=EarlyStopping("val_loss", 48, 600))
    for counted, unit in ((in_steps(overfit(), run=run), "evaluations"), (overfit(run), "epochs")):
        diagnosis = reportgen.diagnose(histories.of_tool(counted))
        codes = [finding.code for finding in diagnosis.findings]
        text = diagnosis.finding_words[codes.index("stopped-early")].text
        assert text.startswith(f"Early stopping waited 48 {unit} for a better val_loss")


def test_evaluations_ahead_are_counted_at_the_validation_frequency() -> None:
    every_third = curve([5, 4, 3, 2])
    every_third = replace(every_third, epochs=np.array([3, 6, 9, 12]))
    assert [evaluations_ahead(every_third, ahead) for ahead in (3, 6, 30)] == [1, 2, 10]


def test_a_score_that_keras_does_not_know_gets_its_mode() -> None:
    scores = 1 - histories.overfit_from_12().series("loss", "validation").to_numpy()
    train = np.linspace(0.3, 0.99, len(scores))
    of = TrainingHistory.from_columns(range(1, len(scores) + 1), {"f1": train, "val_f1": scores})
    assert "monitor='val_f1', mode='max', patience=" in advised(of)


def test_a_loss_that_keras_does_not_know_gets_its_mode() -> None:
    of = overfit()
    frame = of.frame.assign(metric="my_loss")
    assert "monitor='val_my_loss', mode='min', patience=" in advised(TrainingHistory(frame))


def sparse(of: TrainingHistory, every: int, run: RunFacts | None = None) -> TrainingHistory:
    """The same run, validated every few epochs only."""
    kept = (of.frame["split"] == "train") | (of.frame["epoch"] % every == 0)
    return TrainingHistory(of.frame[kept], run or RunFacts())


def test_the_patience_of_a_run_with_sparse_validation_is_in_validated_epochs() -> None:
    of = sparse(overfit(), 4)
    diagnosis = reportgen.diagnose(histories.of_tool(of))
    assert (diagnosis.best_epoch, diagnosis.reading.is_sparse, diagnosis.reading.epochs_ahead) == (12, True, 30)
    assert "patience=3, restore_best_weights=True), which would have stopped at epoch 24 and kept epoch 12." in advice(
        of
    )
    assert "The patience counts validated epochs." in advice(of)
    improving = advice(sparse(histories.still_improving(), 2))
    assert "Train for about 25 more epochs." in improving
    assert "patience=5, restore_best_weights=True), so that a longer run stops once it no longer improves." in improving
    assert "improves. The patience counts validated" in improving
    assert "patience" not in advice(sparse(histories.still_improving(), 5))  # stopping needs 6 of 5 evaluations
    unfinished = TrainingHistory(overfit().frame.iloc[:-1])  # the last epoch was not validated
    assert not reportgen.diagnose(unfinished).reading.is_sparse
    assert "validated" not in advice(unfinished)


def test_waiting_with_sparse_validation_is_worded_in_validated_epochs() -> None:
    run = RunFacts(status="stopped-early", early_stopping=EarlyStopping("val_loss", 3, 12, restores=True))
    diagnosis = reportgen.diagnose(histories.of_tool(sparse(overfit(), 4, run)))
    codes = [finding.code for finding in diagnosis.findings]
    text = diagnosis.finding_words[codes.index("stopped-early")].text
    assert (
        text == "Early stopping waited 3 validated epochs for a better val_loss and restored the weights of epoch 12."
    )


def test_too_few_validated_epochs_are_reason_to_validate_more_often() -> None:
    short = sparse(TrainingHistory(overfit().frame.query("epoch <= 12")), 4)
    level = short.frame["value"].where(short.frame["split"] == "train", 0.5)
    assert "validate more often" in advice(TrainingHistory(short.frame.assign(value=level)))
    assert "validate more often" not in advice(TrainingHistory(overfit().frame.query("epoch <= 3")))
