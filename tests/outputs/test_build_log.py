"""Annotations arrive at build servers as intended, and no name from a log becomes a command."""

import json
import re
import unicodedata

import histories
import pytest
from build_servers import azure_command, github_command, read_outputs
from hypothesis import given
from hypothesis import strategies as st
from judged_runs import judged, pipeline

from reportgen.gate import GateRules
from reportgen.gate.rules import read_requirement
from reportgen.languages import ENGLISH
from reportgen.outputs.build_log import (
    MOST_PER_LEVEL,
    Annotation,
    annotate,
    azure_annotation,
    azure_summary,
    github_annotation,
    step_outputs,
)
from reportgen.outputs.runs import PipelineRun
from reportgen.text import harmless, harmless_json, printable

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.text(st.sampled_from("#:[]%;,=\r\n \tvso0123AZPD"), max_size=25),
)


@given(texts.filter(str.isprintable), texts.filter(str.isprintable), texts.filter(str.isprintable))
def test_an_annotation_arrives_at_github_unchanged(title, text, file):
    title, text, file = map(printable, (title, text, file))  # in which no command is left
    line = github_annotation(Annotation("error", title or "?", text, "x"), file)
    assert "\n" not in line
    command, properties, message = github_command(line)
    assert command == "error"
    assert properties == {name: value for name, value in (("file", file), ("title", title or "?")) if value}
    assert message == text


@given(texts.filter(str.isprintable), texts.filter(str.isprintable))
def test_an_annotation_arrives_at_azure_unchanged(title, text):
    title, text = map(printable, (title, text))
    line = azure_annotation(Annotation("warning", title, text, "x"), "runs/a;b].csv")
    command, properties, message = azure_command(line)
    assert (command, message) == ("task.logissue", printable(f"{title}: {text}"))
    assert properties == {"type": "warning", "sourcepath": "runs/a;b].csv"}


@given(texts, texts)
def test_no_text_makes_a_second_line_or_command(title, text):
    annotation = Annotation("error", title, text, "x")
    for line in (github_annotation(annotation, text), azure_annotation(annotation, text)):
        assert len(line.splitlines()) == 1


def test_a_summary_is_uploaded_by_its_path(tmp_path):
    command, _, path = azure_command(azure_summary(tmp_path / "50% [x].md"))
    assert (command, path) == ("task.uploadsummary", str(tmp_path / "50% [x].md"))


@given(st.lists(texts, max_size=4))
def test_harmless_text_contains_no_command_of_any_server(parts):
    text = "\n".join([*parts, "::error::x", "  ::set-env name=PATH::x", "a ##vso[task.setvariable variable=PATH]x"])
    for line in harmless(text).split("\n"):
        assert github_command(line) is None
        assert azure_command(line) is None
        assert not re.search(r"##\w*\[", line)
    assert harmless(harmless(text)) == harmless(text)
    known = [ch for ch in text if unicodedata.category(ch) != "Cn"]  # characters of a newer Unicode are left alone
    kept = "".join("\ufffd" if ch not in "\n\t" and printable(ch) != ch else ch for ch in known)
    assert harmless("".join(known)).replace("\u200b", "") == kept.replace("\u200b", "")


@given(texts, st.integers(1, 20))
def test_printable_text_contains_no_command_of_any_server(text, limit):
    for shown in (printable(text), printable(text, limit)):
        assert github_command(shown) is None
        assert azure_command(shown) is None
        assert not re.search(r"##\w*\[", shown)
        assert printable(shown) == shown
    assert len(printable(text, limit)) <= limit


@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("#:[]vso\x1b\x9b\u202e\n")), max_size=30))
def test_printed_json_has_the_same_value_and_no_command(text):
    line = harmless_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(line) == {text: text}
    assert harmless(line) == line


def test_harmless_text_is_otherwise_unchanged():
    text = "A: b::c  ## heading [x]\n\t# one [a]\n損失\n"
    assert harmless(text) == text
    coloured = "\x1b[1mbold\x1b[0m \x1b[31;1mred\x1b[0m"
    assert harmless(coloured, colours=True) == coloured
    assert "\x1b" not in harmless(coloured) + harmless("\x1b]0;x\x1b[2J\x1b[5", colours=True)


def test_broken_rules_become_error_annotations_and_undecided_rules_and_findings_become_warnings():
    rules = GateRules(("overfitting", "diverged"), require=(read_requirement("last(loss)<0.001"),))
    runs = [
        PipelineRun("a", "a.csv", judged(histories.overfit_from_12(), rules=rules)),
        PipelineRun("b", "b.csv", judged(histories.diverged_at_7(), rules=rules)),
        PipelineRun("c", "c.csv", error="c.csv: no such file"),
    ]
    found = [(each.level, each.title, each.source) for each in annotate(runs, ENGLISH)]
    assert found == [
        ("error", "overfitting", "a.csv"),
        ("error", "last(loss)<0.001", "a.csv"),
        ("error", "diverged", "b.csv"),
        ("error", "last(loss)<0.001", "b.csv"),
        ("error", "c", "c.csv"),
        ("warning", "overfitting", "b.csv"),
    ]


def test_a_warning_finding_is_a_warning_unless_the_gate_failed_on_it():
    (run,) = [PipelineRun("a", "a.csv", judged(histories.overfit_from_12()))]
    assert [(each.level, each.title) for each in annotate([run], ENGLISH)] == [
        ("warning", "Overfitting from epoch 13 on (RG201)")
    ]


@pytest.mark.parametrize("count", [9, 10, 11, 30])
def test_at_most_ten_of_a_level_and_the_last_says_how_many_more(count):
    found = annotate(pipeline(errors=[f"{n}.csv" for n in range(count)]), ENGLISH)
    assert len(found) == min(count, MOST_PER_LEVEL)
    if count > MOST_PER_LEVEL:
        assert found[-1].text == f"{count - 9} more are in the summary."
    else:
        assert found[-1].text == f"{count - 1}.csv: no such file"


@given(st.lists(texts, max_size=4))
def test_step_outputs_accept_any_text(lines):
    given_values = {"passed": ["false"], "failures": lines}
    found = read_outputs(step_outputs(given_values))
    assert found["passed"] == ["false"]
    assert len(found["failures"]) == max(1, len(lines))
    assert all("<<" not in name for name in found)
