import time

import pytest
from logs import read_log, sentences

from reportgen.errors import SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.sources.table.decimals import DecimalCommas, with_points


def read(text: str) -> TrainingHistory:
    return read_log(text.encode(), "run.csv")


POINTS = "epoch;loss;val_loss\n0;1.25;NA\n1;0.5;0.75\n2;1e-3;-inf\n"
COMMAS = "epoch;loss;val_loss\n0;1,25;NA\n1;0,5;0,75\n2;1e-3;-inf\n"
QUOTED = 'epoch,loss,val_loss\n0,"1,25",NA\n1,"0,5","0,75"\n2,1e-3,-inf\n'


@pytest.mark.parametrize("text", [COMMAS, COMMAS.replace(";", "\t"), COMMAS.replace(";", " ; "), QUOTED])
def test_decimal_commas_are_read_like_decimal_points_and_a_note_says_so(text: str) -> None:
    history, expected = read(text), read(POINTS)
    assert history.frame.equals(expected.frame)
    assert sentences(history.run.notes) == ("Decimal commas in the table were read as decimal points: 1,25 as 1.25.",)
    assert sentences(expected.run.notes) == ()


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0,512", 0.512),
        ("1234,567", 1234.567),
        ("-1,5", -1.5),
        ("+1,5E-03", 0.0015),
        ("1,234e2", 123.4),
        (",5", 0.5),
        ("5,", 5.0),
        ("012,345", 12.345),
    ],
)
def test_a_comma_that_cannot_separate_thousands_is_decimal(cell: str, number: float) -> None:
    assert read(f"loss;epoch\n{cell};0\n").series("loss", "train").tolist() == [number]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ('step,loss\n"1,000",0.5\n"12,000",0.25\n', [1000, 12000]),
        ("step;loss\n1,000;0.5\n12,000;0.25\n", [1000, 12000]),
        ("step;loss\n1,234,567;0.5\n1,234,568;0.25\n", [1234567, 1234568]),
    ],
)
def test_commas_beside_decimal_points_separate_thousands(text: str, steps: list[int]) -> None:
    history = read(text)
    assert history.epochs.tolist() == steps
    assert history.series("loss", "train").tolist() == [0.5, 0.25]
    assert "thousands separators" in sentences(history.run.notes)[0]


def test_one_comma_that_can_only_be_decimal_explains_all_others() -> None:
    assert read("epoch;loss\n0;1,234\n1;0,9\n").series("loss", "train").tolist() == [1.234, 0.9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch;loss\n0;1,234\n1;1,100\n", 'column "loss" has "1,234" in row 1; the comma may separate decimals or'),
        ("epoch;loss;auc\n0;0,5;1\n1;0,4;0.9\n", '"loss" has "0,5" in row 1, but column "auc" has "0.9" in row 2'),
        ("epoch;loss\n0;1,5\n1;1.234,5\n", '"1,5" in row 1, but column "loss" has "1.234,5" in row 2'),
        ("epoch;loss;f1\n0;0,5;[0,1, 0,2]\n", r'but column "f1" has "\[0,1, 0,2\]" in row 1'),
        ("epoch;loss\n0;0,5x\n", 'column "loss" has text "0,5x" in row 1'),
        (
            "epoch,loss,auc\n0,0,5,0,9\n",
            "line 2 has 5 cells, .* If its numbers have decimal commas, save it with semicolons between the cells",
        ),
    ],
)
def test_commas_that_can_be_read_in_two_ways_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_table_without_decimal_commas_has_no_note() -> None:
    commas = DecimalCommas("run.csv")
    commas.look({"loss": ["0.5", "NA", "nan", ""], "f1": ["[0.1, 0.2]", "", "1", "x,y"]})
    assert commas.judge() is None


def test_later_blocks_are_compared_with_earlier_ones() -> None:
    commas = DecimalCommas("run.csv")
    commas.look({"loss": ["1", "2.5"]})
    commas.look({"loss": ["0,5"]}, first_row=2)
    with pytest.raises(SourceError, match=r'"0,5" in row 3, but column "loss" has "2\.5" in row 2'):
        commas.judge()


def test_commas_become_points_only_in_cells_that_are_numbers() -> None:
    assert with_points(["1,5", " 2,5 ", "a,b", "3", "[1,5]"]) == ["1.5", " 2.5 ", "a,b", "3", "[1,5]"]


def test_long_cells_do_not_make_the_search_slow() -> None:
    cells = ["1,5", "1" * 100_000 + "x", "." * 100_000 + "x", "1." * 50_000 + "x", "," * 100_000]
    start = time.process_time()
    commas = DecimalCommas("run.csv")
    commas.look({"loss": cells})
    assert commas.judge()
    assert with_points(cells)[0] == "1.5"
    assert time.process_time() - start < 3
