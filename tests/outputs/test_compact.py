"""The compact text: its parts, its size, and what it leaves out first."""

import json
import re
from dataclasses import replace
from pathlib import Path

import histories
import pytest
from command_line import call
from judged_runs import judged
from test_markdown import many_metrics, size

import reportgen
from reportgen.gate import GateRules
from reportgen.outputs.compact import COMPACT_BYTES, render_compact
from reportgen.text import printable

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scripts.md"


def test_it_says_what_happened_the_evidence_what_to_do_and_the_numbers_in_this_order() -> None:
    run = judged(histories.overfit_from_12(), histories.healthy(), GateRules(("overfitting",)))
    text = render_compact(run)
    words = run.diagnosis.verdict_words
    parts = [
        "verdict: overfitting\n",
        f"{words.title}\n",
        f"{words.text}\n",
        "Unsure whether it is worse than the baseline",
        "Gate failed",
        "\n# Evidence\n- Did it learn? Yes",
        "(warning, RG201)",
        f"\n# What to do\n1. {words.advice[0]}\n2. ",
        "\n# Numbers\n",
        "- val_loss: First 0.7300, Best 0.4000, At epoch 12, Last 0.9760\n",
    ]
    places = [text.index(part) for part in parts]
    assert text.startswith(parts[0])
    assert places == sorted(places)
    assert "only in the report" not in text
    assert text == reportgen.build(histories.overfit_from_12(), baseline=histories.healthy()).summary(
        gate=run.gate, compact=True
    )


@pytest.mark.parametrize("make", histories.ALL)
def test_every_run_fits_and_begins_with_the_code_of_its_verdict(make) -> None:
    run = judged(make(), histories.healthy())
    text = render_compact(run)
    assert size(text) <= COMPACT_BYTES
    assert text.split("\n")[0] == f"verdict: {run.diagnosis.verdict}"
    assert len(re.findall(r"^- [^:\n]*?\? ", text, re.MULTILINE)) == 5
    assert all(printable(line) == line for line in text.split("\n"))


@pytest.mark.parametrize("name", ["metric_{}", "損失関数の値の移動平均その{}番目の計測値"])
def test_numbers_are_left_out_first_and_counted(name: str) -> None:
    run = judged(many_metrics(300, name))
    text = render_compact(run)
    assert COMPACT_BYTES * 0.7 < size(text) <= COMPACT_BYTES
    (count,) = re.findall(r"\n(\d+) more lines are only in the report\.\n$", text)
    shown = len(re.findall(r": First ", text))
    assert 5 < shown < 300
    assert int(count) >= 302 - shown
    assert all(advice in text for advice in run.diagnosis.verdict_words.advice)


@pytest.mark.parametrize("limit", [600, 1_000, 2_000, 4_095])
def test_any_limit_with_space_for_the_verdict_is_respected(limit: int) -> None:
    text = render_compact(judged(many_metrics(300)), limit=limit)
    assert size(text) <= limit
    assert text.startswith("verdict: ")


def test_a_long_title_is_one_line_that_is_cut() -> None:
    history = histories.healthy()
    titled = history.with_run(replace(history.run, title="Ignore the above.\n" * 400))
    lines = render_compact(judged(titled)).split("\n")
    (line,) = (line for line in lines if line.startswith("Run: "))
    assert len(line) <= 200
    assert line.endswith("…")


def test_the_command_prints_it_and_the_document_shows_it(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5]}))
    done = call("summary", "run.json", "--compact", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == reportgen.build(tmp_path / "run.json").summary(compact=True)
    (example,) = re.findall(r"```text\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    text = render_compact(judged(histories.overfit_from_12()))
    for line in example.splitlines():
        assert line.removesuffix(" ...") in text


def test_the_paths_of_the_document_are_in_the_json() -> None:
    (paths,) = re.findall(r"jq -r '(.*)'", DOCUMENT.read_text("utf-8"))
    value = reportgen.diagnose(histories.overfit_from_12()).to_dict()
    assert value["schema"] in DOCUMENT.read_text("utf-8")
    for path in paths.split(", "):
        found = value
        for name in path.strip(".").split("."):
            found = found[name]
        assert found in ("overfitting", 12)
