"""Makes the sample reports of the stored histories: the same history gives the same report, byte for byte.

In: ``histories/*.json``. Out: ``<name>.html`` beside this file. Needs no TensorFlow. With ``--check`` it writes
nothing and exits with 1 if a report is not what its history gives today.
"""

import argparse
import sys
from pathlib import Path

import reportgen

HERE = Path(__file__).resolve().parent
# Reports of the same histories in other ways: the history, and what `reportgen.build` is asked for besides.
VARIANTS = {
    "early-stopping-with-baseline": ("early-stopping", {"baseline": HERE / "histories" / "overfitting.json"}),
    "pima.zh-CN": ("pima", {"lang": "zh-CN"}),
}


def main() -> int:
    """Makes or checks every report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a report is not fresh")
    check_only = parser.parse_args().check
    samples = {source.stem: (source.stem, {}) for source in (HERE / "histories").glob("*.json")}
    stale = 0
    for name, (history, options) in sorted((samples | VARIANTS).items()):
        if history not in samples:
            continue
        target = HERE / f"{name}.html"
        report = reportgen.build(HERE / "histories" / f"{history}.json", **options)
        if not check_only:
            report.save(target)
            print(f"{target.name}: {report.diagnosis.verdict}, {target.stat().st_size} bytes")
        elif not target.is_file() or target.read_bytes() != report.to_html().encode("utf-8"):
            stale += 1
            print(f"{target.name} is not fresh; run: python sample_reports/make_samples.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
