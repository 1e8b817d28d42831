"""Makes the sample reports, ``*.html`` next to this file, from the stored ``histories/*.json``.

The same history gives the same report, byte for byte. TensorFlow is not needed. ``--check`` writes nothing and exits
with 1 if a report is out of date.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reportgen

HERE = Path(__file__).resolve().parent
# Additional reports of the same histories: the history, and more arguments for `reportgen.build`.
VARIANTS = {
    "early-stopping-with-baseline": ("early-stopping", {"baseline": HERE / "histories" / "overfitting.json"}),
    "pima.zh-CN": ("pima", {"language": "zh-CN"}),
}
# Comparisons: a folder of ``histories/compared``, and arguments for `reportgen.compare` and its page.
COMPARISONS = {
    "compared-optimizers": ("optimizers", {}, {"title": "Handwritten digits, two optimizers, five seeds"}),
    "compared-folds": ("folds", {}, {"title": "Breast cancer, five folds"}),
    "compared-trials": ("trials", {}, {"title": "Handwritten digits, 24 trials of a search"}),
    "compared-optimizers.zh-CN": ("optimizers", {"language": "zh-CN"}, {"title": "两种优化器，五个随机种子"}),
}


def _report(source: Path, options: dict[str, Any] | None = None) -> Callable[[], tuple[str, bytes]]:
    """A function that makes a report; it returns the verdict and the page."""

    def make() -> tuple[str, bytes]:
        report = reportgen.build(source, **(options or {}))
        return report.verdict, report.to_html().encode("utf-8")

    return make


def _comparison(sources: list[Path], options: dict[str, Any], look: dict[str, Any]) -> Callable[[], tuple[str, bytes]]:
    """A function that makes a comparison, likewise."""

    def make() -> tuple[str, bytes]:
        found = reportgen.compare(sources, **options)
        return found.verdict.code, found.to_html(**look).encode("utf-8")

    return make


def main() -> int:
    """Makes or checks every report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a report is out of date")
    check_only = parser.parse_args().check
    made = {source.stem: _report(source) for source in (HERE / "histories").glob("*.json")}
    made |= {
        name: _report(HERE / "histories" / f"{history}.json", options)
        for name, (history, options) in VARIANTS.items()
        if history in made
    }
    for name, (folder, options, look) in COMPARISONS.items():
        sources = sorted((HERE / "histories" / "compared" / folder).glob("*.json"))
        if sources:
            made[name] = _comparison(sources, options, look)
    stale = 0
    for name, make in sorted(made.items()):
        target = HERE / f"{name}.html"
        verdict, html = make()
        if not check_only:
            target.write_bytes(html)
            print(f"{target.name}: {verdict}, {len(html)} bytes")
        elif not target.is_file() or target.read_bytes() != html:
            stale += 1
            print(f"{target.name} is out of date; run: python sample_reports/make_samples.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
