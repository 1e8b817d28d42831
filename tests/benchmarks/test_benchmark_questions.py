"""The public questions of the benchmark are consistent, and agreement is counted as the page says."""

from collections import Counter
from typing import get_args

import pandas as pd
import pytest

from benchmarks.questions import (
    ADVICE_OF,
    ADVICES,
    CURVES,
    HEADLINE_OF,
    HEADLINES,
    KINDS,
    LABELS,
    PARTS,
    RUNMEDIC,
    UNANSWERABLE,
    PublicQuestion,
    Reply,
    Share,
    ask_project,
    read_questions,
    score,
)
from reportgen.diagnosis.findings import VerdictCode

QUESTIONS = read_questions()
BY_NAME = {question.name: question for question in QUESTIONS}


@pytest.mark.parametrize("name", BY_NAME)
def test_question_is_complete(name: str) -> None:
    question = BY_NAME[name]
    assert len(question.curves) >= 2
    assert question.curves.iloc[:, 0].is_monotonic_increasing
    assert question.part in PARTS
    assert question.kind in KINDS
    assert question.address.startswith("https://")
    assert question.strength
    assert 0 < len(question.said.split()) <= 12
    assert set(question.expert.headlines) <= set(HEADLINES) or not question.is_answerable
    assert set(question.expert.advices) <= set(ADVICES)
    assert len(set(question.expert.headlines)) == len(question.expert.headlines) > 0


def test_every_curve_has_one_label() -> None:
    labelled = pd.read_csv(LABELS)["id"]
    assert labelled.is_unique
    assert set(labelled) == set(pd.read_csv(CURVES)["id"])


def test_no_curve_occurs_twice() -> None:
    seen = Counter(question.curves.iloc[:, 1:].to_csv(index=False) for question in QUESTIONS)
    assert max(seen.values()) == 1


def test_neighbours_are_in_one_part() -> None:
    """A site with many topics may be in both parts; a repository, a book or a topic of a site is not."""
    parts: dict[tuple[str, str], set[str]] = {}
    for question in QUESTIONS:
        split_by_topic = question.site.endswith(("stackexchange.com", "stackoverflow.com"))
        parts.setdefault((question.site, question.topic if split_by_topic else ""), set()).add(question.part)
    assert all(len(found) == 1 for found in parts.values())


def test_held_part_is_large_enough() -> None:
    assert sum(question.part == "held" for question in QUESTIONS) >= 25


def test_tables_name_categories_only() -> None:
    assert set(HEADLINE_OF.values()) == set(HEADLINES)
    assert set(HEADLINE_OF) >= set(get_args(VerdictCode))
    assert set(ADVICE_OF.values()) == set(ADVICES)
    assert {headline for headline, _ in RUNMEDIC.values()} <= set(HEADLINES)
    assert {advice for _, advice in RUNMEDIC.values()} <= set(ADVICES)


def _asked(name: str, headlines: tuple[str, ...], advices: tuple[str, ...]) -> PublicQuestion:
    curves = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.0]})
    expert = Reply(headlines, advices)
    return PublicQuestion(name, "https://a", "a", "text", "tune", "question", curves, expert, "maintainer", "It falls.")


def test_alternatives_agree_and_missing_advice_is_not_counted() -> None:
    asked = [
        _asked("exact", ("overfitting",), ("regularise",)),
        _asked("alternative", ("large-gap", "overfitting"), ()),
        _asked("other", ("finished",), ("nothing-use-it",)),
        _asked("open", (UNANSWERABLE,), ("more-data",)),
    ]
    found = score(asked, lambda _: Reply(("overfitting",), ("regularise",)))
    assert found.headline == Share(2, 3)
    assert found.advice == Share(1, 2)
    assert found.both == Share(2, 3)
    assert found.confusion == Counter(
        {("overfitting", "overfitting"): 1, ("large-gap", "large-gap"): 1, ("finished", "overfitting"): 1}
    )
    assert [missed.question.name for missed in found.missed] == ["other"]


def test_no_answer_agrees_with_nothing() -> None:
    found = score([_asked("only", ("finished",), ())], lambda _: Reply((), ()))
    assert found.headline == Share(0, 1)
    assert found.confusion == Counter({("finished", "no answer"): 1})


def test_project_answers_in_the_categories() -> None:
    said = ask_project(BY_NAME["dlwp-3.5"])
    assert said.headlines == ("overfitting",)
    assert set(said.advices) <= set(ADVICES)
