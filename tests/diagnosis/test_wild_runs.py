"""Logs that strangers published and that once got a wrong verdict, or sentences that contradicted each other."""

import re
from pathlib import Path

import pytest
from consistency import broken_rules

import reportgen
from reportgen.wording.diagnosis import Diagnosis

INPUTS = Path(__file__).with_name("inputs")
# file, codes of the verdict that are right, first advice, what the headline or its text says, what no sentence says
CASES = [
    ("batchnorm_first_epoch.csv", {"unclear", "still-improving"}, "train-on", "", "converged|Use it as it is"),
    ("late_progress.csv", {"unclear", "still-improving"}, "train-on", "", "converged|Use it as it is"),
    ("exploded_once.log", {"not-learning", "unstable"}, "lower-learning-rate", r"exploded to 8\.16e9", ""),
    ("flat_class.log", {"not-learning"}, "balance-classes", "predict one class only", "without overfitting"),
    ("flat_val_open.log", {"not-judged", "unclear"}, "complete-log", "epochs 56 to 66 of 150", "Train .* more"),
    ("never_improved.log", {"overfitting"}, "use-epoch", "in epoch 2 and is 0.811 at the end", "never improved|Unsure"),
    ("nan_from_start.log", {"diverged"}, "lower-learning-rate", "diverged at epoch 1", "Use the weights"),
    ("unstable_end.log", {"unstable"}, "lower-learning-rate", "0.3169 in epoch 17 and is 1.93", "converged|Train 12"),
    ("21_hf_lr_zero", {"frozen"}, "raise-learning-rate", "the learning rate is 0", "The model converged|more steps"),
    ("22_hf_wer", {"still-improving"}, "longer-schedule", "WER", "no validation"),
    ("05_nan_in_a_diagnostic.csv", {"still-improving"}, "train-on", "", "diverged at"),
    ("06_hf_two_eval_sets", {"overfitting"}, "use-epoch", "in epoch 3 and is 1.68 at the end", "unstable"),
    ("07_hf_one_evaluation", {"not-judged", "finished"}, "", "", "did not learn|no validation values"),
]


def sentences(of: Diagnosis) -> str:
    words = [of.verdict_words, *of.finding_words, *(output.verdict_words for output in of.outputs.values())]
    parts = [text for part in words for text in (part.title, part.text, *part.advice)]
    return " ".join([*parts, *of.answer_words.values()])


@pytest.mark.parametrize(("name", "verdicts", "first", "said", "never"), CASES, ids=[case[0] for case in CASES])
def test_a_published_log_gets_the_verdict_of_an_expert(
    name: str, verdicts: set[str], first: str, said: str, never: str
) -> None:
    diagnosis = reportgen.diagnose(INPUTS / name)
    words = diagnosis.verdict_words
    assert diagnosis.verdict in verdicts
    assert not first or diagnosis.advice[0].code == first
    assert re.search(said, f"{words.title} {words.text}")
    assert not never or not re.search(never, sentences(diagnosis))
    assert broken_rules(diagnosis) == []
