"""Everything people read here is plain English, without phrases that no engineer would say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("reportgen/**/*.py", "templates/**/*", "docs/*.md", "*.md", "sample_reports/*.md", "sample_reports/*.py")
PLACES += ("tests/**/*.py", "benchmarks/**/*.py", "benchmarks/**/*.md", ".ci/*", "Makefile", "pyproject.toml")
# Sentences of earlier releases, which files written by them still contain.
OLD_SENTENCES = {"reportgen/history/stored.py", "tests/history/test_schema_1.py"}
# What not to write, and what to write instead. "_" is matched as a space, so names are checked too.
PHRASES = {
    r"\btold\b|\btells (its|their|which|what|that|how|when|by|from)\b": 'says, is given, is detected, or "default:"',
    r"\bstands?\b(?! for\b| out\b| on its own\b)|\bstood\b|\bstanding\b": "is, appears",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\brooms?\b": "module, space",
    r"(?<!\bthere )\b(is|are|was|were) none\b": 'does not exist; "there is no ..."',
    r"\b(is|are|was|were) no (?!(longer|more|less|better|worse|smaller|larger|other|such|$)\b)(?=[a-z])(?<!here is no )"
    r"(?<!here are no )(?<!here was no )(?<!here were no )": 'is not a ...; "has no ..."',
    r"\b(bring|brings|brought|bringing) along\b": "includes, contains",
    r"\b(go|goes|going|went|gone) on where\b": "resumes where",
    r"\breckon": "calculate, estimate, expect",
    r"\bwhatever way\b|\bwhichever way\b": "however, in any case",
    r"\bby hand\b": "manually",
    r"\bstays? fresh\b|\bkeeps? \S+ fresh\b": "is refreshed",
    r"\bgoes wrong becomes\b|\bwhat goes wrong\b": "any failure",
    r"` there (is|are) not\b": "is not available",
    r"\bbefore it was due\b|\bnot certain to be\b": "say it directly",
    r"\bto be had\b|\bcome by\b|\bcame by\b": "available, found",
    r"\bnothing but\b": "only",
    r"\bof which it is\b|\bof whom\b|\bwhom\b": "say it directly",
    r"\bof ours\b|\bof its own accord\b": "our ..., its own ...",
    r"\bas it (was|is) (asked|said|told)\b|\bas asked for\b": "as requested",
    r"\b(is|are|was|were) said\b|\bsaid of\b|\bsays of\b": "is reported, is described",
    r"\bmet where\b|\bin its stead\b|\bthereof\b|\bwherein\b|\bhitherto\b|\bthereby\b": "say it directly",
    r"\bis at work\b|\bare at work\b": "runs, works",
    r"\btrainings\b(?!\": )": "runs, training runs",  # except as a German word in a dict
    r"\b(a|another|each|every) training(?=[.,;:)]|$| (is|was|that|which|has|ends|ended|continues)\b)": "a training run",
    r"\bas said above\b": "already covered above",
    r"\bgive or take\b": "with its interval",
    r"\bflatter(s|ed|ing)?\b": "is optimistic",
    r"\b95 %": "95%",
    r"\bvalidation against training\b": "validation vs. training",
    r"\bcourse of validation\b": "validation trend",
    r"\bwhat came of\b": "the outcome of",
    r"\bcount(s|ed|ing)? on from\b|\bare counted on\b": "are numbered consecutively, continue at",
    r"\bmost telling\b": "most informative",
    r"\bblew up\b|\bwent on improving\b": "exploded, kept improving",
}


def faults(text: str) -> list[tuple[int, str, str]]:
    """Line number, phrase found, and what to write instead."""
    return [
        (number, found[0], advice)
        for number, line in enumerate(text.splitlines(), start=1)
        for phrase, advice in PHRASES.items()
        for found in re.finditer(phrase, line.replace("_", " "), re.IGNORECASE)
        if "None" not in found[0]  # Python's None
    ]


def test_no_text_has_a_phrase_that_nobody_says() -> None:
    paths = {path for pattern in PLACES for path in ROOT.glob(pattern) if path.is_file()} - {Path(__file__).resolve()}
    found = [
        f'{path.relative_to(ROOT)}:{number}: "{phrase}": write {advice}'
        for path in sorted(paths)
        if path.suffix not in (".pyc", ".png", ".gz", ".csv", ".json", ".npz")
        for number, phrase, advice in faults(path.read_text("utf-8"))
        if path.relative_to(ROOT).as_posix() not in OLD_SENTENCES
    ]
    assert not found, f"{len(found)} phrases:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "The format is told by its content.",
        "It stands at the end.",
        "Mend the file there.",
        '"f2" is no metric of this run.',
        "which_room_stands_where",
        "how a rule is written, and what is none",
        "too large to be reckoned with",
        "`--interactive` there is not",
        "a log with several trainings",
        "It is the log of a training.",
        "The mean is 0.07, give or take 0.06.",
    ],
)
def test_such_phrases_are_found(sentence: str) -> None:
    assert faults(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no metric of that name.",
        "x is None",
        "NaN stands for a missing value.",
        "There is not enough data.",
        "It is no longer needed.",
        "a training run, a training loss, and the training data",
    ],
)
def test_plain_sentences_pass(sentence: str) -> None:
    assert faults(sentence) == []
