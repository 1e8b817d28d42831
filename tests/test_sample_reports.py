"""The sample reports are up to date and have the verdict that a reader of the curves would reach."""

import subprocess
import sys
from pathlib import Path

import pytest

import reportgen

FOLDER = Path(__file__).resolve().parent.parent / "sample_reports"
VERDICTS = {
    "diverged": "diverged",
    "early-stopping": "finished",
    "healthy": "finished",
    "interrupted": "still-improving",
    "learning-rate-steps": "finished",
    "no-validation": "finished",
    "overfitting": "overfitting",
    "pima": "still-improving",
    "still-improving": "still-improving",
    "test-data": "finished",
    "two-outputs": "still-improving",
}
VARIANTS = {"early-stopping-with-baseline", "pima.zh-CN"} | {
    "compared-optimizers",
    "compared-folds",
    "compared-trials",
    "compared-optimizers.zh-CN",
}


def make(script, *arguments):
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, timeout=120)


def test_the_samples_are_up_to_date():
    done = make(FOLDER / "make_samples.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stale_and_a_missing_sample_are_reported_and_made_again(tmp_path):
    (tmp_path / "histories").mkdir()
    script = tmp_path / "make_samples.py"
    script.write_bytes((FOLDER / "make_samples.py").read_bytes())
    for name in ("diverged", "interrupted"):
        (tmp_path / "histories" / f"{name}.json").write_bytes((FOLDER / "histories" / f"{name}.json").read_bytes())
    reportgen.build({"loss": [2.0, 1.0]}).save(tmp_path / "diverged.html")  # of another history
    checked = make(script, "--check")
    assert checked.returncode == 1
    assert [line.split()[0] for line in checked.stdout.splitlines()] == ["diverged.html", "interrupted.html"]
    made = make(script)
    assert (made.returncode, len(made.stdout.splitlines())) == (0, 2)
    assert make(script, "--check").returncode == 0


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_is_the_one_the_curves_show(name):
    assert reportgen.diagnose(FOLDER / "histories" / f"{name}.json").verdict == VERDICTS[name]


def test_the_list_of_samples_is_complete():
    assert {path.stem for path in (FOLDER / "histories").glob("*.json")} == set(VERDICTS)
    assert {path.stem for path in FOLDER.glob("*.html")} == set(VERDICTS) | VARIANTS
    text = (FOLDER / "README.md").read_text("utf-8")
    for name in set(VERDICTS) | VARIANTS:
        assert f"({name}.html)" in text


def test_the_static_report_is_small_enough_for_mail():
    static = reportgen.build(FOLDER / "histories" / "pima.json").to_html(static=True)
    assert len(static.encode("utf-8")) <= 110_000


def test_samples_are_small():
    sizes = {path.stem: path.stat().st_size for path in FOLDER.glob("*.html")}
    assert sizes.pop("compared-trials") <= 300 * 1024  # 16 small charts
    assert max(sizes.values()) <= 120 * 1024
    assert max(path.stat().st_size for path in (FOLDER / "histories").glob("*.json")) <= 16 * 1024  # with test data
