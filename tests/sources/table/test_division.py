"""Tables with several runs, and long tables: which runs they hold, and that no run gets values of another one."""

import io
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources import source_runs
from reportgen.sources.opening.opened import opened_stream
from reportgen.sources.registry import runs_of

FALLING = (1.9, 1.2, 0.9)


def runs_in(text: str, name: str = "log.csv") -> dict[str, TrainingHistory]:
    opened = opened_stream(io.BytesIO(text.encode()), name, name)
    runs, _ = runs_of(opened, ReadOptions())
    return {run: runs.read(index) for index, run in enumerate(runs.names)}


def losses(runs: dict[str, TrainingHistory]) -> dict[str, Any]:
    return {name: history.series("loss", "train").to_dict() for name, history in runs.items()}


TWO = {1: {1: 1.9, 2: 1.2, 3: 0.9}, 2: {1: 1.8, 2: 1.1, 3: 0.8}}
ROWS = [(fold, epoch, loss) for fold, curve in TWO.items() for epoch, loss in curve.items()]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "epoch,loss\n" + "".join(f"{epoch - 1},{loss}\n" for _, epoch, loss in ROWS),
            ("fit 1", "fit 2"),
            id="appended by CSVLogger",
        ),
        pytest.param(
            "fold,epoch,loss\n" + "".join(f"{fold},{epoch},{loss}\n" for fold, epoch, loss in ROWS),
            ("fold 1", "fold 2"),
            id="a column fold",
        ),
        pytest.param(
            "epoch,random_seed,loss\n"
            + "".join(f"{epoch},4{fold},{loss}\n" for fold, epoch, loss in sorted(ROWS, key=lambda row: row[1])),
            ("seed 41", "seed 42"),
            id="interleaved seeds",
        ),
        pytest.param(
            "run_name,epoch,loss\n" + "".join(f"{'ab'[fold - 1]},{epoch},{loss}\n" for fold, epoch, loss in ROWS),
            ("a", "b"),
            id="names of runs",
        ),
        pytest.param(
            "epoch,optimizer,loss\n"
            + "".join(f"{epoch},{('sgd', 'adam')[fold - 1]},{loss}\n" for fold, epoch, loss in ROWS),
            ("sgd", "adam"),
            id="text that changes where the numbering begins again",
        ),
        pytest.param(
            "fold,epoch,loss\n"
            + "".join(f"{fold},{epoch},{loss}\n" for fold, epoch, loss in ROWS)
            + "mean,1,1.85\nmean,2,1.15\nmean,3,0.85\n",
            ("fold 1", "fold 2"),
            id="a mean below the folds",
        ),
        pytest.param(
            "epoch,optimizer,loss\n"
            + "".join(
                f"{epoch},{('sgd', 'adam')[fold - 1]},{loss}\n"
                for fold, epoch, loss in sorted(ROWS, key=lambda row: row[1])
            ),
            ("sgd", "adam"),
            id="runs that take turns, by any text",
        ),
        pytest.param(
            ("Fold,Epoch,Loss\n1,1,1.9\n1,2,1.2\n1,3,0.9\nFold,Epoch,Loss\n2,1,1.8\n2,2,1.1\n2,3,0.8\n"),
            ("fold 1", "fold 2"),
            id="a header above each fold",
        ),
        pytest.param(
            "epoch,lr,loss_fold1,loss_fold2,mean_loss\n1,1,1.9,1.8,1.85\n2,1,1.2,1.1,1.15\n3,1,0.9,0.8,0.85\n",
            ("fold 1", "fold 2"),
            id="a column per fold",
        ),
        pytest.param(
            "epoch,fold_1_train_loss,fold_2_train_loss\n1,1.9,1.8\n2,1.2,1.1\n3,0.9,0.8\n",
            ("fold 1", "fold 2"),
            id="the fold before the metric",
        ),
        pytest.param(
            "epoch,run3/loss,run7/loss\n1,1.9,1.8\n2,1.2,1.1\n3,0.9,0.8\n", ("run 3", "run 7"), id="run/metric"
        ),
        pytest.param(
            "epoch,accuracy,loss\n1,0.1,1.9\n2,0.2,1.2\n3,0.3,0.9\n"
            "epoch,accuracy,f1,loss\n1,0.1,0.1,1.8\n2,0.2,0.2,1.1\n3,0.3,0.3,0.8\n",
            ("fit 1", "fit 2"),
            id="a second header",
        ),
    ],
)
def test_each_training_run_in_a_table_is_a_run_of_its_own(text: str, names: tuple[str, str]) -> None:
    assert losses(runs_in(text)) == dict(zip(names, TWO.values(), strict=True))


@pytest.mark.parametrize("name", ["folds.csv", "folds.json"])
def test_more_folds_than_a_source_may_have_are_refused_and_many_are_read_in_linear_time(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text(count: int) -> str:
        names = [f"fold{number}_loss" for number in range(count)]
        if name.endswith("json"):
            return json.dumps({key: [0.5, 0.4] for key in names})
        return "\n".join(",".join(cells) for cells in (["epoch", *names], ["1"] * (count + 1), ["2"] * (count + 1)))

    def seconds(count: int) -> float:
        start = time.process_time()
        runs, _ = runs_of(opened_stream(io.BytesIO(text(count).encode()), name, name), ReadOptions())
        assert len(runs.names) == count
        return time.process_time() - start

    seconds(10)
    assert any(seconds(1_600) < 9 * seconds(400) + 0.2 for _ in range(3))  # again if other work slowed it down
    monkeypatch.setattr(source_runs, "MAX_RUNS", 50)
    with pytest.raises(SourceError, match=f"^{name}: it contains more than 50 runs"):
        seconds(51)
    seconds(50)


def test_rows_below_the_folds_that_belong_to_none_are_a_run_of_their_own() -> None:
    rows = "".join(f"cv,{fold},{epoch},{loss}\n" for fold, epoch, loss in ROWS)
    text = f"phase,fold,epoch,loss\n{rows}final,,1,1.7\nfinal,,2,1.0\n"
    assert losses(runs_in(text)) == {"cv, fold 1": TWO[1], "cv, fold 2": TWO[2], "final": {1: 1.7, 2: 1.0}}


def test_steps_of_several_runs_count_on_within_each_run() -> None:
    rows = [(seed, step // 2, step, 2 - step / 10) for seed in (13, 14) for step in range(10)]
    text = "seed,epoch,step,loss\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)
    for history in runs_in(text).values():
        assert len(history.epochs) == 5
        assert history.run.resumed_at == ()


def test_a_fold_that_was_trained_twice_is_two_runs() -> None:
    text = "fold,epoch,loss\n" + "".join(f"{fold},{epoch},{loss}\n" for fold, epoch, loss in [*ROWS, *ROWS[:3]])
    assert list(runs_in(text)) == ["fold 1, training 1", "fold 2", "fold 1, training 2"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("epoch,loss\n0,1.9\n1,1.2\n2,0.9\n0,0.8\n1,0.7\n", id="numbered anew"),
        pytest.param("epoch,loss\n0,1.9\n1,1.2\n2,0.9\nepoch,loss\n0,0.8\n1,0.7\n", id="with a second header"),
        pytest.param(
            "epoch,loss,lr\n0,1.9,1\n1,1.2,1\n2,0.9,1\nepoch,loss,learning_rate\n0,0.8,1\n1,0.7,1\n", id="renamed"
        ),
        pytest.param("epoch,loss\n0,1.9\n0,1.2\n0,0.9\n0,0.8\n0,0.7\n", id="a loop of single epochs"),
        pytest.param("epoch,seed,loss\n1,7,1.9\n2,7,1.2\n3,7,0.9\n4,7,0.8\n5,7,0.7\n", id="one seed"),
        pytest.param("epoch,note,loss\n1,a,1.9\n2,b,1.2\n3,a,0.9\n4,b,0.8\n5,b,0.7\n", id="any text"),
    ],
)
def test_a_training_run_that_continues_is_one_run(text: str) -> None:
    (curve,) = losses(runs_in(text)).values()
    assert curve == {1: 1.9, 2: 1.2, 3: 0.9, 4: 0.8, 5: 0.7}


def test_the_seam_of_a_continued_training_is_a_fact_and_a_note() -> None:
    (history,) = runs_in("epoch,loss\n0,1.9\n1,1.2\n2,0.9\n0,0.8\n1,0.7\n").values()
    assert history.run.resumed_at == (4,)
    assert [note.code for note in history.run.notes] == ["restarted"]
    (loop,) = runs_in("epoch,loss\n0,1.9\n0,1.2\n0,0.9\n").values()
    assert (loop.run.resumed_at, loop.run.notes) == ((), ())


def test_a_run_without_the_steps_of_another_one_is_read() -> None:
    text = "fold,epoch,step,loss\n1,1,10,1.9\n1,2,20,1.2\n1,3,30,0.9\n2,1,,1.8\n2,2,,1.1\n2,3,,0.8\n"
    assert losses(runs_in(text)) == {"fold 1": TWO[1], "fold 2": TWO[2]}


def test_many_seams_are_a_loop_and_cost_few_notes() -> None:
    (history,) = runs_in("epoch,loss\n" + "".join(f"{n % 2},{1 / (1 + n):.6f}\n" for n in range(100))).values()
    assert (len(history.epochs), history.run.resumed_at) == (100, ())
    assert [note.code for note in history.run.notes] == ["restarted"] * 3 + ["more-restarts"]


LONG = {("training", "loss"): FALLING, ("validation", "loss"): (2.0, 1.4, 1.3), ("training", "acc"): (0.1, 0.2, 0.3)}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("epoch,value,metric,data", "{epoch},{value},{metric},{data}"),
        ("metric,data,epoch,value", "{metric},{data},{epoch},{value}"),
        ('"","step","split","name","value"', '"{epoch}","{epoch}","{data}","{metric}","{value}"'),
    ],
)
def test_a_long_table_has_one_curve_per_metric_and_split(header: str, row: str) -> None:
    rows = [
        row.format(epoch=epoch, value=value, metric=metric, data=data)
        for (data, metric), values in LONG.items()
        for epoch, value in enumerate(values, 1)
    ]
    for ordered in (rows, sorted(rows)):
        (history,) = runs_in("\n".join([header, *ordered, ""])).values()
        assert tuple(history.series("loss", "train")) == LONG["training", "loss"]
        assert tuple(history.series("loss", "validation")) == LONG["validation", "loss"]
        assert tuple(history.series("acc", "train")) == LONG["training", "acc"]


@pytest.mark.parametrize("first", ["epoch,", ""])
def test_rows_per_split_are_curves_of_their_own(first: str) -> None:
    rows = [
        (f"{epoch}," if first else "") + f"{phase},{loss}"
        for epoch, both in enumerate(zip(FALLING, LONG["validation", "loss"], strict=True), 1)
        for phase, loss in zip(("train", "valid"), both, strict=True)
    ]
    (history,) = runs_in("\n".join([f"{first}phase,loss", *rows, ""])).values()
    assert history.series("loss", "train").to_dict() == {1: 1.9, 2: 1.2, 3: 0.9}
    assert history.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.4, 3: 1.3}


def test_rows_of_one_column_after_those_of_another_share_their_epochs() -> None:
    (history,) = runs_in("epoch,loss,val_loss\n1,1.9,\n2,1.2,\n1,,2.0\n2,,1.4\n").values()
    assert history.series("loss", "train").to_dict() == {1: 1.9, 2: 1.2}
    assert history.series("loss", "validation").to_dict() == {1: 2.0, 2: 1.4}


def test_labels_that_are_the_same_in_all_rows_are_facts_of_the_run() -> None:
    (history,) = runs_in("epoch,seed,model,loss\n1,7,cnn,1.9\n2,7,cnn,1.2\n").values()
    assert history.run.params == (("seed", "7"), ("model", "cnn"))
    assert history.keys == ("loss",)


@given(
    st.lists(st.lists(st.floats(0.1, 2), min_size=2, max_size=6), min_size=2, max_size=5),
    st.sampled_from(["fold", "seed", "run_id", "trial"]),
    st.randoms(use_true_random=False),
)
def test_labelled_runs_in_any_order_keep_their_values(curves: list[list[float]], column: str, order: object) -> None:
    rows = [(run, epoch, loss) for run, curve in enumerate(curves) for epoch, loss in enumerate(curve, 1)]
    order.shuffle(rows)  # type: ignore[attr-defined]
    rows.sort(key=lambda row: row[1])
    text = f"{column},epoch,loss\n" + "".join(f"{run},{epoch},{loss!r}\n" for run, epoch, loss in rows)
    word = column.removesuffix("_id")
    assert losses(runs_in(text)) == {f"{word} {run}": dict(enumerate(curve, 1)) for run, curve in enumerate(curves)}


def test_too_many_runs_are_refused_in_one_line() -> None:
    text = "epoch,loss\n" + "1,1\n2,1\n" * 10_001
    with pytest.raises(Exception, match=r"^log\.csv: it contains more than 10,000 runs") as refused:
        runs_in(text)
    assert "\n" not in str(refused.value)


def test_columns_that_do_not_change_within_a_run_are_its_settings() -> None:
    rows = [
        (f"r{place}", optimizer, decay, seed, epoch, 1 / epoch)
        for place, (optimizer, decay, seed) in enumerate((("adam", 0.01, 1), ("adam", 0.01, 2), ("muon", 0.1, 1)))
        for epoch in (1, 2, 3)
    ]
    text = "run_id,optimizer,weight_decay,seed,epoch,loss\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    params = [dict(history.run.params) for history in runs_in(text).values()]
    assert params[2] == {"run_id": "r2", "optimizer": "muon", "weight_decay": "0.1", "seed": "1"}
    assert params[0]["weight_decay"] == "0.01"
