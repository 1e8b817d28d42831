"""How the rules of a gate are written, and which texts are not rules."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import names, refusal

from reportgen.errors import DiagnosisError
from reportgen.gate.rules import (
    UNWANTED,
    GateRules,
    read_answers,
    read_probability,
    read_regression,
    read_requirement,
)

numbers = st.floats(-1e12, 1e12).map(lambda value: f"{value:.6g}")


@pytest.mark.parametrize(
    ("text", "key", "operator", "limit", "last"),
    [
        ("val_accuracy>=0.75", "val_accuracy", ">=", 0.75, False),
        ("last(val_accuracy)>=0.75", "val_accuracy", ">=", 0.75, True),
        (" val_loss < .4 ", "val_loss", "<", 0.4, False),
        ("last( val_loss ) <= 1.", "val_loss", "<=", 1.0, True),
        ("loss>-1e-3", "loss", ">", -0.001, False),
        ("metrics/mAP50(B)>=0.5", "metrics/mAP50(B)", ">=", 0.5, False),
        ("a>b>=2", "a>b", ">=", 2.0, False),
        ("a>=1>=2", "a>=1", ">=", 2.0, False),
        ("last(last(x))<1", "last(x)", "<", 1.0, True),
        ("top 5 accuracy>=0.9", "top 5 accuracy", ">=", 0.9, False),
    ],
)
def test_a_requirement_is_a_metric_an_operator_and_a_number(text, key, operator, limit, last):
    found = read_requirement(text)
    assert (found.key, found.operator, found.limit, found.last) == (key, operator, limit, last)
    assert found.text == " ".join(text.split())


@given(names.filter(lambda name: name == name.strip()), st.sampled_from([">=", ">", "<=", "<"]), numbers, st.booleans())
def test_any_metric_can_be_required(name, operator, limit, last):
    if not last and name.startswith("last(") and name.endswith(")"):
        return  # for such a name, only the last value can be required
    found = read_requirement(f"last({name}){operator}{limit}" if last else f"{name}{operator}{limit}")
    assert (found.key, found.operator, found.limit, found.last) == (name, operator, float(limit), last)


@given(st.text(max_size=20))
def test_any_text_is_a_requirement_or_a_one_line_error_that_explains_the_form(text):
    said = refusal(lambda: read_requirement(text))
    if said:
        assert "\n" not in said
        assert "needed" in said
    else:
        assert read_requirement(text).key
        assert math.isfinite(read_requirement(text).limit)


@pytest.mark.parametrize(
    "text",
    ["", "val_accuracy", "val_accuracy=0.75", "val_accuracy==0.75", ">=0.75", "val_accuracy>=", "val_accuracy>=high",
     "val_accuracy>=nan", "val_accuracy>=inf", "val_accuracy>=1_0", "val_accuracy>=75%", "0.5<=val_loss<=0.6x"],
)  # fmt: skip
def test_invalid_requirements_are_refused_with_an_example(text):
    with pytest.raises(DiagnosisError, match=r"is not a requirement.* Write it like val_accuracy>=0.75"):
        read_requirement(text)


@pytest.mark.parametrize("read", [read_requirement, lambda text: read_regression(text.replace("<", "="))])
def test_a_number_out_of_range_is_refused(read):
    with pytest.raises(DiagnosisError, match="too large"):
        read("loss<1e999")


@pytest.mark.parametrize(
    ("text", "key", "limit", "is_ratio"),
    [
        ("2%", None, 0.02, True),
        (" 2.5 % ", None, 0.025, True),
        ("0.01", None, 0.01, False),
        ("0", None, 0.0, False),
        ("val_accuracy=0.01", "val_accuracy", 0.01, False),
        ("val_accuracy = 1%", "val_accuracy", 0.01, True),
        ("a=b=3", "a=b", 3.0, False),
    ],
)
def test_a_regression_is_a_percentage_or_a_number_of_any_metric(text, key, limit, is_ratio):
    found = read_regression(text)
    assert (found.key, found.is_ratio) == (key, is_ratio)
    assert found.limit == pytest.approx(limit, rel=1e-15)
    assert found.text == f"max-regression {' '.join(text.split())}"


@pytest.mark.parametrize("text", ["", "%", "much", "-1", "-2%", "=2%", "loss=", "2%%", "loss=-1", "nan"])
def test_invalid_regressions_are_refused_with_an_example(text):
    with pytest.raises(DiagnosisError, match=r"is not a limit for a regression.* Write it like 2%"):
        read_regression(text)


def test_answers_are_separated_by_commas_and_may_be_spelled_as_in_json():
    assert read_answers("overfitting, diverged,,overfitting") == ("overfitting", "diverged")
    assert read_answers("more_training_helps,NOT-LEARNING") == ("more-training-helps", "not-learning")
    assert read_answers(" ") == ()


@pytest.mark.parametrize("text", ["learning", "converged", "overfit", "not-overfitting", "unclear", "yes"])
def test_an_answer_that_cannot_fail_is_refused_with_all_names(text):
    with pytest.raises(DiagnosisError) as caught:
        read_answers(f"diverged,{text}")
    assert all(f'"{name}"' in str(caught.value) for name in (text, *UNWANTED))


@pytest.mark.parametrize("value", [-0.1, 1.01, math.nan, math.inf])
def test_a_probability_must_be_between_0_and_1(value):
    assert read_probability(0) == 0.0
    assert read_probability(1) == 1.0
    with pytest.raises(DiagnosisError, match="from 0 to 1"):
        read_probability(value)


def test_rules_without_any_limit_are_falsy():
    assert not GateRules(min_probability=0.5)
    assert GateRules(fail_on=("diverged",))
    assert GateRules(require=(read_requirement("loss<1"),))
    assert GateRules(max_regression=(read_regression("2%"),))
