"""Tables among printed lines: which rows they have, and which lines are in no table."""

import time

import pytest

from reportgen.sources.printed.grid import Row, cell_count, cell_number
from reportgen.sources.printed.tables import may_have_tables, with_tables

FASTAI = """\
epoch     train_loss  valid_loss  accuracy  time    
0         1.204310    0.911200    0.602500  00:11     
Better model found at epoch 0 with valid_loss value: 0.9112.
1         0.843100    0.745900    0.688800  00:10     
"""  # noqa: W291
FASTAI_GAP = """\
epoch     train_loss  valid_loss  roc_auc_score  average_precision_score  time    
0         0.612000    1.110000    0.171000       0.262000                 00:23     
1         0.402000    1.310000                   0.481000                 00:22     
"""  # noqa: W291
SKORCH = """\
  epoch    train_loss    valid_acc    valid_loss    cp     dur
-------  ------------  -----------  ------------  ----  ------
      1        0.7120       0.5400        0.6811     +  0.0231
      2        0.6544       0.6150        0.6402        0.0208
Stopping since valid_loss has not improved in the last 5 epochs.
"""
SPACY = """\
E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE 
---  ------  ------------  --------  ------  ------  ------  ------
  0       0          0.00     31.20    0.00    0.00    0.00    0.00
  3     200         44.10    812.55   51.20   55.40   47.60    0.51
✔ Saved pipeline to output directory
"""  # noqa: W291
MODEL_CARD = """\
| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:--------:|
| No log        | 1.0   | 25   | 0.6191          | 0.7107   |
| 0.5432        | 2.0   | 50   | **0.5123**      | 0.8134   |
"""
RICH = """\
┏━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━┓
┃ Epoch ┃ Train Loss ┃ Val Loss ┃
┡━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━┩
│ 1     │ 0.9        │ 0.95     │
│ 2     │ 0.8        │ 0.90     │
└───────┴────────────┴──────────┘
"""
PRETTY = """\
+-------+------------+----------+
| Epoch | Train Loss | Val Loss |
+-------+------------+----------+
|   1   |    0.9     |   0.95   |
|   2   |    0.8     |   0.90   |
+-------+------------+----------+
"""
OUTER_BARS_MISSING = """\
accuracy | loss | epoch | train | time
-- | -- | -- | -- | --
0.817 | 0.722 | 0 | True | 00:21
0.850 | 0.547 | 1 | True | 00:21
"""
BOOSTING = """\
      Iter       Train Loss      OOB Improve   Remaining Time 
         1       51022.8242          12.3000            1.05m
         2       44096.6971          10.1000           58.31s
        10       15236.3410           4.2000           41.20s
"""  # noqa: W291
FRAME = """\
   epoch      loss  val_loss
0      1  0.900000  0.950000
1      2  0.700000  0.800000
"""
FRAME_WITHOUT_EPOCHS = """\
       loss  val_loss
0  0.900000  0.950000
1  0.700000  0.800000
"""
YOLO = """\
      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size
       1/10         0G      2.848       3.96      2.159         19        352:  50% ━━━━━━ 24/49 5.1s/it 4:09
       1/10         0G      2.748       3.86      2.059         19        352: 100% ━━━━━━━━━━━━ 49/49 5.1s/it 4:09
                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% ━━━━━━━━━━━━ 4/4
                   all         97        114    0.00216      0.553    0.00199   0.000492

      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size
       2/10         0G      2.618      3.253      1.937         20        352: 100% ━━━━━━━━━━━━ 49/49 4.2s/it 3:26
"""
STACKED = "epoch\ntrain_loss\nvalid_loss\ntime\n0\n0.9\n0.8\n00:03\n1\n0.7\n0.75\n00:03\nDone"
TABS = "Epoch\tTraining Loss\tValidation Loss\tAccuracy\n1\tNo log\t0.53679\t0.811\n2\t0.4\t0.5\t0.82"
SB3 = """\
---------------------------------
| rollout/           |          |
|    ep_len_mean     | 21       |
|    ep_rew_mean     | 21.5     |
| time/              |          |
|    fps             | 62       |
|    iterations      | 1        |
|    total_timesteps | 2048     |
---------------------------------
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | 26.5     |
| time/              |          |
|    iterations      | 2        |
|    total_timesteps | 4096     |
---------------------------------
"""
LIGHTNING = """\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃        Test metric        ┃       DataLoader 0        ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━┩
│         test/acc          │    0.8796281719207764     │
│         test/loss         │    0.4668848156929016     │
└───────────────────────────┴───────────────────────────┘
"""
# Of each table: the column that counts, and for some columns the cells of all rows.
TABLES = {
    "fastai": (
        FASTAI,
        "epoch",
        {"epoch": ["0", "1"], "valid_loss": ["0.911200", "0.745900"], "time": ["00:11", "00:10"]},
    ),
    "fastai with an empty cell": (
        FASTAI_GAP,
        "epoch",
        {"roc_auc_score": ["0.171000", ""], "average_precision_score": ["0.262000", "0.481000"]},
    ),
    "skorch": (SKORCH, "epoch", {"valid_loss": ["0.6811", "0.6402"], "cp": ["+", ""], "dur": ["0.0231", "0.0208"]}),
    "spaCy": (
        SPACY,
        "#",
        {"#": ["0", "200"], "E": ["0", "3"], "LOSS NER": ["31.20", "812.55"], "SCORE": ["0.00", "0.51"]},
    ),
    "model card": (
        MODEL_CARD,
        "Step",
        {"Training Loss": ["No log", "0.5432"], "Accuracy": ["0.7107", "0.8134"]},
    ),
    "rich": (RICH, "Epoch", {"Epoch": ["1", "2"], "Val Loss": ["0.95", "0.90"]}),
    "PrettyTable": (PRETTY, "Epoch", {"Epoch": ["1", "2"], "Val Loss": ["0.95", "0.90"]}),
    "no outer bars": (OUTER_BARS_MISSING, "epoch", {"epoch": ["0", "1"], "loss": ["0.722", "0.547"]}),
    "scikit-learn": (BOOSTING, "Iter", {"Iter": ["1", "2", "10"], "OOB Improve": ["12.3000", "10.1000", "4.2000"]}),
    "frame": (FRAME, "epoch", {"epoch": ["1", "2"], "val_loss": ["0.950000", "0.800000"]}),
    "frame without epochs": (FRAME_WITHOUT_EPOCHS, "", {"": ["0", "1"], "loss": ["0.900000", "0.700000"]}),
    "YOLO": (
        YOLO,
        "Epoch",
        {"Epoch": ["1/10", "1/10", "2/10"], "dfl_loss": ["2.159", "2.059", "1.937"]},
    ),
    "copied from a page": (STACKED, "epoch", {"epoch": ["0", "1"], "valid_loss": ["0.8", "0.75"]}),
    "tabs": (TABS, "Epoch", {"Epoch": ["1", "2"], "Training Loss": ["No log", "0.4"], "Accuracy": ["0.811", "0.82"]}),
}
NO_TABLES = {
    "table of runs": "| Model | Epochs | Loss |\n|---|---|---|\n| a | 10 | 0.5 |\n| b | 10 | 0.4 |",
    "table of runs, aligned": "name  epochs  loss\nbase  10  0.5\nwide  10  0.4",
    "fairseq": "| epoch 001 | loss 7.2 | nll_loss 3.1 | ppl 9\n| epoch 002 | loss 5.008 | nll_loss 2.7 | ppl 7",
    "classes": "       precision  recall  f1-score  support\n\n    0       0.61    0.60      0.61     1000",
    "lines": "Epoch 1/2 | loss: 0.5 | val_loss: 0.6\nEpoch 2/2 | loss: 0.4 | val_loss: 0.5",
    "sentence": "Epoch loss history\n1 2 3\n0 1 2",
    "settings": "| batch_size | 32 |\n| optimizer  | adam |",
    "empty": "",
}  # fmt: skip


def parts(text: str) -> tuple[list[Row], list[str]]:
    found = list(with_tables(text.split("\n")))
    return [part for part in found if isinstance(part, Row)], [part for part in found if isinstance(part, str)]


@pytest.mark.parametrize("name", TABLES)
def test_each_row_has_the_cells_of_its_columns(name: str) -> None:
    text, counter, expected = TABLES[name]
    rows, _ = parts(text)
    columns = rows[0].columns
    assert all(row.columns == columns for row in rows)
    counts = columns.epoch if columns.step is None else columns.step
    assert counts is not None
    assert columns.names[counts] == counter
    assert {key: [row.cells[columns.names.index(key)] for row in rows] for key in expected} == expected


@pytest.mark.parametrize("name", NO_TABLES)
def test_other_lines_are_passed_on_unchanged(name: str) -> None:
    lines = NO_TABLES[name].split("\n")
    assert list(with_tables(lines)) == lines


@pytest.mark.parametrize("name", TABLES)
def test_the_quick_look_overlooks_no_table(name: str) -> None:
    assert may_have_tables(TABLES[name][0])


def test_lines_between_and_after_rows_are_passed_on_in_their_order() -> None:
    found = list(with_tables(FASTAI.splitlines()))
    assert [part if isinstance(part, str) else part.cells[0] for part in found] == [
        "0",
        "Better model found at epoch 0 with valid_loss value: 0.9112.",
        "1",
    ]
    assert parts(SKORCH)[1][:1] == ["Stopping since valid_loss has not improved in the last 5 epochs."]


def test_each_box_is_one_row_with_the_names_of_its_sections() -> None:
    rows, _ = parts(SB3)
    assert [dict(zip(row.columns.names, row.cells, strict=True)) for row in rows] == [
        {
            "rollout/ep_len_mean": "21",
            "rollout/ep_rew_mean": "21.5",
            "time/fps": "62",
            "time/iterations": "1",
            "time/total_timesteps": "2048",
        },
        {"rollout/ep_rew_mean": "26.5", "time/iterations": "2", "time/total_timesteps": "4096"},
    ]
    assert [row.columns.names[row.columns.step or 0] for row in rows] == ["time/total_timesteps"] * 2


def test_a_box_of_test_results_has_a_title() -> None:
    (row,) = parts(LIGHTNING)[0]
    assert row.columns.title == "Test metric"
    assert dict(zip(row.columns.names, row.cells, strict=True)) == {
        "test/acc": "0.8796281719207764",
        "test/loss": "0.4668848156929016",
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5),
        ("**0.51**", 0.51),
        ("93.1%", 93.1),
        ("1,234.5", 1234.5),
        ("-3e-4", -3e-4),
        ("0.81 ± 0.02", 0.81),
        ("0.687 (12)", 0.687),
        ("00:23", None),
        ("9.84s", None),
        ("1.92G", None),
        ("No log", None),
        ("", None),
    ],
)
def test_a_cell_is_a_number_unless_it_is_a_time_a_size_or_words(text: str, number: float | None) -> None:
    assert cell_number(text) == number


@pytest.mark.parametrize(
    ("text", "count"),
    [("3", (3.0, None)), ("3/20", (3.0, 20)), ("**7**", (7.0, None)), ("0.5", (0.5, None)), ("a", None)],
)
def test_the_cell_of_a_counter_may_have_the_planned_number(text: str, count: tuple[float, int | None] | None) -> None:
    assert cell_count(text) == count


@pytest.mark.parametrize(
    "line",
    [
        "epoch " * 2_000,
        "| a " * 5_000,
        " loss" * 3_000,
        "epoch\t" * 4_000,
        "(" * 9_000,
        "1 " * 9_000,
        "epoch | " * 900,
        "- " * 8_000,
    ],
)
def test_long_odd_lines_take_linear_time(line: str) -> None:
    start = time.process_time()
    assert list(with_tables(["epoch loss", *[line] * 20, "1 2"])) != []
    assert time.process_time() - start < 2
