"""Tables as spreadsheets, R, NumPy and people write them are read like the plain one."""

from pathlib import Path

import pytest
from logs import read_log, sentences

import reportgen
from reportgen.errors import SourceError

PLAIN = "epoch,loss,val_loss\n1,0.5,0.75\n2,0.25,0.5\n"
FORMS = {
    "comments": "# net A\n# lr: 0.1\n" + PLAIN,
    "a title": "Training of net A\n\n" + PLAIN,
    "a title with commas": "Training of net A, second try\n" + PLAIN,
    "two titles": "Training of net A\nMonday\n" + PLAIN,
    "a line for Excel": "sep=;\n" + PLAIN.replace(",", ";"),
    "a header that is a comment": "# " + PLAIN.replace(",", " "),
    "a title before such a header": "# net A\n# " + PLAIN,
    "aligned columns": "epoch  loss   val_loss\n1      0.5    0.75\n2      0.25   0.5\n",
    "blanks": PLAIN.replace(",", " "),
    "separators at the ends": PLAIN.replace("\n", ",\n"),
    "separators at the ends of rows": "epoch,loss,val_loss\n1,0.5,0.75,\n2,0.25,0.5,\n",
    "a cell without a name": "epoch\tloss\tval_loss\n1\t0.5\t\t0.75\n2\t0.25\t\t0.5\n",
    "an index of pandas": "Unnamed: 0,epoch,loss,val_loss\n0,1,0.5,0.75\n1,2,0.25,0.5\n",
    "an unnamed index": ",epoch,loss,val_loss\n0,1,0.5,0.75\n1,2,0.25,0.5\n",
    "only an unnamed index": ",loss,val_loss\n0,0.5,0.75\n1,0.25,0.5\n",
    "row names of R": '"loss","val_loss"\n"1",0.5,0.75\n"2",0.25,0.5\n',
    "row names of R and blanks": '"loss" "val_loss"\n"1" 0.5 0.75\n"2" 0.25 0.5\n',
    "quoted numbers": '"epoch","loss","val_loss"\n"1","0.5","0.75"\n"2","0.25","0.5"\n',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_every_form_is_read_like_the_plain_table(text: str, mark: str) -> None:
    history = read_log(mark + text, "run.csv")
    assert history.frame.equals(read_log(PLAIN, "run.csv").frame)
    assert sentences(history.run.notes) == ()


def test_names_with_blanks_are_kept_whole_in_aligned_columns() -> None:
    history = read_log(
        "Epoch   Train Loss   Val Loss\n1       0.5          0.75\n2       0.25         0.5\n", "run.txt"
    )
    assert history.frame.equals(read_log(PLAIN, "run.csv").frame)


def test_numbers_in_cells_may_have_units_and_percent_signs() -> None:
    history = read_log("epoch,loss,acc,time,note\n1,0.5,81.2%,12.5s,x\n2,0.25,85 %,12s,y\n", "run.csv")
    assert history.series("acc", "train").tolist() == [81.2, 85.0]
    assert sentences(history.run.notes) == ("These columns contain no numbers and were left out: note.",)


@pytest.mark.parametrize(
    "cell",
    ["tensor({n})", "tensor({n}, device='cuda:0', grad_fn=<DivBackward0>)", "array({n}, dtype=float32)",
     "np.float32({n})", "tf.Tensor({n}, shape=(), dtype=float32)"],
)  # fmt: skip
def test_printed_tensors_of_one_number_are_numbers(cell: str) -> None:
    rows = "".join(f'{epoch},"{cell.format(n=value)}"\n' for epoch, value in ((1, 0.5), (2, 2.5e-05)))
    assert read_log(f"epoch,train_loss\n{rows}", "run.csv").series("loss", "train").tolist() == [0.5, 2.5e-05]


def test_lines_between_the_header_and_the_rows_are_left_out() -> None:
    rows = "".join(f"{epoch}, 0.025, {5.0 - epoch / 10}, 1.5%\n" for epoch in range(30))
    history = read_log(f"Epoch, lr, Train_Loss, Test_Acc\n===== Using Torch AMP =====\n{rows}", "run.csv")
    assert set(history.keys) == {"loss", "lr", "val_Acc"}
    assert "Lines that could not be read were left out (1): line 2." in sentences(history.run.notes)


def test_percent_signs_after_decimal_commas_are_read() -> None:
    assert read_log("epoch;acc\n1;81,2%\n2;85%\n", "run.csv").series("acc", "train").tolist() == [81.2, 85.0]


def test_a_table_without_a_header_is_refused_with_what_is_missing() -> None:
    with pytest.raises(SourceError, match=r'the first line "1,0\.5" has numbers, not names\. Add a header'):
        read_log("1,0.5\n2,0.25\n", "run.csv")


def test_a_header_in_another_encoding_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes("Época;loss\n1;0.5\n2;0.25\n".encode("latin-1"))
    with pytest.raises(SourceError, match="byte 0 of its header is not UTF-8 text"):
        reportgen.load(path)
