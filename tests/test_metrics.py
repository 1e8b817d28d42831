import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen import metrics


@pytest.mark.parametrize(
    ("key", "base", "split"),
    [
        ("loss", "loss", "train"),
        ("val_loss", "loss", "validation"),
        ("interval_loss", "interval_loss", "train"),
        ("eval_loss", "eval_loss", "train"),
        ("val_val_loss", "val_loss", "validation"),
        ("val_", "val_", "train"),
        ("VAL_loss", "VAL_loss", "train"),
        ("", "", "train"),
    ],
)
def test_only_a_prefix_at_the_very_beginning_marks_validation(key: str, base: str, split: str) -> None:
    assert metrics.parse_key(key) == (base, split)


@given(st.one_of(st.text(), st.text().map(lambda text: "val_" + text)))
def test_join_key_undoes_parse_key(key: str) -> None:
    assert metrics.join_key(*metrics.parse_key(key)) == key


@given(st.text(min_size=1))
def test_parse_key_undoes_join_key_for_validation(name: str) -> None:
    assert metrics.parse_key(metrics.join_key(name, "validation")) == (name, "validation")


@pytest.mark.parametrize(
    "name",
    ["loss", "head_a_loss", "mse", "MAE", "mean_squared_error", "my_custom_loss", "loss_1", "wer", "mae_2", "mse[0]"],
)
def test_errors_and_losses_are_better_when_lower(name: str) -> None:
    assert metrics.direction(name) == "lower"


@pytest.mark.parametrize(
    "name",
    ["acc", "accuracy", "Accuracy", "binary_accuracy", "head_a_accuracy", "auc", "auc_3", "f1_score", "r2", "f1[2]"],
)
def test_scores_are_better_when_higher(name: str) -> None:
    assert metrics.direction(name) == "higher"


@pytest.mark.parametrize("name", ["f2", "foo", "learning_rate", "lossy", "accuracyish", "", "glossy", "data_size"])
def test_direction_is_not_guessed(name: str) -> None:
    assert metrics.direction(name) == "unknown"


@given(st.text())
def test_any_name_gets_one_of_three_directions_and_a_label_that_can_be_shown(name: str) -> None:
    assert metrics.direction(name) in ("lower", "higher", "unknown")
    label = metrics.label(name)
    assert 1 <= len(label) <= 48
    assert label.encode()


def test_losses_and_accuracies_are_told_from_names_that_resemble_them() -> None:
    assert [name for name in ("loss", "a_loss", "lossy", "gloss", "loss_2") if metrics.is_loss(name)] == [
        "loss",
        "a_loss",
        "loss_2",
    ]
    assert [name for name in ("acc", "val", "top_5_accuracy", "my_acc", "account") if metrics.is_accuracy(name)] == [
        "acc",
        "top_5_accuracy",
        "my_acc",
    ]


def test_a_learning_rate_is_a_setting_and_found_under_either_name() -> None:
    assert metrics.is_schedule("lr")
    assert metrics.is_schedule(" Learning_Rate ")
    assert not metrics.is_schedule("loss")
    assert metrics.learning_rate_name(["loss", "lr"]) == "lr"
    assert metrics.learning_rate_name(["loss", "learning_rate"]) == "learning_rate"
    assert metrics.learning_rate_name(["loss", "momentum"]) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("loss", "Loss"),
        ("acc", "Accuracy"),
        ("binary_accuracy", "Binary accuracy"),
        ("auc", "AUC"),
        ("lr", "Learning rate"),
        ("x" * 100, "X" + "x" * 46 + "…"),
        ("___", "___"),
    ],
)
def test_labels_read_as_words(name: str, label: str) -> None:
    assert metrics.label(name) == label


@given(st.text())
def test_printable_text_holds_nothing_that_breaks_a_line_or_turns_the_text_after_it(text: str) -> None:
    shown = metrics.printable(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(ch) for ch in shown} & {"Cc", "Cs", "Cn", "Zl", "Zp"}
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def test_printable_leaves_emoji_and_right_to_left_letters_alone() -> None:
    text = "שלום 👩\N{ZERO WIDTH JOINER}🚒 损失 <b>"
    assert metrics.printable(text) == text


@given(st.text(), st.integers(1, 20))
def test_printable_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(metrics.printable(text, limit)) <= limit
