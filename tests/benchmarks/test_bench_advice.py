import json
import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import bench_advice, bench_diagnosis, own_table
from benchmarks.advisers import NOTHING, Advised
from benchmarks.bench_advice import is_much_better, tables_of
from benchmarks.following import DROPOUT, NORM, Step, all_steps, changed, epoch_used
from benchmarks.networks import MEASURES, Setup, clipped
from benchmarks.outcomes import SMALLEST, WORST, Outcome, epoch_outcome, retrained_outcome, scored, tally
from benchmarks.retraining import Retrained, SeenRun, Settings, train_again
from benchmarks.tables import Table

N_TRAIN, N_VAL, N_TEST, SPARE, SEEN = 24, 10, 30, 40, 8


def a_run(test_loss: list[float] | None = None, *, spare: int = SPARE, **settings: float) -> SeenRun:
    """A run on a line with noise, seen for 8 epochs and continued to 16."""
    generator = np.random.default_rng(3)
    n = N_TRAIN + N_VAL + N_TEST + spare
    inputs = generator.normal(size=(n, 3)).astype(np.float32)
    target = (inputs[:, 0] + 0.1 * generator.normal(size=n)).astype(np.float32)
    setup = Setup(N_TRAIN, N_VAL, N_TEST, (4,), 8, "adam", 0.0, "constant", SEEN, 5)
    loss = np.array(test_loss if test_loss is not None else np.geomspace(1, 0.1, 2 * SEEN))
    history = np.tile(loss[:, None], (1, len(MEASURES)))
    rows = np.tile(loss[:, None], (1, N_TEST)).astype(np.float32)
    return SeenRun(
        Table("line", True, inputs, target),
        target,
        replace(Settings(setup, rate=0.01, decay=0.0, dropout=0.0), **settings),
        history,
        rows,
        "r0",
    )


@pytest.mark.parametrize(
    ("step", "what"),
    [
        (Step("lower-learning-rate", factor=0.1), {"rate": 0.001}),
        (Step("raise-learning-rate", factor=3.0), {"rate": 0.03}),
        (Step("regularise"), {"dropout": DROPOUT}),
        (Step("regularise-dropout"), {"dropout": DROPOUT}),
        (Step("regularise-decay"), {"decay": 0.1}),
        (Step("clip-gradients"), {"clip": NORM}),
        (Step("more-data"), {"setup.n_train": 2 * N_TRAIN}),
        (Step("smaller-model"), {"setup.hidden": (2,)}),
        (Step("larger-model"), {"setup.hidden": (8,)}),
        (Step("batch-size", factor=0.5), {"setup.batch": 4}),
        (Step("batch-size", factor=9.0), {"setup.batch": N_TRAIN}),
        (Step("longer-schedule", epochs=4), {"setup.stopped_at": SEEN + 4, "setup.drop_at": 8}),
    ],
    ids=lambda value: value.code if isinstance(value, Step) else "",
)
def test_each_advice_changes_what_it_says_and_nothing_else(step, what):
    run = a_run()
    new = changed(step, run)
    assert new is not None
    for name, value in what.items():
        owner = new.setup if name.startswith("setup.") else new
        assert getattr(owner, name.removeprefix("setup.")) == pytest.approx(value)
    inner = {name.removeprefix("setup."): getattr(run.settings.setup, name[6:]) for name in what if "." in name}
    outer = {name: getattr(run.settings, name) for name in what if "." not in name}
    assert replace(new, setup=replace(new.setup, **inner), **outer) == run.settings


@pytest.mark.parametrize(
    ("step", "epoch"),
    [
        (Step("use-it"), SEEN),
        (Step("use-it", epoch=3), 3),
        (Step("use-epoch", epoch=5), 5),
        (Step("use-epoch", epoch=99), SEEN),
        (Step("train-on", epochs=4), SEEN + 4),
        (Step("train-on", epochs=400), 2 * SEEN),
    ],
)
def test_advice_about_epochs_trains_nothing_again(step, epoch):
    run = a_run()
    assert epoch_used(step, run) == epoch
    assert changed(step, run) is None


@pytest.mark.parametrize("step", [NOTHING, Step("repeat-run"), Step("use-epoch"), Step("raise-learning-rate")])
def test_advice_without_an_amount_or_an_act_is_not_followed(step):
    assert epoch_used(step, a_run()) is None
    assert changed(step, a_run()) is None


def test_more_data_needs_spare_rows():
    assert changed(Step("more-data"), a_run(spare=N_TRAIN // 2 - 1)) is None
    some = changed(Step("more-data"), a_run(spare=N_TRAIN // 2))
    assert some is not None
    assert some.setup.n_train == N_TRAIN + N_TRAIN // 2


def test_more_dropout_for_a_run_that_has_it():
    new = changed(Step("regularise"), a_run(dropout=0.5))
    assert new is not None
    assert new.dropout == 0.5


def test_each_network_is_trained_with_its_own_settings():
    run = a_run()
    settings = [run.settings, run.settings, replace(run.settings, rate=1e-9), replace(run.settings, rate=1e12)]
    larger = changed(Step("larger-model"), run)
    assert larger is not None
    wanted = [Retrained(run, given) for given in (*settings, larger)]
    first, second, still, wild, wide = train_again(wanted, np.random.default_rng(1))
    assert first != second  # two seeds
    assert max(first, second, wide) < still
    assert not wild < 100
    again = train_again(wanted, np.random.default_rng(1))
    np.testing.assert_array_equal(again, [first, second, still, wild, wide])


def test_a_clipped_gradient_keeps_its_direction_and_a_small_one_its_size():
    small, large = np.full((1, 2, 2), 0.1, np.float32), np.full((1, 2, 2), 30.0, np.float32)
    both = [np.concatenate([small, large]), np.zeros((2, 1, 2), np.float32)]
    weights, biases = clipped(both, np.array([1.0, 1.0], np.float32))
    np.testing.assert_allclose(weights[0], 0.1)
    np.testing.assert_allclose(weights[1], 0.5, rtol=1e-6)
    assert not biases.any()


def test_retraining_counts_beyond_two_standard_errors_of_the_seeds():
    run = a_run([1.0] * 2 * SEEN)
    same = [math.exp(x) for x in (-0.1, 0.1, -0.1, 0.1)]  # with the run itself: standard deviation 0.1
    limit = 2 * 0.1 * math.sqrt(1.5)
    for off, improved, worse in ((-0.01, False, False), (0.01, True, False)):
        better = retrained_outcome(run, [math.exp(-limit - off)] * 2, same)
        assert (better.improved, better.worse) == (improved, worse)
        poorer = retrained_outcome(run, [math.exp(limit + off)] * 2, same)
        assert (poorer.improved, poorer.worse) == (worse, improved)


def test_equal_seeds_still_need_a_change_of_one_percent():
    run = a_run([1.0] * 2 * SEEN)
    assert not retrained_outcome(run, [math.exp(-0.9 * SMALLEST)] * 2, [1.0] * 4).improved
    assert retrained_outcome(run, [math.exp(-1.1 * SMALLEST)] * 2, [1.0] * 4).improved


def test_another_epoch_is_compared_row_by_row_with_the_end():
    run = a_run([0.5] * 4 + [1.0] * 12)
    early = epoch_outcome(run, 4)
    assert early.improved
    assert early.change == pytest.approx(math.log(0.5))
    assert early.saved == 0.5
    rows = run.test_rows.copy()
    rows[3, 0] += 30  # one bad row makes the difference uncertain, not its mean
    noisy = epoch_outcome(replace(run, test_rows=rows), 4)
    assert not noisy.improved
    assert noisy.helped  # kept, with half the epochs
    assert not epoch_outcome(run, 7).helped


def test_a_diverged_run_counts_as_ten_times_guessing():
    assert scored(math.nan, 0.7) == scored(math.inf, 0.7) == scored(1e9, 0.7) == math.log(WORST * 0.7)
    run = a_run([math.nan] * 2 * SEEN)
    assert retrained_outcome(run, [0.5, 0.5], [math.nan] * 4).improved
    assert not retrained_outcome(run, [math.nan] * 2, [math.nan] * 4).improved


def test_a_tally_counts_only_what_was_followed():
    counted = tally([None, Outcome(-0.2, 0.01), Outcome(0.0, 0.01, 0.5), Outcome(0.0, 0.01, 0.1), Outcome(0.2, 0.01)])
    assert (counted.given, counted.tested, counted.improved, counted.kept, counted.worse) == (5, 4, 1, 1, 1)
    assert counted.helped == 2
    assert math.isnan(tally([None]).median_change)


def test_much_better_is_over_2_percent_and_beyond_noise():
    assert not any(
        is_much_better(done) for done in (None, Outcome(-0.015, 0.01), Outcome(-0.5, 0.6), Outcome(0.9, 0.01))
    )
    assert is_much_better(Outcome(-0.03, 0.01))


def test_the_best_of_many_is_tried_with_more_seeds(monkeypatch, tmp_path):
    trained = []

    def train(wanted, generator):
        trained.append(len(wanted))
        wide = [one.settings.setup.hidden == (8,) or one.settings.dropout > 0 for one in wanted]
        lucky = [one.settings.dropout > 0 and len(trained) == 1 for one in wanted]
        return [
            0.5 if w and (x or one.settings.dropout == 0) else 1.0
            for w, x, one in zip(wide, lucky, wanted, strict=True)
        ]

    monkeypatch.setattr(bench_advice, "train_again", train)
    monkeypatch.setattr(bench_advice, "ask_project", lambda run: Advised("healthy", Step("use-it")))
    run = a_run([1.0] * 2 * SEEN)
    for times in (1, 2):  # the second time, all is known
        (result,) = bench_advice.measure([run], [], np.random.default_rng(1), "use-it", tmp_path / "losses.json")
        assert result.better == ("larger-model",)
        assert result.tried["regularise-dropout"].improved  # by luck
        assert sum(trained[2:]) == 0, times


def test_every_advice_of_the_list_can_be_followed():
    run = a_run()
    for step in all_steps(run):
        assert (changed(step, run) is None) != (epoch_used(step, run) is None), step


def test_no_table_is_both_tuned_on_and_held_back():
    tune, held = tables_of("tune"), tables_of("held")
    assert tune
    assert not set(tune) & set(held)
    assert not [name for name in tune if name.startswith("fried")]  # the same source as friedman_1


def test_the_printed_table_and_the_stored_counts(monkeypatch, capsys, tmp_path):
    path = tmp_path / "t.csv"
    generator = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in generator.normal(size=(80, 2))]
    path.write_text("a,b,y\n" + "\n".join(lines))
    small = Setup(20, 10, 20, (3,), 10, "adam", 0.0, "constant", SEEN, 5)
    monkeypatch.setattr("benchmarks.retraining.draw_setup", lambda rows, generator: small)
    monkeypatch.setattr(
        bench_advice,
        "ask_project",
        lambda run: Advised("healthy", [Step("use-it"), Step("train-on", epochs=3)][run.number % 2]),
    )
    monkeypatch.setattr(bench_advice, "ProcessPoolExecutor", Inline)
    stored = tmp_path / "advice.json"
    arguments = ["--table", str(path), "--target", "y", "--runs", "6", "--no-rivals", "--json", str(stored)]
    assert bench_advice.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "regression of 'y'" in printed
    counts = json.loads(stored.read_text())["own"]
    assert counts["advice"]["train-on"]["tested"] == counts["use-it"]["tried"] == 3
    assert counts["all but use-it"]["given"] == 3


def test_the_diagnosis_is_scored_on_runs_of_an_own_table(monkeypatch, capsys, tmp_path):
    small = Setup(20, 10, 20, (3,), 10, "adam", 0.0, "constant", SEEN, 5)
    monkeypatch.setattr("benchmarks.make_runs.draw_setup", lambda rows, generator: small)
    path = write(tmp_path, "x;c;y\n" + rows(90, "{i}", "{three}", "{odd}"))
    assert bench_diagnosis.main(["--table", str(path), "--target", "y", "--runs", "12", "--no-rivals"]) == 0
    printed = capsys.readouterr().out
    assert "== own table: 12 runs" in printed
    assert "classification of 'y' (2 classes), 90 rows" in printed


class Inline:
    """A pool without processes."""

    def __init__(self, jobs: int) -> None: ...

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *_: object) -> None: ...

    map = staticmethod(map)


def write(tmp_path, text: str | bytes):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(n: int, *columns: str) -> str:
    return "".join(
        ";".join(column.format(i=i * i % 97, n=i, odd=i % 2, three="abc"[i % 3]) for column in columns) + "\n"
        for i in range(n)
    )


@pytest.mark.parametrize(
    ("header", "columns", "regression", "inputs"),
    [
        ("x;y", ("{i}", "{i}.5"), True, 1),
        ("x;y", ("{i}", "{odd}"), False, 1),
        ("x;y", ("{i}", "{three}"), False, 1),
        ("x;c;y", ("{i}", "{three}", "{i}.5"), True, 4),
        ("x;name;y", ("{i}", "person{n}", "{i}.5"), True, 1),
        ("x;same;y", ("{i}", "7", "{i}.5"), True, 1),
        ("x;y", ("{i}", "{i}"), True, 1),
        ("x;y", ("{i}", "{three}{odd}"), False, 1),
        ("x;y", ("{i},5", "{i},25"), True, 1),
        (" x ; y ", ("${i}", "{i} %"), True, 1),
        ("id;x;y", ("{n}", "{i}", "{i}.5"), True, 1),
    ],
)
def test_an_own_table_says_what_it_is(tmp_path, header, columns, regression, inputs):
    own = own_table.read_own(write(tmp_path, header + "\n" + rows(90, *columns)), "y")
    assert own.regression is regression
    assert own.inputs.shape == (90, inputs)
    assert ("regression" in own.said) is regression
    table = own.table(np.random.default_rng(1))
    assert np.isfinite(table.inputs).all()


def test_gaps_of_an_own_table(tmp_path):
    text = "x,c,y\n" + "".join(
        f"{'?' if i % 5 == 0 else i * i},{'' if i % 4 == 0 else 'ab'[i % 2]},{'NA' if i % 10 == 9 else i}\n"
        for i in range(100)
    )
    own = own_table.read_own(write(tmp_path, text), "y")
    assert len(own.target) == 90  # without a target
    assert own.inputs.shape[1] == 2 + 3  # x and its gaps; a, b and none
    assert np.isfinite(own.inputs).all()


@pytest.mark.parametrize(
    ("text", "target", "needed"),
    [
        ("x,y\n" + "1,2\n" * 90, "z", "has no column 'z'; it has 'x', 'y'"),
        ("x,y\n" + "1,2\n3,4\n" * 20, "y", "40 usable rows"),
        ("x,y\n" + "1,2\n2,2\n" * 60, "y", "1 class"),
        ("x,y\n" + "1,a\n1,b\n" * 60, "y", "no usable column"),
        ("x,y\n" + "".join(f"{i},name{i}\n" for i in range(90)), "y", "90 different texts"),
        ("x,y\n" + "1,\n" * 90, "y", "0 class"),
        ("", "y", "not a CSV table"),
        (b"x,y\n\xff\xfe,1\n", "y", "not UTF-8"),
        ('x,y\n1,2\n"3,4\n' + "1,2,3,4\n" * 5, "y", "t.csv"),
    ],
)
def test_an_own_table_that_cannot_be_used_is_one_line(tmp_path, capsys, text, target, needed):
    path = write(tmp_path, text)
    for bench in (bench_advice, bench_diagnosis):
        assert bench.main(["--table", str(path), "--target", target, "--no-rivals"]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert needed in error


def test_a_missing_file_or_option_is_one_line(tmp_path, capsys):
    table = write(tmp_path, "x;y\n" + rows(90, "{i}", "{i}.5"))
    wrong = [["--table", str(tmp_path / "no.csv"), "--target", "y"], ["--target", "y"], ["--table", "x.csv"]]
    checked = ["--table", str(table), "--target", "y", "--check", "scores.json"]
    for bench, arguments in [
        *((b, w) for b in (bench_advice, bench_diagnosis) for w in wrong),
        (bench_diagnosis, checked),
    ]:
        assert bench.main(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1
