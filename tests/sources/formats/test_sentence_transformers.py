import pytest
from logs import read_log, read_with_format, sentences

HEADER = "epoch,steps,cosine_pearson,cosine_spearman\n"


@pytest.mark.parametrize(
    ("rows", "axis", "epochs"),
    [
        ([(0, -1), (1, -1), (2, -1)], "epoch", [1, 2, 3]),
        ([(0, 500), (0, -1), (1, 500), (1, -1)], "epoch", [1, 2, 3, 4]),
        ([(0.5, 500), (1.0, 1000), (1.5, 1500)], "step", [500, 1000, 1500]),
    ],
)
def test_evaluations_are_validation_values_in_their_order(
    rows: list[tuple[float, int]], axis: str, epochs: list[int]
) -> None:
    text = HEADER + "".join(f"{epoch},{step},{0.5 + n / 10},0.5\n" for n, (epoch, step) in enumerate(rows))
    history, form = read_with_format(text, "similarity_evaluation_sts-dev_results.csv")
    assert (form, history.run.tool) == ("sbert", "sentence-transformers")
    assert history.keys == ("val_cosine_pearson", "val_cosine_spearman")
    assert (history.axis, history.epochs.tolist()) == (axis, epochs)
    assert history.series("cosine_pearson", "validation").tolist() == [0.5 + n / 10 for n in range(len(rows))]


def test_a_table_with_epochs_and_steps_of_a_training_run_is_not_an_evaluator() -> None:
    assert read_with_format("epoch,steps,loss\n0,10,0.5\n1,20,0.25\n")[1] != "sbert"


def test_rows_without_a_step_count_epochs() -> None:
    assert read_log(HEADER + "0,-1,0.5,0.5\n1,,0.75,0.5\n").epochs.tolist() == [1, 2]


def test_evaluations_within_epochs_have_a_note() -> None:
    history = read_log(HEADER + "0,500,0.5,0.5\n0,-1,0.75,0.5\n")
    assert sentences(history.run.notes) == ("Each epoch in this report is one evaluation of the log.",)
