"""What the lines above training runs say about them."""

import pytest

from reportgen.sources.printed.run_names import RunName, is_another_run, names_of_runs, numbered_names


def named(*above: str, below: str = "", known: tuple[str, ...] = ()) -> list[tuple[str, dict[str, str]]]:
    """Names and settings of runs, given the lines above each of them."""
    found = names_of_runs([text.split("\n") for text in above], below.split("\n"), known)
    return [(each.name, dict(each.settings)) for each in found]


@pytest.mark.parametrize(
    ("lines", "names", "last"),
    [
        (("Training VGG16...", "Training ResNet50..."), ["VGG16", "ResNet50"], {}),
        (("--- Training with optimizer: SGD ---", "--- Training with optimizer: Adam ---"), ["SGD", "Adam"],
         {"optimizer": "Adam"}),
        (("lr=0.1 batch=32 fold=1", "lr=0.1 batch=32 fold=2"),
         ["learning_rate=0.1, batch_size=32, fold=1", "learning_rate=0.1, batch_size=32, fold=2"],
         {"learning_rate": "0.1", "batch_size": "32", "fold": "2"}),
        (("===== LSTM =====", "===== GRU ====="), ["LSTM", "GRU"], {}),
        (("Simple CNN training:", "Deep CNN training:"), ["Simple CNN", "Deep CNN"], {}),
        (("Experiment 1", "Experiment 2"), ["experiment 1", "experiment 2"], {}),
        (("Params: {'lr': 0.1, 'units': 8}", "Params: {'lr': 0.2, 'units': 8}"),
         ["learning_rate=0.1, units=8", "learning_rate=0.2, units=8"], {"learning_rate": "0.2", "units": "8"}),
        (("(Adam)Training with learning rate: 0.1", "(SGD)Training with learning rate: 0.1"),
         ["Adam, learning_rate=0.1", "SGD, learning_rate=0.1"], {"learning_rate": "0.1", "optimizer": "SGD"}),
        (("Training with Adam - Hidden Layers: 1, LR: 0.1", "Training with SGD - Hidden Layers: 2, LR: 0.1"),
         ["Adam, layers=1, learning_rate=0.1", "SGD, layers=2, learning_rate=0.1"],
         {"layers": "2", "learning_rate": "0.1", "optimizer": "SGD"}),
        (("NOW TRAINING NETWORK: 1 of 2", "NOW TRAINING NETWORK: 2 of 2"), ["training 1 of 2", "training 2 of 2"], {}),
        (("모델 학습 중: LSTM", "모델 학습 중: GRU"), ["LSTM", "GRU"], {}),
        (("Обучение модели: LSTM", "Обучение модели: GRU"), ["LSTM", "GRU"], {"model": "GRU"}),
        (("\\n====\\nTraining BERT\\n====", "\\n====\\nTraining GPT\\n===="), ["BERT", "GPT"], {}),
    ],
)  # fmt: skip
def test_lines_that_differ_between_runs_name_them(
    lines: tuple[str, ...], names: list[str], last: dict[str, str]
) -> None:
    found = named(*lines)
    assert [name for name, _ in found] == names
    assert found[-1][1] == last


@pytest.mark.parametrize(
    "line",
    [
        "Training on {} samples",
        "Train patients: {}, validation patients: 14",
        "Restoring model weights from the end of the best epoch: {}.",
        "Test accuracy: 0.9{}",
        "Model saved to models/model_{}.h5",
        'Model: "sequential_{}"',
        "Training took {} seconds",
        "Total params: {}",
        "Found {} images belonging to 4 classes.",
        "[[ {}  3]",
        "Best model so far: {}",
        "Using device: cuda:{}",
        "Training started at 2024-01-01 10:00:0{}",
    ],
)
def test_remarks_results_and_counts_name_no_run(line: str) -> None:
    assert named(line.format(1), line.format(2)) == [("", {}), ("", {})]


def test_a_heading_holds_until_another_one_of_its_kind() -> None:
    found = named("Training model: CNN\nOptimizer: adam", "Optimizer: sgd", "Training model: RNN\nOptimizer: adam")
    assert [name for name, _ in found] == ["CNN, adam", "CNN, sgd", "RNN, adam"]
    assert found[1][1] == {"model": "CNN", "optimizer": "sgd"}


def test_known_names_are_kept_and_made_unique() -> None:
    assert named("Fold 1\nlr=0.1", "Fold 2\nlr=0.1", known=("fold 1", "fold 2")) == [("fold 1", {}), ("fold 2", {})]
    found = named("Model: CNN", "", "Model: RNN", "", known=("fold 1", "fold 2", "fold 1", "fold 2"))
    assert [name for name, _ in found] == ["CNN, fold 1", "CNN, fold 2", "RNN, fold 1", "RNN, fold 2"]
    assert found[3][1] == {"model": "RNN"}


def test_settings_below_each_run_name_it_if_nothing_is_above_the_first_one() -> None:
    found = named("Loading data", "Optimizer: SGD, LR: 0.1", below="Optimizer: Adam, LR: 0.1\nBest: LR: 0.1, Units: 3")
    assert found == [
        ("SGD, learning_rate=0.1", {"optimizer": "SGD", "learning_rate": "0.1"}),
        ("Adam, learning_rate=0.1", {"optimizer": "Adam", "learning_rate": "0.1"}),
    ]


def test_single_runs_and_runs_without_lines_have_no_names() -> None:
    assert names_of_runs([]) == []
    assert named("Training VGG16") == [("", {})]
    assert names_of_runs([[], []]) == [RunName(), RunName()]


def test_another_run_is_distinguished_from_a_phase_of_the_same_one() -> None:
    assert is_another_run(["Training VGG16..."], ["Training ResNet50..."])
    assert not is_another_run(["Training phase 1"], ["Training phase 2"])
    assert not is_another_run(["Training the head"], ["Training all layers"])
    assert not is_another_run(["Training VGG16..."], ["Fine-tuning the last layers"])


def test_runs_without_unique_names_are_numbered() -> None:
    assert numbered_names(["fold 1", "", "fold 1"]) == ("fold 1", "fit 2", "fold 1, fit 2")
